//! Input made to be slow: ten times as much of it may take no more than about ten times as long.
#![allow(clippy::unwrap_used, clippy::panic)] // that is how a test says what is wrong

mod clock;
mod families;

use std::time::Duration;

use mailwright_message::header::authentication_results::AuthenticationResults;
use mailwright_message::header::content_type::ContentType;
use mailwright_message::header::date::DateTime;
use mailwright_message::header::list::ListUrls;
use mailwright_message::header::received::Received;
use mailwright_message::header::{address, encoded_word, message_id};
use mailwright_message::imap::{BodyStructure, Envelope};
use mailwright_message::incremental::Outliner;
use mailwright_message::thread::{base_subject, references};
use mailwright_message::view::View;
use mailwright_message::{Limits, Message, html};

/// All that is worked out of a message, once.
fn message(raw: &[u8]) {
    let message = Message::parse(raw);
    for part in message.parts().take(50) {
        for field in part.header().iter().take(50) {
            value(field.raw_value());
        }
        part.text();
    }
    references(message.header());
    let view = View::of(&message);
    view.text();
    view.html().map(|html| html::to_text(&html));
    Envelope::of(&message);
    BodyStructure::of(&message);
    let mut outliner = Outliner::new(Limits::default());
    for piece in raw.chunks(4_096) {
        outliner.push(piece);
    }
    outliner.finish().body_structure();
}

/// All that is worked out of a value, once, whatever field it is of.
fn value(value: &[u8]) {
    base_subject(&encoded_word::decode(value));
    address::parse(value);
    address::grammar(value);
    DateTime::parse(value);
    message_id::parse(value);
    Received::new(value).hop();
    ContentType::parse(value);
    ListUrls::parse(value);
    AuthenticationResults::parse(value);
}

const SMALL: usize = 5_000;

fn is_linear(name: &str, work: fn(&[u8]), small: &[u8], large: &[u8]) {
    let time = |raw: &[u8]| {
        let start = clock::ran();
        work(raw);
        clock::ran().saturating_sub(start)
    };
    // A busy machine may spoil one measure; what is quadratic takes a hundred times as long in every one.
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (quick, slow) = (time(small).max(Duration::from_millis(4)), time(large));
        if slow < quick * 30 {
            println!("{name}: {quick:?} for {}, {slow:?} for {}", small.len(), large.len());
            return;
        }
        seen.push((quick, slow));
    }
    panic!("{name}: ten times as much takes {seen:?}");
}

#[test]
fn headers_are_linear() {
    for family in families::headers() {
        is_linear(family.name, message, &family.of(SMALL), &family.of(10 * SMALL));
    }
}

#[test]
fn values_are_linear() {
    for family in families::headers() {
        is_linear(family.name, value, &family.pieces(SMALL), &family.pieces(10 * SMALL));
    }
}

#[test]
fn bodies_are_linear() {
    for family in families::bodies() {
        is_linear(family.name, message, &family.of(SMALL), &family.of(10 * SMALL));
    }
}
