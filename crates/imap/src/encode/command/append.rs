//! APPEND and REPLACE.

use crate::{
    encode::{Encode, core::Encoder},
    types::{
        SequenceNumber,
        command::{Append, AppendData, AppendMessage, CatenatePart, Replace},
    },
};

/// `mailbox 1*(SP append-message)`
impl Encode for Append {
    fn encode(&self, out: &mut Encoder) {
        out.mailbox(&self.mailbox);
        for message in &self.messages {
            out.byte(b' ').value(message);
        }
    }
}

/// `[flag-list SP] [date-time SP] append-data`
impl Encode for AppendMessage {
    fn encode(&self, out: &mut Encoder) {
        if !self.flags.is_empty() {
            out.flags(&self.flags).byte(b' ');
        }
        if let Some(date) = self.date {
            out.date_time(date).byte(b' ');
        }
        match &self.data {
            AppendData::Whole(octets) => out.literal(octets),
            AppendData::Announced(len) => out.announce(*len, false),
            AppendData::Catenate(parts) => out.put("CATENATE ").list(parts, |out, part| {
                match part {
                    CatenatePart::Url(url) => out.put("URL ").astring(url.as_bytes()),
                    CatenatePart::Text(octets) => out.put("TEXT ").literal(octets),
                };
            }),
        };
    }
}

/// `replace = ["UID" SP] "REPLACE" SP seq-number SP mailbox append-message`
impl Encode for Replace {
    fn encode(&self, out: &mut Encoder) {
        out.put(if self.uid { "UID REPLACE " } else { "REPLACE " });
        match self.message {
            SequenceNumber::Number(number) => out.number(u64::from(number.get())),
            SequenceNumber::Last => out.byte(b'*'),
        };
        out.byte(b' ').value(&self.append);
    }
}
