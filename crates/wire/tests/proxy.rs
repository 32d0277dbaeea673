//! PROXY protocol headers: read whole, at every cut, and from a stream without an octet too much.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use mailwright_wire::proxy::{self, ProxyHeader};

#[test]
fn headers() {
    let v2 = |family: u8, body: &[u8]| {
        let len = u16::try_from(body.len()).unwrap().to_be_bytes();
        [b"\r\n\r\n\0\r\nQUIT\n\x21", &[family][..], &len, body].concat()
    };
    let v4 = v2(0x11, &[192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 0, 25]);
    let mut v6_body = vec![0; 32];
    v6_body[15] = 1;
    v6_body[31] = 2;
    v6_body.extend_from_slice(&[0xdc, 4, 0, 25, 4, 0, 1, 0]);
    let v6 = v2(0x21, &v6_body);
    for (header, source, destination) in [
        (&b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 25\r\n"[..], "192.0.2.1:56324", "198.51.100.7:25"),
        (b"PROXY TCP6 ::1 ::2 56324 25\r\n", "[::1]:56324", "[::2]:25"),
        (&v4, "192.0.2.1:56324", "198.51.100.7:25"),
        (&v6, "[::1]:56324", "[::2]:25"),
    ] {
        for end in 0..header.len() {
            assert_eq!(proxy::header(&header[..end]), Ok(None), "{end}");
        }
        let input = [header, b"EHLO x\r\n"].concat();
        let Ok(Some((ProxyHeader::Proxied(proxied), len))) = proxy::header(&input) else { panic!() };
        assert_eq!(len, header.len());
        assert_eq!(
            (proxied.source.to_string(), proxied.destination.to_string()),
            (source.into(), destination.into())
        );
    }
    for local in
        [&b"PROXY UNKNOWN\r\n"[..], b"PROXY UNKNOWN ffff:: ffff:: 1 2\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"]
    {
        assert_eq!(proxy::header(local), Ok(Some((ProxyHeader::Local, local.len()))));
    }
    let long = [b"PROXY UNKNOWN ", &[b'x'; 200][..]].concat();
    for bad in [
        &b"EHLO x\r\n"[..],
        b"PROXX",
        b"PROXY TCP4 ::1 ::2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
        b"PROXY UDP4 a b c d\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
        b"\r\nx",
        &long,
    ] {
        assert!(proxy::header(bad).is_err(), "{}", bad.escape_ascii());
    }
}

#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn from_a_stream() {
    use mailwright_wire::tokio::proxy_header;
    use std::{io::ErrorKind, time::Duration};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    const SECOND: Duration = Duration::from_secs(1);
    for text in [
        "PROXY TCP4 192.0.2.1 198.51.100.7 1 25\r\n",
        "PROXY UNKNOWN\r\n",
        "\r\n\r\n\0\r\nQUIT\n\x20\0\0\x02xx",
    ] {
        let (mut near, mut far) = tokio::io::duplex(99);
        near.write_all(format!("{text}EHLO c\r\n").as_bytes()).await.unwrap();
        assert_eq!(
            proxy_header(&mut far, SECOND).await.unwrap(),
            proxy::header(text.as_bytes()).unwrap().unwrap().0
        );
        let mut rest = [0; 8];
        far.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"EHLO c\r\n");
    }
    for (text, end, error) in [
        ("EHLO client.example.org\r\n", false, ErrorKind::InvalidData),
        ("PROXY TCP4 192.0.2.1", true, ErrorKind::UnexpectedEof),
        ("PROXY TCP4 192.0.2.1", false, ErrorKind::TimedOut),
        ("", false, ErrorKind::TimedOut),
    ] {
        let (mut near, mut far) = tokio::io::duplex(99);
        near.write_all(text.as_bytes()).await.unwrap();
        if end {
            near.shutdown().await.unwrap();
        }
        assert_eq!(proxy_header(&mut far, SECOND).await.unwrap_err().kind(), error, "{text}");
    }
}
