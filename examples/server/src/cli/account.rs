//! `mailwright account`: who has a mailbox here.

use super::Outcome;
use clap::{Args, Subcommand};
use mailwright_server::{Config, admin};
use std::io::{BufRead, IsTerminal, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an account, or set the password of one.
    Add(Add),
    /// Remove an account with all its mail.
    Remove {
        /// The account's address.
        address: String,
    },
    /// Show what an account keeps and may keep, or set the latter.
    Quota {
        /// The account's address.
        address: String,
        /// What it may keep from now on: a size as 500MiB, or none for no limit.
        #[arg(value_parser = limit)]
        limit: Option<Limit>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the accounts.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The account's address, in one of the server's domains.
    address: String,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        match self {
            Self::Add(Add { address, password_stdin }) => {
                let password = read_password(password_stdin)?;
                admin::call(config, admin::Request::AccountAdd { address, password }).await?;
            }
            Self::Remove { address } => {
                admin::call(config, admin::Request::AccountRemove { address }).await?;
            }
            Self::Quota { address, limit, json } => {
                let set = limit.map(|Limit(limit)| limit);
                let admin::Response::Usage { messages, octets, quota } =
                    admin::call(config, admin::Request::AccountQuota { address, set }).await?
                else {
                    return Err("the server gave an answer to another question".into());
                };
                if json {
                    println!(
                        "{}",
                        serde_json::json!({"messages": messages, "octets": octets, "quota": quota})
                    );
                } else {
                    let limit = quota.map_or("no limit".into(), |quota| format!("{quota} octets allowed"));
                    println!("{messages} messages, {octets} octets; {limit}");
                }
            }
            Self::List { json } => {
                let admin::Response::Accounts(accounts) =
                    admin::call(config, admin::Request::AccountList).await?
                else {
                    return Err("the server gave an answer to another question".into());
                };
                if json {
                    println!("{}", serde_json::to_string_pretty(&accounts)?);
                } else {
                    for account in accounts {
                        println!("{account}");
                    }
                }
            }
        }
        Ok(())
    }
}

/// What an account may keep: octets, or as much as there is room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(Option<u64>);

fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        Ok(Limit(None))
    } else {
        mailwright_server::size(text).map(|octets| Limit(Some(octets)))
    }
}

fn read_password(from_stdin: bool) -> Result<String, Box<dyn std::error::Error>> {
    let stdin = std::io::stdin();
    if !from_stdin {
        if !stdin.is_terminal() {
            return Err("no terminal to ask for a password at; give it with --password-stdin".into());
        }
        eprint!("password (shown as you type): ");
        std::io::stderr().flush()?;
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("the password is empty".into());
    }
    Ok(password.to_owned())
}
