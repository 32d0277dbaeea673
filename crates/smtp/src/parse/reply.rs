//! Reply lines.

use nom::{
    Parser,
    character::complete::{char, one_of, u16},
    combinator::{map_opt, verify},
};

use crate::{
    error::ReplyError,
    parse::Parsed,
    types::{Class, EnhancedStatus, ReplyCode},
};

/// One line of a reply. A reply is made of lines with the same code, of which only the last has [`last`](Self::last).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyLine<'a> {
    /// The three digits.
    pub code: ReplyCode,
    /// No line of this reply follows.
    pub last: bool,
    /// What follows the separator. Octets, since servers write what they like; an enhanced status is still in it.
    pub text: &'a [u8],
}

/// Understands one reply line, given without its CRLF.
///
/// Lenient in what separates code and text: only a hyphen means that lines follow.
///
/// ```abnf
/// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// Reply-code = %x32-35 %x30-35 %x30-39
/// ```
///
/// # Errors
/// [`ReplyError::Code`] where it does not begin with three digits from 200 to 599 that end there.
pub fn reply_line(line: &[u8]) -> Result<ReplyLine<'_>, ReplyError> {
    let Some((digits, rest)) = line.split_first_chunk::<3>() else {
        return Err(ReplyError::Code);
    };
    if !digits.iter().all(u8::is_ascii_digit) || rest.first().is_some_and(u8::is_ascii_digit) {
        return Err(ReplyError::Code);
    }
    let number = digits.iter().fold(0, |n, &b| n * 10 + u16::from(b - b'0'));
    let code = ReplyCode::new(number).ok_or(ReplyError::Code)?;
    let text = match rest {
        [b'-' | b' ' | b'\t', text @ ..] => text,
        _ => rest,
    };
    Ok(ReplyLine { code, last: rest.first() != Some(&b'-'), text })
}

/// ```abnf
/// status-code = class "." subject "." detail
/// class       = "2" / "4" / "5"
/// subject     = 1*3DIGIT
/// detail      = 1*3DIGIT
/// ```
pub(crate) fn enhanced_status(input: &str) -> Parsed<'_, EnhancedStatus> {
    let class = map_opt(one_of("245"), |c| match c {
        '2' => Some(Class::Success),
        '4' => Some(Class::Transient),
        '5' => Some(Class::Permanent),
        _ => None,
    });
    let number = |i| verify(u16, |n| *n <= 999).parse(i);
    let (rest, (class, _, subject, _, detail)) =
        (class, char('.'), number, char('.'), number).parse(input)?;
    Ok((rest, EnhancedStatus::new(class, subject, detail)))
}

/// Splits an enhanced status off the text of a reply line, if it goes with the code: RFC 2034 §4.
pub(crate) fn split_status(code: ReplyCode, text: &str) -> (Option<EnhancedStatus>, &str) {
    match enhanced_status(text) {
        Ok((rest, status))
            if Class::of(code.severity()) == Some(status.class())
                && (rest.is_empty() || rest.starts_with(' ')) =>
        {
            (Some(status), rest.strip_prefix(' ').unwrap_or(rest))
        }
        _ => (None, text),
    }
}
