//! Mail by SMTP over TCP.
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailwright_mx::Status;
use mailwright_smtp::client::{Client, Config, Envelope, Error as ClientError, Event, SendError, Stage};
use mailwright_smtp::tokio::client::dial;
use mailwright_smtp::types::{Capabilities, Mail, Rcpt, ReversePath};
use mailwright_store::Content;
use mailwright_wire::tokio::{Connection, Error, Timeouts, client_tls};
use mailwright_wire::{TlsInfo, TlsVersion};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;

use super::{Fate, Fault, Link, Peer, Protection, Sent, Transport};
use crate::facts::Step;
use crate::tls;
use crate::tlsrpt::Verdict;

/// Octets read from the store and written at a time.
const PIECE: usize = 64 * 1024;

/// Connects by TCP, with `STARTTLS` where it is offered.
#[derive(Clone, Debug)]
pub struct Smtp {
    client: Arc<Config>,
    tls: Option<Arc<rustls::ClientConfig>>,
    roots: Option<Arc<rustls::RootCertStore>>,
    source: Vec<IpAddr>,
    connect: Duration,
}

impl Smtp {
    /// As the queue's settings say.
    pub fn new(config: &crate::Config) -> Self {
        Self {
            client: Arc::new(Config::new(config.hostname.clone())),
            tls: config.tls.clone(),
            roots: config.roots.clone(),
            source: config.source.clone(),
            connect: config.limits.connect,
        }
    }

    /// With other settings of the SMTP client, such as its time limits.
    #[must_use]
    pub fn with_client(mut self, client: Config) -> Self {
        self.client = Arc::new(client);
        self
    }

    async fn open(&self, peer: &Peer) -> Result<TcpStream, Fault> {
        let fault = |text| Fault { step: Step::Connect, reply: None, text, down: true, verdict: None };
        let from = self.source.iter().find(|from| from.is_ipv4() == peer.address.is_ipv4()).copied();
        match tokio::time::timeout(self.connect, dial(peer.address, from)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(fault(format!("cannot connect: {error}"))),
            Err(_) => Err(fault(format!("no connection within {} s", self.connect.as_secs()))),
        }
    }

    async fn begin(&self, peer: &Peer, with_tls: bool) -> Result<SmtpLink, Fault> {
        let stream = self.open(peer).await?;
        let mut connection =
            Connection::new(stream, Client::new(self.client.clone())).with_timeouts(Timeouts::default());
        let required = peer.protection != Protection::Opportunistic;
        let tls = if with_tls { self.tls(&peer.protection)? } else { None };
        let has_tls = tls.is_some();
        if let Some(config) = tls {
            connection = connection.with_tls(client_tls(config, server_name(peer)));
        }
        let mut capabilities = ready(&mut connection, Step::Greeting).await?;
        // Where it is required it is asked for in any case: that it is offered may have been cut out on the way.
        if has_tls && (capabilities.starttls || required) {
            if let Some(session) = connection.session()
                && let Err(misuse) = session.start_tls()
            {
                return Err(broken(Step::Tls, misuse.to_string()));
            }
            capabilities = ready(&mut connection, Step::Tls).await?;
        }
        let tls = connection.session().and_then(|session| session.tls().cloned());
        Ok(SmtpLink { connection, capabilities, protection: peer.protection.clone(), tls })
    }

    /// The TLS that a protection takes; `None` only where there may be none.
    fn tls(&self, protection: &Protection) -> Result<Option<Arc<rustls::ClientConfig>>, Fault> {
        Ok(Some(match protection {
            Protection::Opportunistic => return Ok(self.tls.clone()),
            Protection::Encrypted => Arc::new(tls::opportunistic()),
            Protection::Dane { records, references } => Arc::new(tls::dane(records.clone(), references)),
            Protection::Verified => match &self.roots {
                Some(roots) => Arc::new(tls::verified(roots.clone())),
                None => {
                    return Err(broken(Step::Tls, "no certificate authorities are configured".to_owned()));
                }
            },
        }))
    }
}

impl Transport for Smtp {
    type Link = SmtpLink;

    async fn connect(&self, peer: &Peer) -> Result<SmtpLink, Fault> {
        match self.begin(peer, true).await {
            // What cannot be encrypted goes in plaintext, as it would if TLS had not been offered (RFC 7435 §3).
            Err(fault) if fault.step == Step::Tls && peer.protection == Protection::Opportunistic => {
                tracing::info!(host = %peer.host, address = %peer.address, fault = %fault.text, "no TLS, going on without");
                self.begin(peer, false).await
            }
            result => result,
        }
    }
}

fn server_name(peer: &Peer) -> ServerName<'static> {
    let base = match &peer.protection {
        Protection::Dane { references, .. } => references.first().map(ToString::to_string),
        _ => None,
    };
    ServerName::try_from(base.unwrap_or_else(|| peer.host.clone()))
        .unwrap_or_else(|_| ServerName::IpAddress(peer.address.ip().into()))
}

fn broken(step: Step, text: String) -> Fault {
    Fault { step, reply: None, text, down: false, verdict: None }
}

