//! Boundaries that do not occur in what they separate (RFC 2046 §5.1.1), made from a seed and nothing else.

use std::collections::HashSet;

use memchr::memmem;

/// `=_` occurs in neither base64 nor quoted-printable (RFC 2045 §6.7), so only identity parts need a look.
pub(crate) struct Boundaries {
    /// `=_`, the seed as 32 digits, and `_`.
    prefix: [u8; 35],
    next: u64,
    /// Numbers that stand after the prefix in the content.
    taken: HashSet<u64>,
}

/// Digits of the number: more than there can be occurrences of the prefix in any content.
const DIGITS: usize = 16;

impl Boundaries {
    pub(crate) fn new(seed: u128) -> Self {
        let mut prefix = [b'_'; 35];
        prefix[0] = b'=';
        for (two, byte) in prefix[2..34].chunks_exact_mut(2).zip(seed.to_be_bytes()) {
            two.copy_from_slice(&[byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        Self { prefix, next: 1, taken: HashSet::new() }
    }

    /// Keeps away from everything in `content` that looks like one of these boundaries.
    pub(crate) fn avoid(&mut self, content: &[u8]) {
        for at in memmem::find_iter(content, &self.prefix) {
            let digits = content[at + self.prefix.len()..].first_chunk::<DIGITS>();
            if let Some(digits) = digits.filter(|digits| digits.iter().all(u8::is_ascii_digit)) {
                let number = digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
                self.taken.insert(number);
            }
        }
    }

    /// A boundary of 52 characters that was not given before. None is a prefix of another.
    pub(crate) fn next(&mut self) -> String {
        while self.taken.contains(&self.next) {
            self.next += 1;
        }
        let mut digits = [b'0'; DIGITS];
        let mut left = self.next;
        for digit in digits.iter_mut().rev() {
            let [.., last] = (left % 10).to_be_bytes();
            *digit += last;
            left /= 10;
        }
        self.next += 1;
        // Nothing but US-ASCII goes in.
        String::from_utf8([&self.prefix[..], &digits, b"_"].concat()).unwrap_or_default()
    }
}

/// A seed for those who gave none: a hash of the header. What counts is that content is searched all the same.
pub(crate) fn seed_of(header: &[u8]) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    header.chunks(16).fold(BASIS, |hash, chunk| {
        let mut word = [0; 16];
        word[..chunk.len()].copy_from_slice(chunk);
        (hash ^ u128::from_le_bytes(word)).wrapping_mul(PRIME).rotate_left(64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_keep_away_from_the_content() {
        let first = Boundaries::new(7).next();
        assert!(first.len() <= 70 && first.ends_with("_0000000000000001_"), "{first}");
        let mut again = Boundaries::new(7);
        let prefix = again.prefix;
        again.avoid(format!("--{first}\r\n").as_bytes());
        again.avoid(&[&prefix[..], b"9999999999999999_", &prefix, b"0000000000000003_", &prefix].concat());
        assert!(again.next().ends_with("_0000000000000002_"));
        assert!(again.next().ends_with("_0000000000000004_"));
    }
}
