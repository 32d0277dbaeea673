//! From whole lines to values. Framing has been done before: nothing here sees a part of a line.

pub(crate) mod address;
mod capabilities;
mod command;
pub(crate) mod date_time;
mod parameters;
pub(crate) mod reply;
mod xclient;
mod xtext;

pub use capabilities::capabilities;
pub use command::command;
pub use reply::{ReplyLine, reply_line};

use nom::{IResult, Parser, combinator::all_consuming};

use crate::error::SyntaxError;

/// What a grammar function returns; where it fails, the rest of the text says the place.
pub(crate) type Parsed<'a, T> = IResult<&'a str, T>;

/// What is before and behind the first such ASCII octet. Arguments are short: looking at each octet beats a search that
/// has to begin.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|b| b == at)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Without the spaces at its start.
#[inline]
pub(crate) fn trim_start(mut text: &str) -> &str {
    while let Some(shorter) = text.strip_prefix(' ') {
        text = shorter;
    }
    text
}

/// Decimal digits, as a number if 64 bits hold it. `None` where there is anything else, or nothing.
#[inline]
pub(crate) fn decimal(text: &str) -> Option<Result<u64, TooLarge>> {
    /// 64 bits hold any number of so many digits.
    const SURE: usize = 19;
    let good = text.bytes().fold(!text.is_empty(), |good, b| good & b.is_ascii_digit());
    let digit = |b: u8| u64::from(b.wrapping_sub(b'0'));
    let head = text.bytes().take(SURE).fold(0_u64, |n, b| n.wrapping_mul(10).wrapping_add(digit(b)));
    let whole = text.bytes().skip(SURE).try_fold(head, |n, b| n.checked_mul(10)?.checked_add(digit(b)));
    good.then(|| whole.ok_or(TooLarge))
}

/// A number past 64 bits.
pub(crate) struct TooLarge;

/// All of `text` by one rule of the grammar.
pub(crate) fn whole<'a, T>(
    text: &'a str,
    rule: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
    expected: &'static str,
) -> Result<T, SyntaxError> {
    match all_consuming(rule).parse(text) {
        Ok((_, value)) => Ok(value),
        Err(nom::Err::Error(e) | nom::Err::Failure(e)) => {
            Err(SyntaxError { expected, at: text.len() - e.input.len() })
        }
        Err(nom::Err::Incomplete(_)) => Err(SyntaxError { expected, at: text.len() }),
    }
}