/// Waits for the greeting and `EHLO`, in plaintext or inside TLS.
async fn ready(connection: &mut Connection<Client, TcpStream>, step: Step) -> Result<Capabilities, Fault> {
    loop {
        match connection.next().await {
            Ok(Some(Event::Ready(capabilities))) => return Ok(capabilities),
            Ok(Some(Event::Unwelcome(reply) | Event::Closing(reply))) => {
                let text = "the server does not want to talk".to_owned();
                return Err(Fault {
                    step: Step::Greeting,
                    reply: Some(reply),
                    text,
                    down: false,
                    verdict: None,
                });
            }
            // The session went on in plaintext; nothing new is known.
            Ok(Some(Event::TlsRefused(reply))) => {
                return Err(Fault {
                    step,
                    text: "STARTTLS was refused".to_owned(),
                    reply: Some(reply),
                    down: false,
                    verdict: Some(Verdict::StarttlsNotSupported),
                });
            }
            Ok(Some(_)) => {}
            Ok(None) => return Err(broken(step, "the server closed the connection".to_owned())),
            Err(error) => {
                let silent = matches!(error, Error::Session(ClientError::TimedOut)) && step == Step::Greeting;
                let verdict = match &error {
                    Error::Handshake(fault) => Some(tls::verdict(fault)),
                    _ => None,
                };
                return Err(Fault { step, reply: None, text: error.to_string(), down: silent, verdict });
            }
        }
    }
}

/// An SMTP session that is ready for a mail.
#[derive(Debug)]
pub struct SmtpLink {
    connection: Connection<Client, TcpStream>,
    capabilities: Capabilities,
    protection: Protection,
    tls: Option<TlsInfo>,
}

impl Link for SmtpLink {
    fn tls(&self) -> Option<String> {
        let checked = match &self.protection {
            Protection::Opportunistic | Protection::Encrypted => "certificate not checked",
            Protection::Dane { .. } => "certificate checked by DANE",
            Protection::Verified => "certificate checked by MTA-STS",
        };
        let info = self.tls.as_ref()?;
        let version = if info.protocol == TlsVersion::Tls13 { "TLS 1.3" } else { "TLS 1.2" };
        Some(format!("{version} ({}), {checked}", info.cipher))
    }

    async fn send<C: Content>(&mut self, mail: Mail, rcpts: Vec<Rcpt>, content: &mut C) -> Sent {
        let count = rcpts.len();
        let (dsn, deliver_by) = (self.capabilities.dsn, self.capabilities.deliver_by.is_some());
        let all = |fate: Fate, usable| Sent { fates: vec![fate; count], usable, dsn, deliver_by };
        let Some(session) = self.connection.session() else {
            return all(Fate::Lost(Step::Mail, "the server closed the connection".to_owned()), false);
        };
        let mut mail = mail;
        if mail.from == ReversePath::Null {
            // RFC 8689 §4.2.1 leaves reports out: where it cannot be had they go without.
            mail.parameters.require_tls &= self.capabilities.require_tls;
        }
        if let Err(error) = session.send(Envelope { mail, rcpts }) {
            return match error {
                SendError::Unsupported(unsupported) => {
                    let status = unsupported.status();
                    let status = Status::new(status.class().digit(), status.subject(), status.detail());
                    all(Fate::Unfit(status, unsupported.to_string()), true)
                }
                error => all(Fate::Unfit(Status::new(5, 6, 0), error.to_string()), false),
            };
        }
        match self.transfer(content).await {
            Ok(fates) => {
                let fates: Vec<Fate> =
                    fates.into_iter().map(|f| Fate::Reply(step(f.stage), f.reply)).collect();
                Sent { usable: true, dsn, deliver_by, fates }
            }
            Err(fate) => all(fate, false),
        }
    }

    async fn close(mut self) {
        // The mails are settled; how the goodbye goes changes nothing.
        if let Some(session) = self.connection.session()
            && session.quit().is_ok()
        {
            while let Ok(Some(_)) = self.connection.next().await {}
        }
    }
}

impl SmtpLink {
    /// Runs the transaction to its end.
    async fn transfer<C: Content>(
        &mut self,
        content: &mut C,
    ) -> Result<Vec<mailwright_smtp::client::Fate>, Fate> {
        let mut at = 0;
        let mut reached = Step::Mail;
        loop {
            let event = match self.connection.next().await {
                Ok(Some(event)) => event,
                Ok(None) => return Err(Fate::Lost(reached, "the server closed the connection".to_owned())),
                Err(error) => return Err(Fate::Lost(reached, error.to_string())),
            };
            match event {
                Event::Sent(delivery) => return Ok(delivery.fates),
                Event::SendBody(ticket) => {
                    if reached == Step::Mail {
                        reached = Step::Data;
                    }
                    let piece =
                        content.read(at, PIECE).await.map_err(|error| Fate::Unread(error.to_string()))?;
                    at += piece.len() as u64;
                    let Some(session) = self.connection.session() else {
                        return Err(Fate::Lost(reached, "the connection is gone".to_owned()));
                    };
                    // From its last octets on the server may have the whole.
                    let taken = if piece.is_empty() || at == content.len() {
                        reached = Step::Message;
                        session.body_last(ticket, piece)
                    } else {
                        session.body(ticket, piece)
                    };
                    taken.map_err(|error| Fate::Unfit(Status::new(5, 6, 0), error.to_string()))?;
                }
                Event::Closing(reply) => return Err(Fate::Lost(reached, reply.to_string())),
                _ => {}
            }
        }
    }
}

fn step(stage: Stage) -> Step {
    match stage {
        Stage::Mail => Step::Mail,
        Stage::Rcpt => Step::Rcpt,
        Stage::Data => Step::Data,
        Stage::Message => Step::Message,
    }
}
