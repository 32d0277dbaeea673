//! The parameters of `MAIL` and `RCPT`.

use std::borrow::Cow;

use crate::{
    error::CommandError,
    parse::{cut, date_time::date_time, decimal, trim_start, xtext},
    types::{
        BodyType, ByMode, DeliverBy, EnvelopeId, FutureRelease, MailAuth, MailParameters, Notify,
        OriginalRecipient, Priority, RcptParameters, Ret,
    },
};

/// Splits what follows the path. Spaces may be doubled.
///
/// ```abnf
/// Mail-parameters = esmtp-param *(SP esmtp-param)
/// esmtp-param     = esmtp-keyword ["=" esmtp-value]
/// esmtp-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// ```
fn split(mut text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    std::iter::from_fn(move || {
        text = trim_start(text);
        let end = |text: &str, ends: fn(u8) -> bool| text.bytes().position(ends).unwrap_or(text.len());
        let (name, rest) = text.split_at(end(text, |b| matches!(b, b' ' | b'=')));
        let Some(value) = rest.strip_prefix('=') else {
            text = rest;
            return (!name.is_empty()).then_some((name, None));
        };
        let (value, rest) = value.split_at(end(value, |b| b == b' '));
        text = rest;
        Some((name, Some(value)))
    })
}

fn unknown(name: &str) -> CommandError {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let name: String =
        name.chars().take(64).map(|c| if known(c) { c.to_ascii_uppercase() } else { '?' }).collect();
    CommandError::UnknownParameter { name: name.into() }
}

/// Fills a parameter that may come once.
fn once<T>(
    slot: &mut Option<T>,
    name: &'static str,
    value: Option<T>,
    expected: &'static str,
) -> Result<(), CommandError> {
    let value = value.ok_or(CommandError::BadParameter { name, expected })?;
    if slot.replace(value).is_some() {
        return Err(CommandError::RepeatedParameter { name });
    }
    Ok(())
}

/// Fills a parameter that has no value.
fn flag(slot: &mut bool, name: &'static str, value: Option<&str>) -> Result<(), CommandError> {
    if value.is_some() {
        return Err(CommandError::BadParameter { name, expected: "no value" });
    }
    if std::mem::replace(slot, true) {
        return Err(CommandError::RepeatedParameter { name });
    }
    Ok(())
}

/// Fills in the parameters of `MAIL`, as [`MailParameters`] lists them.
pub(crate) fn mail(text: &str, p: &mut MailParameters) -> Result<(), CommandError> {
    for (name, value) in split(text) {
        let is = |keyword: &str| name.eq_ignore_ascii_case(keyword);
        if is("SIZE") {
            once(&mut p.size, "SIZE", value.and_then(size), "a number of octets")?;
        } else if is("BODY") {
            once(&mut p.body, "BODY", value.and_then(body), "7BIT, 8BITMIME or BINARYMIME")?;
        } else if is("SMTPUTF8") {
            flag(&mut p.smtputf8, "SMTPUTF8", value)?;
        } else if is("AUTH") {
            once(&mut p.auth, "AUTH", value.and_then(auth), "<> or a mailbox as xtext")?;
        } else if is("RET") {
            once(&mut p.ret, "RET", value.and_then(ret), "FULL or HDRS")?;
        } else if is("ENVID") {
            once(&mut p.envid, "ENVID", value.and_then(envid), "printable xtext of 1 to 100 octets")?;
        } else if is("REQUIRETLS") {
            flag(&mut p.require_tls, "REQUIRETLS", value)?;
        } else if is("BY") {
            once(&mut p.by, "BY", value.and_then(by), "seconds;N or seconds;R, and T")?;
        } else if is("HOLDFOR") {
            let hold = value.and_then(hold_for).map(FutureRelease::For);
            once(&mut p.hold, "HOLDFOR", hold, "1 to 999999999 seconds")?;
        } else if is("HOLDUNTIL") {
            let hold = value.filter(|v| date_time(v).is_some()).map(|v| FutureRelease::Until(v.into()));
            once(&mut p.hold, "HOLDUNTIL", hold, "a date-time")?;
        } else if is("MT-PRIORITY") {
            once(&mut p.mt_priority, "MT-PRIORITY", value.and_then(priority), "-9 to 9")?;
        } else if is("SOLICIT") {
            once(&mut p.solicit, "SOLICIT", value.and_then(solicit), "solicitation class keywords")?;
        } else {
            return Err(unknown(name));
        }
    }
    Ok(())
}

/// Fills in the parameters of `RCPT`, as [`RcptParameters`] lists them.
pub(crate) fn rcpt(text: &str, p: &mut RcptParameters) -> Result<(), CommandError> {
    for (name, value) in split(text) {
        if name.eq_ignore_ascii_case("NOTIFY") {
            once(&mut p.notify, "NOTIFY", value.and_then(notify), "NEVER, or SUCCESS, FAILURE and DELAY")?;
        } else if name.eq_ignore_ascii_case("ORCPT") {
            once(
                &mut p.orcpt,
                "ORCPT",
                value.and_then(orcpt),
                "an address type, a semicolon, printable xtext",
            )?;
        } else {
            return Err(unknown(name));
        }
    }
    Ok(())
}

