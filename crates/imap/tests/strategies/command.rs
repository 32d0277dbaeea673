//! Any command that can be written.

use bytes::Bytes;
use mailwright_imap::types::{
    AString, Atom, Charset, Date, DateTime, FetchItem, Flag, ListOptions, ListReturn, ListSelect,
    MailboxName, ModSeq, Partial, SearchKey, SearchReturn, Section, SectionPart, SectionText, SequenceNumber,
    SequenceRange, SequenceSet, SortCriterion, SortKey, StatusItem, StoreItem, StoreMode, Tag,
    ThreadAlgorithm, UidValidity,
    command::{
        Append, AppendData, AppendMessage, CatenatePart, Command, CommandBody, Copy, Create, EventGroup,
        Fetch, GetMetadata, List, MailboxFilter, MessageEvent, MetadataDepth, Notify, NotifySet, QResync,
        Rename, Replace, Search, SearchSource, Select, SetMetadata, Sort, SourceMailboxes, Status, Store,
        Thread, UidExpunge,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::num::NonZeroU32;

fn astring() -> BoxedStrategy<AString> {
    prop_oneof!["[a-zA-Z0-9.]{1,8}", "[ -~]{0,8}", "[\\x01-\\x7f]{0,6}", "\\PC{0,4}", "NIL"]
        .prop_map(|text| AString::try_from(text.as_str()).unwrap())
        .boxed()
}

fn atom() -> BoxedStrategy<Atom> {
    "[A-Za-z$_][A-Za-z0-9-]{0,6}".prop_map(|word| Atom::try_from(word.as_str()).unwrap()).boxed()
}

fn mailbox() -> BoxedStrategy<MailboxName> {
    prop_oneof![Just("INBOX".to_owned()), "[a-zA-Z0-9./ &\"\\\\-]{1,8}", "\\PC{1,5}"]
        .prop_map(|name| MailboxName::new(&name))
        .boxed()
}

fn number() -> BoxedStrategy<NonZeroU32> {
    prop_oneof![1..20_u32, Just(u32::MAX)].prop_map(|n| NonZeroU32::new(n).unwrap()).boxed()
}

fn place() -> BoxedStrategy<SequenceNumber> {
    prop_oneof![number().prop_map(SequenceNumber::Number), Just(SequenceNumber::Last)].boxed()
}

fn messages() -> BoxedStrategy<SequenceSet> {
    let range = (place(), place()).prop_map(|(first, last)| SequenceRange { first, last });
    prop_oneof![
        8 => vec(range, 1..4).prop_map(SequenceSet::Ranges),
        1 => Just(SequenceSet::Saved),
    ]
    .boxed()
}

fn mod_seq() -> BoxedStrategy<ModSeq> {
    (0..=ModSeq::MAX.value()).prop_map(|n| ModSeq::new(n).unwrap()).boxed()
}

fn size() -> BoxedStrategy<u64> {
    prop_oneof![0..1000_u64, Just(i64::MAX as u64)].boxed()
}

fn date() -> BoxedStrategy<Date> {
    (1970..2100_u16, 1..=12_u8, 1..=28_u8).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap()).boxed()
}

fn date_time() -> BoxedStrategy<DateTime> {
    (date(), 0..24_u8, 0..60_u8, 0..60_u8, -720..720_i16)
        .prop_map(|(date, h, m, s, zone)| DateTime::new(date, h, m, s, zone).unwrap())
        .boxed()
}

fn flags() -> BoxedStrategy<Vec<Flag>> {
    let flag = prop_oneof![
        select(vec![Flag::Seen, Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Draft]),
        atom().prop_map(Flag::Keyword),
    ];
    vec(flag, 0..4).boxed()
}

fn part() -> BoxedStrategy<SectionPart> {
    vec(number(), 0..4).prop_map(SectionPart).boxed()
}

fn section() -> BoxedStrategy<Section> {
    let fields = vec(astring(), 1..3);
    let text = prop_oneof![
        Just(SectionText::Header),
        Just(SectionText::Text),
        fields.clone().prop_map(SectionText::HeaderFields),
        fields.prop_map(SectionText::HeaderFieldsNot),
        Just(SectionText::Mime),
    ];
    (part(), option::of(text))
        .prop_map(|(part, text)| {
            // MIME is of a part.
            let text = text.filter(|text| *text != SectionText::Mime || !part.0.is_empty());
            Section { part, text }
        })
        .boxed()
}

fn partial() -> BoxedStrategy<Option<Partial>> {
    option::of((size(), size()).prop_map(|(offset, length)| Partial { offset, length })).boxed()
}

fn fetch_item() -> BoxedStrategy<FetchItem> {
    use FetchItem as F;
    prop_oneof![
        select(vec![
            F::Envelope,
            F::Flags,
            F::InternalDate,
            F::Rfc822,
            F::Rfc822Header,
            F::Rfc822Size,
            F::Rfc822Text,
            F::Body,
            F::BodyStructure,
            F::Uid,
            F::ModSeq,
            F::EmailId,
            F::ThreadId,
            F::SaveDate,
        ]),
        (section(), partial(), any::<bool>()).prop_map(|(section, partial, peek)| F::BodySection {
            section,
            partial,
            peek
        }),
        (part(), partial(), any::<bool>()).prop_map(|(part, partial, peek)| F::Binary {
            part,
            partial,
            peek
        }),
        part().prop_map(F::BinarySize),
        any::<bool>().prop_map(|lazy| F::Preview { lazy }),
    ]
    .boxed()
}

fn page() -> BoxedStrategy<Option<(i64, i64)>> {
    option::of((1..500_i64, 1..500_i64, select(vec![1, -1])).prop_map(|(a, b, sign)| (sign * a, sign * b)))
        .boxed()
}

fn key() -> BoxedStrategy<SearchKey> {
    use SearchKey as K;
    let leaf = prop_oneof![
        select(vec![
            K::All,
            K::Answered,
            K::Deleted,
            K::Draft,
            K::Flagged,
            K::New,
            K::Old,
            K::Recent,
            K::Seen,
            K::Unanswered,
            K::Undeleted,
            K::Undraft,
            K::Unflagged,
            K::Unseen,
            K::SaveDateSupported,
        ]),
        (select(vec![K::Bcc, K::Body, K::Cc, K::From, K::Subject, K::Text, K::To]), astring())
            .prop_map(|(make, text)| make(text)),
        (
            select(vec![
                K::Before,
                K::On,
                K::Since,
                K::SentBefore,
                K::SentOn,
                K::SentSince,
                K::SavedBefore,
                K::SavedOn,
                K::SavedSince,
            ]),
            date()
        )
            .prop_map(|(make, date)| make(date)),
        (astring(), astring()).prop_map(|(name, text)| K::Header(name, text)),
        atom().prop_map(K::Keyword),
        atom().prop_map(K::Unkeyword),
        size().prop_map(K::Larger),
        size().prop_map(K::Smaller),
        messages().prop_map(K::Sequence),
        messages().prop_map(K::Uid),
        number().prop_map(|n| K::Older(n.get())),
        number().prop_map(|n| K::Younger(n.get())),
        number().prop_map(|n| K::UidAfter(n.into())),
        number().prop_map(|n| K::UidBefore(n.into())),
        mod_seq().prop_map(K::ModSeq),
        "[A-Za-z0-9_-]{1,9}".prop_map(|id| K::EmailId(AString::try_from(id.as_str()).unwrap())),
        "[A-Za-z0-9_-]{1,9}".prop_map(|id| K::ThreadId(AString::try_from(id.as_str()).unwrap())),
        "[a-z]{1,9}".prop_map(|name| K::Filter(AString::try_from(name.as_str()).unwrap())),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|key| K::Not(Box::new(key))),
            inner.clone().prop_map(|key| K::Fuzzy(Box::new(key))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| K::Or(Box::new(one), Box::new(other))),
            vec(inner, 2..4).prop_map(K::And),
        ]
    })
    .boxed()
}

