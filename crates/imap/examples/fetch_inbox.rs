//! Prints the sender and subject of the newest messages: `fetch_inbox HOST PORT USER PASSWORD`.
//!
//! Speaks in clear, as to a server on this machine. For one elsewhere use `Client::connect_tls`.

use mailwright_imap::{
    client::Config,
    tokio::client::{Client, Messages},
    types::FetchItem,
};
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, host, port, user, password] = &args[..] else {
        return Err("usage: fetch_inbox HOST PORT USER PASSWORD".into());
    };
    let stream = TcpStream::connect((host.as_str(), port.parse()?)).await?;
    let mut client = Client::connect(stream, Config::plaintext()).await?;
    client.login(user, &password.as_str().into()).await?;
    let inbox = client.select("INBOX").await?;
    println!("{} messages", inbox.exists);
    if inbox.exists > 0 {
        let newest = format!("{}:*", inbox.exists.saturating_sub(9).max(1)).parse()?;
        let items = vec![FetchItem::Uid, FetchItem::Rfc822Size, FetchItem::Envelope];
        for message in client.fetch_all(Messages::numbers(newest), items).await? {
            let Some(envelope) = message.envelope() else { continue };
            let text =
                |octets: Option<&[u8]>| String::from_utf8_lossy(octets.unwrap_or_default()).into_owned();
            let from = envelope.from.first().map(|from| match &from.name {
                Some(name) => text(Some(name)),
                None => format!("{}@{}", text(from.mailbox.as_deref()), text(from.host.as_deref())),
            });
            println!(
                "{:>8} {:>9}  {}  {}",
                message.uid().map_or(0, u32::from),
                message.size().unwrap_or_default(),
                from.unwrap_or_default(),
                text(envelope.subject.as_deref()),
            );
        }
    }
    client.logout().await?;
    Ok(())
}
