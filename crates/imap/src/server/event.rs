//! What a server session asks its application.

use super::{
    AclChange, Appended, Copied, CopyRequest, FetchRequest, Found, FoundIn, Grantable, Mailbox,
    MailboxChange, NewMessage, No, Notice, QuotaQuestion, SearchManyRequest, SearchRequest, Selected,
    SortRequest, Sorted, StoreRequest, Stored, ThreadRequest, Update, WatchRequest,
};
use crate::types::{
    AString, MailboxName, MessageUrl, ModSeq, NString, Rights, StatusItem, Uid, UidSet,
    response::{MailboxStatus, ObjectId, Quota, StatusValue, Threads},
};
use bytes::Bytes;
use mailwright_sasl::server::{Answer, Identity, Question as SaslQuestion};
use mailwright_wire::Ticket;

/// What happens in a session. An event with a ticket is a question: [`Server::answer`](super::Server::answer) it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Are these credentials right?
    Credentials {
        /// What is asked.
        question: SaslQuestion,
        /// Answer with it.
        ticket: Ticket<Credentials>,
    },
    /// The client is known. May it log in?
    Login {
        /// Who it is.
        identity: Identity,
        /// Answer with it.
        ticket: Ticket<Login>,
    },
    /// The client says what it is (`ID`, RFC 2971). No answer is wanted.
    ClientId(Vec<(AString, NString)>),
    /// Which mailboxes are there?
    Mailboxes {
        /// Answer with it.
        ticket: Ticket<Mailboxes>,
    },
    /// How is this mailbox?
    Status {
        /// The mailbox.
        mailbox: MailboxName,
        /// What is asked.
        items: Vec<StatusItem>,
        /// Answer with it.
        ticket: Ticket<Status>,
    },
    /// How are these mailboxes? Some hundreds at once.
    Statuses {
        /// The mailboxes.
        mailboxes: Vec<MailboxName>,
        /// What is asked of each.
        items: Vec<StatusItem>,
        /// Answer with as many, in the same order; `None` where it cannot be told.
        ticket: Ticket<Statuses>,
    },
    /// Do this with mailboxes.
    Change {
        /// What to do.
        change: MailboxChange,
        /// Answer with it.
        ticket: Ticket<Change>,
    },
    /// Who may do what with this mailbox?
    Acl {
        /// The mailbox.
        mailbox: MailboxName,
        /// Answer with identifiers and their rights; one that begins with `-` takes rights away.
        ticket: Ticket<AclOf>,
    },
    /// Give or take rights.
    ChangeAcl {
        /// The mailbox.
        mailbox: MailboxName,
        /// Whose rights, prepared by `SASLprep`.
        identifier: String,
        /// What becomes of its entry.
        change: AclChange,
        /// Answer with it.
        ticket: Ticket<ChangeAcl>,
    },
    /// Which rights may be given?
    ListRights {
        /// The mailbox.
        mailbox: MailboxName,
        /// To whom, prepared by `SASLprep`.
        identifier: String,
        /// Answer with it.
        ticket: Ticket<ListRights>,
    },
    /// What may the client do with this mailbox?
    MyRights {
        /// The mailbox.
        mailbox: MailboxName,
        /// Answer with it.
        ticket: Ticket<MyRights>,
    },
    /// What are these quotas?
    Quota {
        /// Which.
        of: QuotaQuestion,
        /// Answer with it.
        ticket: Ticket<QuotaOf>,
    },
    /// What annotations are there?
    Annotations {
        /// The mailbox; `None` for the server.
        mailbox: Option<MailboxName>,
        /// Answer with all of them, names in lower case.
        ticket: Ticket<Annotations>,
    },
    /// Set annotations, all or none.
    Annotate {
        /// The mailbox; `None` for the server.
        mailbox: Option<MailboxName>,
        /// Names in lower case, and values; `None` removes one.
        changes: Vec<(Bytes, NString)>,
        /// Answer with it.
        ticket: Ticket<Annotate>,
    },
    /// Select this mailbox.
    Select {
        /// The mailbox.
        mailbox: MailboxName,
        /// `EXAMINE`
        read_only: bool,
        /// Answer with it.
        ticket: Ticket<Select>,
    },
    /// A message is to be appended: may its octets come?
    NewMessage {
        /// Where to; `None` where it goes with the message before, in one step.
        mailbox: Option<MailboxName>,
        /// What is known of it.
        message: NewMessage,
        /// Answer with it.
        ticket: Ticket<Announced>,
    },
    /// Octets of the message. No answer is wanted. Where the header turns out to have 8-bit characters, and the client has
    /// not enabled `UTF8=ACCEPT`, the session refuses the message (RFC 9755 §4) with [`AppendAborted`](Self::AppendAborted),
    /// unless [`Config::eight_bit_headers`](super::Config::eight_bit_headers) is set.
    Body(Bytes),
    /// The octets that this URL stands for are the next of the message: how many are there?
    Url {
        /// The URL.
        url: MessageUrl,
        /// Answer with it. A `No` without code is told as `BADURL`.
        ticket: Ticket<Url>,
    },
    /// The messages are complete: keep them.
    Append {
        /// The message of the selected mailbox whose place the message takes, in the same step (`REPLACE`, RFC 8508).
        replaces: Option<Uid>,
        /// Answer with it.
        ticket: Ticket<Append>,
    },
    /// The messages begun will not be completed: drop them. No answer is wanted.
    AppendAborted,
    /// What changed in the selected mailbox? Asked again until nothing did.
    Sync {
        /// The client is told of messages that are gone. If not, it still sees them, and may fetch them
        /// (RFC 2180 §4.1).
        expunges: bool,
        /// Answer with it.
        ticket: Ticket<Sync>,
    },
    /// From now on [`Event::Notices`] are asked for: what is to be told then?
    Watch {
        /// What is to be told.
        request: WatchRequest,
        /// Answer with how the mailboxes are, if that is wanted: `MESSAGES`, `UIDNEXT`, `UIDVALIDITY`, and `UNSEEN` and
        /// `HIGHESTMODSEQ` where flags are watched. The selected one may be left out.
        ticket: Ticket<Watch>,
    },
    /// What happened outside the selected mailbox? Asked again until nothing did.
    Notices {
        /// Answer with it.
        ticket: Ticket<Notices>,
    },
    /// Write these with [`Server::message`](super::Server::message) and its relatives, then answer.
    Fetch {
        /// What is wanted.
        request: FetchRequest,
        /// Answer with it.
        ticket: Ticket<Fetch>,
    },
    /// Change flags.
    Store {
        /// What to do.
        request: StoreRequest,
        /// Answer with it.
        ticket: Ticket<Store>,
    },
    /// Find messages.
    Search {
        /// What is looked for.
        request: SearchRequest,
        /// Answer with it.
        ticket: Ticket<Search>,
    },
    /// Find messages in several mailboxes.
    SearchMany {
        /// What is looked for, and where.
        request: SearchManyRequest,
        /// Answer with it.
        ticket: Ticket<SearchMany>,
    },
    /// Find and sort messages.
    Sort {
        /// What is looked for.
        request: SortRequest,
        /// Answer with it.
        ticket: Ticket<Sort>,
    },
    /// Find messages and put them into threads.
    Thread {
        /// What is looked for.
        request: ThreadRequest,
        /// Answer with it.
        ticket: Ticket<Thread>,
    },
    /// Copy or move messages.
    Copy {
        /// What to do.
        request: CopyRequest,
        /// Answer with it.
        ticket: Ticket<Copy>,
    },
    /// Remove what is marked `\Deleted`.
    Expunge {
        /// Only these.
        uids: Option<UidSet>,
        /// Answer with it.
        ticket: Ticket<Expunge>,
    },
    /// The mailbox is no longer selected. No answer is wanted.
    Unselected,
    /// The account is no longer logged in (RFC 8437). No answer is wanted.
    LoggedOut,
}

