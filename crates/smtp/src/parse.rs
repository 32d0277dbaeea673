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
