//! `mailwright account`: who has mail here, with which passwords and addresses.

use super::Outcome;
use clap::{Args, Subcommand};
use mailwright_server::{
    Config,
    admin::{self, AccountRequest, Request, Response},
};
use std::io::{BufRead, IsTerminal};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an account, or set the password of one.
    Add(WithPassword),
    /// Set the password of an account that exists.
    Password(WithPassword),
    /// Remove an account with all its mail.
    Remove {
        /// The account's address.
        address: String,
    },
    /// List the accounts.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
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
    /// Passwords for one program each, which can be taken back without changing the account's own.
    #[command(subcommand)]
    AppPassword(AppPassword),
    /// Other addresses whose mail arrives in an account, and that it may send from.
    #[command(subcommand)]
    Alias(Alias),
}

#[derive(Debug, Args)]
pub(super) struct WithPassword {
    /// The account's address, in one of the server's domains.
    address: String,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum AppPassword {
    /// Make a password and print it, for the only time. One with the same label is replaced.
    Add {
        /// The account's address.
        address: String,
        /// What the program is called.
        label: String,
    },
    /// List the labels.
    List {
        /// The account's address.
        address: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take a password back.
    Remove {
        /// The account's address.
        address: String,
        /// What the program is called.
        label: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Alias {
    /// Add an address.
    Add {
        /// The account's address.
        address: String,
        /// The other address, in one of the server's domains.
        alias: String,
    },
    /// List the addresses.
    List {
        /// The account's address.
        address: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove an address.
    Remove {
        /// The account's address.
        address: String,
        /// The other address.
        alias: String,
    },
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let (request, json) = match self {
            Self::Add(WithPassword { address, password_stdin }) => {
                (AccountRequest::Add { address, password: read_password(password_stdin)? }, false)
            }
            Self::Password(WithPassword { address, password_stdin }) => {
                (AccountRequest::Password { address, password: read_password(password_stdin)? }, false)
            }
            Self::Remove { address } => (AccountRequest::Remove { address }, false),
            Self::List { json } => (AccountRequest::List, json),
            Self::Quota { address, limit, json } => {
                (AccountRequest::Quota { address, set: limit.map(|Limit(limit)| limit) }, json)
            }
            Self::AppPassword(AppPassword::Add { address, label }) => {
                (AccountRequest::AppPasswordAdd { address, label }, false)
            }
            Self::AppPassword(AppPassword::List { address, json }) => {
                (AccountRequest::AppPasswordList { address }, json)
            }
            Self::AppPassword(AppPassword::Remove { address, label }) => {
                (AccountRequest::AppPasswordRemove { address, label }, false)
            }
            Self::Alias(Alias::Add { address, alias }) => {
                (AccountRequest::AliasAdd { address, alias }, false)
            }
            Self::Alias(Alias::List { address, json }) => (AccountRequest::AliasList { address }, json),
            Self::Alias(Alias::Remove { address, alias }) => {
                (AccountRequest::AliasRemove { address, alias }, false)
            }
        };
        match admin::call(config, Request::Account(request)).await? {
            Response::Names(names) if json => println!("{}", serde_json::to_string_pretty(&names)?),
            Response::Names(names) => names.iter().for_each(|name| println!("{name}")),
            Response::Password(password) => println!("{password}"),
            Response::Usage { messages, octets, quota } if json => {
                println!("{}", serde_json::json!({"messages": messages, "octets": octets, "quota": quota}));
            }
            Response::Usage { messages, octets, quota } => {
                let limit = quota.map_or("no limit".into(), |quota| format!("{quota} octets allowed"));
                println!("{messages} messages, {octets} octets; {limit}");
            }
            _ => {}
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
    let password = if from_stdin {
        let mut line = String::new();
        stdin.lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else if stdin.is_terminal() {
        let password = rpassword::prompt_password("password: ")?;
        if rpassword::prompt_password("the same again: ")? != password {
            return Err("the two passwords are not the same".into());
        }
        password
    } else {
        return Err("no terminal to ask for a password at; give it with --password-stdin".into());
    };
    if password.is_empty() {
        return Err("the password is empty".into());
    }
    Ok(password)
}
