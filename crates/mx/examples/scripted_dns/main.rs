//! A DNS server that answers from a script, faults included: `scripted_dns 127.0.0.1:5353 zones.txt`.
//!
//! The script's form is that of `mailwright_mx::scripted`. Prints `scripted dns ready ADDRESS` and serves until killed.
mod server;
mod wire;

use std::process::ExitCode;
use std::sync::Arc;

use mailwright_mx::scripted::Scripted;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, file] = arguments.as_slice() else {
        eprintln!("usage: scripted_dns ADDRESS:PORT FILE");
        return ExitCode::from(2);
    };
    match start(address, file) {
        Ok(()) => loop {
            std::thread::park();
        },
        Err(error) => {
            eprintln!("scripted_dns: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(address: &str, file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let address = address.parse().map_err(|_| format!("{address}: expected an address and port"))?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let script = Scripted::parse(&text).map_err(|error| format!("{file}: {error}"))?;
    println!("scripted dns ready {}", server::serve(address, Arc::new(script))?);
    Ok(())
}
