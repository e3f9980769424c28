//! Takes a target out of its AWS load balancer, deploys it, and puts it back, with no request lost.

pub mod rollout;
