//! Input made to be slow or large, at a size and at a tenth of it: how fast each kind of work goes, how it grows, and
//! what memory it takes.
//!
//! `cargo bench --bench hostile [-- WORD]` runs what has that word in its family or work; `MIB` sets the larger size.
//! Only what is amiss is shown: below 100 MB/s, more than 12 times as long for ten times the input, or more memory than
//! four times the input and 64 KiB. Memory is measured in a process of its own, on Linux alone. Under glibc set
//! `MALLOC_MMAP_THRESHOLD_=131072`: otherwise the small input finds memory in use already where the large one has to
//! have it from the system, which is the slower by far.

#[path = "../../crates/message/tests/linear/clock.rs"]
mod clock;
#[path = "../../crates/message/tests/linear/families.rs"]
mod families;

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use mailwright_message::edit::Edit;
use mailwright_message::header::address::{self, grammar};
use mailwright_message::header::authentication_results::AuthenticationResults;
use mailwright_message::header::content_type::ContentType;
use mailwright_message::header::date::DateTime;
use mailwright_message::header::list::ListUrls;
use mailwright_message::header::received::Received;
use mailwright_message::header::{encoded_word, message_id};
use mailwright_message::imap::{BodyStructure, Envelope};
use mailwright_message::incremental::Outliner;
use mailwright_message::thread::base_subject;
use mailwright_message::view::View;
use mailwright_message::{Kind, Limits, Message, html};

/// What is done with a whole message.
const MESSAGE: &[(&str, fn(&[u8]) -> usize)] = &[
    ("parse", |raw| Message::parse(raw).parts().len()),
    ("values", |raw| {
        let message = Message::parse(raw);
        let values = message.parts().flat_map(|part| part.header().iter().map(|field| field.value()));
        values.map(black_box).count()
    }),
    // Of the leaves: what a part with parts in it holds is theirs, once for each level.
    ("texts", |raw| {
        let message = Message::parse(raw);
        message.parts().filter(|part| part.kind() == Kind::Leaf).map(|part| part.text().len()).sum()
    }),
    ("view", |raw| {
        let message = Message::parse(raw);
        let view = View::of(&message);
        view.text().map_or(0, |text| text.len()) + view.html().map_or(0, |found| html::to_text(&found).len())
    }),
    ("imap", |raw| {
        let message = Message::parse(raw);
        black_box(Envelope::of(&message));
        BodyStructure::of(&message).to_bytes().len()
    }),
    ("outline", |raw| {
        let mut outliner = Outliner::new(Limits::default());
        raw.chunks(64 << 10).for_each(|piece| outliner.push(piece));
        outliner.finish().body_structure().parts().len()
    }),
    ("edit", |raw| {
        let message = Message::parse(raw);
        let mut edit = Edit::new(&message);
        edit.header(0).expect("there is a root").remove("X-None");
        edit.to_vec().len()
    }),
];

/// What is done with a value, however long.
const VALUE: &[(&str, fn(&[u8]) -> usize)] = &[
    ("text", |value| encoded_word::decode(value).len()),
    ("addresses", |value| address::parse(value).iter().len()),
    ("grammar", |value| grammar(value).map_or(0, |_| 1)),
    ("date", |value| DateTime::parse(value).map_or(0, |_| 1)),
    ("ids", |value| message_id::parse(value).len()),
    ("received", |value| Received::new(value).hop().from.map_or(0, |from| from.len())),
    ("parameters", |value| ContentType::parse(value).map_or(0, |found| found.parameters().iter().count())),
    ("list", |value| ListUrls::parse(value).urls.len()),
    ("results", |value| AuthenticationResults::parse(value).map_or(0, |found| found.results.len())),
    ("subject", |value| base_subject(&String::from_utf8_lossy(value)).text.len()),
];

