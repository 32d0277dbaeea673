//! A server that takes every message and prints it: `cargo run --features tokio --example sink -- 127.0.0.1:2525`. With
//! `--quiet` after the address it prints nothing and keeps nothing, to measure what SMTP itself costs.

use std::{fmt::Display, sync::Arc};

use bytes::Bytes;
use mailwright_smtp::{
    server::{Config, Peer, Server, Verdict},
    tokio::{
        Connection,
        server::{Backend, Message, serve},
    },
    types::{Mail, Rcpt, Reply},
};

#[derive(Clone, Copy)]
struct Sink {
    quiet: bool,
}

struct Printed {
    sink: Sink,
    octets: Vec<u8>,
}

impl Sink {
    fn print(self, what: impl Display) {
        if !self.quiet {
            println!("{what}");
        }
    }
}

impl Backend for Sink {
    type Message = Printed;

    async fn mail(&mut self, _: &Peer, mail: &Mail) -> Result<(), Reply> {
        self.print(format_args!("from {}", mail.from));
        Ok(())
    }

    async fn rcpt(&mut self, _: &Peer, rcpt: &Rcpt) -> Result<(), Reply> {
        self.print(format_args!("to {}", rcpt.to));
        Ok(())
    }

    async fn data(&mut self, peer: &Peer) -> Result<Printed, Reply> {
        self.print(format_args!("with {}", peer.with_keyword(false)));
        Ok(Printed { sink: *self, octets: Vec::new() })
    }
}

impl Message for Printed {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Reply> {
        if !self.sink.quiet {
            self.octets.extend_from_slice(&chunk);
        }
        Ok(())
    }

    async fn finish(self) -> Verdict {
        self.sink.print(String::from_utf8_lossy(&self.octets));
        Reply::ok("Taken").into()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:2525".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let config = Arc::new(Config::new("sink.localhost"));
    let mut sink = Sink { quiet: std::env::args().any(|word| word == "--quiet") };
    loop {
        let (stream, peer) = listener.accept().await?;
        let connection = Connection::new(stream, Server::new(config.clone()));
        tokio::spawn(async move {
            if let Err(e) = serve(connection, &mut sink).await {
                eprintln!("{peer}: {e}");
            }
        });
    }
}
