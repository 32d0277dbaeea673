//! Runs every target over its seeds and over mutations of them: always the same ones, for a bounded number of rounds.

use mailwright_fuzz::TARGETS;
use std::{fs, path::Path};

/// Mutations of each seed.
const ROUNDS: usize = 5_000;

/// Of the targets, those whose names begin with the environment's `TARGET`: all without it.
#[test]
fn seeds_and_their_mutations_hold() {
    let only = std::env::var("TARGET").unwrap_or_default();
    for (name, target) in TARGETS.iter().filter(|(name, _)| name.starts_with(&only)) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
        let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{} has no seed", folder.display());
        let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for (seed, path) in seeds.iter().zip(&paths) {
            run(name, *target, seed, path);
            for _ in 0..ROUNDS {
                let other = &seeds[random.below(seeds.len())];
                run(name, *target, &mutate(seed, other, &mut random), path);
            }
        }
    }
}

fn run(name: &str, target: fn(&[u8]), input: &[u8], path: &Path) {
    if std::panic::catch_unwind(|| target(input)).is_err() {
        panic!("{name} does not hold for this mutation of {}:\n{}", path.display(), input.escape_ascii());
    }
}

/// A few small changes of the kind that parsers trip over.
fn mutate(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    const DICTIONARY: &[&[u8]] = &[
        b"\r\n",
        b"\n",
        b"\r",
        b".",
        b"\0",
        b"\xff",
        b"\"",
        b"(",
        b")",
        b"<",
        b">",
        b"{4294967295}",
        b"=?",
        b"--",
        b" ",
    ];
    let mut out = seed.to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(out.len() + 1);
        let end = (at + random.below(16)).min(out.len());
        match random.below(6) {
            0 => drop(out.drain(at..end)),
            1 => drop(out.splice(at..at, DICTIONARY[random.below(DICTIONARY.len())].iter().copied())),
            2 => out.truncate(at),
            3 if at < out.len() => out[at] ^= 1 << random.below(8),
            4 => {
                let piece = out[at..end].repeat(1 + random.below(40));
                out.splice(at..at, piece);
            }
            _ => {
                let from = random.below(other.len() + 1);
                out.splice(at..at, other[from..].iter().copied().take(64).collect::<Vec<_>>());
            }
        }
    }
    out
}

/// xorshift64*: the same sequence every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n.max(1) as u64).unwrap()
    }
}
