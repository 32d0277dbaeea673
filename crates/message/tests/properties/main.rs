//! What holds of every input, tried on random ones.
#![allow(clippy::unwrap_used)] // that is how a test says what is missing

mod property;

use mailwright_message::header::address;
use mailwright_message::imap::{BodyStructure, Envelope};
use mailwright_message::{Limits, Message};
use property::{answers_everything, split_equals_whole};
use proptest::prelude::*;

/// Text that is much like a message: what makes parsers err is in it more often than in random octets.
fn like_a_message() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("\r\n"),
        Just("\n"),
        Just("\r"),
        Just("--b"),
        Just("--b--"),
        Just("--a"),
        Just("--a--"),
        Just("\r\n--b\r\n"),
        Just("\r\n--a\r\n"),
        Just("\r\n--a--\r\n"),
        Just("Content-Type: multipart/mixed; boundary=a\r\n"),
        Just("Content-Type: multipart/digest; boundary=\"b\"\r\n"),
        Just("Content-Type: message/rfc822\r\n"),
        Just("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"),
        Just("Content-Transfer-Encoding: base64\r\n"),
        Just("Subject: =?utf-8?q?a=20?= =?utf-8?b?YQ==?=\r\n b\r\n"),
        Just("From: \"a\\\" b\" (c (d)) <e@f>, g: h@i;\r\n"),
        Just("From "),
        Just(" "),
        Just("-"),
        Just(":"),
        Just("text"),
        Just("\0"),
        Just("\u{e9}"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn no_octets_bring_it_down(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        answers_everything(&raw);
    }

    #[test]
    fn no_message_brings_it_down(raw in like_a_message()) {
        answers_everything(&raw);
    }

    #[test]
    fn cuts_make_no_difference(
        raw in like_a_message(),
        mut cuts in proptest::collection::vec(0..600_usize, 0..8),
        parts in 2..12_usize,
        header_octets in 20..400_usize,
        depth in 0..4_usize,
    ) {
        cuts.sort_unstable();
        split_equals_whole(&raw, cuts.clone().into_iter(), &Limits::default());
        let limits = Limits { parts, header_octets, depth, fields: 6, ..Limits::default() };
        split_equals_whole(&raw, cuts.into_iter(), &limits);
        split_equals_whole(&raw, 0..raw.len(), &limits);
    }

    #[test]
    fn garbage_is_no_compact_form(raw in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..200_usize) {
        let _ = Envelope::from_bytes(&raw);
        let _ = BodyStructure::from_bytes(&raw);
        let mut form = BodyStructure::of(&Message::parse(&raw)).to_bytes();
        if let Some(octet) = form.get_mut(cut) {
            *octet ^= 0x55;
        }
        if let Ok(structure) = BodyStructure::from_bytes(&form) {
            structure.section(&[1, 1], None);
        }
    }

    #[test]
    fn addresses_are_read_from_anything(value in "[a<>()@,;:\"\\\\ \r\n.\\[\\]=?é]{0,60}") {
        for mailbox in address::parse(value.as_bytes()).mailboxes() {
            mailbox.address();
        }
    }
}