/// Digits only: `parse` alone would take a sign.
fn digits<T: std::str::FromStr>(text: &str, most: usize) -> Option<T> {
    let good = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

/// A number of 20 digits may pass 64 bits. It is too big for any server, not bad syntax, so it is held at the top.
///
/// ```abnf
/// size-value = 1*20DIGIT
/// ```
fn size(text: &str) -> Option<u64> {
    let size = decimal(text)?.unwrap_or(u64::MAX);
    (text.len() <= 20).then_some(size)
}

/// ```abnf
/// body-value = "7BIT" / "8BITMIME" / "BINARYMIME"
/// ```
fn body(text: &str) -> Option<BodyType> {
    [BodyType::SevenBit, BodyType::EightBitMime, BodyType::BinaryMime]
        .into_iter()
        .find(|b| b.as_str().eq_ignore_ascii_case(text))
}

/// ```abnf
/// auth-value = "<>" / xtext      ; a mailbox
/// ```
fn auth(text: &str) -> Option<MailAuth> {
    if text == "<>" {
        return Some(MailAuth::Unknown);
    }
    xtext::xtext(text)?.parse().ok().map(MailAuth::Mailbox)
}

/// ```abnf
/// ret-value = "FULL" / "HDRS"
/// ```
fn ret(text: &str) -> Option<Ret> {
    if text.eq_ignore_ascii_case("FULL") {
        Some(Ret::Full)
    } else {
        text.eq_ignore_ascii_case("HDRS").then_some(Ret::Hdrs)
    }
}

fn envid(text: &str) -> Option<EnvelopeId> {
    if text.len() > EnvelopeId::MAX { None } else { xtext::xtext(text)?.parse().ok() }
}

/// ```abnf
/// by-value = ["-" / "+"] 1*9DIGIT ";" ("N" / "R") ["T"]
/// ```
fn by(text: &str) -> Option<DeliverBy> {
    let (time, mode) = text.split_once(';')?;
    let (negative, number) = match time.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, time.strip_prefix('+').unwrap_or(time)),
    };
    let number: i32 = digits(number, 9)?;
    let seconds = if negative { -number } else { number };
    let (mode, trace) = match mode.to_ascii_uppercase().as_str() {
        "N" => (ByMode::Notify, false),
        "NT" => (ByMode::Notify, true),
        "R" => (ByMode::Return, false),
        "RT" => (ByMode::Return, true),
        _ => return None,
    };
    (mode == ByMode::Notify || seconds > 0).then_some(DeliverBy { seconds, mode, trace })
}

/// ```abnf
/// future-release-interval = %x31-39 *8DIGIT
/// ```
fn hold_for(text: &str) -> Option<u32> {
    digits(text, 9).filter(|_| !text.starts_with('0'))
}

/// ```abnf
/// priority-value = (["-"] NZDIGIT) / "0"
/// ```
fn priority(text: &str) -> Option<Priority> {
    let number: i8 = digits(text.strip_prefix('-').unwrap_or(text), 1)?;
    if text.starts_with('-') {
        (number != 0).then(|| Priority::new(-number)).flatten()
    } else {
        Priority::new(number)
    }
}

/// ```abnf
/// Solicitation-keywords = word 0*("," word)
/// word                  = ALPHA 0*(wordchar)
/// wordchar              = "." / "-" / "_" / ":" / ALPHA / DIGIT
/// ```
fn solicit(text: &str) -> Option<Box<str>> {
    let wordchar = |b: u8| b.is_ascii_alphanumeric() || b".-_:".contains(&b);
    let word = |w: &str| w.starts_with(|c: char| c.is_ascii_alphabetic()) && w.bytes().all(wordchar);
    (text.len() <= 1000 && text.split(',').all(word)).then(|| text.into())
}

/// ```abnf
/// notify-esmtp-value = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )
/// ```
fn notify(text: &str) -> Option<Notify> {
    let mut notify = Notify::NEVER;
    if text.eq_ignore_ascii_case("NEVER") {
        return Some(notify);
    }
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (word, more) = cut(text, b',').map_or((text, None), |(word, more)| (word, Some(more)));
        rest = more;
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let slot = if is("SUCCESS") {
            &mut notify.success
        } else if is("FAILURE") {
            &mut notify.failure
        } else if is("DELAY") {
            &mut notify.delay
        } else {
            return None;
        };
        *slot = true;
    }
    Some(notify)
}

/// ```abnf
/// original-recipient-address = addr-type ";" ( xtext / utf-8-addr-xtext / utf-8-addr-unitext )
/// ```
fn orcpt(text: &str) -> Option<OriginalRecipient> {
    let (address_type, address) = cut(text, b';')?;
    let address = if address_type.eq_ignore_ascii_case("utf-8") {
        xtext::utf8_address(address)?.into()
    } else {
        xtext::xtext(address)?
    };
    match address {
        Cow::Borrowed(_) => OriginalRecipient::as_written(text, address_type.len()).ok(),
        Cow::Owned(address) => OriginalRecipient::new(address_type, &address).ok(),
    }
}
