//! Addresses to write: a mailbox with or without a name, and groups (RFC 5322 §3.4).

use std::fmt;

use super::fold::Folder;
use super::unstructured::{quoted, write_phrase};
use super::{Error, error::check_text};
use crate::header::address::is_dot_atom;

/// `mailbox = name-addr / addr-spec`: an address, and the name to show for it.
///
/// ```
/// use mailwright_message::build::Address;
/// let ann = Address::new("ann@example.test")?.named("Ann Müller")?;
/// assert_eq!(ann.addr_spec(), "ann@example.test");
/// assert!(Address::new("ann@example.test>\r\nBcc: <eve@example.test").is_err());
/// # Ok::<(), mailwright_message::build::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    name: Option<String>,
    addr_spec: String,
}

impl Address {
    /// An address without a name. The local part is a dot-atom or a quoted string, the domain a dot-atom or literal;
    /// both may be internationalised (RFC 6532 §3.2). No comments, no white space around, no obsolete forms.
    ///
    /// # Errors
    /// Anything else; a local part above 64 or a domain above 255 octets (RFC 5321 §4.5.3.1).
    pub fn new(addr_spec: &str) -> Result<Self, Error> {
        check_text("address", addr_spec)?;
        if !is_addr_spec(addr_spec) {
            return Err(Error::syntax("address", "local-part@domain", addr_spec));
        }
        Ok(Self { name: None, addr_spec: addr_spec.to_owned() })
    }

    /// The same address with a name to show.
    ///
    /// # Errors
    /// The name holds control characters.
    pub fn named(mut self, name: &str) -> Result<Self, Error> {
        check_text("display name", name)?;
        self.name = (!name.is_empty()).then(|| name.to_owned());
        Ok(self)
    }

    /// The name to show.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address proper, as in an envelope.
    pub fn addr_spec(&self) -> &str {
        &self.addr_spec
    }

    fn write(&self, folder: &mut Folder<'_>, end: &str, utf8: bool) -> Result<(), Error> {
        if !utf8 && !self.addr_spec.is_ascii() {
            return Err(Error::NeedsUtf8(self.addr_spec.clone()));
        }
        match &self.name {
            Some(name) => {
                write_phrase(folder, name, utf8);
                folder.pieces(" ", &["<", &self.addr_spec, ">", end]);
            }
            None => folder.pieces(" ", &[&self.addr_spec, end]),
        }
        Ok(())
    }
}

/// For people and logs; what goes into a message is folded and encoded.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} <{}>", quoted(name), self.addr_spec),
            None => f.write_str(&self.addr_spec),
        }
    }
}

/// `addr-spec = local-part "@" domain`
fn is_addr_spec(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_is_valid = match local.strip_prefix('"').and_then(|local| local.strip_suffix('"')) {
        Some(content) => is_quoted_content(content),
        None => is_dot_atom(local),
    };
    let domain_is_valid = match domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        Some(literal) => {
            !literal.is_empty() && literal.bytes().all(|b| b.is_ascii_graphic() && !b"[]\\".contains(&b))
        }
        None => is_dot_atom(domain),
    };
    local_is_valid && domain_is_valid && local.len() <= 64 && domain.len() <= 255
}

/// `*qcontent`, that is, no bare quote and nothing after a last backslash.
fn is_quoted_content(text: &str) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\t' => return false,
            _ => {}
        }
    }
    !escaped
}

/// `address = mailbox / group`, as `To`, `Cc` and `Reply-To` take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// One address.
    Mailbox(Address),
    /// A named list of addresses, which may be empty, as in `undisclosed-recipients:;`.
    Group(Group),
}

/// `group = display-name ":" [group-list] ";" [CFWS]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    name: String,
    members: Vec<Address>,
}

impl Group {
    /// A group of `members`.
    ///
    /// # Errors
    /// The name is empty or holds control characters.
    pub fn new(name: &str, members: impl IntoIterator<Item = Address>) -> Result<Self, Error> {
        check_text("group name", name)?;
        if name.is_empty() {
            return Err(Error::syntax("group name", "at least one character", name));
        }
        Ok(Self { name: name.to_owned(), members: members.into_iter().collect() })
    }
}

impl Recipient {
    /// The addresses in it.
    pub fn addresses(&self) -> &[Address] {
        match self {
            Self::Mailbox(address) => std::slice::from_ref(address),
            Self::Group(group) => &group.members,
        }
    }
}

