//! LANGUAGE (RFC 5255): the words for people are English.

use super::Server;
use crate::types::{
    AString, Tag,
    response::{Status, Untagged},
};
use bytes::Bytes;

/// The language of all words, and the name that every server has for what it speaks unasked.
const SPOKEN: [&str; 2] = ["en", "i-default"];

impl Server {
    /// `LANGUAGE`: the list of languages, or the first of the wanted ones that is spoken.
    pub(super) fn language(&mut self, tag: Tag, wanted: &[AString]) {
        if wanted.is_empty() {
            self.tell_languages(&SPOKEN);
            return self.complete(tag, Status::ok("LANGUAGE completed"));
        }
        match wanted.iter().find_map(|range| spoken(range.as_bytes())) {
            Some(language) => {
                self.tell_languages(&[language]);
                self.complete(tag, Status::ok("LANGUAGE completed"));
            }
            None => self.complete(tag, Status::no("none of these languages is spoken here")),
        }
    }

    fn tell_languages(&mut self, languages: &[&'static str]) {
        let tags = languages.iter().map(|tag| Bytes::from_static(tag.as_bytes()));
        self.untagged(&Untagged::Language(tags.collect()));
    }
}

/// The language that a range finds by losing its last subtags one by one (RFC 4647 §3.4).
fn spoken(range: &[u8]) -> Option<&'static str> {
    if range == b"*" || range.eq_ignore_ascii_case(b"default") {
        return Some(SPOKEN[0]);
    }
    let found = SPOKEN.iter().find(|tag| {
        let begins = range.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()));
        begins && matches!(range.get(tag.len()), None | Some(b'-'))
    });
    found.copied()
}
