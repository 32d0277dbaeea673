//! Input made to be slow, at a size and at twice that: how fast each kind of work goes, and how it grows.
//!
//! `cargo bench --bench hostile [-- WORD]` runs what has that word in its family or work; `MIB` sets the larger size.
//! Only what is slow or grows too fast is shown: below 100 MB/s, or more than 2.5 times as long for twice the input.

#[path = "../../crates/message/tests/linear/clock.rs"]
mod clock;
#[path = "../../crates/message/tests/linear/families.rs"]
mod families;

use std::hint::black_box;
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
use mailwright_message::{Limits, Message, html};

/// What is done with a whole message.
const MESSAGE: &[(&str, fn(&[u8]) -> usize)] = &[
    ("parse", |raw| Message::parse(raw).parts().len()),
    ("values", |raw| {
        let message = Message::parse(raw);
        let values = message.parts().flat_map(|part| part.header().iter().map(|field| field.value()));
        values.map(black_box).count()
    }),
    ("texts", |raw| Message::parse(raw).parts().map(|part| part.text().len()).sum()),
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
        edit.header(0).expect("there is a root").remove("Subject");
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
    let word = std::env::args().nth(1).filter(|word| !word.starts_with("--")).unwrap_or_default();
    println!("{:<36} {:<11} {:>10} {:>7}", "family", "work", "MB/s", "growth");
    let (headers, bodies) = (families::headers(), families::bodies());
    let wanted = |family: &str, work: &str| format!("{family} {work}").contains(&word);
    for family in headers.iter().chain(&bodies) {
        let (half, whole) = (family.of(size / 2), family.of(size));
        for (work, run) in MESSAGE.iter().filter(|(work, _)| wanted(family.name, work)) {
            measure(family.name, work, *run, &half, &whole);
        }
    }
    for family in &headers {
        let (half, whole) = (family.pieces(size / 2), family.pieces(size));
        for (work, run) in VALUE.iter().filter(|(work, _)| wanted(family.name, &format!("value {work}"))) {
            measure(family.name, work, *run, &half, &whole);
        }
    }
}

fn measure(family: &str, work: &str, run: fn(&[u8]) -> usize, half: &[u8], whole: &[u8]) {
    let best = |raw: &[u8]| {
        let time = || {
            let start = clock::ran();
            black_box(run(raw));
            clock::ran().saturating_sub(start)
        };
        (0..2).map(|_| time()).min().unwrap_or(Duration::MAX).as_secs_f64()
    };
    let (first, second) = (best(half), best(whole));
    let (rate, growth) = (whole.len() as f64 / second / 1e6, second / first);
    if rate < 100.0 || (growth > 2.5 && second > 0.02) {
        println!("{family:<36} {work:<11} {rate:>10.1} {growth:>7.2}");
    }
}
