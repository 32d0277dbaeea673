//! A mail server for tests that does at each step what it is told to.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A connection, in plaintext or inside TLS.
trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What to do instead of the usual reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Say(&'static str),
    Close,
    Reset,
    Hang,
    /// Says it one octet at a time.
    Drip(&'static str),
}

/// The steps at which something can be told, by their command; `greeting` and `dot` besides.
pub(crate) type Script = HashMap<&'static str, Act>;

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) body: String,
    pub(crate) connection: usize,
    pub(crate) tls: bool,
}

#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: Script,
    tls: Option<TlsAcceptor>,
    capabilities: Vec<&'static str>,
    taken: Vec<Taken>,
    connections: usize,
    most: usize,
    open: usize,
}

impl Peer {
    /// Listens on an address; port 0 takes a free one.
    pub(crate) async fn on(address: &str, script: &[(&'static str, Act)]) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let state = State {
            script: script.iter().copied().collect(),
            capabilities: vec!["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE"],
            ..State::default()
        };
        let peer = Self { address: listener.local_addr().unwrap(), state: Arc::new(Mutex::new(state)) };
        let serving = peer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let peer = serving.clone();
                tokio::spawn(async move { peer.serve(stream).await });
            }
        });
        peer
    }

    pub(crate) async fn start(script: &[(&'static str, Act)]) -> Self {
        Self::on("127.0.0.1:0", script).await
    }

    pub(crate) fn offer(&self, capability: &'static str) {
        self.state.lock().unwrap().capabilities.push(capability);
    }

    /// Offers `STARTTLS` with this certificate.
    pub(crate) fn secure(&self, tls: TlsAcceptor) {
        self.state.lock().unwrap().tls = Some(tls);
    }

    pub(crate) fn tell(&self, step: &'static str, act: Option<Act>) {
        let script = &mut self.state.lock().unwrap().script;
        match act {
            Some(act) => script.insert(step, act),
            None => script.remove(step),
        };
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.state.lock().unwrap().open
    }

    /// The most connections open at once.
    pub(crate) fn most(&self) -> usize {
        self.state.lock().unwrap().most
    }

    async fn serve(&self, stream: TcpStream) {
        let number = {
            let mut state = self.state.lock().unwrap();
            state.connections += 1;
            state.open += 1;
            state.most = state.most.max(state.open);
            state.connections
        };
        let mut stream = BufReader::new(stream);
        let acceptor = self.state.lock().unwrap().tls.clone();
        if self.act("greeting", "220 peer.test ready", &mut stream).await.is_ok()
            && self.talk(&mut stream, number, false).await.is_ok_and(|upgrade| upgrade)
            && let Some(acceptor) = acceptor
            && let Ok(inside) = acceptor.accept(stream.into_inner()).await
        {
            let _ = self.talk(&mut BufReader::new(inside), number, true).await;
        }
        self.state.lock().unwrap().open -= 1;
    }

    /// Talks until the end, or until TLS is to begin: `true`.
    async fn talk<W: Wire>(
        &self,
        stream: &mut BufReader<W>,
        number: usize,
        tls: bool,
    ) -> std::io::Result<bool> {
        let mut taken =
            Taken { from: String::new(), to: Vec::new(), body: String::new(), connection: number, tls };
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(false);
            }
            let line = line.trim_end();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let mut lines = vec!["peer.test".to_owned()];
                    {
                        let state = self.state.lock().unwrap();
                        lines.extend(state.capabilities.iter().map(|&c| c.to_owned()));
                        lines.extend((state.tls.is_some() && !tls).then(|| "STARTTLS".to_owned()));
                    }
                    let last = lines.len() - 1;
                    let reply: Vec<String> = lines
                        .iter()
                        .enumerate()
                        .map(|(n, line)| format!("250{}{line}", if n == last { ' ' } else { '-' }))
                        .collect();
                    self.act("EHLO", &reply.join("\r\n"), stream).await?;
                }
                "MAIL" => {
                    taken.from = line.to_owned();
                    taken.to.clear();
                    self.act("MAIL", "250 2.1.0 ok", stream).await?;
                }
                "RCPT" => {
                    let local = line.split(['<', '@']).nth(1).unwrap_or_default();
                    let act = self.state.lock().unwrap().script.get(local).copied();
                    if let Some(act) = act {
                        perform(act, stream).await?;
                    } else if self.act("RCPT", "250 2.1.5 ok", stream).await? {
                        taken.to.push(line.to_owned());
                    }
                }
                "DATA" if taken.to.is_empty() => write(stream, "503 5.5.1 nobody").await?,
                "DATA" => {
                    if self.act("DATA", "354 go on", stream).await? {
                        taken.body = body(stream).await?;
                        if self.act("dot", "250 2.0.0 taken", stream).await? {
                            self.state.lock().unwrap().taken.push(taken.clone());
                        }
                    }
                }
                "STARTTLS" if !tls && self.state.lock().unwrap().tls.is_some() => {
                    if self.act("STARTTLS", "220 2.0.0 go on", stream).await? {
                        return Ok(true);
                    }
                }
                "STARTTLS" => {
                    self.act("STARTTLS", "454 4.7.0 not here", stream).await?;
                }
                "QUIT" => return write(stream, "221 2.0.0 bye").await.map(|()| false),
                _ => write(stream, "250 2.0.0 ok").await?,
            }
        }
    }

    /// Does what the script says, or the usual; whether the reply was positive.
    async fn act<W: Wire>(
        &self,
        step: &str,
        usual: &str,
        stream: &mut BufReader<W>,
    ) -> std::io::Result<bool> {
        let act = self.state.lock().unwrap().script.get(step).copied();
        match act {
            Some(act) => perform(act, stream).await,
            None => write(stream, usual).await.map(|()| true),
        }
    }
}

async fn perform<W: Wire>(act: Act, stream: &mut BufReader<W>) -> std::io::Result<bool> {
    match act {
        Act::Say(text) => write(stream, text).await.map(|()| text.starts_with(['2', '3'])),
        Act::Close => Err(std::io::ErrorKind::ConnectionAborted.into()),
        Act::Reset => {
            // Closing with a linger of nothing sends RST.
            stream.get_ref().tcp().set_zero_linger()?;
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
        Act::Hang => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(false)
        }
        Act::Drip(text) => {
            for octet in text.bytes() {
                stream.get_mut().write_all(&[octet]).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok(false)
        }
    }
}

async fn write<W: Wire>(stream: &mut BufReader<W>, text: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await
}

async fn body<W: Wire>(stream: &mut BufReader<W>) -> std::io::Result<String> {
    let mut body = String::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if line == ".\r\n" {
            return Ok(body);
        }
        body.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
