//! Channel binding: the names and the data that tie an exchange to its TLS connection, RFC 5056.

use mailwright_wire::TlsInfo;

/// A type of channel binding that is safe with every version of TLS in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// `tls-exporter`, RFC 9266.
    Exporter,
    /// `tls-server-end-point`, RFC 5929 §4.
    ServerEndPoint,
}

impl Binding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exporter => "tls-exporter",
            Self::ServerEndPoint => "tls-server-end-point",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Exporter, Self::ServerEndPoint].into_iter().find(|binding| binding.name() == name)
    }

    /// The data of this type, if this connection has it.
    pub(crate) fn data(self, tls: &TlsInfo) -> Option<&[u8]> {
        match self {
            Self::Exporter => tls.exporter.as_ref().map(<[u8; 32]>::as_slice),
            Self::ServerEndPoint => tls.server_end_point.as_deref(),
        }
    }

    /// The best type that this connection has data for.
    pub(crate) fn best(tls: &TlsInfo) -> Option<Self> {
        [Self::Exporter, Self::ServerEndPoint].into_iter().find(|binding| binding.data(tls).is_some())
    }
}
