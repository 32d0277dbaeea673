//! Literals: their announcement at the end of a line, and their bytes within a frame.

use super::Cursor;
use crate::error::ParseError;
use bytes::Bytes;

/// How a literal was announced (RFC 9051 §4.3, RFC 7888, RFC 3516).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<B = ()> {
    /// Octets that follow the announcement.
    pub len: u64,
    /// `{n+}`: sent without waiting for the server.
    pub non_sync: bool,
    /// `~{n}`: may hold NUL.
    pub binary: bool,
    /// The octets, where they are there.
    pub bytes: B,
}

/// The literal that a line announces with its last octets, if it does. Both sides frame by this, before grammar.
///
/// `Err` for what looks like an announcement and is none: a number over 63 bits.
///
/// ```
/// use mailwright_imap::parse::core::announced_literal;
/// let literal = announced_literal(b"a1 LOGIN {5+}").unwrap().unwrap();
/// assert!(literal.len == 5 && literal.non_sync);
/// assert!(announced_literal(b"a1 NOOP").unwrap().is_none());
/// assert!(announced_literal(b"a1 LOGIN {9223372036854775808}").is_err());
/// ```
pub fn announced_literal(line: &[u8]) -> Result<Option<Literal>, ParseError> {
    let Some(inner) = line.strip_suffix(b"}") else { return Ok(None) };
    let non_sync = inner.last() == Some(&b'+');
    let digits = &inner[..inner.len() - usize::from(non_sync)];
    // 20 digits are enough to see that a number is too large; more are looked at as little as the rest of the line.
    let start = digits.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |before| before + 1);
    if start == 0 || digits[start - 1] != b'{' || start == digits.len() {
        return Ok(None);
    }
    let mut len = 0_u64;
    for digit in &digits[start..] {
        len = len
            .checked_mul(10)
            .and_then(|len| len.checked_add(u64::from(digit - b'0')))
            .filter(|&len| i64::try_from(len).is_ok())
            .ok_or(ParseError {
                at: start,
                expected: "a literal of at most 63 bits",
                found: line.get(start).copied(),
            })?;
    }
    let binary = start >= 2 && digits[start - 2] == b'~';
    Ok(Some(Literal { len, non_sync, binary, bytes: () }))
}

impl Cursor<'_> {
    /// `literal = "{" number64 ["+"] "}" CRLF *CHAR8` and `literal8 = "~{" number64 ["+"] "}" CRLF *OCTET`
    pub fn literal(&mut self) -> Result<Literal<Bytes>, ParseError> {
        let binary = self.eat(b'~');
        self.byte(b'{', "a literal")?;
        let len = self.number64()?;
        let non_sync = self.eat(b'+');
        if !(self.eat(b'}') && self.eat(b'\r') && self.eat(b'\n')) {
            return Err(self.error("the end of the literal's announcement"));
        }
        let held = usize::try_from(len).ok().filter(|&len| len <= self.rest().len());
        let bytes = self.take(held.ok_or_else(|| self.error("the octets of the literal"))?);
        Ok(Literal { len, non_sync, binary, bytes })
    }
}
