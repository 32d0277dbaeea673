//! Mailboxes, domains, address literals and paths: RFC 5321 §4.1.2 and §4.1.3, with UTF-8 as in RFC 6531 §3.3.

use std::{borrow::Cow, net::IpAddr};

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_while, take_while1},
    character::complete::char,
    combinator::{consumed, map, map_opt, opt, recognize, verify},
    error::{Error, ErrorKind},
    multi::separated_list1,
    sequence::{delimited, preceded, terminated},
};

use crate::{
    parse::Parsed,
    types::{AddressLiteral, Domain, ForwardPath, Mailbox, ReversePath},
};

/// `atext` of RFC 5322 §3.2.3, ASCII only.
pub(crate) fn is_atext(b: u8) -> bool {
    ATEXT.get(usize::from(b)) == Some(&true)
}

/// What UTF-8 an address may have: no control characters, and none that make text read in another order or on
/// another line than it is stored.
fn is_utf8_non_ascii(c: char) -> bool {
    !c.is_ascii()
        && !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A kind of ASCII octets.
type Kind = [bool; 128];

const fn kind(special: &[u8]) -> Kind {
    let mut kind = [false; 128];
    let mut b = 0_u8;
    while b < 128 {
        kind[b as usize] = b.is_ascii_alphanumeric();
        b += 1;
    }
    let mut i = 0;
    while i < special.len() {
        kind[special[i] as usize] = true;
        i += 1;
    }
    kind
}

const ATEXT: Kind = kind(b"!#$%&'*+-/=?^_`{|}~");
const LET_DIG_HYPHEN: Kind = kind(b"-");

/// The longest front of this kind, with UTF-8: looked up octet by octet, since every command has an address.
fn run<'a>(input: &'a str, kind: &Kind) -> (&'a str, &'a str) {
    let mut n = 0;
    while let Some(&b) = input.as_bytes().get(n) {
        n += match kind.get(usize::from(b)) {
            Some(true) => 1,
            Some(false) => break,
            None => match input[n..].chars().next() {
                Some(c) if is_utf8_non_ascii(c) => c.len_utf8(),
                _ => break,
            },
        };
    }
    input.split_at(n)
}

/// `part *("." part)`, and what follows.
fn dotted<'a>(input: &'a str, kind: &Kind, good: impl Fn(&str) -> bool) -> Parsed<'a, &'a str> {
    let mut end = 0;
    loop {
        let start = if end == 0 { 0 } else { end + 1 };
        let (part, _) = run(&input[start..], kind);
        if part.is_empty() || !good(part) {
            break;
        }
        end = start + part.len();
        if input.as_bytes().get(end) != Some(&b'.') {
            break;
        }
    }
    if end == 0 {
        return Err(nom::Err::Error(Error::new(input, ErrorKind::TakeWhile1)));
    }
    let (name, rest) = input.split_at(end);
    Ok((rest, name))
}

/// What a local part can have once it is quoted.
pub(crate) fn is_quotable(c: char) -> bool {
    matches!(c, ' '..='~') || is_utf8_non_ascii(c)
}

/// Whether a local part needs no quotes.
pub(crate) fn is_dot_string(text: &str) -> bool {
    dotted(text, &ATEXT, |_| true).is_ok_and(|(rest, _)| rest.is_empty())
}

/// ```abnf
/// Dot-string = Atom *("." Atom)
/// ```
fn dot_string(input: &str) -> Parsed<'_, Cow<'_, str>> {
    dotted(input, &ATEXT, |_| true).map(|(rest, text)| (rest, Cow::Borrowed(text)))
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
    let label = |i| {
        let (label, rest) = run(i, &LET_DIG_HYPHEN);
        Ok((rest, label))
    };
    verify(label, |label: &str| is_sub_domain(label)).parse(input)
}

fn is_sub_domain(label: &str) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

/// ```abnf
/// Domain = sub-domain *("." sub-domain)
/// ```
pub(crate) fn domain(input: &str) -> Parsed<'_, &str> {
    let (rest, name) = dotted(input, &LET_DIG_HYPHEN, is_sub_domain)?;
    if name.len() <= Domain::MAX {
        Ok((rest, name))
    } else {
        Err(nom::Err::Error(Error::new(input, ErrorKind::Verify)))
    }
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
