//! Serves a script over UDP and TCP, faults included.
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mailwright_mx::scripted::{Fault, Scripted};
use mailwright_mx::{Answer, Failure, Security};

use crate::wire::{self, Code};

/// The largest answer over UDP; a longer one is cut off (RFC 1035 §4.2.1, as most set EDNS).
const UDP_LIMIT: usize = 1232;

/// Serves until the process ends; returns the address, which has the chosen port where 0 was asked.
pub(crate) fn serve(address: SocketAddr, script: Arc<Scripted>) -> io::Result<SocketAddr> {
    let udp = UdpSocket::bind(address)?;
    let address = udp.local_addr()?;
    let tcp = TcpListener::bind(address)?;
    let for_tcp = Arc::clone(&script);
    thread::spawn(move || serve_udp(&udp, &script));
    thread::spawn(move || serve_tcp(&tcp, &for_tcp));
    Ok(address)
}

fn serve_udp(socket: &UdpSocket, script: &Arc<Scripted>) {
    let mut buffer = [0; 4096];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        let Ok(socket) = socket.try_clone() else { return };
        let (message, script) = (buffer[..length].to_vec(), Arc::clone(script));
        // A thread each, so that a delayed answer holds up no other.
        thread::spawn(move || {
            if let Some(reply) = reply(&message, &script, true) {
                // A peer that is gone needs no answer.
                let _ = socket.send_to(&reply, peer);
            }
        });
    }
}

fn serve_tcp(listener: &TcpListener, script: &Arc<Scripted>) {
    for stream in listener.incoming().flatten() {
        let script = Arc::clone(script);
        thread::spawn(move || while exchange(&stream, &script).is_ok() {});
    }
}

fn exchange(mut stream: &TcpStream, script: &Scripted) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    let reply = reply(&message, script, false).ok_or(io::ErrorKind::InvalidData)?;
    let length = u16::try_from(reply.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    stream.write_all(&[&length.to_be_bytes()[..], &reply].concat())
}

fn reply(message: &[u8], script: &Scripted, udp: bool) -> Option<Vec<u8>> {
    let question = wire::question(message)?;
    let Some(query) = &question.query else {
        return Some(wire::answer(&question, Code::NotImplemented, &[], false, false));
    };
    let scene = script.scene(query);
    let mut truncated = false;
    for fault in &scene.faults {
        match fault {
            Fault::Drop => return None,
            Fault::Malformed => {
                return Some(message[..message.len().min(2)].iter().copied().chain([0xff; 9]).collect());
            }
            Fault::Truncate => truncated = udp,
            Fault::Delay(time) => thread::sleep(*time),
            _ => {}
        }
    }
    let (code, records, security) = match scene.answer {
        Answer::Records(records, security) => (Code::NoError, records, security),
        Answer::NoSuchName(records, security) => (Code::NxDomain, records, security),
        Answer::Failed(Failure::Refused) => (Code::Refused, Vec::new(), Security::Insecure),
        Answer::Failed(_) => (Code::ServFail, Vec::new(), Security::Insecure),
    };
    let secure = security == Security::Secure;
    let reply = wire::answer(&question, code, &records, secure, truncated);
    if udp && reply.len() > UDP_LIMIT {
        return Some(wire::answer(&question, code, &[], secure, true));
    }
    Some(reply)
}
