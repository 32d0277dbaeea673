//! A domain name in the one form the plan compares and asks: lower-case A-labels without a final dot.
use std::fmt;

/// The longest domain name in presentation form, without the final dot (RFC 1035 §2.3.4).
pub const MAX_NAME: usize = 253;
/// The longest label (RFC 1035 §2.3.4).
pub const MAX_LABEL: usize = 63;

/// A domain name: lower-case, no final dot; the root is the empty string and prints as `.`.
///
/// [`Name::parse`] takes what a person or an envelope says and is strict. [`Name::from_dns`] takes what a name
/// server said and keeps it, however odd, so that it can be shown; [`Name::host_fault`] then says whether mail can be
/// sent to it.
///
/// ```
/// use mailwright_mx::Name;
/// assert_eq!(Name::parse("Example.TEST.")?.as_str(), "example.test");
/// assert!(Name::parse("two..dots").is_err());
/// # Ok::<(), mailwright_mx::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// Why a text is not a domain that mail can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum NameError {
    /// Nothing there.
    #[error("the domain is empty")]
    Empty,
    /// More than [`MAX_NAME`] octets.
    #[error("the domain is longer than 253 octets")]
    TooLong,
    /// Two dots in a row, or one at the start.
    #[error("the domain has an empty label")]
    EmptyLabel,
    /// A label of more than [`MAX_LABEL`] octets.
    #[error("a label of the domain is longer than 63 octets")]
    LabelTooLong,
    /// A label begins or ends with a hyphen (RFC 5321 §4.1.2, `sub-domain`).
    #[error("a label of the domain begins or ends with a hyphen")]
    Hyphen,
    /// A character that no host name has.
    #[error("the domain contains {0:?}")]
    Character(char),
    /// The last label is a number, so this is an address written where a name belongs.
    #[error("an address stands where a domain name belongs")]
    Address,
    /// Not ASCII, and the feature `idna` is off.
    #[error("the domain is not ASCII and internationalised domains are not enabled")]
    NotAscii,
    /// Not ASCII, and not valid by UTS #46 / IDNA2008 (RFC 5891 §4).
    #[error("the domain is not a valid internationalised name")]
    Idna,
}

impl Name {
    /// Reads the domain part of a mail address; one final dot is dropped. U-labels need the feature `idna`.
    ///
    /// # Errors
    /// [`NameError`] says which rule of RFC 5321 §4.1.2 or RFC 1035 §2.3.4 is broken.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        // A U-label is at most four times as long in UTF-8 as its A-label.
        if text.len() > MAX_NAME * 4 {
            return Err(NameError::TooLong);
        }
        let text = if text.is_ascii() { text.to_ascii_lowercase() } else { to_ascii(text)? };
        let name = Self(text.strip_suffix('.').unwrap_or(&text).to_owned());
        name.host_fault().map_or(Ok(name), Err)
    }

    /// Takes a name as a name server gave it, in presentation form: never fails, only folds the case.
    pub fn from_dns(text: &str) -> Self {
        let text = text.strip_suffix('.').unwrap_or(text);
        Self(text.to_ascii_lowercase())
    }

    /// What keeps this from being the name of a mail host, or `None`.
    ///
    /// An underscore is let through: it is wrong (RFC 952), in use, and harmless.
    pub fn host_fault(&self) -> Option<NameError> {
        if self.0.is_empty() {
            return Some(NameError::Empty);
        }
        if self.0.len() > MAX_NAME {
            return Some(NameError::TooLong);
        }
        for label in self.0.split('.') {
            if label.is_empty() {
                return Some(NameError::EmptyLabel);
            }
            if let Some(odd) = label.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
                return Some(NameError::Character(odd));
            }
            if label.len() > MAX_LABEL {
                return Some(NameError::LabelTooLong);
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Some(NameError::Hyphen);
            }
        }
        let last = self.0.rsplit('.').next().unwrap_or_default();
        last.bytes().all(|b| b.is_ascii_digit()).then_some(NameError::Address)
    }

    /// The name without a final dot; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root, `.`, which as the exchange of an MX means "no mail" (RFC 7505 §3).
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// This name with labels in front of it, as in `_25._tcp.` + host (RFC 6698 §3).
    pub fn prefixed(&self, labels: &str) -> Self {
        Self(format!("{labels}.{}", self.0))
    }
}

#[cfg(feature = "idna")]
fn to_ascii(text: &str) -> Result<String, NameError> {
    idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::STD3)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| NameError::Idna)
}

#[cfg(not(feature = "idna"))]
fn to_ascii(_: &str) -> Result<String, NameError> {
    Err(NameError::NotAscii)
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_rfc_5321_domains() {
        let long = format!("{}.test", "a".repeat(64));
        let huge = ["a".repeat(60).as_str(); 5].join(".");
        for (text, fault) in [
            ("", NameError::Empty),
            (".", NameError::Empty),
            ("a..b", NameError::EmptyLabel),
            (".a", NameError::EmptyLabel),
            ("a b", NameError::Character(' ')),
            ("a\r\nb", NameError::Character('\r')),
            ("-a.test", NameError::Hyphen),
            ("a-.test", NameError::Hyphen),
            ("192.0.2.1", NameError::Address),
            (long.as_str(), NameError::LabelTooLong),
            (huge.as_str(), NameError::TooLong),
        ] {
            assert_eq!(Name::parse(text), Err(fault), "{text:?}");
        }
        for text in ["a", "a.b", "a_b.test", "xn--bcher-kva.example", "1.a", "a1.test."] {
            assert!(Name::parse(text).is_ok(), "{text:?}");
        }
    }

    #[cfg(feature = "idna")]
    #[test]
    fn u_labels_become_a_labels() {
        assert_eq!(Name::parse("Bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
        assert_eq!(Name::parse("bücher。example").unwrap().as_str(), "xn--bcher-kva.example");
        assert_eq!(Name::parse("a\u{200d}b.example"), Err(NameError::Idna));
    }

    #[cfg(not(feature = "idna"))]
    #[test]
    fn without_idna_only_ascii_is_a_domain() {
        assert_eq!(Name::parse("bücher.example"), Err(NameError::NotAscii));
    }
}
