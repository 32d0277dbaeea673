//! Mailboxes and groups (RFC 5322 §3.4 and §4.4, RFC 6532), and the broken forms people send.

mod grammar;
mod plain;
pub(crate) mod raw;

use std::borrow::Cow;
use std::fmt;

use super::encoded_word;
use super::lex::{Source, has_encoded_word, text};
use raw::{Item, Items, RawMailbox};

pub use grammar::{Grammar, grammar};

/// Addresses that are read from one field; further ones are left alone.
pub const MAX_ADDRESSES: usize = 10_000;

/// One entry of an address list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address<'a> {
    /// One mailbox.
    Mailbox(Mailbox<'a>),
    /// A name for any number of mailboxes, none included.
    Group(Group<'a>),
}

/// A mailbox and who it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailbox<'a> {
    /// The display name with encoded words decoded; where there is none but a comment, the comment.
    pub name: Option<Cow<'a, str>>,
    /// What stands before the `@`, without quotes.
    pub local: Cow<'a, str>,
    /// What stands after the `@`; empty where there is no `@`.
    pub domain: Cow<'a, str>,
}

/// A group of mailboxes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group<'a> {
    /// Its name with encoded words decoded.
    pub name: Cow<'a, str>,
    /// Its mailboxes.
    pub members: Vec<Mailbox<'a>>,
}

impl Mailbox<'_> {
    /// `local@domain` as it is written in a message: the local part quoted where it has to be.
    ///
    /// ```
    /// use mailwright_message::header::address::parse;
    /// let list = parse(b"\"john doe\"@example.test");
    /// assert_eq!(list.mailboxes().next().unwrap().address(), "\"john doe\"@example.test");
    /// ```
    pub fn address(&self) -> String {
        let quoted = !is_dot_atom(&self.local);
        let mut out = String::with_capacity(self.local.len() + self.domain.len() + 3);
        if quoted && !self.domain.is_empty() {
            out.push('"');
            for one in self.local.chars() {
                if matches!(one, '"' | '\\') {
                    out.push('\\');
                }
                out.push(one);
            }
            out.push('"');
        } else {
            out.push_str(&self.local);
        }
        if !self.domain.is_empty() {
            out.push('@');
            out.push_str(&self.domain);
        }
        out
    }

    /// The same, holding its own text.
    pub fn into_owned(self) -> Mailbox<'static> {
        Mailbox {
            name: self.name.map(|name| Cow::Owned(name.into_owned())),
            local: Cow::Owned(self.local.into_owned()),
            domain: Cow::Owned(self.domain.into_owned()),
        }
    }
}

/// `local@domain`, as [`Mailbox::address`] gives it.
impl fmt::Display for Mailbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address())
    }
}

/// `atext`, and all octets above 127 (RFC 5322 §3.2.3, RFC 6532 §3.2).
pub(crate) const fn is_atext(octet: u8) -> bool {
    ATEXT[octet as usize]
}

/// `dot-atom-text = 1*atext *("." 1*atext)`
pub(crate) fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

static ATEXT: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0_u8;
    loop {
        table[octet as usize] = octet.is_ascii_alphanumeric() || octet > 127;
        if octet == u8::MAX {
            break;
        }
        octet += 1;
    }
    let others = b"!#$%&'*+-/=?^_`{|}~";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

/// The value of a field like `From` or `Cc`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressList<'a>(Entries<'a>);

/// Mostly it is one entry, which needs no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entries<'a> {
    Few(Option<Address<'a>>),
    Many(Vec<Address<'a>>),
}

impl Default for Entries<'_> {
    fn default() -> Self {
        Self::Few(None)
    }
}

impl<'a> Entries<'a> {
    fn as_slice(&self) -> &[Address<'a>] {
        match self {
            Self::Few(entry) => entry.as_slice(),
            Self::Many(entries) => entries,
        }
    }

