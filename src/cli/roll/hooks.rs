//! The flags of the hooks: what is run around batches and at the end.

use clap::Args;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Hooks")]
pub(in crate::cli) struct Hooks {
    /// Run this with sh -c before each batch, the batch as JSON on its standard input; if it fails, or
    /// takes longer than 10m, the batch is not begun
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_BEFORE_BATCH", hide_env_values = true)]
    pub(in crate::cli) before_batch: Option<String>,
    /// Run this with sh -c after each batch that was begun, however it went; if it fails, or takes
    /// longer than 10m, the run takes nothing more out
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_AFTER_BATCH", hide_env_values = true)]
    pub(in crate::cli) after_batch: Option<String>,
    /// Run this with sh -c at the end of the run, with the outcome as JSON on its standard input;
    /// it fails if it takes longer than 10m
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_ON_FINISH", hide_env_values = true)]
    pub(in crate::cli) on_finish: Option<String>,
}