fn returns() -> BoxedStrategy<Option<SearchReturn>> {
    let some = (any::<[bool; 7]>(), page(), option::of(vec(fetch_item(), 0..3))).prop_map(
        |([min, max, all, count, save, context, relevancy], partial, update)| {
            // No option at all means ALL.
            let given = min || max || count || save || relevancy || context;
            let all = all || !(given || update.is_some() || partial.is_some());
            SearchReturn { min, max, all, count, save, partial, relevancy, update, context }
        },
    );
    option::of(some).boxed()
}

fn charset() -> BoxedStrategy<Charset> {
    let other = "[a-z]{1,4}-[0-9]{1,4}".prop_filter("known", |name| name != "utf-8" && name != "us-ascii");
    prop_oneof![
        Just(Charset::Utf8),
        Just(Charset::UsAscii),
        other.prop_map(|name| Charset::Other(AString::try_from(name.as_str()).unwrap())),
    ]
    .boxed()
}

fn mailboxes() -> BoxedStrategy<SourceMailboxes> {
    let make = select(vec![SourceMailboxes::Subtree, SourceMailboxes::SubtreeOne, SourceMailboxes::Exactly]);
    (make, vec(mailbox(), 1..3)).prop_map(|(make, names)| make(names)).boxed()
}

fn source() -> BoxedStrategy<Option<Vec<SearchSource>>> {
    let one = prop_oneof![
        select(vec![
            SearchSource::Selected,
            SearchSource::Inboxes,
            SearchSource::Personal,
            SearchSource::Subscribed
        ]),
        mailboxes().prop_map(SearchSource::Mailboxes),
    ];
    option::of(vec(one, 0..3)).boxed()
}

