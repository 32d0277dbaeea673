//! SEARCH in several mailboxes.

use super::{place, refusal::no, search, sets};
use mailwright_imap::{
    server::{Found, FoundIn, ModSeqOf, No, SearchManyRequest},
    types::{
        MailboxName, ModSeq, Rights, SequenceSet, UidSet, UidValidity,
        command::{SearchSource, SourceMailboxes},
    },
};
use mailwright_store::{self as store, Account, Mailbox, MailboxId, Store, View};

/// Finds messages in all mailboxes that are meant.
pub(super) async fn search<S: Store>(
    store: &S,
    account: &Account,
    selected: Option<MailboxId>,
    request: SearchManyRequest,
) -> Result<Vec<FoundIn>, No> {
    let mut all = candidates(store, account).await?;
    all.retain(|mailbox| request.sources.iter().any(|source| mailbox.is_meant(source, selected)));
    let mut out = Vec::new();
    for Candidate { name, mailbox, .. } in all {
        let view = match store.open(mailbox.id).await {
            Ok(view) => view.borrow().clone(),
            Err(store::Error::NoSuchMailbox) => continue, // gone meanwhile
            Err(error) => return Err(no(error)),
        };
        let mut key = request.key.clone();
        key.resolve(|set, of_uids| uids(set, of_uids, &view));
        let (uids, scores) = search::find_in(store, view.clone(), &store::UidSet::new(), &key).await?;
        let found = sets::to_imap(&uids);
        let newest =
            |of: ModSeqOf| view.among(&sets::to_store(&of.among(&found))).map(|entry| entry.modseq).max();
        let mod_seq = request.mod_seq_of.and_then(newest);
        let Some(uid_validity) = UidValidity::new(mailbox.uid_validity.value()) else { continue };
        if !uids.is_empty() {
            out.push(FoundIn {
                mailbox: name,
                uid_validity,
                found: Found {
                    uids: found,
                    mod_seq: mod_seq.and_then(|found| ModSeq::new(found.value())),
                    scores: if request.scores {
                        uids.iter().map(|uid| scores.of(uid)).collect()
                    } else {
                        Vec::new()
                    },
                },
            });
        }
    }
    Ok(out)
}

/// A mailbox that may be searched.
struct Candidate {
    /// As the account calls it.
    name: MailboxName,
    mailbox: Mailbox,
    is_own: bool,
    subscribed: bool,
    /// Whether it is listed. One that is not is searched where its name is given (RFC 7377 §2.2).
    listed: bool,
}

/// All mailboxes that the account may read.
async fn candidates<S: Store>(store: &S, account: &Account) -> Result<Vec<Candidate>, No> {
    let own = store.mailboxes(account.id).await.map_err(no)?;
    let own = own.into_iter().map(|mailbox| Candidate {
        name: MailboxName::new(mailbox.name.as_str()),
        is_own: true,
        subscribed: mailbox.subscribed,
        listed: true,
        mailbox,
    });
    let subscribed = store.subscriptions(account.id).await.map_err(no)?;
    let shared = place::shared(store, account.id).await?.into_iter();
    let shared = shared.filter(|shared| shared.rights.contains(Rights::READ)).map(|shared| Candidate {
        subscribed: subscribed.iter().any(|subscribed| subscribed.as_str() == shared.name.as_str()),
        is_own: false,
        listed: shared.rights.contains(Rights::LOOKUP),
        mailbox: shared.mailbox,
        name: shared.name,
    });
    Ok(own.chain(shared).collect())
}

impl Candidate {
    /// Whether it is among those that are searched.
    fn is_meant(&self, source: &SearchSource, selected: Option<MailboxId>) -> bool {
        match source {
            SearchSource::Selected => Some(self.mailbox.id) == selected,
            SearchSource::Inboxes => self.is_own && self.mailbox.name.is_inbox(),
            SearchSource::Personal => self.is_own,
            SearchSource::Subscribed => self.subscribed && self.listed,
            SearchSource::Mailboxes(named) => {
                let fits = |name| is_among(named, &name);
                (self.listed || matches!(named, SourceMailboxes::Exactly(_)))
                    && store::MailboxName::new(self.name.as_str()).is_ok_and(fits)
            }
        }
    }
}

/// Whether a name is one of these, or below one of them where that is meant.
pub(super) fn is_among(named: &SourceMailboxes, name: &store::MailboxName) -> bool {
    let any = |names: &[MailboxName], fits: &dyn Fn(&store::MailboxName) -> bool| {
        let names = names.iter().filter_map(|name| store::MailboxName::new(name.as_str()).ok());
        names.into_iter().any(|above| above == *name || fits(&above))
    };
    match named {
        SourceMailboxes::Exactly(names) => any(names, &|_| false),
        SourceMailboxes::Subtree(names) => any(names, &|above| name.is_below(above)),
        SourceMailboxes::SubtreeOne(names) => any(names, &|above| name.parent().as_ref() == Some(above)),
    }
}

/// The UIDs of this mailbox that a set means.
fn uids(set: &SequenceSet, of_uids: bool, view: &View) -> UidSet {
    if of_uids {
        let last = view.uid_at(view.len()).map_or(0, store::Uid::value);
        return set.resolve(last);
    }
    let mut uids = store::UidSet::new();
    for range in set.resolve(view.len()).ranges() {
        uids = uids.union(&view.uids_at(*range.start(), *range.end()));
    }
    sets::to_imap(&uids)
}
