//! One connection: lines out, lines and literals in.

use crate::Outcome;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

pub const PASSWORD: &str = "secret";

/// A connection to a server, by IMAP or POP3.
#[derive(Debug)]
pub struct Client {
    input: BufReader<TcpStream>,
    tag: usize,
    line: Vec<u8>,
    /// How many messages the selected mailbox has, as the server told.
    pub messages: usize,
}

impl Client {
    /// Connects and reads the greeting.
    pub fn connect(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut client =
            Self { input: BufReader::with_capacity(16 << 10, stream), tag: 0, line: Vec::new(), messages: 0 };
        client.read_line()?;
        Ok(client)
    }

    /// Connects by IMAP and logs in.
    pub fn imap(port: u16, user: &str) -> Outcome<Self> {
        let mut client = Self::connect(port)?;
        client.command(format_args!("LOGIN {user} {PASSWORD}"))?;
        Ok(client)
    }

    /// Sends as it is.
    pub fn send(&mut self, bytes: &[u8]) -> Outcome<()> {
        Ok(self.input.get_mut().write_all(bytes)?)
    }

    /// The next line, with its end.
    pub fn read_line(&mut self) -> Outcome<&[u8]> {
        self.line.clear();
        if self.input.read_until(b'\n', &mut self.line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(&self.line)
    }

    /// Sends an IMAP command and reads to its end.
    pub fn command(&mut self, command: std::fmt::Arguments<'_>) -> Outcome<()> {
        self.tag += 1;
        self.send(format!("a{} {command}\r\n", self.tag).as_bytes())?;
        self.finish()
    }

    /// Appends a message with a literal that needs no leave.
    pub fn append(&mut self, mailbox: &str, message: &[u8]) -> Outcome<()> {
        self.tag += 1;
        let mut out = format!("a{} APPEND {mailbox} {{{}+}}\r\n", self.tag, message.len()).into_bytes();
        out.extend_from_slice(message);
        out.extend_from_slice(b"\r\n");
        self.send(&out)?;
        self.finish()
    }

    /// Reads to the end of the command that runs.
    fn finish(&mut self) -> Outcome<()> {
        let tag = format!("a{} ", self.tag);
        loop {
            let line = self.read_line()?;
            if let Some(result) = line.strip_prefix(tag.as_bytes()) {
                // What another client took away meanwhile is no failure of the server.
                if result.starts_with(b"OK") || result.starts_with(b"NO") {
                    return Ok(());
                }
                return Err(String::from_utf8_lossy(line).into());
            }
            let octets = literal(line);
            if let Some(number) = line.strip_suffix(b" EXISTS\r\n").and_then(|l| l.strip_prefix(b"* ")) {
                self.messages = std::str::from_utf8(number)?.parse()?;
            } else if line.ends_with(b" EXPUNGE\r\n") {
                self.messages -= 1;
            }
            if let Some(octets) = octets {
                self.skip(octets)?;
            }
        }
    }

    fn skip(&mut self, octets: u64) -> Outcome<()> {
        std::io::copy(&mut (&mut self.input).take(octets), &mut std::io::sink())?;
        Ok(())
    }

    /// Sends POP3 commands together.
    pub fn pop3(&mut self, commands: &str) -> Outcome<()> {
        self.send(commands.as_bytes())
    }

    /// Reads one POP3 reply, and its lines up to the dot where there are `many`.
    pub fn pop3_reply(&mut self, many: bool) -> Outcome<()> {
        if !self.read_line()?.starts_with(b"+OK") {
            return Err(String::from_utf8_lossy(&self.line).into());
        }
        while many && self.read_line()? != b".\r\n" {}
        Ok(())
    }
}

/// How long the literal is that a line ends in.
fn literal(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"}\r\n")?;
    let at = line.iter().rposition(|octet| *octet == b'{')?;
    std::str::from_utf8(&line[at + 1..]).ok()?.parse().ok()
}