fn main() {
    let size = std::env::var("MIB").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(4) << 20;
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (headers, bodies) = (families::headers(), families::bodies());
    if let [MEMORY, family, work] = &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let family = headers.iter().chain(&bodies).find(|known| known.name == *family).expect("a family");
        let (_, run) = MESSAGE.iter().find(|(known, _)| known == work).expect("a kind of work");
        println!("{}", memory(*run, &family.of(4096), &family.of(size)).unwrap_or_default());
        return;
    }
    let word = words.into_iter().find(|word| !word.starts_with("--")).unwrap_or_default();
    let wanted = |family: &str, work: &str| format!("{family} {work}").contains(&word);
    if wanted("500 000 fields", "parse values") {
        many_fields();
    }
    println!("{:<36} {:<11} {:>10} {:>7} {:>7}", "family", "work", "MB/s", "growth", "memory");
    let mut seen = Seen::default();
    for family in headers.iter().chain(&bodies) {
        let (tenth, whole) = (family.of(size / 10), family.of(size));
        for (work, run) in MESSAGE.iter().filter(|(work, _)| wanted(family.name, work)) {
            let memory = memory_of(family.name, work) as f64;
            let allowed = 4.0 * whole.len() as f64 + 65_536.0;
            seen.measure(family.name, work, *run, [&tenth, &whole], Some((memory, allowed)));
        }
    }
    for family in &headers {
        let (tenth, whole) = (family.pieces(size / 10), family.pieces(size));
        for (work, run) in VALUE.iter().filter(|(work, _)| wanted(family.name, &format!("value {work}"))) {
            seen.measure(family.name, work, *run, [&tenth, &whole], None);
        }
    }
    println!(
        "{} measured; slowest {:.0} MB/s, fastest growing {:.1}, most memory {:.2} of the input",
        seen.measured, seen.slowest, seen.growth, seen.memory
    );
}

/// The worst of all that was measured.
struct Seen {
    measured: usize,
    slowest: f64,
    growth: f64,
    memory: f64,
}

impl Default for Seen {
    fn default() -> Self {
        Self { measured: 0, slowest: f64::MAX, growth: 0.0, memory: 0.0 }
    }
}

impl Seen {
    fn measure(
        &mut self,
        family: &str,
        work: &str,
        run: fn(&[u8]) -> usize,
        [tenth, whole]: [&[u8]; 2],
        memory: Option<(f64, f64)>,
    ) {
        // The clock is a coarse one: the small input is worked on ten times, for as long as the large one should take.
        let best = |raw: &[u8], times: usize| {
            let time = || {
                let start = clock::ran();
                for _ in 0..times {
                    black_box(run(raw));
                }
                clock::ran().saturating_sub(start)
            };
            (0..2).map(|_| time()).min().unwrap_or(Duration::MAX).as_secs_f64()
        };
        let (first, second) = (best(tenth, 10) / 10.0, best(whole, 1));
        // What takes no time to speak of grows by chance.
        let growth = if second > 0.05 { second / first } else { 0.0 };
        let rate = whole.len() as f64 / second / 1e6;
        let share = memory.map_or(0.0, |(memory, _)| memory / whole.len() as f64);
        self.measured += 1;
        self.slowest = self.slowest.min(rate);
        self.growth = self.growth.max(growth);
        self.memory = self.memory.max(share);
        if rate < 100.0 || growth > 12.0 || memory.is_some_and(|(memory, allowed)| memory > allowed) {
            println!("{family:<36} {work:<11} {rate:>10.1} {growth:>7.2} {share:>7.2}");
        }
    }
}

/// As many address fields as once took a server minutes, with the limits as they are and without.
fn many_fields() {
    let raw = "From: a@b\r\n".repeat(500_000).into_bytes();
    let no_limit = Limits { fields: usize::MAX, ..Limits::default() };
    for (title, limits) in [("within the limits", Limits::default()), ("all of them", no_limit)] {
        let start = clock::ran();
        let message = Message::parse_with(&raw, &limits);
        let parsed = clock::ran().saturating_sub(start);
        let values = message.header().iter().map(|field| black_box(field.value())).count();
        let read = clock::ran().saturating_sub(start);
        println!("500 000 fields, {title}: parsed in {parsed:?}, {values} values read in {read:?}");
    }
}

/// The argument that asks for one measure of memory.
const MEMORY: &str = "--memory";

/// The most octets that the work takes beyond its input, in a process that has done nothing else.
fn memory_of(family: &str, work: &str) -> usize {
    let program = std::env::current_exe().expect("the program has a path");
    let found = Command::new(program).args([MEMORY, family, work]).output().expect("it runs again");
    String::from_utf8_lossy(&found.stdout).trim().parse().expect("it prints a number")
}

/// The same, in this process. `None` where the system does not tell.
fn memory(run: fn(&[u8]) -> usize, small: &[u8], whole: &[u8]) -> Option<usize> {
    let octets = |name: &str| {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_matches(|one: char| !one.is_ascii_digit()).parse::<usize>().ok()? * 1024)
    };
    // The program itself is no cost of the work.
    black_box(run(small));
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = octets("VmRSS:")?;
    black_box(run(whole));
    Some(octets("VmHWM:")?.saturating_sub(before))
}
