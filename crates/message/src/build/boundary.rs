//! Boundaries that do not occur in what they separate (RFC 2046 §5.1.1), made from a seed and nothing else.

use memchr::memmem;

/// `=_` occurs in neither base64 nor quoted-printable (RFC 2045 §6.7), so only identity parts need a look.
pub(crate) struct Boundaries {
    prefix: String,
    next: u64,
}

/// Digits of the counter; longer runs of digits in the content cannot equal one of ours.
const DIGITS: usize = 15;

impl Boundaries {
    pub(crate) fn new(seed: u128) -> Self {
        Self { prefix: format!("=_{seed:032x}_"), next: 1 }
    }

    /// Keeps away from everything in `content` that looks like one of these boundaries.
    pub(crate) fn avoid(&mut self, content: &[u8]) {
        for at in memmem::find_iter(content, self.prefix.as_bytes()) {
            let digits =
                content[at + self.prefix.len()..].iter().take_while(|b| b.is_ascii_digit()).take(DIGITS);
            let value = digits.fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
            self.next = self.next.max(value + 1);
        }
    }

    /// A boundary of at most 70 characters that was not given before. None is a prefix of another.
    pub(crate) fn next(&mut self) -> String {
        let boundary = format!("{}{:0DIGITS$}_", self.prefix, self.next);
        self.next += 1;
        boundary
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
        assert!(first.len() <= 70, "{first}");
        let mut again = Boundaries::new(7);
        again.avoid(format!("--{first}\r\n").as_bytes());
        let second = again.next();
        assert_ne!(first, second);
        let mut most = Boundaries::new(7);
        most.avoid(format!("{}{}", most.prefix, "9".repeat(40)).as_bytes());
        assert!(most.next().len() <= 70);
    }
}
