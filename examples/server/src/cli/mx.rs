//! `mailwright mx`: where mail for a domain goes, and why.

use super::Outcome;
use clap::Args;
use mailwright_server::{Config, route};

#[derive(Debug, Args)]
pub(super) struct Command {
    /// The domain, or an address literal in brackets.
    domain: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let way = route::explain(config, &self.domain).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&way)?);
        } else {
            print!("{way}");
        }
        way.outcome.result.map(drop).map_err(Into::into)
    }
}
