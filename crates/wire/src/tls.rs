//! Facts about a finished TLS handshake, as a session may want them.

use bytes::Bytes;

/// What a session inside TLS knows about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsInfo {
    /// The protocol version that was agreed on.
    pub protocol: TlsVersion,
    /// The cipher suite by its registered name, as in `TLS_AES_128_GCM_SHA256`.
    pub cipher: String,
    /// The host name that the client asked for (server side only).
    pub sni: Option<String>,
    /// The application protocol that was agreed on.
    pub alpn: Option<Bytes>,
    /// Channel binding `tls-exporter`, RFC 9266 §2. Absent in TLS 1.2, where it would need the extended master secret.
    pub exporter: Option<[u8; 32]>,
    /// Channel binding `tls-server-end-point`: the hash of the server's certificate, RFC 5929 §4.1.
    pub server_end_point: Option<Vec<u8>>,
    /// The peer's certificates in DER, its own first. Whether they were verified is for who made the connection to say.
    pub peer_certificates: Vec<Vec<u8>>,
}

/// A version of TLS that is still in use, RFC 8996.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    /// TLS 1.2, RFC 5246.
    Tls12,
    /// TLS 1.3, RFC 8446.
    #[default]
    Tls13,
}

impl TlsVersion {
    /// The name that trace fields and logs use: `TLSv1.2`, `TLSv1.3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }
}