impl From<Address> for Recipient {
    fn from(address: Address) -> Self {
        Self::Mailbox(address)
    }
}

impl From<Group> for Recipient {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

/// `address-list = (address *("," address)) / obs-addr-list`
pub(crate) fn write_list(folder: &mut Folder<'_>, list: &[Recipient], utf8: bool) -> Result<(), Error> {
    for (i, recipient) in list.iter().enumerate() {
        let comma = if i + 1 < list.len() { "," } else { "" };
        match recipient {
            Recipient::Mailbox(address) => address.write(folder, comma, utf8)?,
            Recipient::Group(group) => {
                write_phrase(folder, &group.name, utf8);
                folder.glue(":");
                for (j, address) in group.members.iter().enumerate() {
                    address.write(folder, if j + 1 < group.members.len() { "," } else { "" }, utf8)?;
                }
                folder.glue(";");
                folder.glue(comma);
            }
        }
    }
    Ok(())
}

/// What an address can be given as: an [`Address`], `"ann@example.test"`, or `("Ann", "ann@example.test")`.
pub trait IntoAddress {
    /// Checks and converts.
    ///
    /// # Errors
    /// As [`Address::new`] and [`Address::named`].
    fn into_address(self) -> Result<Address, Error>;
}

impl IntoAddress for Address {
    fn into_address(self) -> Result<Address, Error> {
        Ok(self)
    }
}

impl IntoAddress for &str {
    fn into_address(self) -> Result<Address, Error> {
        Address::new(self)
    }
}

impl IntoAddress for (&str, &str) {
    fn into_address(self) -> Result<Address, Error> {
        Address::new(self.1)?.named(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_by_grammar() {
        for good in [
            "a@b",
            "a.b+c@d.example",
            "\"a b\"@c",
            "\"a\\\"b\"@c",
            "\"a@evil x\"@good",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "ü@ö.example",
        ] {
            assert!(Address::new(good).is_ok(), "{good}");
        }
        let long = format!("{}@b", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "a@b c",
            "a@b,c",
            "<a@b>",
            "a..b@c",
            ".a@c",
            "a@b.",
            "\"a\"b\"@c",
            "a@b\r",
            "a\n@b",
            "a@b\0",
            "\"\\\"@b",
            "a@[b]c",
            "a@evil x@good",
            "a(b)@c",
            "a@b\u{2028}",
            &long,
        ] {
            assert!(Address::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_atoms_quoted_or_encoded() {
        let written = |name: &str| {
            let mut out = Vec::new();
            let mut folder = Folder::new("To", &mut out);
            let address = ("", "a@b").into_address().unwrap().named(name).unwrap();
            write_list(&mut folder, &[address.into()], false).unwrap();
            folder.end("To").unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(""), "To: a@b\r\n");
        assert_eq!(written("Ann Lee"), "To: Ann Lee <a@b>\r\n");
        assert_eq!(written("Lee, Ann"), "To: \"Lee, Ann\" <a@b>\r\n");
        assert_eq!(written("A \"x\" \\"), "To: \"A \\\"x\\\" \\\\\" <a@b>\r\n");
        assert_eq!(written("Ännchen"), "To: =?utf-8?Q?=C3=84nnchen?= <a@b>\r\n");
        assert_eq!(written("=?utf-8?q?x?="), "To: =?utf-8?B?PT91dGYtOD9xP3g/PQ==?= <a@b>\r\n");
    }

    #[test]
    fn lists_and_groups_are_folded_between_addresses() {
        let many: Vec<Recipient> =
            (0..20).map(|i| Address::new(&format!("user{i}@example.test")).unwrap().into()).collect();
        let mut list = many.clone();
        list.push(Group::new("undisclosed-recipients", []).unwrap().into());
        let members = many.iter().flat_map(Recipient::addresses).cloned();
        list.push(Group::new("A, B", members).unwrap().into());
        let mut out = Vec::new();
        let mut folder = Folder::new("To", &mut out);
        write_list(&mut folder, &list, false).unwrap();
        folder.end("To").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(" undisclosed-recipients:;,"), "{text}");
        assert!(
            text.contains("\"A, B\": user0@example.test,") || text.contains("\"A, B\":\r\n user0"),
            "{text}"
        );
        assert!(text.ends_with("user19@example.test;\r\n"));
        assert!(text.lines().all(|line| line.len() <= 78 && !line.trim().is_empty()));
    }
}
