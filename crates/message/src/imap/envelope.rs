//! `ENVELOPE`.

use super::bytes::{Corrupt, Reader, Writer};
use crate::Message;
use crate::header::address::MAX_ADDRESSES;
use crate::header::address::raw::{Item, Items};
use crate::header::lex::is_fws;
use crate::header::{Field, Header};

const VERSION: u8 = 1;

/// The `ENVELOPE` of a message: fields unfolded but not decoded, as IMAP has them. `None` is `NIL`.
///
/// What people read (the subject, names) has one space for each run of white space, as folding may have put it there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The Date field as it is written; of several the first that can be read.
    pub date: Option<Vec<u8>>,
    /// The Subject field, encoded words left as they are.
    pub subject: Option<Vec<u8>>,
    /// From.
    pub from: Option<Vec<Address>>,
    /// Sender, or what From is where there is none.
    pub sender: Option<Vec<Address>>,
    /// Reply-To, or what From is where there is none.
    pub reply_to: Option<Vec<Address>>,
    /// To.
    pub to: Option<Vec<Address>>,
    /// Cc.
    pub cc: Option<Vec<Address>>,
    /// Bcc.
    pub bcc: Option<Vec<Address>>,
    /// In-Reply-To.
    pub in_reply_to: Option<Vec<u8>>,
    /// Message-ID.
    pub message_id: Option<Vec<u8>>,
}

/// One address of an [`Envelope`].
///
/// A group starts with an address that has a mailbox (its name) and no host, and ends with one that has neither; so
/// a mailbox that lacks one of them has an empty string there, not `NIL`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The display name, or the comment that stands for it.
    pub name: Option<Vec<u8>>,
    /// The obsolete source route.
    pub route: Option<Vec<u8>>,
    /// The local part, or the name of a group.
    pub mailbox: Option<Vec<u8>>,
    /// The domain.
    pub host: Option<Vec<u8>>,
}

impl Envelope {
    /// The envelope of a message.
    pub fn of(message: &Message<'_>) -> Self {
        Self::of_header(message.header())
    }

    /// The envelope that a header gives.
    pub fn of_header(header: Header<'_, '_>) -> Self {
        let text = |name: &str| header.field(name).map(|field| field.unfolded().into_owned());
        let list = |name: &str| {
            let all = header.all(name).flat_map(|field| addresses(field.raw_value()));
            let found: Vec<_> = all.take(MAX_ADDRESSES).collect();
            (!found.is_empty()).then_some(found)
        };
        let from = list("From");
        Self {
            date: date(header).map(|field| field.unfolded().into_owned()),
            subject: text("Subject").map(|text| for_people(&text)),
            sender: list("Sender").or_else(|| from.clone()),
            reply_to: list("Reply-To").or_else(|| from.clone()),
            from,
            to: list("To"),
            cc: list("Cc"),
            bcc: list("Bcc"),
            in_reply_to: text("In-Reply-To"),
            message_id: text("Message-ID"),
        }
    }

    /// The compact form, for [`from_bytes`](Self::from_bytes).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(VERSION);
        self.write(&mut out);
        out.finish()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) of this or an earlier version wrote.
    ///
    /// # Errors
    /// [`Corrupt`] where the octets are not that; the caller computes the envelope anew.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut input = Reader::new(bytes, VERSION)?;
        let found = Self::read(&mut input)?;
        input.finish()?;
        Ok(found)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        for text in [&self.date, &self.subject, &self.in_reply_to, &self.message_id] {
            out.text(text.as_deref());
        }
        // Sender and Reply-To are mostly what From is.
        let same = u64::from(self.sender == self.from) | u64::from(self.reply_to == self.from) << 1;
        out.number(same);
        let lists = [&self.from, &self.sender, &self.reply_to, &self.to, &self.cc, &self.bcc];
        for (place, list) in lists.into_iter().enumerate() {
            if (place == 1 && same & 1 != 0) || (place == 2 && same & 2 != 0) {
                continue;
            }
            out.list(list.as_deref().map(<[_]>::iter), |out, one| {
                for text in [&one.name, &one.route, &one.mailbox, &one.host] {
                    out.text(text.as_deref());
                }
            });
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (date, subject, in_reply_to, message_id) =
            (input.text()?, input.text()?, input.text()?, input.text()?);
        let same = input.number()?;
        let list = |input: &mut Reader<'_>| {
            input.list(|input| {
                Ok(Address {
                    name: input.text()?,
                    route: input.text()?,
                    mailbox: input.text()?,
                    host: input.text()?,
                })
            })
        };
        let from = list(input)?;
        let sender = if same & 1 != 0 { from.clone() } else { list(input)? };
        let reply_to = if same & 2 != 0 { from.clone() } else { list(input)? };
        let (to, cc, bcc) = (list(input)?, list(input)?, list(input)?);
        Ok(Self { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id })
    }
}

/// The first Date field that is one, or else the first.
fn date<'a>(header: Header<'_, 'a>) -> Option<Field<'a>> {
    header.all("Date").find(|field| field.date().is_some()).or_else(|| header.field("Date"))
}

/// Each run of white space one space, none at the ends.
pub(super) fn for_people(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for word in text.split(|&octet| is_fws(octet)).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    out
}

fn addresses(value: &[u8]) -> Vec<Address> {
    let some = |octets: &[u8]| (!octets.is_empty()).then(|| octets.to_vec());
    let mut found = Vec::new();
    let mut in_group = false;
    for item in Items::new(value).take(MAX_ADDRESSES) {
        match item {
            Item::Mailbox(mailbox) => found.push(Address {
                name: mailbox.display().map(|name| for_people(&name)),
                route: some(mailbox.route),
                mailbox: Some(mailbox.local.into_owned()),
                host: Some(mailbox.domain.into_owned()),
            }),
            Item::GroupStart(name) => {
                if std::mem::replace(&mut in_group, true) {
                    found.push(Address::default());
                }
                found.push(Address { mailbox: Some(name.into_owned()), ..Address::default() });
            }
            Item::GroupEnd => {
                in_group = false;
                found.push(Address::default());
            }
        }
    }
    if in_group {
        found.push(Address::default());
    }
    found
}
