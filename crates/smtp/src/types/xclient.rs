//! `XCLIENT`: what a trusted proxy knows about the client it speaks for.

use std::net::IpAddr;

/// The attributes of the `XCLIENT` command that Postfix introduced, xtext undone.
///
/// `None` where it was not sent, or was sent as `[UNAVAILABLE]` or `[TEMPUNAVAIL]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct XClient {
    /// `NAME`: the client's host name.
    pub name: Option<Box<str>>,
    /// `ADDR`: the client's address.
    pub addr: Option<IpAddr>,
    /// `PORT`: the client's port.
    pub port: Option<u16>,
    /// `PROTO`: `SMTP` or `ESMTP`.
    pub proto: Option<Box<str>>,
    /// `HELO`: the name the client gave.
    pub helo: Option<Box<str>>,
    /// `LOGIN`: the client's authenticated identity.
    pub login: Option<Box<str>>,
    /// `DESTADDR`: the address the client connected to.
    pub dest_addr: Option<IpAddr>,
    /// `DESTPORT`: the port the client connected to.
    pub dest_port: Option<u16>,
}
