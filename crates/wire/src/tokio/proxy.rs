//! Reads a PROXY protocol header from a stream, and not an octet more.

use crate::proxy::{ProxyHeader, header};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::timeout,
};

/// What every header has at least, `PROXY UNKNOWN` with its line end.
const SHORTEST: usize = 15;

/// Reads the header that a trusted proxy puts before everything else, TLS too. What follows it stays in the stream.
///
/// # Errors
///
/// `InvalidData` where there is no header, `UnexpectedEof` where it breaks off, `TimedOut` where it is not whole in time.
pub async fn proxy_header<I: AsyncRead + Unpin>(io: &mut I, within: Duration) -> io::Result<ProxyHeader> {
    let read = async {
        let mut seen = vec![0; SHORTEST];
        io.read_exact(&mut seen).await?;
        loop {
            match header(&seen).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))? {
                Some((header, _)) => return Ok(header),
                // A line has no length to go by. It is short, and comes once a connection.
                None => seen.push(io.read_u8().await?),
            }
        }
    };
    timeout(within, read).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