fn statuses() -> BoxedStrategy<Vec<StatusItem>> {
    vec(
        select(vec![StatusItem::Messages, StatusItem::UidNext, StatusItem::Size, StatusItem::HighestModSeq]),
        1..3,
    )
    .boxed()
}

fn append_message() -> BoxedStrategy<AppendMessage> {
    let octets = || vec(any::<u8>(), 0..20).prop_map(Bytes::from);
    let piece = prop_oneof![
        "[a-zA-Z0-9/;=]{1,9}".prop_map(|url| CatenatePart::Url(AString::try_from(url.as_str()).unwrap())),
        octets().prop_map(CatenatePart::Text),
    ];
    let data =
        prop_oneof![octets().prop_map(AppendData::Whole), vec(piece, 1..3).prop_map(AppendData::Catenate)];
    (flags(), option::of(date_time()), data)
        .prop_map(|(flags, date, data)| AppendMessage { flags, date, data })
        .boxed()
}

fn select_command() -> BoxedStrategy<Select> {
    let resync = (number(), mod_seq(), option::of(uids()), option::of((uids(), uids()))).prop_map(
        |(validity, mod_seq, known_uids, match_data)| QResync {
            uid_validity: UidValidity::from(validity),
            mod_seq,
            match_data: match_data.filter(|_| known_uids.is_some()),
            known_uids,
        },
    );
    (mailbox(), any::<bool>(), option::of(resync))
        .prop_map(|(mailbox, condstore, qresync)| Select { mailbox, condstore, qresync })
        .boxed()
}

/// A set without `*`.
fn uids() -> BoxedStrategy<SequenceSet> {
    let number = || number().prop_map(SequenceNumber::Number);
    let range = (number(), number()).prop_map(|(first, last)| SequenceRange { first, last });
    vec(range, 1..4).prop_map(SequenceSet::Ranges).boxed()
}

fn list() -> BoxedStrategy<List> {
    let pattern = "[a-zA-Z%*./ -]{1,6}".prop_map(|pattern| MailboxName::new(&pattern));
    let select = any::<[bool; 4]>().prop_map(|[subscribed, remote, recursive, special_use]| ListSelect {
        subscribed,
        remote,
        recursive_match: recursive && (subscribed || special_use),
        special_use,
    });
    let returns = (any::<[bool; 4]>(), option::of(statuses()), option::of(vec(astring(), 1..3))).prop_map(
        |([subscribed, children, special_use, my_rights], status, metadata)| ListReturn {
            subscribed,
            children,
            special_use,
            my_rights,
            status,
            metadata,
        },
    );
    (mailbox(), vec(pattern, 1..3), option::of(select), option::of(returns))
        .prop_map(|(reference, patterns, select, returns)| List {
            reference,
            patterns,
            options: ListOptions { select, returns },
        })
        .boxed()
}

