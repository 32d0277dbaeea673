//! What became of a recipient: action and status (RFC 3464 §2.3.3, §2.3.4), and values with a type.

use std::fmt;

use super::fields;

/// `action-value = "failed" / "delayed" / "delivered" / "relayed" / "expanded"`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Could not be delivered, and no more attempts will be made.
    Failed,
    /// Not delivered so far; attempts go on.
    Delayed,
    /// Delivered to the mailbox.
    Delivered,
    /// Handed on to a system that sends no such reports.
    Relayed,
    /// Delivered and sent on to several others.
    Expanded,
}

impl Action {
    /// The action a field value names, compared without case; what follows the word is not looked at.
    pub fn from_name(value: &str) -> Option<Self> {
        let word = value.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        [Self::Failed, Self::Delayed, Self::Delivered, Self::Relayed, Self::Expanded]
            .into_iter()
            .find(|action| action.name().eq_ignore_ascii_case(word))
    }

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `status-code = DIGIT "." 1*3DIGIT "." 1*3DIGIT`, an enhanced status code (RFC 3463).
///
/// ```
/// use mailwright_message::report::Status;
/// assert_eq!(Status::parse("5.1.1 (unknown user)"), Some(Status { class: 5, subject: 1, detail: 1 }));
/// assert_eq!(Status::parse("550"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    pub class: u8,
    /// What it is about (RFC 3463 §3), 0 to 999.
    pub subject: u16,
    /// The detail of it, 0 to 999.
    pub detail: u16,
}

impl Status {
    /// The status a field value starts with.
    pub fn parse(value: &str) -> Option<Self> {
        let code = value.trim_start().split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        let mut numbers = code.trim_end_matches('.').split('.');
        let mut number =
            || numbers.next().filter(|digits| (1..=3).contains(&digits.len()))?.parse::<u16>().ok();
        let (class, subject, detail) = (number()?, number()?, number()?);
        let class = u8::try_from(class).ok().filter(|class| matches!(class, 2 | 4 | 5))?;
        Some(Self { class, subject, detail })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// A value with the type it is of, as `rfc822; ann@example.test`, `dns; mx.example.test` or
/// `smtp; 550 5.1.1 unknown` (RFC 3464 §2.1.2).
///
/// May hold anything: when written, control characters become spaces, others beyond US-ASCII `\x{...}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Typed {
    /// `address-type`, `mta-name-type` or `diagnostic-type`. Empty: there was none.
    pub kind: String,
    /// The rest, without white space and control characters around it; of type `utf-8` with its `\x{...}` decoded.
    pub value: String,
}

impl Typed {
    /// A value of any type.
    pub fn new(kind: &str, value: &str) -> Self {
        Self { kind: kind.to_owned(), value: value.to_owned() }
    }

    /// The domain name of a mail transfer agent.
    pub fn dns(name: &str) -> Self {
        Self::new("dns", name)
    }

    /// The reply of an SMTP server; lines of it may be joined by line ends.
    pub fn smtp(reply: &str) -> Self {
        Self::new("smtp", reply)
    }

    /// A mail address; one beyond US-ASCII is of type `utf-8` (RFC 6533 §3).
    pub fn address(addr_spec: &str) -> Self {
        Self::new(if addr_spec.is_ascii() { "rfc822" } else { "utf-8" }, addr_spec)
    }

    pub(super) fn parse(text: &str) -> Self {
        // A semicolon that no type stands before separates nothing, and written again it would be one less each time.
        let is_blank = |c: char| c.is_whitespace() || c.is_control();
        let parts_nothing = |c: char| c == ';' || is_blank(c);
        let text = text.trim_start_matches(parts_nothing);
        match text.split_once(';') {
            Some((kind, value)) if kind.trim().eq_ignore_ascii_case("utf-8") => {
                Self::new(kind.trim(), fields::unescape(value, |_| true).trim_matches(is_blank))
            }
            Some((kind, value)) if kind.trim().bytes().all(|b| b.is_ascii_graphic()) => {
                Self::new(kind.trim(), value.trim_matches(is_blank))
            }
            _ => Self::new("", text.trim_end_matches(parts_nothing)),
        }
    }

    /// The value as a mail address: of type `rfc822`, `utf-8` or none; angle brackets and comments left out.
    pub fn as_address(&self) -> Option<String> {
        let known = ["rfc822", "utf-8", "", "smtp", "internet", "local"];
        if !known.iter().any(|kind| self.kind.eq_ignore_ascii_case(kind)) {
            return None;
        }
        let text = match (self.value.find('<'), self.value.rfind('>')) {
            (Some(start), Some(end)) if start < end => &self.value[start + 1..end],
            _ => self.value.split_whitespace().find(|word| word.contains('@')).unwrap_or(&self.value),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub(super) fn to_field(&self) -> String {
        // `utf-8-addr-xtext` takes these as escapes only (RFC 6533 §3).
        let escaped;
        let value = if self.kind.eq_ignore_ascii_case("utf-8") {
            escaped = self.value.replace('\\', "\\x{5C}").replace('+', "\\x{2B}").replace('=', "\\x{3D}");
            &escaped
        } else {
            &self.value
        };
        let kind: String = self.kind.chars().filter(|c| c.is_ascii_graphic() && *c != ';').collect();
        if kind.is_empty() { value.clone() } else { format!("{kind}; {value}") }
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_field())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_type_is_written_as_it_is_read() {
        for text in ["; ;;550 no", "550 no", ";", "a; ;b", "utf-8; \\x{FC}", ";utf-8;x"] {
            let read = Typed::parse(text);
            assert_eq!(Typed::parse(&read.to_field()), read, "{text}");
        }
        assert_eq!(Typed::parse(" ; a@b"), Typed::new("", "a@b"));
        // When written, these are white space.
        for text in ["utf-8; \u{15}\0", "utf-8;\\x{15}", "x; \u{7f}"] {
            assert_eq!(Typed::parse(text).value, "", "{text:?}");
        }
        // Written in US-ASCII the word would pass for a type, and leave no value.
        assert_eq!(Typed::parse("\u{f2}fc822; "), Typed::new("", "\u{f2}fc822"));
    }

    #[test]
    fn actions_and_statuses_are_read_as_they_come() {
        assert_eq!(Action::from_name("Failed (permanent)"), Some(Action::Failed));
        assert_eq!(Action::from_name("failure"), None);
        assert_eq!(Status::parse(" 4.4.7").map(|s| s.to_string()), Some("4.4.7".into()));
        for text in ["", "5", "5.1", "5.1.1000", "3.1.1", "x5.1.1", "5..1", "999.1.1"] {
            assert_eq!(Status::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_are_found_in_typed_values() {
        for (text, address) in [
            ("rfc822; ann@example.test", Some("ann@example.test")),
            ("RFC822;<ann@example.test>", Some("ann@example.test")),
            ("ann@example.test", Some("ann@example.test")),
            ("utf-8; \\x{FC}ser\\x{2B}a@example.test", Some("üser+a@example.test")),
            ("utf-8; \\x{}a\\x{FC", Some("\\x{}a\\x{FC")),
            ("x400; /C=de/", None),
            ("rfc822;", None),
        ] {
            assert_eq!(Typed::parse(text).as_address().as_deref(), address, "{text}");
        }
        let typed = Typed::address("ü+\\s@example.test");
        let written = super::super::fields::plain(&typed.to_field());
        assert_eq!(written, "utf-8; \\x{FC}\\x{2B}\\x{5C}s@example.test");
        assert_eq!(Typed::parse(&written), typed);
    }
}
