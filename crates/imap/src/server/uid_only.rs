//! UIDONLY (RFC 9586): which commands name messages by their number.

use crate::types::{
    SearchKey, SequenceSet,
    command::{CommandBody, Select},
    response::{Code, Status},
};

/// What such a command is answered with.
pub(super) fn required() -> Status {
    Status::bad("message numbers are not used with UIDONLY").with(Code::UidRequired)
}

/// Whether a command has message numbers in it, or asks for them.
pub(super) fn has_message_numbers(body: &CommandBody) -> bool {
    match body {
        CommandBody::Fetch(fetch) => !fetch.uid,
        CommandBody::Store(store) => !store.uid,
        CommandBody::Copy(copy) | CommandBody::Move(copy) => !copy.uid,
        CommandBody::Replace(replace) => !replace.uid,
        CommandBody::Search(search) => (!search.uid && search.source.is_none()) || is_numbered(&search.key),
        CommandBody::Sort(sort) => !sort.uid || is_numbered(&sort.key),
        CommandBody::Thread(thread) => !thread.uid || is_numbered(&thread.key),
        CommandBody::Select(select) | CommandBody::Examine(select) => matches_numbers(select),
        _ => false,
    }
}

fn is_numbered(key: &SearchKey) -> bool {
    let mut found = false;
    key.visit(|key| found |= matches!(key, SearchKey::Sequence(SequenceSet::Ranges(_))));
    found
}

/// The fourth parameter of QRESYNC.
fn matches_numbers(select: &Select) -> bool {
    select.qresync.as_ref().is_some_and(|known| known.match_data.is_some())
}
