//! Waits for news of the inbox and prints it, by IDLE: `watch HOST PORT USER PASSWORD`. Ends with Ctrl-C.
//!
//! Speaks in clear, as to a server on this machine. For one elsewhere use `Client::connect_tls`.

use mailwright_imap::{
    client::Config,
    tokio::client::{Client, News},
    types::response::Untagged,
};
use std::time::Duration;
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, host, port, user, password] = &args[..] else {
        return Err("usage: watch HOST PORT USER PASSWORD".into());
    };
    let stream = TcpStream::connect((host.as_str(), port.parse()?)).await?;
    let mut client = Client::connect(stream, Config::plaintext()).await?;
    client.login(user, &password.as_str().into()).await?;
    println!("{} messages; waiting", client.select("INBOX").await?.exists);
    loop {
        for news in client.wait(Duration::from_hours(24)).await? {
            match news {
                News::Data(Untagged::Exists(count)) => println!("{count} messages"),
                News::Data(Untagged::Expunge(number)) => println!("message {number} is gone"),
                News::Data(Untagged::Fetch(fetch)) => {
                    println!("message {}: {:?}", fetch.number, fetch.flags());
                }
                News::Data(other) => println!("{other:?}"),
                News::Fault(fault) => println!("not understood: {}", fault.error),
            }
        }
    }
}
