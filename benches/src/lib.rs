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
    work: Box<dyn FnMut(usize) -> u64 + 'a>,
}

/// A way to do the work, under this name.
pub fn contender<'a>(name: &'a str, mut work: impl FnMut() -> u64 + 'a) -> Contender<'a> {
    in_pieces(name, move |_| work())
}

/// A way to do the piece of the work that has this number, under this name: for [`race_of_pieces`].
pub fn in_pieces<'a>(name: &'a str, work: impl FnMut(usize) -> u64 + 'a) -> Contender<'a> {
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

/// Runs the contenders in turn and prints how fast each was at its best, and how the first compares with it: above 1,
/// the first is faster.
pub fn race(title: &str, work: Work, contenders: Vec<Contender<'_>>) {
    race_of_pieces(title, work, 1, contenders);
}

/// As [`race`], of work that comes in pieces.
///
/// Of every piece the quickest time counts: on a busy machine a short piece is sometimes done without being interrupted,
/// a long one never.
pub fn race_of_pieces(title: &str, work: Work, pieces: usize, contenders: Vec<Contender<'_>>) {
    let mut contenders = contenders;
    let mut best = vec![vec![Duration::MAX; pieces]; contenders.len()];
    let end = Instant::now() + TIME;
    let mut rounds = 0;
    while rounds < 3 || (rounds < ROUNDS && Instant::now() < end) {
        for piece in 0..pieces {
            for (contender, best) in contenders.iter_mut().zip(&mut best) {
                let start = Instant::now();
                black_box((contender.work)(piece));
                best[piece] = best[piece].min(start.elapsed());
            }
        }
        rounds += 1;
    }
    let all: Vec<f64> = best.iter().map(|best| best.iter().sum::<Duration>().as_secs_f64()).collect();
    println!("{title} ({rounds} rounds)");
    for (contender, seconds) in contenders.iter().zip(&all) {
        let rate = match work {
            Work::Octets(n) => format!("{:9.1} MB/s", n as f64 / seconds / 1e6),
            Work::Operations(n) => format!("{:9.1} ns", seconds / n as f64 * 1e9),
        };
        println!("  {:<34} {rate}   {:5.2}", contender.name, seconds / all[0]);
    }
}
