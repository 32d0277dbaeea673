//! Bringing a copy of a mailbox up to date, by the best means the server has.

use super::{Client, Error, Mailbox, Messages, select::plain};
use crate::types::{
    FetchItem, MailboxName, ModSeq, SearchKey, SequenceSet, UidSet, UidValidity,
    command::{self, CommandBody, QResync, Select},
    response::{Capability, Fetch, Untagged},
};
use tokio::io::{AsyncRead, AsyncWrite};

/// What is known of a mailbox from the last time. The default: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Its UIDVALIDITY then.
    pub uid_validity: Option<UidValidity>,
    /// Its highest modification sequence then, if the server had one.
    pub mod_seq: Option<ModSeq>,
    /// The UIDs it had.
    pub uids: UidSet,
}

/// What has happened since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The mailbox as it is now. It is selected.
    pub mailbox: Mailbox,
    /// Nothing known from before holds any more: UIDVALIDITY has changed.
    pub reset: bool,
    /// Messages that are gone.
    pub vanished: UidSet,
    /// Messages that are new, or whose flags may have changed: `UID` and `FLAGS`, with `MODSEQ` where the server has it.
    pub changed: Vec<Fetch>,
    /// What to know the next time.
    pub known: Known,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Selects a mailbox and finds out what has happened since the last time: by `QRESYNC` in one round trip (RFC 7162 §3.2),
    /// by `CONDSTORE` with a search for what is gone (RFC 7162 §3.1), else by asking for all flags (RFC 4549 §3).
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn sync(&mut self, mailbox: impl Into<MailboxName>, known: &Known) -> Result<Changes, Error> {
        let name = mailbox.into();
        let can = self.capabilities().await?;
        if let (true, Some(uid_validity), Some(mod_seq)) =
            (can.has(&Capability::Qresync), known.uid_validity, known.mod_seq)
        {
            self.enable(&["QRESYNC"]).await?;
            // Were the known UIDs named, the server would not tell of new messages (RFC 7162 §3.2.5.1).
            let resync = QResync { uid_validity, mod_seq, known_uids: None, match_data: None };
            let mailbox = self.select_resync(name, resync).await?;
            if mailbox.uid_validity == known.uid_validity && mailbox.highest_mod_seq.is_some() {
                let vanished = known.uids.intersection(&mailbox.vanished);
                let changed = mailbox.changed.clone();
                return Ok(changes(mailbox, false, vanished, changed, known));
            }
            return self.all(mailbox, known).await;
        }
        let condstore = can.has(&Capability::CondStore);
        let select = Select { condstore, ..plain(name) };
        let mailbox = self.open("SELECT", CommandBody::Select(select)).await?;
        match known.mod_seq.filter(|_| mailbox.uid_validity == known.uid_validity) {
            Some(since) if condstore && mailbox.highest_mod_seq.is_some() => {
                let changed = self.flags(Some(since)).await?;
                let here = self.search(SearchKey::All).await?;
                let vanished = known.uids.difference(&here);
                Ok(changes(mailbox, false, vanished, changed, known))
            }
            _ => self.all(mailbox, known).await,
        }
    }

    /// By asking for the flags of every message.
    async fn all(&mut self, mailbox: Mailbox, known: &Known) -> Result<Changes, Error> {
        let reset = known.uid_validity.is_some() && mailbox.uid_validity != known.uid_validity;
        let changed = self.flags(None).await?;
        let here: UidSet = changed.iter().filter_map(Fetch::uid).collect();
        let vanished = if reset { UidSet::new() } else { known.uids.difference(&here) };
        Ok(changes(mailbox, reset, vanished, changed, known))
    }

    async fn flags(&mut self, changed_since: Option<ModSeq>) -> Result<Vec<Fetch>, Error> {
        let Messages { set: messages, uid } = Messages::uids(SequenceSet::all());
        let command = command::Fetch {
            messages,
            uid,
            items: vec![FetchItem::Uid, FetchItem::Flags],
            changed_since,
            vanished: false,
            partial: None,
        };
        let mut all = Vec::new();
        self.run("FETCH", CommandBody::Fetch(command), |data| {
            if let Untagged::Fetch(fetch) = data {
                all.push(fetch);
            }
        })
        .await?;
        Ok(all)
    }
}

fn changes(mailbox: Mailbox, reset: bool, vanished: UidSet, changed: Vec<Fetch>, known: &Known) -> Changes {
    let mut uids = if reset { UidSet::new() } else { known.uids.difference(&vanished) };
    for uid in changed.iter().filter_map(Fetch::uid) {
        uids.push(uid.value(), uid.value());
    }
    uids.normalize();
    let known = Known { uid_validity: mailbox.uid_validity, mod_seq: mailbox.highest_mod_seq, uids };
    Changes { mailbox, reset, vanished, changed, known }
}
