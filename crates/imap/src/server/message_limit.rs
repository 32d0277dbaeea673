//! MESSAGELIMIT (RFC 9738): how many messages one command handles.

use super::{
    Event, SearchRequest, Server,
    search::page,
    session::{Asked, Selection},
};
use crate::types::{
    SearchKey, SequenceSet, Tag, Uid, UidSet,
    response::{Code, Status, Untagged},
};

impl Server {
    /// Of these messages, those that one command handles: the last ones, and what the client is told where these are not
    /// all.
    pub(super) fn within_limit(&self, uids: UidSet) -> (UidSet, Option<Code>) {
        let Some(limit) = self.config.limits.messages.filter(|limit| uids.len() > u64::from(limit.get()))
        else {
            return (uids, None);
        };
        let last = page(&uids, -i64::from(limit.get()), -1);
        let lowest = last.first().and_then(Uid::new);
        (last, Some(Code::MessageLimit { limit: limit.get(), lowest }))
    }

    /// The code for a command that would handle so many messages, and may not handle a part of them.
    pub(super) fn over_limit(&self, messages: u64) -> Option<Code> {
        let limit = self.config.limits.messages?.get();
        (messages > u64::from(limit)).then_some(Code::MessageLimit { limit, lowest: None })
    }

    /// The key for the messages that one search looks at, of which there are no more than may be.
    pub(super) fn search_within_limit(&self, key: SearchKey) -> (SearchKey, Option<Code>) {
        if self.config.limits.messages.is_none() {
            return (key, None);
        }
        let Some(selection) = self.selected() else { return (key, None) };
        match self.within_limit(looked_at(&key, selection)) {
            (uids, Some(code)) => {
                let within = SearchKey::Uid(SequenceSet::from(&uids));
                (SearchKey::And(vec![within, key]), Some(code))
            }
            (_, None) => (key, None),
        }
    }

    /// The status of a command that may have handled a part only. Where the status has a code that has to be there, this
    /// one goes before it (RFC 9738 §3.1).
    pub(super) fn limited(&mut self, status: Status, limit: Option<Code>) -> Status {
        match limit {
            None => status,
            Some(code) if status.code.is_none() => status.with(code),
            Some(code) => {
                self.untagged(&Untagged::Status(Status::no("not all messages were handled").with(code)));
                status
            }
        }
    }

    /// The status of a command that could not tell of messages which are gone.
    pub(super) fn expunge_issued(&mut self, mut status: Status) -> Status {
        match status.code {
            None => status.with(Code::ExpungeIssued),
            Some(Code::MessageLimit { .. }) => {
                let limit = status.code.replace(Code::ExpungeIssued);
                self.limited(status, limit)
            }
            Some(_) => status,
        }
    }

    /// `UID EXPUNGE` of more messages than may be handled: which of them are marked decides.
    pub(super) fn look_for_deleted(&mut self, tag: Tag, uids: &UidSet) {
        let within = SearchKey::Uid(SequenceSet::from(uids));
        let key = SearchKey::And(vec![within, SearchKey::Deleted]);
        let request = SearchRequest { key, mod_seq_of: None, scores: false };
        self.ask(tag, Asked::Deleted, |ticket| Event::Search { request, ticket });
    }
}

/// The messages that a search has to look at: all, or those in the sets that it names.
fn looked_at(key: &SearchKey, selection: &Selection) -> UidSet {
    let one = std::slice::from_ref(key);
    let keys = if let SearchKey::And(keys) = key { keys } else { one };
    let sets = keys.iter().filter_map(|key| match key {
        SearchKey::Uid(set) => selection.resolve(set, true),
        _ => None,
    });
    sets.fold(selection.view.uids(), |all, set| all.intersection(&set))
}
