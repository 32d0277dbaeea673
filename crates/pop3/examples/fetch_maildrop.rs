//! Brings all messages of a maildrop into a Maildir, and then deletes them from the maildrop:
//! `fetch_maildrop HOST:PORT USER PASSWORD FOLDER`.
//!
//! Speaks in clear, as to a server on this machine. For one elsewhere use [`Security::Implicit`] and `log_in`, which sends
//! no password without TLS.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use mailwright_message::{
    line_ends::to_lf,
    maildir::{Maildir, unique_name},
};
use mailwright_pop3::{
    client::Config,
    tokio::client::{Maildrop, Security},
};
use mailwright_sasl::client::Credentials;
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [server, user, password, folder] = &args[..] else {
        return Err("usage: fetch_maildrop HOST:PORT USER PASSWORD FOLDER".into());
    };
    let maildir = Maildir::create(folder)?;
    let stream = TcpStream::connect(server).await?;
    let mut maildrop = Maildrop::connect(stream, Arc::new(Config::default()), Security::Plain).await?;
    maildrop.log_in_plaintext(&Credentials::password(user, password.as_str())).await?;
    for (message, octets) in maildrop.sizes().await? {
        let mut content = maildrop.retrieve(message).await?;
        let mut whole = Vec::new();
        while let Some(piece) = content.next().await? {
            whole.extend_from_slice(&piece);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        // Safe on disk before it is deleted there.
        let entry =
            maildir.deliver(&unique_name(now.as_secs(), now.as_nanos(), "localhost"), &to_lf(&whole))?;
        println!("{message}: {octets} octets, {}", entry.path().display());
        maildrop.delete(message).await?;
    }
    maildrop.quit().await?; // only now they are deleted
    Ok(())
}
