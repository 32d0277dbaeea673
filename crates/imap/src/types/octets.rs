//! Short strings of octets, held in place.

use bytes::Bytes;
use std::{borrow::Cow, fmt, hash, ops::Deref};

/// A string of octets, as addresses and parameters are made of: up to [`Octets::IN_PLACE`] of them are held in the value
/// itself, more in memory of their own. It is used as a slice.
///
/// A message has dozens of such strings. Each as a [`Bytes`] would count its references to the whole response, and a
/// single one that is kept would keep the response in memory.
///
/// ```
/// use mailwright_imap::types::Octets;
/// let host = Octets::from("example.org");
/// assert!(host == "example.org" && host.starts_with(b"example"));
/// assert_eq!(host.to_str(), "example.org");
/// ```
#[derive(Clone)]
pub struct Octets(Held);

#[derive(Clone)]
enum Held {
    InPlace { len: u8, octets: [u8; Octets::IN_PLACE] },
    Boxed(Box<[u8]>),
}

impl Octets {
    /// The longest string that needs no memory of its own, in octets.
    pub const IN_PLACE: usize = 22;

    /// The first `len` of the octets. Where more follow, as in a frame they do, a fixed number is copied, which is
    /// quicker than the right one.
    pub(crate) fn first(octets: &[u8], len: usize) -> Self {
        match (u8::try_from(len), octets.first_chunk()) {
            (Ok(short), Some(chunk)) if len <= Self::IN_PLACE => {
                Self(Held::InPlace { len: short, octets: *chunk })
            }
            _ => Self::from(&octets[..len]),
        }
    }

    /// What is held in place, and how many octets of it are meant.
    pub(crate) fn in_place(&self) -> Option<(&[u8; Self::IN_PLACE], usize)> {
        match &self.0 {
            Held::InPlace { len, octets } => Some((octets, usize::from(*len))),
            Held::Boxed(_) => None,
        }
    }

    /// The text for showing; octets that are not UTF-8 become U+FFFD.
    pub fn to_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self)
    }
}

/// The octets with 0x80 for each NUL, which stands nowhere in what a server sends but in `literal8` (RFC 9051 §4.3.1, §9
/// note 3). Sizes stay what they are, and the octet is none of any text that it is taken for.
pub(crate) fn without_nul(mut octets: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if memchr::memchr(0, &octets).is_some() {
        for octet in octets.to_mut().iter_mut().filter(|octet| **octet == 0) {
            *octet = 0x80;
        }
    }
    octets
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::InPlace { len, octets } => &octets[..usize::from(*len).min(Self::IN_PLACE)],
            Held::Boxed(octets) => octets,
        }
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Octets {
    fn default() -> Self {
        Self(Held::InPlace { len: 0, octets: [0; Self::IN_PLACE] })
    }
}

impl From<&[u8]> for Octets {
    #[inline]
    fn from(octets: &[u8]) -> Self {
        match u8::try_from(octets.len()) {
            Ok(len) if octets.len() <= Self::IN_PLACE => {
                let mut held = [0; Self::IN_PLACE];
                held[..octets.len()].copy_from_slice(octets);
                Self(Held::InPlace { len, octets: held })
            }
            _ => Self(Held::Boxed(octets.into())),
        }
    }
}

impl From<&str> for Octets {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<Vec<u8>> for Octets {
    fn from(octets: Vec<u8>) -> Self {
        if octets.len() <= Self::IN_PLACE {
            Self::from(&octets[..])
        } else {
            Self(Held::Boxed(octets.into()))
        }
    }
}

impl From<Bytes> for Octets {
    fn from(octets: Bytes) -> Self {
        Self::from(&octets[..])
    }
}

impl From<Octets> for Bytes {
    fn from(octets: Octets) -> Self {
        match octets.0 {
            Held::InPlace { .. } => Self::copy_from_slice(&octets),
            Held::Boxed(octets) => octets.into(),
        }
    }
}

impl PartialEq for Octets {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Octets {}

impl PartialOrd for Octets {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Octets {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(other)
    }
}

impl PartialEq<[u8]> for Octets {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl PartialEq<str> for Octets {
    fn eq(&self, other: &str) -> bool {
        **self == *other.as_bytes()
    }
}

impl PartialEq<&str> for Octets {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl hash::Hash for Octets {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_reads_back() {
        let text = "x".repeat(40);
        for len in 0..=40 {
            let wanted = &text[..len];
            for octets in [
                Octets::from(wanted),
                Octets::from(wanted.as_bytes().to_vec()),
                Octets::first(text.as_bytes(), len),
                Octets::first(wanted.as_bytes(), len),
            ] {
                assert_eq!(octets, wanted);
                assert_eq!(Bytes::from(octets), wanted);
            }
        }
    }

    #[test]
    fn what_follows_in_the_frame_is_no_part_of_it() {
        let (one, other) = (Octets::first(&[b'a'; 30], 3), Octets::first(b"aaabbbbbbbbbbbbbbbbbbbbbbbbb", 3));
        assert_eq!(one, other);
        assert_eq!(format!("{one:?}"), "b\"aaa\"");
    }

    #[test]
    fn an_absent_one_takes_no_more_room() {
        assert_eq!(size_of::<Option<Octets>>(), 24);
    }
}
