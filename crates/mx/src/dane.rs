//! DANE for SMTP (RFC 7672): which TLSA records count, and whether a certificate matches one.

/// A TLSA record (RFC 6698 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsa {
    /// Certificate usage: 2 (DANE-TA) and 3 (DANE-EE) have a meaning for SMTP.
    pub usage: u8,
    /// 0: the whole certificate; 1: its public key.
    pub selector: u8,
    /// 0: as is; 1: SHA-256; 2: SHA-512.
    pub matching: u8,
    /// The certificate, key or digest to match.
    pub data: Vec<u8>,
}