fn notify() -> BoxedStrategy<Notify> {
    let events = prop_oneof![
        // RFC 5465 §5: new and expunged messages come together.
        vec(fetch_item(), 0..3)
            .prop_map(|items| vec![MessageEvent::MessageNew(items), MessageEvent::MessageExpunge]),
        Just(vec![MessageEvent::MailboxName, MessageEvent::SubscriptionChange]),
        Just(Vec::new()),
    ];
    let filter = prop_oneof![
        select(vec![
            MailboxFilter::Selected,
            MailboxFilter::SelectedDelayed,
            MailboxFilter::Inboxes,
            MailboxFilter::Personal,
            MailboxFilter::Subscribed,
        ]),
        mailboxes().prop_map(MailboxFilter::Mailboxes),
    ];
    let group = (filter, events).prop_map(|(mailboxes, events)| EventGroup { mailboxes, events });
    prop_oneof![
        1 => Just(Notify::None),
        4 => (any::<bool>(), vec(group, 1..3))
            .prop_map(|(status, groups)| Notify::Set(NotifySet { status, groups })),
    ]
    .boxed()
}

fn body() -> BoxedStrategy<CommandBody> {
    use CommandBody as C;
    let plain = select(vec![
        C::Capability,
        C::Noop,
        C::Logout,
        C::StartTls,
        C::Namespace,
        C::Idle,
        C::Check,
        C::Close,
        C::Unselect,
        C::Expunge,
        C::Unauthenticate,
        C::GetJmapAccess,
        C::Id(None),
    ]);
    let about_mailboxes = prop_oneof![
        (
            select(vec![C::Delete, C::Subscribe, C::Unsubscribe, C::GetQuotaRoot, C::GetAcl, C::MyRights]),
            mailbox()
        )
            .prop_map(|(make, name)| make(name)),
        (mailbox(), vec(atom(), 0..3))
            .prop_map(|(mailbox, special_use)| C::Create(Create { mailbox, special_use })),
        (mailbox(), mailbox()).prop_map(|(from, to)| C::Rename(Rename { from, to })),
        select_command().prop_map(C::Select),
        select_command().prop_map(C::Examine),
        list().prop_map(C::List),
        (mailbox(), mailbox()).prop_map(|(reference, pattern)| C::Lsub { reference, pattern }),
        (mailbox(), statuses()).prop_map(|(mailbox, items)| C::Status(Status { mailbox, items })),
        (mailbox(), vec(append_message(), 1..3))
            .prop_map(|(mailbox, messages)| C::Append(Append { mailbox, messages })),
    ];
    let store_item =
        (select(vec![StoreMode::Add, StoreMode::Remove, StoreMode::Replace]), any::<bool>(), flags())
            .prop_map(|(mode, silent, flags)| StoreItem { mode, silent, flags });
    let about_messages = prop_oneof![
        (messages(), any::<bool>(), vec(fetch_item(), 1..4), option::of(mod_seq()), any::<bool>(), page())
            .prop_map(|(messages, uid, items, changed_since, vanished, partial)| {
                let vanished = vanished && uid && changed_since.is_some();
                C::Fetch(Fetch { messages, uid, items, changed_since, vanished, partial })
            }),
        (messages(), any::<bool>(), option::of(mod_seq()), store_item).prop_map(
            |(messages, uid, unchanged_since, item)| C::Store(Store { messages, uid, unchanged_since, item })
        ),
        (select(vec![C::Copy, C::Move]), messages(), any::<bool>(), mailbox())
            .prop_map(|(make, messages, uid, mailbox)| make(Copy { messages, uid, mailbox })),
        messages().prop_map(|uids| C::UidExpunge(UidExpunge { uids })),
        (place(), any::<bool>(), mailbox(), append_message()).prop_map(|(message, uid, mailbox, one)| {
            C::Replace(Replace { message, uid, append: Append { mailbox, messages: vec![one] } })
        }),
    ];
    let searches = prop_oneof![
        (any::<bool>(), source(), returns(), option::of(charset()), key()).prop_map(
            |(uid, source, returns, charset, key)| {
                // ESEARCH has no UID form, and always returns something.
                let (uid, returns) = match source {
                    Some(_) => (
                        false,
                        Some(returns.unwrap_or(SearchReturn { all: true, ..SearchReturn::default() })),
                    ),
                    None => (uid, returns),
                };
                C::Search(Box::new(Search { uid, source, returns, charset, key }))
            }
        ),
        (
            any::<bool>(),
            returns(),
            vec(
                (
                    any::<bool>(),
                    select(vec![SortKey::Arrival, SortKey::DisplayTo, SortKey::Relevancy, SortKey::Subject])
                )
                    .prop_map(|(reverse, key)| SortCriterion { reverse, key }),
                1..3
            ),
            charset(),
            key()
        )
            .prop_map(|(uid, returns, criteria, charset, key)| {
                C::Sort(Box::new(Sort { uid, returns, criteria, charset, key }))
            }),
        (
            any::<bool>(),
            select(vec![ThreadAlgorithm::References, ThreadAlgorithm::OrderedSubject]),
            charset(),
            key()
        )
            .prop_map(|(uid, algorithm, charset, key)| C::Thread(Box::new(Thread {
                uid,
                algorithm,
                charset,
                key
            }))),
    ];
    let rest = prop_oneof![
        (astring(), astring()).prop_map(|(user, password)| C::Login { user, password }),
        (atom(), option::of("[A-Za-z0-9+/=]{1,8}".prop_map(Bytes::from)))
            .prop_map(|(mechanism, initial)| C::Authenticate { mechanism, initial }),
        vec(atom(), 1..3).prop_map(C::Enable),
        vec((astring(), option::of(astring().prop_map(AString::into_bytes))), 0..3)
            .prop_map(|fields| C::Id(Some(fields))),
        atom().prop_map(C::Compress),
        vec(astring(), 0..3).prop_map(C::Language),
        vec(astring(), 0..3).prop_map(C::Comparator),
        vec(astring(), 1..3).prop_map(C::CancelUpdate),
        vec((astring(), atom()), 1..3).prop_map(C::GenUrlAuth),
        (option::of(mailbox()), vec(atom(), 0..2)).prop_map(|(mailbox, mechanisms)| {
            let mechanisms = if mailbox.is_some() { mechanisms } else { Vec::new() };
            C::ResetKey(mailbox, mechanisms)
        }),
        vec(astring(), 1..3).prop_map(C::UrlFetch),
        astring().prop_map(C::GetQuota),
        (astring(), vec((atom(), size()), 0..3)).prop_map(|(root, limits)| C::SetQuota(root, limits)),
        (mailbox(), astring(), astring()).prop_map(|(mailbox, who, rights)| C::SetAcl(mailbox, who, rights)),
        (mailbox(), astring()).prop_map(|(mailbox, who)| C::DeleteAcl(mailbox, who)),
        (mailbox(), astring()).prop_map(|(mailbox, who)| C::ListRights(mailbox, who)),
        (
            option::of(mailbox()),
            option::of(size()),
            select(vec![MetadataDepth::Zero, MetadataDepth::One, MetadataDepth::Infinity]),
            vec(astring(), 1..3)
        )
            .prop_map(|(mailbox, max_size, depth, entries)| {
                C::GetMetadata(GetMetadata { mailbox, max_size, depth, entries })
            }),
        (
            option::of(mailbox()),
            vec((astring(), option::of(vec(any::<u8>(), 0..9).prop_map(Bytes::from))), 1..3)
        )
            .prop_map(|(mailbox, entries)| C::SetMetadata(SetMetadata { mailbox, entries })),
        notify().prop_map(C::Notify),
    ];
    prop_oneof![
        1 => plain,
        4 => about_mailboxes,
        6 => about_messages,
        6 => searches,
        4 => rest,
    ]
    .boxed()
}

pub(crate) fn any_command() -> BoxedStrategy<Command> {
    ("[A-Za-z0-9.]{1,6}", body())
        .prop_map(|(tag, body)| Command { tag: Tag::try_from(tag.as_str()).unwrap(), body })
        .boxed()
}
