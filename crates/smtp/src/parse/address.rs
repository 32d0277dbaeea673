//! Mailboxes, domains, address literals and paths: RFC 5321 §4.1.2 and §4.1.3, with UTF-8 as in RFC 6531 §3.3.

use std::{borrow::Cow, net::IpAddr};

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag_no_case, take_while1},
    character::complete::char,
    combinator::{consumed, map, map_opt, recognize, verify},
    error::{Error, ErrorKind},
    multi::separated_list1,
    sequence::{preceded, terminated},
};

use crate::{
    parse::Parsed,
    types::{AddressLiteral, Domain, ForwardPath, Mailbox, ReversePath},
};

/// `atext` of RFC 5322 §3.2.3, ASCII only.
pub(crate) fn is_atext(b: u8) -> bool {
    ATEXT[usize::from(b)] == IN
}

/// What UTF-8 an address may have: no control characters, and none that make text read in another order or on
/// another line than it is stored.
fn is_utf8_non_ascii(c: char) -> bool {
    !c.is_ascii()
        && !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// What each octet is to a rule. Looked up, since every command has an address.
///
/// The numbers are such that two octets may follow each other where their sum is at most [`DOT`]: nothing but [`IN`]
/// stands beside a dot, and any number of hyphens between two of those.
pub(crate) type Kind = [u8; 256];

pub(crate) const IN: u8 = 0;
const HYPHEN: u8 = 1;
const DOT: u8 = 2;
const OUT: u8 = 3;
/// A part of a character outside ASCII, which is to be looked at.
const UTF8: u8 = 4;

/// Letters, digits, and these.
pub(crate) const fn kind(special: &[u8]) -> Kind {
    let mut kind = [UTF8; 256];
    let mut b = 0_u8;
    while b.is_ascii() {
        kind[b as usize] = if b.is_ascii_alphanumeric() { IN } else { OUT };
        b += 1;
    }
    let mut i = 0;
    while i < special.len() {
        kind[special[i] as usize] = IN;
        i += 1;
    }
    kind
}

static ATEXT: Kind = {
    let mut kind = kind(b"!#$%&'*+-/=?^_`{|}~");
    kind[b'.' as usize] = DOT;
    kind
};
static LDH: Kind = {
    let mut kind = kind(b"");
    kind[b'.' as usize] = DOT;
    kind[b'-' as usize] = HYPHEN;
    kind
};
static QTEXT: Kind = kind(b" !#$%&'()*+,-./:;<=>?@[]^_`{|}~");

/// Splits after the longest start that is of this kind throughout, and ends on [`IN`]. `before` is what stands before it.
///
/// One loop with one way out: commands are short, and what costs most in them is a branch that was guessed wrong.
#[inline]
fn run<'a>(text: &'a str, kind: &Kind, mut before: u8) -> (&'a str, &'a str) {
    let class = |at: usize| text.as_bytes().get(at).map_or(OUT, |&b| kind[usize::from(b)]);
    let mut at = 0;
    loop {
        let next = class(at);
        if before + next <= DOT {
            before = next;
            at += 1;
        } else if next == UTF8
            && let Some(c) = text[at..].chars().next()
            && is_utf8_non_ascii(c)
        {
            before = IN;
            at += c.len_utf8();
        } else {
            break;
        }
    }
    while at > 0 && matches!(class(at - 1), HYPHEN | DOT) {
        at -= 1;
    }
    text.split_at(at)
}

fn error<T>(input: &str, kind: ErrorKind) -> Parsed<'_, T> {
    Err(nom::Err::Error(Error::new(input, kind)))
}

/// What a local part can have once it is quoted.
pub(crate) fn is_quotable(c: char) -> bool {
    matches!(c, ' '..='~') || is_utf8_non_ascii(c)
}

/// Whether a local part needs no quotes.
pub(crate) fn is_dot_string(text: &str) -> bool {
    dot_string(text).is_ok_and(|(rest, _)| rest.is_empty())
}

/// ```abnf
/// Dot-string = Atom *("." Atom)
/// ```
#[inline]
fn dot_string(input: &str) -> Parsed<'_, &str> {
    let (local, rest) = run(input, &ATEXT, DOT);
    if local.is_empty() { error(input, ErrorKind::TakeWhile1) } else { Ok((rest, local)) }
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
        let (plain, after) = run(rest, &QTEXT, IN);
        text += plain;
        rest = after;
        if let Some(after) = rest.strip_prefix('"') {
            return Ok((after, text));
        }
        let (after, _) = char('\\')(rest)?;
        match after.as_bytes().first() {
            Some(b' '..=b'~') => text += &after[..1],
            _ => return error(after, ErrorKind::Char),
        }
        rest = &after[1..];
    }
}

