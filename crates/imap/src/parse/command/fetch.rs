//! FETCH.

use super::{Cursor, Result, eat_word};
use crate::types::{
    FetchItem,
    command::{CommandBody, Fetch},
};

/// `fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
/// [fetch-modifiers]`
pub(super) fn fetch(input: &mut Cursor<'_>, uid: bool) -> Result<CommandBody> {
    input.sp()?;
    let messages = input.sequence_set()?;
    input.sp()?;
    let items = fetch_items(input)?;
    let mut fetch = Fetch { messages, uid, items, changed_since: None, vanished: false, partial: None };
    if !input.is_at_end() {
        input.sp()?;
        let at = input.at();
        input.list(|input| modifier(input, &mut fetch))?;
        // RFC 7162 §3.2.6: VANISHED only with UID FETCH and CHANGEDSINCE.
        if fetch.vanished && !(uid && fetch.changed_since.is_some()) {
            return Err(input.error_at(at, "UID FETCH with CHANGEDSINCE for VANISHED"));
        }
    }
    Ok(CommandBody::Fetch(fetch))
}

/// `fetch-modifier = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED" / "PARTIAL" SP partial-range`
fn modifier(input: &mut Cursor<'_>, fetch: &mut Fetch) -> Result<()> {
    if eat_word(input, "CHANGEDSINCE") {
        input.sp()?;
        fetch.changed_since = Some(input.mod_seq()?);
    } else if eat_word(input, "VANISHED") {
        fetch.vanished = true;
    } else if eat_word(input, "PARTIAL") {
        input.sp()?;
        fetch.partial = Some(partial_range(input)?);
    } else {
        return Err(input.error("a modifier of FETCH"));
    }
    Ok(())
}

/// `partial-range = nz-number ":" nz-number / MINUS nz-number ":" MINUS nz-number` (RFC 9394 §4)
pub(super) fn partial_range(input: &mut Cursor<'_>) -> Result<(i64, i64)> {
    let number = |input: &mut Cursor<'_>, negative: bool| {
        if negative {
            input.byte(b'-', "a minus sign")?;
        }
        let number = i64::from(input.nz_number()?.get());
        Ok(if negative { -number } else { number })
    };
    let negative = input.peek() == Some(b'-');
    let first = number(input, negative)?;
    input.byte(b':', "a colon")?;
    Ok((first, number(input, negative)?))
}

/// `["(" fetch-att *(SP fetch-att) ")"]`, after a space or none: RFC 5465 §8 has it both ways.
pub(super) fn optional_items(input: &mut Cursor<'_>) -> Result<Vec<FetchItem>> {
    input.skip(usize::from(input.rest().starts_with(b" (")));
    if input.peek() == Some(b'(') { input.list(fetch_item) } else { Ok(Vec::new()) }
}

/// What stands between the sequence set and the modifiers.
pub(super) fn fetch_items(input: &mut Cursor<'_>) -> Result<Vec<FetchItem>> {
    use FetchItem::{Body, Envelope, Flags, InternalDate, Rfc822Size};
    if input.peek() == Some(b'(') {
        let at = input.at();
        let items = input.list(fetch_item)?;
        return if items.is_empty() { Err(input.error_at(at, "something to fetch")) } else { Ok(items) };
    }
    if eat_word(input, "ALL") {
        Ok(vec![Flags, InternalDate, Rfc822Size, Envelope])
    } else if eat_word(input, "FAST") {
        Ok(vec![Flags, InternalDate, Rfc822Size])
    } else if eat_word(input, "FULL") {
        Ok(vec![Flags, InternalDate, Rfc822Size, Envelope, Body])
    } else {
        Ok(vec![fetch_item(input)?])
    }
}

/// `fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] / "UID" / "BODY" section
/// [partial] / "BODY.PEEK" section [partial] / "BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE"
/// section-binary`
pub(super) fn fetch_item(input: &mut Cursor<'_>) -> Result<FetchItem> {
    // BODY and BINARY are followed by a bracket, which is an atom character: they come first.
    if let Some(item) = body(input)? {
        return Ok(item);
    }
    let word = input.word();
    let named = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let item = match word.first().map(u8::to_ascii_uppercase) {
        Some(b'B') if named("BODYSTRUCTURE") => FetchItem::BodyStructure,
        Some(b'B') if named("BODY") => FetchItem::Body,
        Some(b'E') if named("ENVELOPE") => FetchItem::Envelope,
        Some(b'E') if named("EMAILID") => FetchItem::EmailId,
        Some(b'F') if named("FLAGS") => FetchItem::Flags,
        Some(b'I') if named("INTERNALDATE") => FetchItem::InternalDate,
        Some(b'M') if named("MODSEQ") => FetchItem::ModSeq,
        Some(b'P') if named("PREVIEW") => {
            input.skip(word.len());
            let lazy = input.eat_text(" (LAZY)");
            return Ok(FetchItem::Preview { lazy });
        }
        Some(b'R') if named("RFC822.SIZE") => FetchItem::Rfc822Size,
        Some(b'R') if named("RFC822.HEADER") => FetchItem::Rfc822Header,
        Some(b'R') if named("RFC822.TEXT") => FetchItem::Rfc822Text,
        Some(b'R') if named("RFC822") => FetchItem::Rfc822,
        Some(b'S') if named("SAVEDATE") => FetchItem::SaveDate,
        Some(b'T') if named("THREADID") => FetchItem::ThreadId,
        Some(b'U') if named("UID") => FetchItem::Uid,
        _ => return Err(input.error("something to fetch")),
    };
    input.skip(word.len());
    Ok(item)
}

fn body(input: &mut Cursor<'_>) -> Result<Option<FetchItem>> {
    let next_is = |input: &Cursor<'_>, text: &str| {
        input.rest().get(..text.len()).is_some_and(|next| next.eq_ignore_ascii_case(text.as_bytes()))
    };
    for (text, peek) in [("BODY[", false), ("BODY.PEEK[", true)] {
        if next_is(input, text) {
            input.skip(text.len() - 1);
            let section = input.section()?;
            return Ok(Some(FetchItem::BodySection { section, partial: partial(input)?, peek }));
        }
    }
    for (text, peek) in [("BINARY[", false), ("BINARY.PEEK[", true)] {
        if next_is(input, text) {
            input.skip(text.len() - 1);
            let part = input.section_binary()?;
            return Ok(Some(FetchItem::Binary { part, partial: partial(input)?, peek }));
        }
    }
    if next_is(input, "BINARY.SIZE[") {
        input.skip("BINARY.SIZE".len());
        return Ok(Some(FetchItem::BinarySize(input.section_binary()?)));
    }
    Ok(None)
}

fn partial(input: &mut Cursor<'_>) -> Result<Option<crate::types::Partial>> {
    if input.peek() == Some(b'<') { input.partial().map(Some) } else { Ok(None) }
}