/// A question that has an answer of a certain type.
pub trait Question {
    /// What answers it.
    type Answer;

    /// Goes on with the answer. `Err` where the session asked something else.
    #[doc(hidden)]
    fn conclude(server: &mut super::Server, answer: Self::Answer) -> Result<(), crate::Misuse>;
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident => $answer:ty, $conclude:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}

            impl Question for $name {
                type Answer = $answer;

                fn conclude(server: &mut super::Server, answer: $answer) -> Result<(), crate::Misuse> {
                    server.$conclude(answer)
                }
            }
        )*
    };
}

questions! {
    /// Asked by [`Event::Credentials`].
    Credentials => Answer, credentials_answered;
    /// Asked by [`Event::Login`].
    Login => Result<(), No>, login_answered;
    /// Asked by [`Event::Mailboxes`].
    Mailboxes => Result<Vec<Mailbox>, No>, mailboxes_answered;
    /// Asked by [`Event::Status`].
    Status => Result<Vec<StatusValue>, No>, status_answered;
    /// Asked by [`Event::Statuses`].
    Statuses => Result<Vec<Option<Vec<StatusValue>>>, No>, statuses_answered;
    /// Asked by [`Event::Change`].
    Change => Result<Option<ObjectId>, No>, change_answered;
    /// Asked by [`Event::Acl`].
    AclOf => Result<Vec<(String, Rights)>, No>, acl_answered;
    /// Asked by [`Event::ChangeAcl`].
    ChangeAcl => Result<(), No>, acl_changed;
    /// Asked by [`Event::ListRights`].
    ListRights => Result<Grantable, No>, grantable_answered;
    /// Asked by [`Event::MyRights`].
    MyRights => Result<Rights, No>, my_rights_answered;
    /// Asked by [`Event::Quota`].
    QuotaOf => Result<Vec<Quota>, No>, quota_answered;
    /// Asked by [`Event::Annotations`].
    Annotations => Result<Vec<(Bytes, Bytes)>, No>, annotations_answered;
    /// Asked by [`Event::Annotate`].
    Annotate => Result<(), No>, annotate_answered;
    /// Asked by [`Event::Select`].
    Select => Result<Selected, No>, select_answered;
    /// Asked by [`Event::NewMessage`].
    Announced => Result<(), No>, announced_answered;
    /// Asked by [`Event::Url`].
    Url => Result<u64, No>, url_answered;
    /// Asked by [`Event::Append`].
    Append => Result<Appended, No>, append_answered;
    /// Asked by [`Event::Sync`].
    Sync => Result<Vec<Update>, No>, sync_answered;
    /// Asked by [`Event::Watch`].
    Watch => Result<Vec<MailboxStatus>, No>, watch_answered;
    /// Asked by [`Event::Notices`].
    Notices => Result<Vec<Notice>, No>, notices_answered;
    /// Asked by [`Event::Fetch`].
    Fetch => Result<(), No>, fetch_answered;
    /// Asked by [`Event::Store`].
    Store => Result<Stored, No>, store_answered;
    /// Asked by [`Event::Search`].
    Search => Result<Found, No>, search_answered;
    /// Asked by [`Event::SearchMany`].
    SearchMany => Result<Vec<FoundIn>, No>, many_answered;
    /// Asked by [`Event::Sort`].
    Sort => Result<Sorted, No>, sort_answered;
    /// Asked by [`Event::Thread`].
    Thread => Result<Threads, No>, thread_answered;
    /// Asked by [`Event::Copy`].
    Copy => Result<Option<Copied>, No>, copy_answered;
    /// Asked by [`Event::Expunge`]: answer with the mod-sequence of the mailbox if anything was removed.
    Expunge => Result<Option<ModSeq>, No>, expunge_answered;
}
