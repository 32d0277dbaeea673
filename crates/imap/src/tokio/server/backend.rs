//! Your mail, seen from IMAP.

use crate::{
    server::{
        AclChange, Appended, Copied, CopyRequest, FetchRequest, Found, FoundIn, Grantable, Mailbox,
        MailboxChange, NewMessage, No, Notice, QuotaQuestion, SearchManyRequest, SearchRequest, Selected,
        SortRequest, Sorted, StoreRequest, Stored, ThreadRequest, Update, WatchRequest,
    },
    types::{
        AString, MailboxName, MessageUrl, ModSeq, NString, Rights, StatusItem, Uid, UidSet,
        response::{FetchAttribute, MailboxStatus, ObjectId, Quota, StatusValue, Threads},
    },
};
use bytes::Bytes;
use mailwright_sasl::server::{Answer, Identity, Question};
use std::future::Future;

/// Your mail, seen from one IMAP connection. One value serves one connection from its greeting to its end.
///
/// # What the session does, and what is left to you
///
/// The session speaks the protocol: grammar, literals, states, capabilities, SASL, TLS, message numbers, patterns of
/// `LIST`, the moment at which the client may be told of a change. A backend is asked about mailboxes by name and about
/// messages **by UID**, one question at a time, in the order of the client's commands; it never sees a tag or a message
/// number.
///
/// * **Not authenticated:** [`credentials`](Self::credentials), [`login`](Self::login).
/// * **Authenticated:** [`mailboxes`](Self::mailboxes), [`status`](Self::status), [`change`](Self::change),
///   [`append`](Self::append), [`select`](Self::select), and where [`Features`](crate::server::Features) are on,
///   [`annotations`](Self::annotations), [`annotate`](Self::annotate), [`search_many`](Self::search_many),
///   [`watch`](Self::watch), [`notices`](Self::notices).
/// * **Selected:** [`sync`](Self::sync), [`changed`](Self::changed), [`fetch`](Self::fetch), [`store`](Self::store),
///   [`search`](Self::search), [`copy`](Self::copy), [`expunge`](Self::expunge), [`unselect`](Self::unselect), and
///   where [`Features`](crate::server::Features) are on, [`sort`](Self::sort) and [`thread`](Self::thread).
///
/// # How changes reach the client
///
/// Nothing that changes the selected mailbox reports what it changed. Instead, before a command completes the session
/// asks [`sync`](Self::sync), which tells all that happened since it was last asked, by this client or by others. The
/// session tells it on, holding expunges back while the RFC forbids them (RFC 9051 §7.5.1). During `IDLE` the adapter
/// waits for [`changed`](Self::changed) and then asks `sync` again. So there is one road for news, and nothing is told
/// twice. A client that used `NOTIFY` is told between commands too, and of other mailboxes by the same road:
/// [`notices`](Self::notices) is asked where `sync` is.
///
/// # Errors
///
/// Every question may be answered with [`No`]; the session goes on. A panic or a lost connection drops the backend.
pub trait Backend: Send {
    /// Messages on their way in.
    type Append: Append;

    // Not authenticated

    /// Checks credentials. Answer with the account the client may use.
    fn credentials(&mut self, question: Question) -> impl Future<Output = Answer> + Send;

    /// The client is logged in: from now on all questions are about this account. `No` refuses it still.
    fn login(&mut self, identity: &Identity) -> impl Future<Output = Result<(), No>> + Send;

    /// What the client says about itself with `ID` (RFC 2971). For logs only.
    fn client_id(&mut self, fields: &[(AString, NString)]) -> impl Future<Output = ()> + Send {
        let _ = fields;
        async {}
    }

    /// The client is no longer logged in (`UNAUTHENTICATE`, RFC 8437).
    fn logout(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }

    // Authenticated

    /// All mailboxes of the account, and names that are only subscribed, in any order.
    fn mailboxes(&mut self) -> impl Future<Output = Result<Vec<Mailbox>, No>> + Send;

    /// The numbers of a mailbox, one value for each item. It may be the selected one.
    fn status(
        &mut self,
        mailbox: &MailboxName,
        items: &[StatusItem],
    ) -> impl Future<Output = Result<Vec<StatusValue>, No>> + Send;

    /// The numbers of some hundred mailboxes, for a LIST that returns them; `None` for one of which they cannot be told.
    fn statuses(
        &mut self,
        mailboxes: &[MailboxName],
        items: &[StatusItem],
    ) -> impl Future<Output = Result<Vec<Option<Vec<StatusValue>>>, No>> + Send {
        async move {
            let mut all = Vec::with_capacity(mailboxes.len());
            for mailbox in mailboxes {
                all.push(self.status(mailbox, items).await.ok());
            }
            Ok(all)
        }
    }

    /// Creates, deletes, renames, subscribes or unsubscribes. Returns the object identifier of a mailbox created, if
    /// there are any.
    fn change(&mut self, change: MailboxChange) -> impl Future<Output = Result<Option<ObjectId>, No>> + Send;

