//! Fetches MTA-STS policies over HTTPS (RFC 8461 §3.3): one GET, no redirect, bounded in octets and time.
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mailwright_mx::sts::{Fetch, MAX_BODY, NoResponse, Response};
use mailwright_mx::{Options, Plan, Resolve, resolve};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::PolicyHost;

/// Octets of the head of an answer.
const MAX_HEAD: usize = 16 * 1024;
/// Fields in the head of an answer.
const MAX_FIELDS: usize = 100;
/// For the whole of a fetch (RFC 8461 §3.3: "a suggested timeout is one minute").
const TIME: Duration = Duration::from_mins(1);
/// For a TCP connection to one address.
const CONNECT: Duration = Duration::from_secs(10);
/// Octets read at a time.
const PIECE: usize = 8 * 1024;

/// A small HTTPS client for policies.
///
/// It asks the same resolver as the queue and connects to public addresses only, so that nobody's policy host can be a
/// machine of this network.
pub struct Https<R> {
    resolver: R,
    tls: Arc<ClientConfig>,
    port: u16,
    allow_private: bool,
    time: Duration,
}

impl<R: Resolve> Https<R> {
    /// With the authorities by which policy hosts are checked.
    pub fn new(resolver: R, roots: Arc<RootCertStore>) -> Self {
        let mut tls = crate::tls::verified(roots);
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { resolver, tls: Arc::new(tls), port: 443, allow_private: false, time: TIME }
    }

    /// Another port than 443, as for a test.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Connects to loopback and private addresses too. Default off.
    #[must_use]
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Another time limit for a whole fetch than a minute.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Response, NoResponse> {
        let host = fetch.host();
        let options = Options { allow_private: self.allow_private, ..Options::default() };
        let route = resolve(Plan::of_host(host.as_str(), options), &self.resolver).await.result;
        let hosts = route.map_err(|e| NoResponse::Unreachable(format!("{host}: {e}")))?.hosts;
        let addresses = hosts.into_iter().flat_map(|h| h.addresses);
        let mut stream = Err(format!("{host} has no address"));
        for address in addresses {
            let address = SocketAddr::new(address, self.port);
            stream = match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(format!("cannot connect to {host} [{address}]: {error}")),
                Err(_) => Err(format!("cannot connect to {host} [{address}] in time")),
            };
            if stream.is_ok() {
                break;
            }
        }
        let stream = stream.map_err(NoResponse::Unreachable)?;
        let name = ServerName::try_from(host.to_string());
        let name = name.map_err(|error| NoResponse::Unreachable(error.to_string()))?;
        let connector = TlsConnector::from(self.tls.clone());
        let mut stream = connector.connect(name, stream).await.map_err(|error| {
            let text = format!("TLS with {host}: {error}");
            match crate::tls::certificate_error(&error) {
                Some(_) => NoResponse::Certificate(text),
                None => NoResponse::Unreachable(text),
            }
        })?;
        let request = format!(
            "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mailwright\r\n\
             Accept: text/plain\r\nConnection: close\r\n\r\n"
        );
        let failed = |e: std::io::Error| NoResponse::Unreachable(format!("HTTP with {host}: {e}"));
        stream.write_all(request.as_bytes()).await.map_err(failed)?;
        read_response(&mut stream).await.map_err(failed)
    }
}

impl<R> fmt::Debug for Https<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, allow_private, time, .. } = self;
        write!(f, "Https {{ port: {port}, allow_private: {allow_private}, time: {time:?} }}")
    }
}

impl<R: Resolve> PolicyHost for Https<R> {
    fn get(&self, fetch: &Fetch) -> Pin<Box<dyn Future<Output = Result<Response, NoResponse>> + Send + '_>> {
        let fetch = fetch.clone();
        Box::pin(async move {
            let fetched = tokio::time::timeout(self.time, self.fetch(&fetch)).await;
            let late = |_| NoResponse::Unreachable(format!("{} did not answer in time", fetch.host()));
            fetched.map_err(late).flatten()
        })
    }
}

/// What the head of an answer says.
struct Head {
    status: u16,
    content_type: String,
    body: Length,
}

/// How the end of a body is found (RFC 9112 §6.3).
enum Length {
    Octets(u64),
    Chunked,
    UntilClose,
}

