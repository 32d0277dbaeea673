//! The header that a proxy puts before the first octet of a connection.

use std::net::SocketAddr;

/// A PROXY protocol header, version 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// The proxy speaks for itself (a health check), or for a transport it does not name.
    Local,
    /// The proxy speaks for this connection.
    Proxied(Proxied),
}

/// The two ends of the connection that a proxy took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxied {
    /// The client.
    pub source: SocketAddr,
    /// Where the client connected to.
    pub destination: SocketAddr,
}