    fn push(&mut self, entry: Address<'a>) {
        match self {
            Self::Few(None) => *self = Self::Few(Some(entry)),
            Self::Few(first) => {
                let mut entries = Vec::with_capacity(4);
                entries.extend(first.take());
                entries.push(entry);
                *self = Self::Many(entries);
            }
            Self::Many(entries) => entries.push(entry),
        }
    }

    fn extend(&mut self, group: Option<Group<'a>>) {
        if let Some(group) = group {
            self.push(Address::Group(group));
        }
    }
}

impl<'a> AddressList<'a> {
    /// The entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Address<'a>> {
        self.0.as_slice().iter()
    }

    /// All mailboxes in their order, those in groups too.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Mailbox<'a>> {
        self.iter().flat_map(|address| match address {
            Address::Mailbox(mailbox) => std::slice::from_ref(mailbox),
            Address::Group(group) => &group.members,
        })
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}

impl<'a> IntoIterator for AddressList<'a> {
    type Item = Address<'a>;
    type IntoIter = std::vec::IntoIter<Address<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        match self.0 {
            Entries::Few(entry) => Vec::from_iter(entry).into_iter(),
            Entries::Many(entries) => entries.into_iter(),
        }
    }
}

/// Reads `address-list`, leniently: every stretch between commas that has anything in it gives an entry.
///
/// Taken as meant: names with dots, semicolons for commas, empty entries, missing brackets, a name after its
/// address or in a comment, encoded words in quotes, source routes (dropped), addresses without a domain.
///
/// ```
/// use mailwright_message::header::address::parse;
/// let list = parse(b"Mary Smith <mary@x.test>, Friends: joe@y.test (Joe);");
/// let names: Vec<_> = list.mailboxes().map(|one| one.name.as_deref().unwrap()).collect();
/// assert_eq!(names, ["Mary Smith", "Joe"]);
/// ```
pub fn parse(value: &[u8]) -> AddressList<'_> {
    parse_source(Source::new(value))
}

pub(super) fn parse_source(source: Source<'_>) -> AddressList<'_> {
    let mut found = Entries::default();
    let mut items = Items::new(source.octets());
    let mut group: Option<Group<'_>> = None;
    for _ in 0..MAX_ADDRESSES {
        if let (Some(text), Some(at)) = (source.whole(), items.outside_groups())
            && let Some((mailbox, next)) = plain::mailbox(text, at)
        {
            found.push(Address::Mailbox(mailbox));
            items.go_on_at(next);
            continue;
        }
        match items.next() {
            Some(Item::Mailbox(mailbox)) => {
                let Some(mailbox) = read(&source, mailbox) else { continue };
                match &mut group {
                    Some(group) => group.members.push(mailbox),
                    None => found.push(Address::Mailbox(mailbox)),
                }
            }
            Some(Item::GroupStart(name)) => {
                found.extend(group.take());
                group = Some(Group { name: decoded(name), members: Vec::new() });
            }
            Some(Item::GroupEnd) => found.extend(group.take()),
            None => break,
        }
    }
    found.extend(group);
    AddressList(found)
}

/// What a mailbox says. `None`: `<>` is nobody.
fn read<'a>(source: &Source<'a>, mailbox: RawMailbox<'a>) -> Option<Mailbox<'a>> {
    let plain = |piece| match piece {
        Cow::Borrowed(piece) => source.text(piece),
        owned @ Cow::Owned(_) => text(owned),
    };
    let name = mailbox.display();
    if mailbox.local.is_empty() && mailbox.domain.is_empty() && name.is_none() {
        return None;
    }
    Some(Mailbox { name: name.map(decoded), local: plain(mailbox.local), domain: plain(mailbox.domain) })
}

fn decoded(name: Cow<'_, [u8]>) -> Cow<'_, str> {
    match name {
        Cow::Borrowed(name) if has_encoded_word(name) => encoded_word::decode(name),
        Cow::Owned(name) if has_encoded_word(&name) => Cow::Owned(encoded_word::decode(&name).into_owned()),
        name => text(name),
    }
}