/// Reads an answer: all of it, or as much as shows that it is too long.
async fn read_response(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Response> {
    let mut buffer = Vec::new();
    let head = loop {
        if let Some((head, length)) = read_head(&buffer)? {
            buffer.drain(..length);
            // RFC 9110 §15.2: what comes before the answer itself.
            if (100..200).contains(&head.status) && head.status != 101 {
                continue;
            }
            break head;
        }
        if buffer.len() >= MAX_HEAD {
            return Err(invalid("the head of the answer is longer than 16 KiB"));
        }
        if more(stream, &mut buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let body = match head.body {
        Length::Octets(length) => {
            let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(MAX_BODY + 1);
            while buffer.len() < wanted {
                if more(stream, &mut buffer).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
            buffer.truncate(wanted);
            buffer
        }
        Length::UntilClose => {
            while buffer.len() <= MAX_BODY && more(stream, &mut buffer).await? > 0 {}
            buffer
        }
        Length::Chunked => read_chunks(stream, buffer).await?,
    };
    Ok(Response { status: head.status, content_type: head.content_type, body })
}

/// RFC 9112 §7.1.
async fn read_chunks(stream: &mut (impl AsyncRead + Unpin), mut buffer: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = loop {
            let parsed = httparse::parse_chunk_size(&buffer).map_err(|_| invalid("not a chunk"))?;
            if let httparse::Status::Complete((length, size)) = parsed {
                buffer.drain(..length);
                break usize::try_from(size).unwrap_or(usize::MAX);
            }
            if buffer.len() >= MAX_HEAD {
                return Err(invalid("the head of a chunk is longer than 16 KiB"));
            }
            if more(stream, &mut buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        };
        // The last chunk has none; what trails it says nothing of a policy.
        if size == 0 {
            return Ok(body);
        }
        let wanted = size.min(MAX_BODY + 1 - body.len());
        while buffer.len() < wanted.saturating_add(2) {
            if more(stream, &mut buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        body.extend(buffer.drain(..wanted));
        if body.len() > MAX_BODY {
            return Ok(body);
        }
        if buffer.drain(..2).ne(*b"\r\n") {
            return Err(invalid("a chunk does not end where it says"));
        }
    }
}

/// Reads the head of an answer, if it is there; and how long it is.
fn read_head(buffer: &[u8]) -> std::io::Result<Option<(Head, usize)>> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let parsed = response.parse(buffer).map_err(|_| invalid("not an answer by HTTP/1.1"))?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let value = |name: &str| {
        let field = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        field.map(|field| String::from_utf8_lossy(field.value).trim().to_owned())
    };
    let body = match (value("transfer-encoding"), value("content-length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => Length::Chunked,
        (Some(_), _) => return Err(invalid("a transfer coding that was not asked for")),
        (None, Some(length)) => {
            Length::Octets(length.parse().map_err(|_| invalid("Content-Length is no number"))?)
        }
        (None, None) => Length::UntilClose,
    };
    let content_type = value("content-type").unwrap_or_default();
    Ok(Some((Head { status: response.code.unwrap_or(0), content_type, body }, length)))
}

fn invalid(what: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

/// Reads some more. A peer that ends without the TLS alert has ended: the length tells whether too early.
async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    let length = buffer.len();
    buffer.resize(length + PIECE, 0);
    let read = match stream.read(&mut buffer[length..]).await {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => 0,
        read => read?,
    };
    buffer.truncate(length + read);
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(answer: &str) -> Result<(u16, String, usize), String> {
        let mut stream = answer.as_bytes();
        let response = read_response(&mut stream).await.map_err(|e| e.to_string())?;
        Ok((response.status, response.content_type, response.body.len()))
    }

    #[tokio::test]
    async fn answers_are_read_however_their_end_is_told() {
        let plain = |status, length| Ok((status, "text/plain".to_owned(), length));
        let long = "x".repeat(MAX_BODY + 10);
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabcdef".into(), plain(200, 3)),
            ("HTTP/1.0 200 OK\r\ncontent-type:text/plain\r\n\r\nabcdef".into(), plain(200, 6)),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
                    .into(),
                plain(200, 5),
            ),
            ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 No\r\nContent-Type: text/plain\r\n\r\n".into(), plain(404, 0)),
            (format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999999999\r\n\r\n{long}"), plain(200, MAX_BODY + 1)),
            (
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n{long}"),
                plain(200, MAX_BODY + 1),
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc".into(), Err("unexpected end of file".to_owned())),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n".into(), Err("a transfer coding that was not asked for".into())),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".into(), Err("Content-Length is no number".into())),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".into(), Err("not a chunk".into())),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n".into(), Err("a chunk does not end where it says".into())),
            ("220 smtp.test ESMTP\r\n".into(), Err("not an answer by HTTP/1.1".into())),
            (String::new(), Err("unexpected end of file".into())),
            (format!("HTTP/1.1 200 OK\r\nx: {long}"), Err("the head of the answer is longer than 16 KiB".into())),
        ] {
            let short = answer.get(..100).unwrap_or(&answer);
            assert_eq!(read(&answer).await, expected, "{short:?}");
        }
    }
}
