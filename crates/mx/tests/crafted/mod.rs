//! Name servers whose answers are made octet by octet.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

/// The answers to a query, sent in this order; with `true` from another port than the one asked.
pub(crate) type Answers = Vec<(Vec<u8>, bool)>;

/// Serves over UDP alone.
pub(crate) fn serve(server: impl Fn(&[u8], SocketAddr) -> Answers + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || answer(&socket, server));
    address
}

/// Serves over UDP, and over TCP whatever comes there with one answer.
pub(crate) fn serve_both(
    udp: impl Fn(&[u8], SocketAddr) -> Answers + Send + 'static,
    tcp: impl Fn(&[u8]) -> Vec<u8> + Send + 'static,
) -> SocketAddr {
    let (listener, socket) = (0..100)
        .find_map(|_| {
            let listener = TcpListener::bind("127.0.0.1:0").ok()?;
            let socket = UdpSocket::bind(listener.local_addr().ok()?).ok()?;
            Some((listener, socket))
        })
        .unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || answer(&socket, udp));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut length = [0; 2];
            while stream.read_exact(&mut length).is_ok() {
                let mut query = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut query).unwrap();
                let answer = tcp(&query);
                let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                // Whoever hangs up has seen enough.
                let _ = stream.write_all(&[&length[..], &answer].concat());
            }
        }
    });
    address
}

fn answer(socket: &UdpSocket, server: impl Fn(&[u8], SocketAddr) -> Answers) {
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut buffer = [0; 1500];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        for (answer, elsewhere) in server(&buffer[..length], peer) {
            let from = if elsewhere { &other } else { socket };
            let _ = from.send_to(&answer, peer);
        }
    }
}

/// Where the question ends.
pub(crate) fn question_end(query: &[u8]) -> usize {
    12 + query[12..].iter().position(|octet| *octet == 0).unwrap() + 5
}

pub(crate) fn kind(query: &[u8]) -> u16 {
    let end = question_end(query);
    u16::from_be_bytes([query[end - 4], query[end - 3]])
}

/// A response to this query with these octets after the question, and these counts.
pub(crate) fn respond(query: &[u8], code: u8, counts: [u16; 3], rest: &[u8]) -> Vec<u8> {
    let mut out = query[..2].to_vec();
    out.extend([0x81, 0x80 | code, 0, 1]);
    for count in counts {
        out.extend(count.to_be_bytes());
    }
    out.extend(&query[12..question_end(query)]);
    out.extend(rest);
    out
}

/// A record of the name that was asked, or of another, with a TTL of a minute.
pub(crate) fn record(name: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    record_for(60, name, kind, data)
}

/// A record with this TTL.
pub(crate) fn record_for(ttl: u32, name: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend(kind.to_be_bytes());
    out.extend([0, 1]);
    out.extend(ttl.to_be_bytes());
    out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    out.extend(data);
    out
}

pub(crate) const ASKED: &[u8] = &[0xc0, 12];
pub(crate) const OTHER: &[u8] = b"\x05other\x04test\0";
/// `10 m.test`
pub(crate) const MX: &[u8] = b"\x00\x0a\x01m\x04test\0";
