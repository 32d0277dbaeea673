//! `STARTTLS`, and the session between its two lives.

use std::sync::Arc;

use mailwright_wire::TlsInfo;

use crate::{
    server::{Config, Counts, Error, Peer, Phase, Server, StartTls},
    types::{EnhancedStatus, ReplyCode, XClient},
};

/// A session while TLS is negotiated. What the peer said in plaintext is not here: RFC 3207 §4.2.
#[derive(Debug)]
pub struct Upgrading {
    config: Arc<Config>,
    /// Said by the proxy, not by the peer.
    xclient: Option<XClient>,
    counts: Counts,
}

impl mailwright_wire::Upgrading for Upgrading {
    type Session = Server;

    fn secured(self, tls: TlsInfo) -> Server {
        let peer = Peer { tls: Some(tls), xclient: self.xclient, ..Peer::default() };
        Server::begin(self.config, peer, Phase::Command, self.counts)
    }
}

impl Server {
    pub(super) fn starttls(&mut self) {
        if self.peer.tls.is_some() {
            self.out_of_order("TLS is up already");
        } else if self.config.starttls == StartTls::Off {
            self.not_implemented();
        } else if self.transaction.is_some() || self.peer.identity.is_some() {
            self.out_of_order("STARTTLS comes before AUTH and MAIL");
        } else {
            self.say(ReplyCode::READY, EnhancedStatus::success(0, 0), "Ready to start TLS");
            self.phase = Phase::StartTls;
        }
    }

    pub(super) fn into_upgrading(self) -> Result<Upgrading, Error> {
        match self.phase {
            Phase::StartTls if self.input.is_empty() => {
                Ok(Upgrading { config: self.config, xclient: self.peer.xclient, counts: self.counts })
            }
            Phase::StartTls => Err(Error::PlaintextAfterStartTls),
            _ => Err(Error::NoUpgrade),
        }
    }
}
