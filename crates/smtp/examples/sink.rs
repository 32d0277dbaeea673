//! A server that takes every message and prints it: `cargo run --features tokio --example sink -- 127.0.0.1:2525`.

use std::sync::Arc;

use bytes::Bytes;
use mailwright_smtp::{
    server::{Config, Peer, Server, Verdict},
    tokio::{
        Connection,
        server::{Backend, Message, serve},
    },
    types::{Mail, Rcpt, Reply},
};

struct Sink;
struct Printed(Vec<u8>);

impl Backend for Sink {
    type Message = Printed;

    async fn mail(&mut self, _: &Peer, mail: &Mail) -> Result<(), Reply> {
        println!("from {}", mail.from);
        Ok(())
    }

    async fn rcpt(&mut self, _: &Peer, rcpt: &Rcpt) -> Result<(), Reply> {
        println!("to {}", rcpt.to);
        Ok(())
    }

    async fn data(&mut self, peer: &Peer) -> Result<Printed, Reply> {
        println!("with {}", peer.with_keyword(false));
        Ok(Printed(Vec::new()))
    }
}

impl Message for Printed {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Reply> {
        self.0.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(self) -> Verdict {
        println!("{}", String::from_utf8_lossy(&self.0));
        Reply::ok("Printed").into()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:2525".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let config = Arc::new(Config::new("sink.localhost"));
    loop {
        let (stream, peer) = listener.accept().await?;
        let connection = Connection::new(stream, Server::new(config.clone()));
        tokio::spawn(async move {
            if let Err(e) = serve(connection, &mut Sink).await {
                eprintln!("{peer}: {e}");
            }
        });
    }
}
