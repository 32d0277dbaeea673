//! Keeps track of a mailbox, telling what has changed each time: `sync HOST PORT USER PASSWORD [MAILBOX]`.
//!
//! By QRESYNC where the server has it, else by CONDSTORE, else by asking for all flags. Speaks in clear, as to a server on
//! this machine. For one elsewhere use `Client::connect_tls`.

use mailwright_imap::{
    client::Config,
    tokio::client::{Client, Known},
};
use std::time::Duration;
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, host, port, user, password, mailbox @ ..] = &args[..] else {
        return Err("usage: sync HOST PORT USER PASSWORD [MAILBOX]".into());
    };
    let mailbox = mailbox.first().map_or("INBOX", String::as_str);
    let stream = TcpStream::connect((host.as_str(), port.parse()?)).await?;
    let mut client = Client::connect(stream, Config::plaintext()).await?;
    client.login(user, &password.as_str().into()).await?;
    // A real program keeps this in a file.
    let mut known = Known::default();
    loop {
        let changes = client.sync(mailbox, &known).await?;
        if changes.reset {
            println!("everything is new");
        }
        for uid in changes.vanished.iter() {
            println!("- {uid}");
        }
        for message in &changes.changed {
            println!("+ {} {:?}", message.uid().map_or(0, u32::from), message.flags().unwrap_or_default());
        }
        known = changes.known;
        client.wait(Duration::from_mins(10)).await?;
    }
}
