//! The PROXY protocol: what a proxy puts before the first octet of a connection, versions 1 (text) and 2 (binary).
//!
//! Expect it from trusted peers only, and from those always: whoever may send it may claim any address. It comes before
//! TLS, so it is read from the transport before a session begins; with the feature `tokio`,
//! `tokio::proxy_header` does that.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

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

/// What begins a header of version 2.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, with its CRLF.
const LINE_MAX: usize = 107;
/// The longest header of version 2 that is taken: addresses and some extension fields.
const BINARY_MAX: usize = 16 + 1024;

/// A connection that does not begin with a header as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no PROXY protocol header at the start of the connection")]
pub struct ProxyError;

/// Reads the header at the front of `input`: with its length once it is whole, `None` while it is not. A version 1
/// header has 107 octets at most; of version 2, up to 1024 octets behind the first 16 are taken, and extension fields
/// are passed over.
///
/// ```
/// use mailwright_wire::proxy::{Proxied, ProxyHeader, header};
/// let input = b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 25\r\nEHLO client\r\n";
/// let Some((ProxyHeader::Proxied(Proxied { source, .. }), length)) = header(input)? else { unreachable!() };
/// assert_eq!((source.to_string().as_str(), &input[length..]), ("192.0.2.1:56324", &b"EHLO client\r\n"[..]));
/// # Ok::<(), mailwright_wire::proxy::ProxyError>(())
/// ```
///
/// # Errors
/// As soon as `input` cannot become a header.
pub fn header(input: &[u8]) -> Result<Option<(ProxyHeader, usize)>, ProxyError> {
    let start = input.len().min(SIGNATURE.len());
    if input.starts_with(b"P") {
        text(input)
    } else if input[..start] == SIGNATURE[..start] {
        binary(input)
    } else {
        Err(ProxyError)
    }
}

/// ```abnf
/// header = "PROXY " ( "UNKNOWN" *VCHAR / ("TCP4" / "TCP6") SP address SP address SP port SP port ) CRLF
/// ```
fn text(input: &[u8]) -> Result<Option<(ProxyHeader, usize)>, ProxyError> {
    let start = input.len().min(6);
    if input[..start] != b"PROXY "[..start] {
        return Err(ProxyError);
    }
    let window = &input[..input.len().min(LINE_MAX)];
    let Some(end) = window.iter().position(|&b| b == b'\n') else {
        return if window.len() < LINE_MAX { Ok(None) } else { Err(ProxyError) };
    };
    let line = window[..end].strip_suffix(b"\r").ok_or(ProxyError)?;
    let line = std::str::from_utf8(line).map_err(|_| ProxyError)?;
    let words: Vec<&str> = line.split(' ').collect();
    let address = |host: &str, number: &str, v6: bool| -> Result<SocketAddr, ProxyError> {
        let host = host.parse().map_err(|_| ProxyError)?;
        let good = number.bytes().all(|b| b.is_ascii_digit());
        let address = SocketAddr::new(host, number.parse().map_err(|_| ProxyError)?);
        if good && address.is_ipv6() == v6 { Ok(address) } else { Err(ProxyError) }
    };
    let header = match words[1..] {
        ["UNKNOWN", ..] => ProxyHeader::Local,
        [family @ ("TCP4" | "TCP6"), source, destination, source_port, destination_port] => {
            let v6 = family == "TCP6";
            ProxyHeader::Proxied(Proxied {
                source: address(source, source_port, v6)?,
                destination: address(destination, destination_port, v6)?,
            })
        }
        _ => return Err(ProxyError),
    };
    Ok(Some((header, end + 1)))
}

fn binary(input: &[u8]) -> Result<Option<(ProxyHeader, usize)>, ProxyError> {
    let Some(&[version_command, family, high, low]) = input.get(12..16) else {
        return Ok(None);
    };
    let len = 16 + usize::from(u16::from_be_bytes([high, low]));
    if len > BINARY_MAX {
        return Err(ProxyError);
    }
    let Some(body) = input.get(16..len) else {
        return Ok(None);
    };
    let header = match (version_command, family) {
        (0x20, _) => ProxyHeader::Local,
        (0x21, 0x11) => {
            let (source, rest) = body.split_first_chunk::<4>().ok_or(ProxyError)?;
            let (destination, rest) = rest.split_first_chunk::<4>().ok_or(ProxyError)?;
            let (source_port, destination_port) = self::ports(*rest.first_chunk().ok_or(ProxyError)?);
            ProxyHeader::Proxied(Proxied {
                source: (Ipv4Addr::from(*source), source_port).into(),
                destination: (Ipv4Addr::from(*destination), destination_port).into(),
            })
        }
        (0x21, 0x21) => {
            let (source, rest) = body.split_first_chunk::<16>().ok_or(ProxyError)?;
            let (destination, rest) = rest.split_first_chunk::<16>().ok_or(ProxyError)?;
            let (source_port, destination_port) = self::ports(*rest.first_chunk().ok_or(ProxyError)?);
            ProxyHeader::Proxied(Proxied {
                source: (Ipv6Addr::from(*source), source_port).into(),
                destination: (Ipv6Addr::from(*destination), destination_port).into(),
            })
        }
        (0x21, _) => ProxyHeader::Local, // a transport without addresses of ours
        _ => return Err(ProxyError),
    };
    Ok(Some((header, len)))
}

fn ports([a, b, c, d]: [u8; 4]) -> (u16, u16) {
    (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
}
