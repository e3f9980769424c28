//! The words of a flip for options that every deploy has: what is out of service elsewhere serves here.

use clap::Arg;

/// The option with the help that holds for a flip.
pub(super) fn worded(arg: Arg) -> Arg {
    let help = match arg.get_id().as_str() {
        "targets" => {
            "Deploy this instance or address, by commands that reach it; can be repeated. Of an instance \
             nobody can tell what listens on its idle port: if it is this machine, say --self"
        }
        "all_groups" => {
            "Flip targets in every group that they serve in; without it a target of which one of the \
             ports serves in a group that is not named is refused"
        }
        "batch" => {
            "How many targets are flipped at once; a list such as 1,10%,50% is for one batch after the \
             other, its last value for all that follow"
        }
        "min_healthy" => {
            "How many targets of each group stay in service where a new release that has failed is taken \
             out; nothing else costs capacity"
        }
        "capacity_timeout" => {
            "How long to hold where the new port has left service before the old one is taken out, until \
             the run is halted"
        }
        "settle" => {
            "The least time between deregistering a port and stopping what ran on it [default: 15s behind \
             an application load balancer, 2m behind a network one]"
        }
        "deploy_timeout" => {
            "How long the start command may take for one target, and so may the stop command"
        }
        "bake" => {
            "For how long the new port has to stay in service before the old one is taken out [default: \
             not at all]"
        }
        _ => return arg,
    };
    arg.help(help)
}
