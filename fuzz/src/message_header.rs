//! Values of header fields, read: what they give is in its ranges, and written again it is read as the same.

use mailwright_message::Message;
use mailwright_message::build::Field;
use mailwright_message::collation::unicode_casemap;
use mailwright_message::header::address::{self, Grammar, MAX_ADDRESSES, grammar};
use mailwright_message::header::authentication_results::AuthenticationResults;
use mailwright_message::header::auto_submitted::AutoSubmitted;
use mailwright_message::header::content_type::ContentType;
use mailwright_message::header::date::DateTime;
use mailwright_message::header::disposition::ContentDisposition;
use mailwright_message::header::list::{ListId, ListUrls};
use mailwright_message::header::received::Received;
use mailwright_message::header::{encoded_word, message_id};
use mailwright_message::thread::base_subject;

/// What SMTP takes as an address is one mailbox, and is written as one again.
pub fn address(data: &[u8]) {
    let list = address::parse(data);
    assert!(list.iter().len() <= MAX_ADDRESSES);
    if grammar(data) == Some(Grammar::Rfc5321) {
        let [mailbox] = &list.mailboxes().collect::<Vec<_>>()[..] else { panic!("one mailbox: {list:?}") };
        let written = mailbox.address();
        assert_eq!(grammar(written.as_bytes()), Some(Grammar::Rfc5321), "{written}");
        let again = address::parse(written.as_bytes());
        let again = again.mailboxes().next().expect("it is there");
        assert_eq!((&again.local, &again.domain), (&mailbox.local, &mailbox.domain));
    }
}

/// A date that is read is one of the calendar, and is read from its own text.
pub fn date(data: &[u8]) {
    let Some(date) = DateTime::parse(data) else { return };
    assert!(
        (1..=9999).contains(&date.year) && (1..=12).contains(&date.month) && (1..=31).contains(&date.day)
    );
    assert!(date.hour < 24 && date.minute < 60 && date.second <= 60 && date.offset.abs() < 24 * 60);
    assert_eq!(DateTime::parse(date.to_string().as_bytes()), Some(date));
    let utc = date.with_offset(0);
    if (2..9999).contains(&date.year) {
        assert_eq!(utc.unix(), date.unix());
        assert_eq!(utc.with_offset(date.offset.into()).unix(), date.unix());
    }
}

/// Parameters are put together from a bounded number of pieces, under names without marks.
pub fn parameters(data: &[u8]) {
    let disposition = ContentDisposition::parse(data);
    if let Some(found) = ContentType::parse(data) {
        assert!(found.parameters().iter().count() <= 128);
        for one in found.parameters().iter() {
            assert!(!one.name.contains('*') && !one.name.bytes().any(|octet| octet.is_ascii_uppercase()));
            assert!(found.parameter(&one.name).is_some());
        }
    }
    disposition.map(|found| found.parameter("filename").map(str::len));
}

/// Decoded text has no line ends, and comes back from a field that it is written to.
pub fn text(data: &[u8]) {
    let text = encoded_word::decode(data);
    assert!(!text.contains(['\r', '\n']));
    assert!(base_subject(&text).text.len() <= text.len());
    let (before, after) = text.split_at(text.floor_char_boundary(text.len() / 2));
    assert_eq!(unicode_casemap(&text), unicode_casemap(before) + &unicode_casemap(after));
    // Where text starts, a byte order mark is none of it when read.
    if text.contains('\u{feff}') {
        return;
    }
    let Ok(field) = Field::text("Subject", &text) else { return };
    let raw = [&field.to_bytes().expect("words are encoded")[..], b"\r\n"].concat();
    assert_eq!(Message::parse(&raw).subject().unwrap_or_default(), text);
}

/// What servers and lists add is read from anything, and is never more than was there.
pub fn trace(data: &[u8]) {
    let received = Received::new(data);
    assert_eq!(received.date(), received.hop().date);
    AutoSubmitted::parse(data);
    ListId::parse(data);
    assert!(ListUrls::parse(data).urls.len() <= data.len());
    assert!(message_id::parse(data).len() <= data.len() + 1);
    assert!(AuthenticationResults::parse(data).is_none_or(|found| found.results.len() <= 256));
}
