//! ESEARCH in several mailboxes (RFC 7377).

use super::{
    Event, FoundIn, ModSeqOf, No, SearchManyRequest, Server,
    search::{correlation, items, mentions_mod_seq, relevancy, shows},
    session::Asked,
};
use crate::{
    Misuse,
    types::{
        SearchKey, SearchReturn, SequenceSet, Tag,
        command::{self, SearchSource},
        response::{Correlator, Esearch, Status, Untagged},
    },
};

/// A search of several mailboxes under way.
#[derive(Debug)]
pub(super) struct ManyPlan {
    returns: SearchReturn,
    mod_seq: bool,
}

impl Server {
    pub(super) fn search_many(&mut self, tag: Tag, search: command::Search) {
        let sources = search.source.unwrap_or_default();
        let returns = search.returns.unwrap_or_default();
        if sources.contains(&SearchSource::Selected) && self.selected().is_none() {
            return self.bad(Some(tag), "select a mailbox first");
        }
        // RFC 7377 §2.2
        if returns.save || returns.update.is_some() {
            return self.bad(Some(tag), "SAVE and UPDATE are for the selected mailbox only");
        }
        if let Err(why) = self.scores(Some(&returns), &[], &search.key) {
            return self.bad(Some(tag), why);
        }
        if returns.all && returns.partial.is_some() {
            return self.bad(Some(tag), "ALL or PARTIAL, not both");
        }
        let mut saved = false;
        search.key.visit(|key| {
            saved |=
                matches!(key, SearchKey::Sequence(SequenceSet::Saved) | SearchKey::Uid(SequenceSet::Saved));
        });
        if saved {
            return self.bad(Some(tag), "$ is of the selected mailbox only");
        }
        if !self.knows_charset(&tag, &search.key, &search.charset.unwrap_or_default(), false) {
            return;
        }
        let mod_seq = mentions_mod_seq(&search.key);
        if mod_seq {
            self.mod_seq_enabled();
        }
        let mod_seq_of = mod_seq.then(|| ModSeqOf::of(Some(&returns)));
        let scores = returns.relevancy;
        let request = SearchManyRequest { sources, key: search.key, mod_seq_of, scores };
        let plan = ManyPlan { returns, mod_seq };
        self.ask(tag, Asked::SearchMany(plan), |ticket| Event::SearchMany { request, ticket });
    }

    pub(super) fn many_answered(&mut self, answer: Result<Vec<FoundIn>, No>) -> Result<(), Misuse> {
        let (tag, Asked::SearchMany(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was searched"));
        };
        let status = match answer {
            Ok(all) => {
                for FoundIn { mailbox, uid_validity, found } in all {
                    // RFC 7377 §2.1: nothing is told of a mailbox in which nothing is found.
                    if found.uids.is_empty() || !shows(&plan.returns) {
                        continue;
                    }
                    let correlator = Correlator {
                        tag: Some(correlation(&tag)),
                        mailbox: Some(mailbox),
                        uid_validity: Some(uid_validity),
                    };
                    let mut items = items(&plan.returns, &found.uids, found.mod_seq.filter(|_| plan.mod_seq));
                    items.extend(relevancy(&plan.returns, &found.scores));
                    self.untagged(&Untagged::Esearch(Esearch { correlator, uid: true, items }));
                }
                Status::ok("ESEARCH completed")
            }
            Err(no) => no.into(),
        };
        self.complete(tag, status);
        Ok(())
    }
}
