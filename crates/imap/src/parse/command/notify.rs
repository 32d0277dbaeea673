//! NOTIFY.

use super::{Cursor, Result, eat_word, fetch, search};
use crate::types::command::{EventGroup, MailboxFilter, MessageEvent, Notify, NotifySet};

/// `notify = "NOTIFY" SP (notify-add / notify-none)`, `notify-add = "SET" [SP "STATUS"] SP event-groups`
/// (RFC 5465 §8)
pub(super) fn notify(input: &mut Cursor<'_>) -> Result<Notify> {
    input.sp()?;
    if eat_word(input, "NONE") {
        return Ok(Notify::None);
    }
    if !eat_word(input, "SET") {
        return Err(input.error("SET or NONE"));
    }
    input.sp()?;
    let status = eat_word(input, "STATUS");
    if status {
        input.sp()?;
    }
    let mut groups = vec![group(input)?];
    while input.eat(b' ') {
        groups.push(group(input)?);
    }
    Ok(Notify::Set(NotifySet { status, groups }))
}

/// `event-group = "(" filter-mailboxes SP events ")"`
fn group(input: &mut Cursor<'_>) -> Result<EventGroup> {
    input.byte(b'(', "mailboxes and events in parentheses")?;
    let mailboxes = filter(input)?;
    input.sp()?;
    let events = if eat_word(input, "NONE") { Vec::new() } else { events(input)? };
    input.byte(b')', "the closing parenthesis")?;
    Ok(EventGroup { mailboxes, events })
}

/// `events = ("(" event *(SP event) ")") / "NONE"`. The example of RFC 5465 §3.1 has no parentheses.
fn events(input: &mut Cursor<'_>) -> Result<Vec<MessageEvent>> {
    let enclosed = input.eat(b'(');
    let mut events = vec![event(input)?];
    while input.eat(b' ') {
        events.push(event(input)?);
    }
    if enclosed {
        input.byte(b')', "a space or the closing parenthesis")?;
    }
    Ok(events)
}

/// `filter-mailboxes = "selected" / "selected-delayed" / "inboxes" / "personal" / "subscribed" / "subtree" SP
/// one-or-more-mailbox / "mailboxes" SP one-or-more-mailbox`
fn filter(input: &mut Cursor<'_>) -> Result<MailboxFilter> {
    for (word, filter) in [
        ("selected", MailboxFilter::Selected),
        ("selected-delayed", MailboxFilter::SelectedDelayed),
        ("inboxes", MailboxFilter::Inboxes),
        ("personal", MailboxFilter::Personal),
        ("subscribed", MailboxFilter::Subscribed),
    ] {
        if eat_word(input, word) {
            return Ok(filter);
        }
    }
    search::source_mailboxes(input)?.map(MailboxFilter::Mailboxes).ok_or_else(|| input.error("mailboxes"))
}

/// `event = "MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"] / "MessageExpunge" / "FlagChange" / ...`
fn event(input: &mut Cursor<'_>) -> Result<MessageEvent> {
    if eat_word(input, "MessageNew") {
        return fetch::optional_items(input).map(MessageEvent::MessageNew);
    }
    for (word, event) in [
        ("MessageExpunge", MessageEvent::MessageExpunge),
        ("FlagChange", MessageEvent::FlagChange),
        ("AnnotationChange", MessageEvent::AnnotationChange),
        ("MailboxName", MessageEvent::MailboxName),
        ("SubscriptionChange", MessageEvent::SubscriptionChange),
        ("MailboxMetadataChange", MessageEvent::MailboxMetadataChange),
        ("ServerMetadataChange", MessageEvent::ServerMetadataChange),
    ] {
        if eat_word(input, word) {
            return Ok(event);
        }
    }
    input.atom().map(MessageEvent::Other)
}
