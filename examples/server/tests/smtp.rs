//! What an SMTP session on the wire is like, beyond what other servers say in one.
#![allow(clippy::unwrap_used)]

use mailwright_server::{Config, Server};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection, and the replies that come over it.
struct Peer(BufReader<TcpStream>);

impl Peer {
    async fn greeted(server: &Server, service: &str) -> Self {
        let mut peer =
            Self(BufReader::new(TcpStream::connect(server.address(service).unwrap()).await.unwrap()));
        assert!(peer.reply().await.starts_with("220 "));
        peer
    }

    async fn tell(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    /// The whole next reply; nothing when the connection has ended.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let begin = reply.len();
            let read = self.0.read_line(&mut reply).await.unwrap();
            if read == 0 || reply.as_bytes()[begin + 3] == b' ' {
                return reply;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_places_are_scarce_there_is_no_patience() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::for_test(folder.path());
    config.limits.connections = 8;
    let server = Server::start(config).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(Peer::greeted(&server, "smtp").await);
    }
    // The sixth place makes it crowded, for itself and for those that follow.
    let mut hurried = Peer::greeted(&server, "smtp").await;
    assert!(hurried.tell("EHLO c").await.starts_with("250-"));
    assert!(hurried.tell("WIZ").await.starts_with("500 "));
    assert!(hurried.reply().await.starts_with("421 4.7.0 "));
    assert!(hurried.reply().await.is_empty(), "the place is free");
    assert!(idle[0].tell("WIZ").await.starts_with("500 "));
    assert!(idle[0].tell("NOOP").await.starts_with("250 "), "who came before keeps what it was given");
}