/// ```abnf
/// Domain     = sub-domain *("." sub-domain)
/// sub-domain = Let-dig [Ldh-str] / U-label
/// ```
#[inline]
pub(crate) fn domain(input: &str) -> Parsed<'_, &str> {
    let (name, rest) = run(input, &LDH, DOT);
    // Few names as a whole are longer than one label may be.
    let long =
        name.len() > LABEL_MAX && (name.len() > Domain::MAX || name.split('.').any(|l| l.len() > LABEL_MAX));
    if name.is_empty() || long { error(input, ErrorKind::Verify) } else { Ok((rest, name)) }
}

/// The longest label of a domain, in octets: RFC 1035 §2.3.4.
const LABEL_MAX: usize = 63;

/// ```abnf
/// Standardized-tag = Ldh-str
/// ```
fn standardized_tag(input: &str) -> Parsed<'_, &str> {
    verify(domain, |tag: &str| tag.is_ascii() && !tag.contains('.') && !tag.eq_ignore_ascii_case("IPv6"))
        .parse(input)
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
    let general = map((standardized_tag, char(':'), dcontent), |(tag, _, content): (&str, _, &str)| {
        AddressLiteral::General { tag: tag.into(), content: content.into() }
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
#[inline]
pub(crate) fn host(input: &str) -> Parsed<'_, &str> {
    if input.starts_with('[') { recognize(address_literal).parse(input) } else { domain(input) }
}

/// ```abnf
/// Mailbox    = Local-part "@" ( Domain / address-literal )
/// Local-part = Dot-string / Quoted-string
/// ```
#[inline]
pub(crate) fn mailbox(input: &str) -> Parsed<'_, Mailbox> {
    // Not `alt`: what is wrong with a quoted string is to be said of that.
    let (rest, local) = if input.starts_with('"') {
        quoted_string(input)?
    } else {
        dot_string(input).map(|(rest, local)| (rest, Cow::Borrowed(local)))?
    };
    if local.len() > Mailbox::LOCAL_PART_MAX {
        return error(input, ErrorKind::Verify);
    }
    let Some(domain) = rest.strip_prefix('@') else { return error(rest, ErrorKind::Char) };
    let written = input.len() - rest.len();
    let (rest, host) = host(domain)?;
    // Nearly all mean what is written, and are taken as they stand.
    let mailbox = if written == local.len() {
        Mailbox::as_written(&input[..input.len() - rest.len()], written)
    } else {
        Mailbox::join(&local, host)
    };
    Ok((rest, mailbox))
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
#[inline]
fn path(input: &str) -> Parsed<'_, Mailbox> {
    let Some(inside) = input.strip_prefix('<') else { return mailbox(input) };
    let routed = if inside.starts_with('@') { source_route(inside).ok() } else { None };
    let (rest, mailbox) = mailbox(routed.map_or(inside, |(rest, ())| rest))?;
    match rest.strip_prefix('>') {
        Some(rest) => Ok((rest, mailbox)),
        None => error(rest, ErrorKind::Char),
    }
}

/// ```abnf
/// Reverse-path = Path / "<>"
/// ```
#[inline]
pub(crate) fn reverse_path(input: &str) -> Parsed<'_, ReversePath> {
    match input.strip_prefix("<>") {
        Some(rest) => Ok((rest, ReversePath::Null)),
        None => path(input).map(|(rest, mailbox)| (rest, ReversePath::Mailbox(mailbox))),
    }
}

/// ```abnf
/// Forward-path = "<Postmaster@" Domain ">" / "<Postmaster>" / Path
/// ```
#[inline]
pub(crate) fn forward_path(input: &str) -> Parsed<'_, ForwardPath> {
    const POSTMASTER: &str = "<postmaster>";
    match input.split_at_checked(POSTMASTER.len()) {
        Some((path, rest)) if path.eq_ignore_ascii_case(POSTMASTER) => Ok((rest, ForwardPath::Postmaster)),
        _ => path(input).map(|(rest, mailbox)| (rest, ForwardPath::Mailbox(mailbox))),
    }
}
