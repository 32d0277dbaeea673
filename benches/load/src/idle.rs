//! Many sessions that do nothing but wait.

use crate::{Job, Outcome, client::Client, loads};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// Puts `sessions` into IDLE, says `ready`, waits for a line on standard input, appends a message, and waits until all
/// have been told. How many were, and the seconds from the append to the last of them.
pub fn idle(job: &Job, sessions: usize) -> Outcome<(usize, f64)> {
    let mut waiting = Vec::with_capacity(sessions);
    for _ in 0..sessions {
        waiting.push(begin(job)?);
    }
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let mut writer = Client::imap(job.port, job.user())?;
    let begun = Instant::now();
    writer.append("INBOX", &loads::message(0, job.size))?;
    let mut buffer = [0; 1024];
    for stream in &mut waiting {
        let mut told = Vec::new();
        while !told.windows(7).any(|word| word == b" EXISTS") {
            match stream.read(&mut buffer)? {
                0 => return Err("the server closed an idle session".into()),
                n => told.extend_from_slice(&buffer[..n]),
            }
        }
    }
    Ok((sessions, begun.elapsed().as_secs_f64()))
}

/// A session in IDLE. It has no buffer of its own: ten thousand of them are to fit.
fn begin(job: &Job) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", job.port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let login = format!("a LOGIN {} {}\r\n", job.user(), crate::client::PASSWORD);
    for (command, answer) in
        [("", "* OK"), (&login, "a OK"), ("b SELECT INBOX\r\n", "b OK"), ("c IDLE\r\n", "+ ")]
    {
        stream.write_all(command.as_bytes())?;
        await_line(&mut stream, answer)?;
    }
    Ok(stream)
}

/// Reads up to a line that begins so.
fn await_line(stream: &mut TcpStream, answer: &str) -> Outcome<()> {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer)? {
            0 => return Err(format!("closed: {text}").into()),
            n => text.push_str(&String::from_utf8_lossy(&buffer[..n])),
        }
        if text.ends_with("\r\n") && text.lines().any(|line| line.starts_with(answer)) {
            return Ok(());
        }
    }
}
