//! Whether the time of an answer tells if a user exists.
//!
//! A timed test proves nothing on a busy machine, so this one runs only when asked:
//! `cargo test --release -p mailwright-server --lib timing -- --ignored --nocapture`. `MAILWRIGHT_TIMING` is the number
//! of samples of each case, 10,000 without it.

use std::time::Duration;

use mailwright_sasl::{
    Nonce,
    client::{Mechanism, Plain, Scram},
    server::Step,
};

use super::{
    tests::{HERE, accounts},
    *,
};

/// The times of one case, in microseconds.
#[derive(Default)]
struct Series {
    count: f64,
    mean: f64,
    /// The sum of the squares of what each differs from the mean.
    squares: f64,
}

impl Series {
    /// Takes one more, as Welford has it.
    fn take(&mut self, time: Duration) {
        let time = time.as_secs_f64() * 1e6;
        self.count += 1.0;
        let before = time - self.mean;
        self.mean += before / self.count;
        self.squares += before * (time - self.mean);
    }

    /// Welch's t of two series: below 4.5, their means cannot be told apart.
    fn welch(&self, other: &Self) -> f64 {
        let square_error = |series: &Self| series.squares / (series.count - 1.0) / series.count;
        (self.mean - other.mean) / (square_error(self) + square_error(other)).sqrt()
    }
}

/// How long the server takes in all over one wrong guess, without the client's own work between its turns.
async fn guess(accounts: &Accounts, mechanism: Name, user: &str, round: u64) -> Duration {
    let policy = accounts.policy(true);
    let secret = Secret::new("wrong");
    let mut nonce = [0; 18];
    nonce[..8].copy_from_slice(&round.to_be_bytes());
    let mut client: Box<dyn Mechanism> = match mechanism {
        Name::Scram(hash) => Box::new(Scram::new(hash, user, &secret, &Nonce::new(nonce), false).unwrap()),
        _ => Box::new(Plain::new(user, &secret).unwrap()),
    };
    // Nobody may guess so often: each guess is the first.
    *accounts.throttle() = Throttle::new([1; 32], 1_800_000_000);
    let mut server = policy.begin(mechanism.as_str(), None).unwrap();
    let initial = client.initial();
    let mut since = Instant::now();
    let mut took = Duration::ZERO;
    let mut step = server.start(initial.as_deref());
    loop {
        step = match step {
            Step::Challenge(challenge) => {
                took += since.elapsed();
                let response = client.respond(&challenge).unwrap();
                since = Instant::now();
                server.respond(&response)
            }
            Step::Ask(question) => server.answer(accounts.answer(HERE, &question).await),
            Step::Done(identity) => panic!("{identity:?}"),
            Step::Failed(failure) => {
                took += since.elapsed();
                assert_eq!(failure, Failure::Credentials);
                return took;
            }
        };
    }
}

#[tokio::test]
#[ignore = "measures time for minutes: run it alone, on a quiet machine, with --release"]
async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    let samples = std::env::var("MAILWRIGHT_TIMING").map_or(10_000, |text| text.parse().unwrap());
    let (accounts, ..) = accounts().await;
    let mechanisms = [Name::Plain].into_iter().chain(Hash::ALL.map(Name::Scram));
    let mut told_apart = Vec::new();
    for mechanism in mechanisms {
        let (mut known, mut unknown) = (Series::default(), Series::default());
        for round in 0..2 * samples {
            // In an order that no slow drift of the machine follows.
            let (user, series) = match round % 4 {
                0 | 3 => ("alice", &mut known),
                _ => ("nobody", &mut unknown),
            };
            series.take(guess(&accounts, mechanism, user, round).await);
        }
        let t = known.welch(&unknown);
        println!("{mechanism}: {:.1} us known, {:.1} us unknown, t = {t:.2}", known.mean, unknown.mean);
        if t.abs() >= 4.5 {
            told_apart.push(mechanism.to_string());
        }
    }
    assert!(told_apart.is_empty(), "{told_apart:?}");
}
