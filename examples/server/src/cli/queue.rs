//! `mailwright queue`: the mail that waits to go out.

use super::Outcome;
use clap::Subcommand;
use mailwright_delivery::Story;
use mailwright_server::{
    Config,
    admin::{self, Request, Response},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the mails that wait.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Tell the story of a mail: its recipients, and each attempt.
    Show {
        /// The mail's number in the list.
        id: u64,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Try a mail now, or all of them.
    Retry {
        /// The mail's number in the list; without it, all.
        id: Option<u64>,
    },
    /// Drop a mail. Its sender is told nothing.
    Cancel {
        /// The mail's number in the list.
        id: u64,
    },
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let (request, json) = match self {
            Self::List { json } => (Request::QueueList, json),
            Self::Show { id, json } => (Request::QueueShow { id }, json),
            Self::Retry { id } => (Request::QueueRetry { id }, false),
            Self::Cancel { id } => (Request::QueueCancel { id }, false),
        };
        match admin::call(config, request).await? {
            Response::Queue(mails) if json => println!("{}", serde_json::to_string_pretty(&mails)?),
            Response::Queue(mails) => {
                for mail in &mails {
                    println!("{}", line(mail));
                }
            }
            Response::Mail(story) if json => println!("{}", serde_json::to_string_pretty(&story)?),
            Response::Mail(story) => print!("{story}"),
            _ => {}
        }
        Ok(())
    }
}

/// A mail in a line: number, size, from whom to whom, and how it went last.
fn line(mail: &Story) -> String {
    let waiting = mail.recipients.iter().filter(|r| r.due.is_some()).map(|r| r.address.as_str());
    let to = waiting.collect::<Vec<_>>().join(", ");
    let last = mail.last().map_or("not tried yet", |attempt| attempt.said());
    format!("{:<8} {:>9}  <{}> to {to}: {last}", mail.id, mail.size, mail.sender)
}
