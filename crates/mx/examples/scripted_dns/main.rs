//! A DNS server that answers from a script, faults included: `scripted_dns 127.0.0.1:5353 zones.txt [anchors.txt]`.
//!
//! The script's form is that of `mailwright_mx::scripted`. Prints `scripted dns ready ADDRESS` and serves until killed.
//! With a third argument, and the feature `dnssec`, it signs what the script says is `!secure` by a key that it makes, and
//! writes that key there: the trust anchor of those who are to believe it.
mod server;
#[cfg(feature = "dnssec")]
mod signed;
mod wire;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use mailwright_mx::scripted::Scripted;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, file, anchors) = match arguments.as_slice() {
        [address, file] => (address, file, None),
        [address, file, anchors] => (address, file, Some(anchors.as_str())),
        _ => {
            eprintln!("usage: scripted_dns ADDRESS:PORT FILE [ANCHORS]");
            return ExitCode::from(2);
        }
    };
    match start(address, file, anchors) {
        Ok(()) => loop {
            std::thread::park();
        },
        Err(error) => {
            eprintln!("scripted_dns: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(address: &str, file: &str, anchors: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    let address = address.parse().map_err(|_| format!("{address}: expected an address and port"))?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let script = Arc::new(Scripted::parse(&text).map_err(|error| format!("{file}: {error}"))?);
    let address = match anchors {
        None => {
            let plain = server::Plain { ttl: script.ttl() };
            server::serve(address, script, plain)?
        }
        Some(anchors) => serve_signed(address, script, anchors)?,
    };
    println!("scripted dns ready {address}");
    Ok(())
}

type Served = Result<SocketAddr, Box<dyn std::error::Error>>;

#[cfg(feature = "dnssec")]
fn serve_signed(address: SocketAddr, script: Arc<Scripted>, anchors: &str) -> Served {
    let signed = signed::Signed::new(Arc::clone(&script))?;
    std::fs::write(anchors, signed.anchor())?;
    Ok(server::serve(address, script, signed)?)
}

#[cfg(not(feature = "dnssec"))]
fn serve_signed(_: SocketAddr, _: Arc<Scripted>, _: &str) -> Served {
    Err("it was built without the feature dnssec, and cannot sign".into())
}
