//! Mailboxes, domains, address literals and paths: RFC 5321 §4.1.2 and §4.1.3, with UTF-8 as in RFC 6531 §3.3.

use std::{borrow::Cow, net::IpAddr};

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_while, take_while1},
    character::complete::char,
    combinator::{consumed, map, map_opt, opt, recognize, verify},
    error::{Error, ErrorKind},
    multi::{many0_count, separated_list1},
    sequence::{delimited, preceded, terminated},
};

use crate::{
    parse::Parsed,
    types::{AddressLiteral, Domain, ForwardPath, Mailbox, ReversePath},
};

/// `atext` of RFC 5322 §3.2.3, ASCII only.
pub(crate) fn is_atext(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b)
}

/// What UTF-8 an address may have: no control characters, and none that make text read in another order or on
/// another line than it is stored.
fn is_utf8_non_ascii(c: char) -> bool {
    !c.is_ascii()
        && !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_atext_or_utf8(c: char) -> bool {
    u8::try_from(c).is_ok_and(|b| b.is_ascii() && is_atext(b)) || is_utf8_non_ascii(c)
}

/// What a local part can have once it is quoted.
pub(crate) fn is_quotable(c: char) -> bool {
    matches!(c, ' '..='~') || is_utf8_non_ascii(c)
}

/// Whether a local part needs no quotes.
pub(crate) fn is_dot_string(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext_or_utf8))
}

/// ```abnf
/// Dot-string = Atom *("." Atom)
/// ```
fn dot_string(input: &str) -> Parsed<'_, Cow<'_, str>> {
    let atom = |i| take_while1(is_atext_or_utf8)(i);
    map(recognize((atom, many0_count((char('.'), atom)))), Cow::Borrowed).parse(input)
}

/// ```abnf
/// Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
/// QcontentSMTP   = qtextSMTP / quoted-pairSMTP
/// quoted-pairSMTP = %d92 %d32-126
/// qtextSMTP      = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii
/// ```
fn quoted_string(input: &str) -> Parsed<'_, Cow<'_, str>> {
    let (mut rest, _) = char('"')(input)?;
    let mut text = Cow::Borrowed("");
    loop {
        let plain;
        (rest, plain) = take_while(|c| c != '"' && c != '\\' && is_quotable(c))(rest)?;
        text += plain;
        if let Some(after) = rest.strip_prefix('"') {
            return Ok((after, text));
        }
        let escaped;
        (rest, escaped) = preceded(char('\\'), take_one(|c| matches!(c, ' '..='~'))).parse(rest)?;
        text += escaped;
    }
}

/// One character of a kind, as text.
fn take_one<'a>(
    good: impl Fn(char) -> bool,
) -> impl Parser<&'a str, Output = &'a str, Error = Error<&'a str>> {
    move |input: &'a str| match input.chars().next() {
        Some(c) if good(c) => {
            let (one, rest) = input.split_at(c.len_utf8());
            Ok((rest, one))
        }
        _ => Err(nom::Err::Error(Error::new(input, ErrorKind::Char))),
    }
}

/// ```abnf
/// Local-part = Dot-string / Quoted-string
/// ```
fn local_part(input: &str) -> Parsed<'_, Cow<'_, str>> {
    // Not `alt`: what is wrong with a quoted string is to be said of that.
    let rule = if input.starts_with('"') { quoted_string } else { dot_string };
    verify(rule, |local: &str| local.len() <= Mailbox::LOCAL_PART_MAX).parse(input)
}

/// ```abnf
/// sub-domain = Let-dig [Ldh-str] / U-label
/// ```
fn sub_domain(input: &str) -> Parsed<'_, &str> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_utf8_non_ascii(c);
    verify(take_while1(good), |label: &str| {
        label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    })
    .parse(input)
}

/// ```abnf
/// Domain = sub-domain *("." sub-domain)
/// ```
pub(crate) fn domain(input: &str) -> Parsed<'_, &str> {
    let name = recognize((sub_domain, many0_count((char('.'), sub_domain))));
    verify(name, |name: &str| name.len() <= Domain::MAX).parse(input)
}

