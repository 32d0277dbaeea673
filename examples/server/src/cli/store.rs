//! `mailwright store`: the stored mail as a whole.

use super::{Outcome, progress::Bar};
use clap::{Subcommand, ValueEnum};
use mailwright_server::{
    Config, Format,
    admin::{self, Request, Response},
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check all of it, and repair what is derived from something sound. Exit code 1: there is damage left.
    Check {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Copy all of it as of now into a new folder, which can be used as the data folder.
    Backup {
        /// The folder; it must be empty, or not exist.
        folder: PathBuf,
    },
    /// Bring mail from a Maildir, an mbox, or a folder of files named .mbox into an account.
    Import {
        /// The account's address.
        address: String,
        /// The Maildir, mbox or folder.
        path: PathBuf,
        /// The mailbox for it. Without one: the inbox, and below it what is in folders.
        #[arg(long)]
        mailbox: Option<String>,
    },
    /// Write the mail of an account into files.
    Export {
        /// The account's address.
        address: String,
        /// The folder; it must be empty, or not exist.
        folder: PathBuf,
        /// Only this mailbox.
        #[arg(long)]
        mailbox: Option<String>,
        /// What to write.
        #[arg(long, value_enum, default_value_t = To::Maildir)]
        format: To,
    },
}

/// A [`Format`], as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum To {
    /// One Maildir with a folder for each mailbox.
    Maildir,
    /// One file for each mailbox.
    Mbox,
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let mut as_json = false;
        let request = match self {
            Self::Check { json } => {
                as_json = json;
                Request::StoreCheck
            }
            // A running server does not stand where we do.
            Self::Backup { folder } => Request::StoreBackup { folder: std::path::absolute(folder)? },
            Self::Import { address, path, mailbox } => {
                Request::StoreImport { address, path: std::path::absolute(path)?, mailbox }
            }
            Self::Export { address, folder, mailbox, format } => {
                let format = match format {
                    To::Maildir => Format::Maildir,
                    To::Mbox => Format::Mbox,
                };
                Request::StoreExport { address, folder: std::path::absolute(folder)?, mailbox, format }
            }
        };
        let response = {
            let bar = Bar::new();
            admin::call_with(config, request, &|done, total| bar.show(done, total)).await?
        };
        match response {
            Response::Transferred { messages } => println!("{messages} messages"),
            Response::Checked(checked) => {
                if as_json {
                    println!("{}", serde_json::to_string_pretty(&checked)?);
                } else {
                    checked.repaired.iter().for_each(|what| println!("repaired: {what}"));
                    checked.damaged.iter().for_each(|what| println!("damaged: {what}"));
                    println!("{} messages checked", checked.messages);
                }
                if !checked.damaged.is_empty() {
                    return Err(format!("{} things are damaged", checked.damaged.len()).into());
                }
            }
            _ => {}
        }
        Ok(())
    }
}