    /// Begins to append to a mailbox. Refuse here what can be refused before the client sends the octets:
    /// `No::new("...").with(Code::TryCreate)` where the mailbox is not there.
    fn append(&mut self, mailbox: &MailboxName) -> impl Future<Output = Result<Self::Append, No>> + Send;

    /// Selects a mailbox. Whatever was selected before is so no longer, even if this fails.
    fn select(
        &mut self,
        mailbox: &MailboxName,
        read_only: bool,
    ) -> impl Future<Output = Result<Selected, No>> + Send;

    /// Who may do what with a mailbox (RFC 4314): identifiers and their rights, one that begins with `-` taking them away.
    /// With [`Features::acl`](crate::server::Features::acl), as the three that follow.
    fn acl(
        &mut self,
        mailbox: &MailboxName,
    ) -> impl Future<Output = Result<Vec<(String, Rights)>, No>> + Send {
        let _ = mailbox;
        async { Err(No::unsupported()) }
    }

    /// Gives or takes rights.
    fn change_acl(
        &mut self,
        mailbox: &MailboxName,
        identifier: &str,
        change: AclChange,
    ) -> impl Future<Output = Result<(), No>> + Send {
        let _ = (mailbox, identifier, change);
        async { Err(No::unsupported()) }
    }

    /// Which rights may be given to an identifier.
    fn list_rights(
        &mut self,
        mailbox: &MailboxName,
        identifier: &str,
    ) -> impl Future<Output = Result<Grantable, No>> + Send {
        let _ = (mailbox, identifier);
        async { Err(No::unsupported()) }
    }

    /// What the user may do with a mailbox.
    fn my_rights(&mut self, mailbox: &MailboxName) -> impl Future<Output = Result<Rights, No>> + Send {
        let _ = mailbox;
        async { Err(No::unsupported()) }
    }

    /// The quota roots of a mailbox and their quotas, or the quotas of one root (RFC 9208); with
    /// [`Features::quota`](crate::server::Features::quota).
    fn quota(&mut self, of: &QuotaQuestion) -> impl Future<Output = Result<Vec<Quota>, No>> + Send {
        let _ = of;
        async { Err(No::unsupported()) }
    }

    /// All annotations of a mailbox, or of the server where none is named (RFC 5464), names in lower case; with
    /// [`Features::metadata`](crate::server::Features::metadata).
    fn annotations(
        &mut self,
        mailbox: Option<&MailboxName>,
    ) -> impl Future<Output = Result<Vec<(Bytes, Bytes)>, No>> + Send {
        let _ = mailbox;
        async { Err(No::unsupported()) }
    }

    /// Sets annotations of a mailbox, or of the server where none is named, all or none; no value removes one. With
    /// [`Features::metadata`](crate::server::Features::metadata).
    fn annotate(
        &mut self,
        mailbox: Option<&MailboxName>,
        changes: Vec<(Bytes, NString)>,
    ) -> impl Future<Output = Result<(), No>> + Send {
        let _ = (mailbox, changes);
        async { Err(No::unsupported()) }
    }

    /// From now on [`notices`](Self::notices) tells this, and [`changed`](Self::changed) returns for it; what was watched
    /// before no longer is. Answers, where that is wanted, with `MESSAGES`, `UIDNEXT`, `UIDVALIDITY`, and, where flags are
    /// watched, `UNSEEN` and `HIGHESTMODSEQ`, of the mailboxes whose messages are watched. With
    /// [`Features::notify`](crate::server::Features::notify).
    ///
    /// # Errors
    ///
    /// `No` with [`Code::NotificationOverflow`](crate::types::response::Code::NotificationOverflow) where that is too much;
    /// what was watched before still is.
    fn watch(
        &mut self,
        request: WatchRequest,
    ) -> impl Future<Output = Result<Vec<MailboxStatus>, No>> + Send {
        let _ = request;
        async { Err(No::unsupported()) }
    }

    /// What happened of what is [watched](Self::watch) since this was last asked, other than by this session: at most a
    /// thousand or so. It is asked again until it returns none. Must not wait for something to happen.
    fn notices(&mut self) -> impl Future<Output = Result<Vec<Notice>, No>> + Send {
        async { Ok(Vec::new()) }
    }

    // Selected

    /// What changed in the selected mailbox since it was selected or this was last asked: at most a thousand updates or
    /// so, expunges before arrivals. It is asked again until it returns none. Must not wait for something to happen.
    /// `expunges`: the client is told of messages that are gone; if not, it may still fetch them.
    fn sync(&mut self, expunges: bool) -> impl Future<Output = Result<Vec<Update>, No>> + Send;

    /// Waits until [`sync`](Self::sync) or [`notices`](Self::notices) may have something to tell. Must be cancel-safe: it is dropped whenever the
    /// client speaks, and called anew. May return too often.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;

    /// Writes the wanted attributes of each message to `out`, in the order of the UIDs. Write as you read: `out` sends
    /// a chunk at a time, and waits while the client is slow.
    fn fetch(
        &mut self,
        request: FetchRequest,
        out: &mut impl Messages,
    ) -> impl Future<Output = Result<(), No>> + Send;

