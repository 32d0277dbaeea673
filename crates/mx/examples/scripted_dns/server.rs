//! Serves a script over UDP and TCP, faults included.
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mailwright_mx::scripted::{Fault, Scene, Scripted};
use mailwright_mx::{Answer, Failure, Security};

use crate::wire::{self, Code, Question};

/// The largest answer over UDP; a longer one is cut off (RFC 1035 §4.2.1, as most set EDNS).
const UDP_LIMIT: usize = 1232;

/// How answers are written.
pub(crate) trait Style: Send + Sync + 'static {
    /// The answer to this question, which came in this message; `None` for a scene: it is not of a type that scripts have.
    fn write(&self, message: &[u8], question: &Question, scene: Option<&Scene>) -> Option<Vec<u8>>;
}

/// As a name server without DNSSEC does; the AD bit is set where the script says so.
pub(crate) struct Plain {
    /// For how many seconds answers may be kept.
    pub(crate) ttl: u32,
}

impl Style for Plain {
    fn write(&self, _: &[u8], question: &Question, scene: Option<&Scene>) -> Option<Vec<u8>> {
        let Some(scene) = scene else {
            return Some(wire::refuse(question, Code::NotImplemented));
        };
        let (code, records, security) = match &scene.answer {
            Answer::Records(records, security) => (Code::NoError, records.as_slice(), *security),
            Answer::NoSuchName(records, security) => (Code::NxDomain, records.as_slice(), *security),
            Answer::Failed(Failure::Refused) => return Some(wire::refuse(question, Code::Refused)),
            Answer::Failed(_) => return Some(wire::refuse(question, Code::ServFail)),
        };
        Some(wire::answer(question, code, records, security == Security::Secure, self.ttl))
    }
}

/// Serves until the process ends; returns the address, which has the chosen port where 0 was asked.
pub(crate) fn serve(address: SocketAddr, script: Arc<Scripted>, style: impl Style) -> io::Result<SocketAddr> {
    let (udp, tcp) = bind(address)?;
    let address = udp.local_addr()?;
    let zone = Arc::new(Zone { script, style: Box::new(style) });
    let for_tcp = Arc::clone(&zone);
    thread::spawn(move || serve_udp(&udp, &zone));
    thread::spawn(move || serve_tcp(&tcp, &for_tcp));
    Ok(address)
}

/// Both on one port. One that the system chose for UDP may be taken for TCP: then another is.
fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = if address.port() == 0 { 20 } else { 1 };
    loop {
        let udp = UdpSocket::bind(address)?;
        tries -= 1;
        match TcpListener::bind(udp.local_addr()?) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            tcp => return Ok((udp, tcp?)),
        }
    }
}

struct Zone {
    script: Arc<Scripted>,
    style: Box<dyn Style>,
}

fn serve_udp(socket: &UdpSocket, zone: &Arc<Zone>) {
    let mut buffer = [0; 4096];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        let Ok(socket) = socket.try_clone() else { return };
        let (message, zone) = (buffer[..length].to_vec(), Arc::clone(zone));
        // A thread each, so that a delayed answer holds up no other.
        thread::spawn(move || {
            if let Some(reply) = zone.reply(&message, true) {
                // A peer that is gone needs no answer.
                let _ = socket.send_to(&reply, peer);
            }
        });
    }
}

fn serve_tcp(listener: &TcpListener, zone: &Arc<Zone>) {
    for stream in listener.incoming().flatten() {
        let zone = Arc::clone(zone);
        thread::spawn(move || while exchange(&stream, &zone).is_ok() {});
    }
}

fn exchange(mut stream: &TcpStream, zone: &Zone) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    let reply = zone.reply(&message, false).ok_or(io::ErrorKind::InvalidData)?;
    let length = u16::try_from(reply.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    stream.write_all(&[&length.to_be_bytes()[..], &reply].concat())
}

impl Zone {
    fn reply(&self, message: &[u8], udp: bool) -> Option<Vec<u8>> {
        let question = wire::question(message)?;
        let scene = question.query.as_ref().map(|query| self.script.scene(query));
        for fault in scene.iter().flat_map(|scene| &scene.faults) {
            match fault {
                Fault::Drop => return None,
                Fault::Malformed => {
                    return Some(message[..message.len().min(2)].iter().copied().chain([0xff; 9]).collect());
                }
                Fault::Truncate if udp => return Some(wire::cut_off(&question)),
                Fault::Delay(time) => thread::sleep(*time),
                _ => {}
            }
        }
        let reply = self.style.write(message, &question, scene.as_ref())?;
        if udp && reply.len() > UDP_LIMIT {
            return Some(wire::cut_off(&question));
        }
        Some(reply)
    }
}