/// ```abnf
/// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
/// IPv6-address-literal    = "IPv6:" IPv6-addr
/// General-address-literal = Standardized-tag ":" 1*dcontent
/// dcontent                = %d33-90 / %d94-126
/// ```
pub(crate) fn address_literal(input: &str) -> Parsed<'_, AddressLiteral> {
    let dcontent = |i| take_while1(|c| matches!(c, '!'..='Z' | '^'..='~'))(i);
    let ipv4 = map_opt(take_while1(|c: char| c.is_ascii_digit() || c == '.'), |text: &str| {
        text.parse().ok().map(|ip| AddressLiteral::Ip(IpAddr::V4(ip)))
    });
    let ipv6 = map_opt(preceded(tag_no_case("IPv6:"), dcontent), |text: &str| {
        text.parse().ok().map(|ip| AddressLiteral::Ip(IpAddr::V6(ip)))
    });
    let general = map_opt((sub_domain, char(':'), dcontent), |(tag, _, content): (&str, _, &str)| {
        let known = tag.eq_ignore_ascii_case("IPv6");
        (!known && tag.is_ascii())
            .then(|| AddressLiteral::General { tag: tag.into(), content: content.into() })
    });
    let (inside, _) = char('[').parse(input)?;
    let literal = terminated(alt((ipv4, ipv6, general)), char(']'));
    verify(consumed(literal), |(text, _): &(&str, _)| text.len() < Domain::MAX)
        .map(|(_, literal)| literal)
        .parse(inside)
        // Where the last of the three forms gave up says nothing: the literal as a whole is none.
        .map_err(|_| nom::Err::Error(Error::new(inside, ErrorKind::Alt)))
}

/// What may stand behind the `@`.
///
/// ```abnf
/// host = Domain / address-literal
/// ```
pub(crate) fn host(input: &str) -> Parsed<'_, &str> {
    if input.starts_with('[') { recognize(address_literal).parse(input) } else { domain(input) }
}

/// ```abnf
/// Mailbox = Local-part "@" ( Domain / address-literal )
/// ```
pub(crate) fn mailbox(input: &str) -> Parsed<'_, Mailbox> {
    let (rest, local) = terminated(local_part, char('@')).parse(input)?;
    let (rest, host) = host(rest)?;
    Ok((rest, Mailbox::join(&local, host)))
}

/// Accepted and dropped, RFC 5321 §3.6.1 and appendix C.
///
/// ```abnf
/// A-d-l = At-domain *( "," At-domain )
/// At-domain = "@" Domain
/// ```
fn source_route(input: &str) -> Parsed<'_, ()> {
    let at_domain = preceded(char('@'), domain);
    map((separated_list1(char(','), at_domain), char(':')), |_| ()).parse(input)
}

/// In angle brackets, or bare as people type it, where there is no route.
///
/// ```abnf
/// Path = "<" [ A-d-l ":" ] Mailbox ">"
/// ```
fn path(input: &str) -> Parsed<'_, Mailbox> {
    if input.starts_with('<') {
        delimited(char('<'), preceded(opt(source_route), mailbox), char('>')).parse(input)
    } else {
        mailbox(input)
    }
}

/// ```abnf
/// Reverse-path = Path / "<>"
/// ```
pub(crate) fn reverse_path(input: &str) -> Parsed<'_, ReversePath> {
    alt((map(tag("<>"), |_| ReversePath::Null), map(path, ReversePath::Mailbox))).parse(input)
}

/// ```abnf
/// Forward-path = "<Postmaster@" Domain ">" / "<Postmaster>" / Path
/// ```
pub(crate) fn forward_path(input: &str) -> Parsed<'_, ForwardPath> {
    let postmaster = map(tag_no_case("<postmaster>"), |_| ForwardPath::Postmaster);
    alt((postmaster, map(path, ForwardPath::Mailbox))).parse(input)
}
