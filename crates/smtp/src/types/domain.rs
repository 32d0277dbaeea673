//! A domain name as SMTP writes it.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use crate::{error::SyntaxError, parse};

/// A domain name, RFC 5321 §4.1.2, with the U-labels of RFC 6531 §3.3: at most 255 octets, labels of 1 to 63.
///
/// Keeps the case it was written in; compares without regard to ASCII case. No trailing dot.
///
/// ```
/// use mailwright_smtp::types::Domain;
/// let domain: Domain = "Example.ORG".parse()?;
/// assert_eq!(domain, "example.org".parse()?);
/// assert!("-bad.example".parse::<Domain>().is_err());
/// # Ok::<(), mailwright_smtp::error::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Domain(Box<str>);

impl Domain {
    /// The longest domain, in octets: RFC 5321 §4.5.3.1.2.
    pub const MAX: usize = 255;

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without U-labels, so without need for SMTPUTF8.
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }
}

impl FromStr for Domain {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        parse::whole(text, parse::address::domain, "a domain").map(|name| Self(name.into()))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Domain {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Domain {}

impl Hash for Domain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.bytes().for_each(|b| state.write_u8(b.to_ascii_lowercase()));
        state.write_u8(0xff);
    }
}
