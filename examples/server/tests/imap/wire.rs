//! A client that says just what a test writes, and shows just what the server says.

use mailwright_server::{Config, Server};
use std::path::Path;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// The account of these tests.
pub(crate) const BOB: &str = "bob@example.test";

/// A server with one account. `more`: lines for its configuration.
pub(crate) async fn start(folder: &Path, more: &str) -> Server {
    let text = format!("domains = ['example.test']\n[listen]\nimap = '127.0.0.1:0'\n{more}");
    let mut config = Config::parse(&text, "test").unwrap();
    config.data = folder.to_owned();
    let server = Server::start(config).await.unwrap();
    server.add_account(BOB, "secret").await.unwrap();
    server
}

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    commands: u32,
}

impl Client {
    /// A connection on which nobody has logged in.
    pub(crate) async fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address("imap").unwrap()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Self { stream: BufReader::new(stream), commands: 0 };
        assert!(client.response().await.starts_with(b"* OK "));
        client
    }

    /// A session of the account.
    pub(crate) async fn bob(server: &Server) -> Self {
        Self::of(server, BOB).await
    }

    /// A session of this account.
    pub(crate) async fn of(server: &Server, account: &str) -> Self {
        let mut client = Self::connect(server).await;
        client.ok(&format!("LOGIN {account} secret")).await;
        client
    }

    /// A session of the account with this mailbox selected.
    pub(crate) async fn selected(server: &Server, mailbox: &str) -> Self {
        let mut client = Self::bob(server).await;
        client.ok(&format!("SELECT {mailbox}")).await;
        client
    }

    /// One response, with the literals in it, without the line end.
    pub(crate) async fn response(&mut self) -> Vec<u8> {
        let mut response = Vec::new();
        loop {
            let read = self.stream.read_until(b'\n', &mut response);
            let read = tokio::time::timeout(std::time::Duration::from_secs(60), read).await;
            let read = read.expect("an answer within a minute").unwrap();
            assert!(read > 0, "the server closed: {}", String::from_utf8_lossy(&response));
            response.truncate(response.len() - 2);
            let Some(literal) = literal(&response) else { return response };
            response.extend_from_slice(b"\r\n");
            let start = response.len();
            response.resize(start + literal, 0);
            self.stream.read_exact(&mut response[start..]).await.unwrap();
        }
    }

    /// One response as text.
    pub(crate) async fn line(&mut self) -> String {
        String::from_utf8_lossy(&self.response().await).into_owned()
    }

    pub(crate) async fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).await.unwrap();
    }

    /// Begins a command; `finish` reads what comes of it.
    pub(crate) async fn begin(&mut self, command: &str) {
        self.begin_part(command).await;
        self.send(b"\r\n").await;
    }

    async fn begin_part(&mut self, command: &str) {
        self.commands += 1;
        self.send(format!("c{} {command}", self.commands).as_bytes()).await;
    }

    /// All responses up to the tagged one, which comes last and without its tag.
    pub(crate) async fn finish(&mut self) -> Vec<Vec<u8>> {
        let tag = format!("c{} ", self.commands);
        let mut all = Vec::new();
        loop {
            let response = self.response().await;
            if let Some(status) = response.strip_prefix(tag.as_bytes()) {
                all.push(status.to_vec());
                return all;
            }
            all.push(response);
        }
    }

    /// What the server says to a command: untagged responses, then the tagged one without its tag.
    pub(crate) async fn run(&mut self, command: &str) -> Vec<String> {
        self.begin(command).await;
        self.finish().await.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    /// Untagged responses of a command that must succeed, and the tagged one after its `OK `.
    pub(crate) async fn ok(&mut self, command: &str) -> Vec<String> {
        let mut said = self.run(command).await;
        let last = said.pop().unwrap();
        let Some(status) = last.strip_prefix("OK ") else { panic!("{command}: {said:?} {last}") };
        said.push(status.to_owned());
        said
    }

    /// The untagged responses of a command that must succeed.
    pub(crate) async fn data(&mut self, command: &str) -> Vec<String> {
        let mut said = self.ok(command).await;
        said.pop();
        said
    }

    /// The tagged response of a command, which must not have any other.
    pub(crate) async fn status(&mut self, command: &str) -> String {
        let mut said = self.run(command).await;
        assert_eq!(said.len(), 1, "{command}: {said:?}");
        said.remove(0)
    }

    /// Appends several messages in one command, with their flags and dates.
    pub(crate) async fn append_all(&mut self, mailbox: &str, messages: &[(String, Vec<u8>)]) -> String {
        self.begin_part(&format!("APPEND {mailbox}")).await;
        for (options, message) in messages {
            let space = if options.is_empty() { "" } else { " " };
            self.send(format!("{space}{options} {{{}}}\r\n", message.len()).as_bytes()).await;
            let answer = self.line().await;
            assert!(answer.starts_with("+ "), "{answer}");
            self.send(message).await;
        }
        self.send(b"\r\n").await;
        self.finish().await.pop().map(|line| String::from_utf8_lossy(&line).into_owned()).unwrap()
    }

    /// Appends; `options` are flags and date. Returns the tagged response.
    pub(crate) async fn append(&mut self, mailbox: &str, options: &str, message: &[u8]) -> String {
        let space = if options.is_empty() { "" } else { " " };
        self.begin(&format!("APPEND {mailbox} {options}{space}{{{}}}", message.len())).await;
        let answer = self.line().await;
        if !answer.starts_with("+ ") {
            return answer.split_once(' ').unwrap().1.to_owned();
        }
        self.send(message).await;
        self.send(b"\r\n").await;
        self.finish().await.pop().map(|line| String::from_utf8_lossy(&line).into_owned()).unwrap()
    }
}

/// How many octets the literal has that a line announces with its end.
fn literal(line: &[u8]) -> Option<usize> {
    let digits = line.strip_suffix(b"}")?;
    let open = digits.iter().rposition(|octet| *octet == b'{')?;
    std::str::from_utf8(&digits[open + 1..]).ok()?.parse().ok()
}
