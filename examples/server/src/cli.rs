//! The command line: `serve`, `check`, `account`, `queue`, `store`, `mx`.

mod account;
mod banner;
mod mx;
mod progress;
mod queue;
mod serve;
mod store;

use clap::{Parser, Subcommand};
use mailwright_server::Config;
use std::{error::Error, path::PathBuf, process::ExitCode};

/// What a command ends with: nothing, or one clear line.
type Outcome = Result<(), Box<dyn Error>>;

/// The Mailwright mail server: SMTP, LMTP, POP3 and IMAP over one durable store.
#[derive(Debug, Parser)]
#[command(name = "mailwright", version, arg_required_else_help = false)]
struct Cli {
    /// The configuration file. Without one, everything runs on loopback for the domain localhost.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (what happens without a command).
    Serve,
    /// Check the configuration, and say nothing if it is good.
    Check,
    /// Accounts, their passwords and their addresses.
    #[command(subcommand)]
    Account(account::Command),
    /// See and steer the mail that waits to go out.
    #[command(subcommand)]
    Queue(queue::Command),
    /// Check, back up, import and export the stored mail.
    #[command(subcommand)]
    Store(store::Command),
    /// Explain where mail for a domain goes, and why.
    Mx(mx::Command),
}

/// Runs the command line. Exit code 0, 1 with one line on stderr, or 2 for a usage error.
pub(crate) fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("mailwright: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Outcome {
    let config = match &cli.config {
        Some(path) => Config::read(path)?,
        None => Config::demo(),
    };
    let demo = cli.config.is_none();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(config, demo).await,
            Command::Check => Ok(mailwright_server::check(&config)?),
            Command::Account(command) => command.run(&config).await,
            Command::Queue(command) => command.run(&config).await,
            Command::Store(command) => command.run(&config).await,
            Command::Mx(command) => command.run(&config).await,
        }
    });
    // Whatever still runs on a blocking thread has nothing durable left to do.
    runtime.shutdown_background();
    outcome
}
