//! A load of mail clients for the comparison of servers: threads with blocking sockets, as lean as they come.
//!
//! `load KIND PORT CLIENTS ROUNDS SIZE USER...`: the clients share out the users. Prints what was done and the seconds.

mod client;
mod idle;
mod loads;

use std::{
    error::Error,
    sync::{Arc, Barrier},
    time::Instant,
};

/// What a client may end with.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// All that a client has to know.
#[derive(Clone, Debug)]
pub struct Job {
    port: u16,
    /// Which of the clients this is.
    number: usize,
    /// What to repeat how often depends on the kind of load.
    rounds: usize,
    /// Octets of a message.
    size: usize,
    users: Vec<String>,
}

impl Job {
    /// The one user of this client.
    fn user(&self) -> &str {
        &self.users[self.number % self.users.len()]
    }
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, port, clients, rounds, size, users @ ..] = &words[..] else {
        return Err("usage: load KIND PORT CLIENTS ROUNDS SIZE USER...".into());
    };
    let (port, clients): (u16, usize) = (port.parse()?, clients.parse()?);
    let job = Job { port, number: 0, rounds: rounds.parse()?, size: size.parse()?, users: users.to_vec() };
    if job.users.is_empty() {
        return Err("no users".into());
    }
    let (done, seconds) = match kind.as_str() {
        "append" => crowd(&job, clients, loads::append)?,
        "login" => crowd(&job, clients, loads::login)?,
        "pop3" => crowd(&job, clients, loads::pop3)?,
        "pop3-pipelined" => crowd(&job, clients, loads::pop3_pipelined)?,
        "mixed" => crowd(&job, clients, loads::mixed)?,
        "idle" => idle::idle(&job, clients)?,
        other => return Err(format!("no such load: {other}").into()),
    };
    println!("{done} {seconds:.6}");
    Ok(())
}

/// Runs clients at once, each made ready before any begins. How much all did, and how long it took.
fn crowd<C: FnOnce(&dyn Fn()) -> Outcome<usize>>(
    job: &Job,
    clients: usize,
    load: impl Fn(Job) -> C + Copy + Send + Sync,
) -> Outcome<(usize, f64)> {
    let barrier = Arc::new(Barrier::new(clients + 1));
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..clients)
            .map(|number| {
                let (job, barrier) = (Job { number, ..job.clone() }, barrier.clone());
                scope.spawn(move || load(job)(&|| _ = barrier.wait()))
            })
            .collect();
        barrier.wait();
        let begun = Instant::now();
        let mut done = 0;
        for client in running {
            done += client.join().map_err(|_| "a client failed")??;
        }
        Ok((done, begun.elapsed().as_secs_f64()))
    })
}
