//! The `elb-deploy` command.

fn main() {}