    /// Changes flags.
    fn store(&mut self, request: StoreRequest) -> impl Future<Output = Result<Stored, No>> + Send;

    /// Finds messages.
    fn search(&mut self, request: SearchRequest) -> impl Future<Output = Result<Found, No>> + Send;

    /// Finds messages in several mailboxes, of which the selected one may be one; mailboxes in which nothing is found are
    /// left out. With [`Features::multi_search`](crate::server::Features::multi_search).
    fn search_many(
        &mut self,
        request: SearchManyRequest,
    ) -> impl Future<Output = Result<Vec<FoundIn>, No>> + Send {
        let _ = request;
        async { Err(No::unsupported()) }
    }

    /// Finds and sorts messages; with [`Features::sort`](crate::server::Features::sort).
    fn sort(&mut self, request: SortRequest) -> impl Future<Output = Result<Sorted, No>> + Send {
        let _ = request;
        async { Err(No::unsupported()) }
    }

    /// Finds messages and puts them into threads, by UID; with
    /// [`Features::thread`](crate::server::Features::thread).
    fn thread(&mut self, request: ThreadRequest) -> impl Future<Output = Result<Threads, No>> + Send {
        let _ = request;
        async { Err(No::unsupported()) }
    }

    /// Copies or moves messages, all or none. `None` where no message was left to copy.
    fn copy(&mut self, request: CopyRequest) -> impl Future<Output = Result<Option<Copied>, No>> + Send;

    /// Removes the messages marked `\Deleted`, with `uids` only those among them. Returns the mod-sequence of the mailbox
    /// after it, where they are kept and anything was removed.
    fn expunge(&mut self, uids: Option<&UidSet>) -> impl Future<Output = Result<Option<ModSeq>, No>> + Send;

    /// The mailbox is no longer selected. Nothing is expunged by this.
    fn unselect(&mut self) -> impl Future<Output = ()> + Send;
}

/// Messages on their way into a mailbox. Dropped without [`finish`](Self::finish), none of them ever was.
pub trait Append: Send {
    /// A message begins. `No` refuses it before its octets are sent, where the client waits for that.
    fn message(&mut self, message: NewMessage) -> impl Future<Output = Result<(), No>> + Send;

    /// Octets of the message.
    fn write(&mut self, chunk: Bytes) -> impl Future<Output = Result<(), No>> + Send;

    /// The octets that a URL stands for are the next of the message; how many they are. With
    /// [`Features::catenate`](crate::server::Features::catenate).
    ///
    /// # Errors
    ///
    /// A [`No`] without code is told as `BADURL`.
    fn url(&mut self, url: &MessageUrl) -> impl Future<Output = Result<u64, No>> + Send {
        let _ = url;
        async { Err(No::new("not supported")) }
    }

    /// The last message is complete: keeps them all, durably, or none. With
    /// [`Features::replace`](crate::server::Features::replace) it may have to take the place of a message of the
    /// selected mailbox, which is then removed in the same step.
    fn finish(self, replaces: Option<Uid>) -> impl Future<Output = Result<Appended, No>> + Send;
}

/// Where [`Backend::fetch`] writes to. Implemented by the adapter; a test may bring its own.
///
/// For each message [`begin`](Self::begin), then its attributes, then [`end`](Self::end).
///
/// ```
/// # use mailwright_imap::{tokio::server::{Gone, Messages}, types::{Flag, Uid, response::{Data, FetchAttribute}}};
/// async fn two_attributes(out: &mut impl Messages, uid: Uid, body: bytes::Bytes) -> Result<(), Gone> {
///     if !out.begin(uid) {
///         return Ok(()); // the client does not know this message
///     }
///     out.attribute(&FetchAttribute::Flags(vec![Flag::Seen]));
///     out.attribute(&FetchAttribute::Rfc822(Data::Streamed(body.len() as u64)));
///     out.chunk(body).await?; // as often as it takes
///     out.end().await
/// }
/// ```
pub trait Messages: Send {
    /// Begins the response for a message. `false`: the client does not know the message, nothing was written, and
    /// nothing else must be written for it.
    fn begin(&mut self, uid: Uid) -> bool;

    /// Writes an attribute. With [`Data::Streamed`](crate::types::response::Data::Streamed) the octets must follow as
    /// [`chunk`](Self::chunk)s.
    fn attribute(&mut self, attribute: &FetchAttribute);

    /// Writes an attribute that is encoded already, name and value: `ENVELOPE (...)`.
    fn encoded(&mut self, attribute: &[u8]);

    /// Writes octets of the attribute before, exactly as many as were announced.
    fn chunk(&mut self, octets: Bytes) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Ends the response for a message.
    fn end(&mut self) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Tells of expunged messages, before any other, where [`FetchRequest::vanished`] asked for it.
    fn vanished(&mut self, uids: &UidSet);
}

/// The client is gone: stop, and return any [`No`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection is gone")]
pub struct Gone;

impl From<Gone> for No {
    fn from(_: Gone) -> Self {
        Self::new("the connection is gone")
    }
}
