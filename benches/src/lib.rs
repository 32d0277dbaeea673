//! Races: several ways to do the same work, run in turn in one process, so that the machine's mood hits all alike.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long one race may take.
const TIME: Duration = Duration::from_secs(6);
/// Rounds that count, at most.
const ROUNDS: usize = 200;

/// One way to do the work. What it returns is looked at, so that the work is not left out.
pub struct Contender<'a> {
    name: &'a str,
    work: Box<dyn FnMut() -> u64 + 'a>,
}

/// A way to do the work, under this name.
pub fn contender<'a>(name: &'a str, work: impl FnMut() -> u64 + 'a) -> Contender<'a> {
    Contender { name, work: Box::new(work) }
}

/// What one round of the work is measured in.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Octets of input.
    Octets(usize),
    /// Operations.
    Operations(usize),
}

/// Runs the contenders in turn and prints the median of each, and how the first compares with it: above 1, the first
/// is faster.
pub fn race(title: &str, work: Work, contenders: Vec<Contender<'_>>) {
    let mut contenders = contenders;
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); contenders.len()];
    for contender in &mut contenders {
        black_box((contender.work)()); // warm
    }
    let end = Instant::now() + TIME;
    while Instant::now() < end && times[0].len() < ROUNDS {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            black_box((contender.work)());
            times.push(start.elapsed());
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    println!("{title} ({} rounds)", times[0].len());
    for (contender, seconds) in contenders.iter().zip(&medians) {
        let rate = match work {
            Work::Octets(n) => format!("{:9.1} MB/s", n as f64 / seconds / 1e6),
            Work::Operations(n) => format!("{:9.1} ns", seconds / n as f64 * 1e9),
        };
        println!("  {:<34} {rate}   {:5.2}", contender.name, seconds / medians[0]);
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
}
