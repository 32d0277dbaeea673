//! Any response that can be written.

use bytes::Bytes;
use mailwright_imap::types::{
    Atom, Date, DateTime, Flag, MailboxName, ModSeq, Octets, Section, SectionPart, SectionText, Tag, Uid,
    UidSet, UidValidity,
    response::{
        Acl, Address, BodyExtension, BodyStructure, Capability, Code, Comparator, Condition, Continue,
        Correlator, Data, Disposition, Envelope, Esearch, EsearchItem, Fetch, FetchAttribute, InProgress,
        List, ListAttribute, ListExtendedItem, ListRights, MailboxStatus, Metadata, MetadataEntries,
        MetadataProblem, MultiPart, MyRights, Namespace, Namespaces, ObjectId, PartKind, PartialRange, Quota,
        QuotaResource, QuotaRoots, Response, Search, SinglePart, Status, StatusValue, Tagged, Text, Threads,
        Untagged, UrlFetch, Value,
    },
};
use proptest::{collection::vec, option, prelude::*};
use std::num::NonZeroU32;

pub(crate) fn bytes() -> BoxedStrategy<Bytes> {
    // Everything that makes a string hard to write, and ordinary ones.
    prop_oneof!["[a-zA-Z0-9.]{1,8}", "[ -~]{0,8}", "[\\x01-\\x7f]{0,6}", "\\PC{0,4}"]
        .prop_map(|text| Bytes::from(text.into_bytes()))
        .boxed()
}

/// Some of them too long to be held in place.
pub(crate) fn short() -> BoxedStrategy<Octets> {
    prop_oneof![3 => bytes(), 1 => "[ -~]{18,30}".prop_map(Bytes::from)].prop_map(Octets::from).boxed()
}

pub(crate) fn noctets() -> BoxedStrategy<Option<Octets>> {
    option::of(short()).boxed()
}

pub(crate) fn octets() -> BoxedStrategy<Bytes> {
    vec(any::<u8>(), 0..20).prop_map(Bytes::from).boxed()
}

pub(crate) fn nstring() -> BoxedStrategy<Option<Bytes>> {
    option::of(bytes()).boxed()
}

pub(crate) fn word() -> BoxedStrategy<Bytes> {
    "[A-Z][A-Z0-9-]{0,6}".prop_filter("NIL is no word", |word| word != "NIL").prop_map(Bytes::from).boxed()
}

pub(crate) fn atom() -> BoxedStrategy<Atom> {
    word().prop_map(|word| Atom::try_from(std::str::from_utf8(&word).unwrap()).unwrap()).boxed()
}

pub(crate) fn text() -> BoxedStrategy<Text> {
    "[a-zA-Z0-9][ -~]{0,10}".prop_map(|text| Text::from(text.as_str())).boxed()
}

pub(crate) fn mailbox() -> BoxedStrategy<MailboxName> {
    prop_oneof![Just("INBOX".to_owned()), "[a-zA-Z0-9./ &\"\\\\-]{0,8}", "\\PC{1,5}"]
        .prop_map(|name| MailboxName::new(&name))
        .boxed()
}

pub(crate) fn number() -> BoxedStrategy<NonZeroU32> {
    prop_oneof![1..20_u32, Just(u32::MAX)].prop_map(|n| NonZeroU32::new(n).unwrap()).boxed()
}

pub(crate) fn uids() -> BoxedStrategy<UidSet> {
    vec((1..1000_u32, 0..20_u32), 1..5)
        .prop_map(|ranges| {
            let mut set = UidSet::new();
            for (first, more) in ranges {
                set.push(first, first + more);
            }
            set
        })
        .boxed()
}

pub(crate) fn mod_seq() -> BoxedStrategy<ModSeq> {
    (0..=ModSeq::MAX.value()).prop_map(|n| ModSeq::new(n).unwrap()).boxed()
}

pub(crate) fn size() -> BoxedStrategy<u64> {
    prop_oneof![0..1000_u64, Just(i64::MAX as u64)].boxed()
}

pub(crate) fn validity() -> BoxedStrategy<UidValidity> {
    number().prop_map(UidValidity::from).boxed()
}

pub(crate) fn object_id() -> BoxedStrategy<ObjectId> {
    "[A-Za-z0-9_-]{1,12}".prop_map(|id| ObjectId::new(id).unwrap()).boxed()
}

pub(crate) fn date_time() -> BoxedStrategy<DateTime> {
    (1..=28_u8, 1..=12_u8, 1970..2100_u16, 0..24_u8, 0..60_u8, 0..60_u8, -720..720_i16)
        .prop_map(|(day, month, year, h, m, s, zone)| {
            DateTime::new(Date::new(year, month, day).unwrap(), h, m, s, zone).unwrap()
        })
        .boxed()
}

pub(crate) fn flag() -> BoxedStrategy<Flag> {
    prop_oneof![
        Just(Flag::Seen),
        Just(Flag::Recent),
        Just(Flag::Any),
        atom().prop_map(Flag::Keyword),
        "[A-Z]X[A-Z]{0,4}".prop_map(|name| Flag::Extension(Atom::try_from(name.as_str()).unwrap())),
    ]
    .boxed()
}

pub(crate) fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<u64>().prop_map(Value::Number),
        word().prop_map(Value::Atom),
        bytes().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 12, 4, |inner| vec(inner, 0..4).prop_map(Value::List)).boxed()
}

pub(crate) fn capabilities() -> BoxedStrategy<mailwright_imap::types::response::Capabilities> {
    let one = prop_oneof![
        Just(Capability::Imap4Rev2),
        Just(Capability::LiteralMinus),
        Just(Capability::AppendLimit(Some(7))),
        Just(Capability::AppendLimit(None)),
        Just(Capability::Auth("PLAIN".into())),
        Just(Capability::Rights("texk".into())),
        "X[A-Z]{1,5}".prop_map(|name| Capability::Other(name.into())),
    ];
    vec(one, 0..5).prop_map(|all| all.into_iter().collect()).boxed()
}

pub(crate) fn code() -> BoxedStrategy<Code> {
    prop_oneof![
        Just(Code::Alert),
        Just(Code::ReadWrite),
        Just(Code::Closed),
        Just(Code::InProgress(None)),
        Just(Code::Metadata(MetadataProblem::TooMany)),
        capabilities().prop_map(Code::Capability),
        (validity(), uids()).prop_map(|(validity, uids)| Code::AppendUid { validity, uids }),
        (validity(), uids(), uids()).prop_map(|(validity, from, to)| Code::CopyUid { validity, from, to }),
        vec(bytes(), 0..3).prop_map(Code::BadCharset),
        vec(flag(), 0..4).prop_map(Code::PermanentFlags),
        uids().prop_map(Code::Modified),
        mod_seq().prop_map(Code::HighestModSeq),
        object_id().prop_map(Code::MailboxId),
        number().prop_map(Code::Unseen),
        validity().prop_map(Code::UidValidity),
        any::<u32>().prop_map(Code::UidNext),
        (any::<u32>(), option::of(number().prop_map(Uid::from)))
            .prop_map(|(limit, lowest)| Code::MessageLimit { limit, lowest }),
        (option::of("[a-z][a-z0-9]{0,4}"), option::of(any::<u32>()), option::of(any::<u32>())).prop_map(
            |(tag, progress, goal)| {
                let tag = tag.map(|tag| Tag::try_from(tag.as_str()).unwrap());
                Code::InProgress(Some(InProgress { tag, progress, goal }))
            }
        ),
        size().prop_map(|size| Code::Metadata(MetadataProblem::LongEntries(size))),
        ("X-[A-Z]{1,5}", option::of("[a-z ]{1,8}")).prop_map(|(name, value)| Code::Other {
            name: name.as_str().into(),
            value: value.map(|value| value.as_str().into())
        }),
    ]
    .boxed()
}

pub(crate) fn status(conditions: &'static [Condition]) -> BoxedStrategy<Status> {
    (prop::sample::select(conditions), option::of(code()), text())
        .prop_map(|(condition, code, text)| Status { condition, code, text })
        .boxed()
}

pub(crate) fn addresses() -> BoxedStrategy<Vec<Address>> {
    let one = (noctets(), noctets(), noctets(), noctets()).prop_map(|(name, route, mailbox, host)| Address {
        name,
        route,
        mailbox,
        host,
    });
    vec(one, 0..3).boxed()
}

pub(crate) fn envelope() -> BoxedStrategy<Envelope> {
    (
        (nstring(), nstring(), nstring(), nstring()),
        (addresses(), addresses(), addresses(), addresses(), addresses(), addresses()),
    )
        .prop_map(|((date, subject, in_reply_to, message_id), (from, sender, reply_to, to, cc, bcc))| {
            Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id }
        })
        .boxed()
}

pub(crate) fn parameters() -> BoxedStrategy<Vec<(Octets, Octets)>> {
    vec((short(), short()), 0..3).boxed()
}

pub(crate) fn extension() -> BoxedStrategy<BodyExtension> {
    let disposition = (short(), parameters()).prop_map(|(kind, parameters)| Disposition { kind, parameters });
    (option::of(disposition), vec(short(), 0..3), nstring(), vec(value(), 0..3))
        .prop_map(|(disposition, languages, location, more)| BodyExtension {
            disposition,
            languages,
            location,
            more,
        })
        .boxed()
}

pub(crate) fn single() -> BoxedStrategy<SinglePart> {
    let fields = (short(), short(), parameters(), nstring(), nstring(), short(), size());
    let lines = prop_oneof![Just(PartKind::Basic), size().prop_map(|lines| PartKind::Text { lines })];
    (fields, lines, noctets(), extension())
        .prop_map(|((media, subtype, parameters, id, description, encoding, size), kind, md5, extension)| {
            SinglePart {
                media,
                subtype,
                parameters,
                id,
                description,
                encoding,
                size,
                kind,
                md5,
                extension: Some(extension),
            }
        })
        .boxed()
}

pub(crate) fn structure() -> BoxedStrategy<BodyStructure> {
    single()
        .prop_map(BodyStructure::Single)
        .prop_recursive(4, 12, 3, |inner| {
            prop_oneof![
                (vec(inner.clone(), 1..3), short(), parameters(), extension()).prop_map(
                    |(parts, subtype, parameters, extension)| {
                        BodyStructure::Multi(MultiPart {
                            parts,
                            subtype,
                            parameters,
                            extension: Some(extension),
                        })
                    }
                ),
                (single(), envelope(), inner, size()).prop_map(|(mut part, envelope, body, lines)| {
                    part.kind =
                        PartKind::Message { envelope: Box::new(envelope), body: Box::new(body), lines };
                    BodyStructure::Single(part)
                }),
            ]
        })
        .boxed()
}

pub(crate) fn section() -> BoxedStrategy<Section> {
    let fields = vec("[A-Za-z-]{1,8}".prop_map(|name| name.as_str().try_into().unwrap()), 1..3);
    let text = prop_oneof![
        Just(SectionText::Header),
        Just(SectionText::Text),
        fields.clone().prop_map(SectionText::HeaderFields),
        fields.prop_map(SectionText::HeaderFieldsNot),
    ];
    (part(), option::of(text)).prop_map(|(part, text)| Section { part, text }).boxed()
}

pub(crate) fn part() -> BoxedStrategy<SectionPart> {
    vec(number(), 0..3).prop_map(SectionPart).boxed()
}

pub(crate) fn data() -> BoxedStrategy<Data> {
    prop_oneof![Just(Data::Nil), octets().prop_map(Data::Whole)].boxed()
}

pub(crate) fn attribute() -> BoxedStrategy<FetchAttribute> {
    prop_oneof![
        vec(flag(), 0..4).prop_map(FetchAttribute::Flags),
        number().prop_map(|uid| FetchAttribute::Uid(uid.into())),
        mod_seq().prop_map(FetchAttribute::ModSeq),
        date_time().prop_map(FetchAttribute::InternalDate),
        size().prop_map(FetchAttribute::Size),
        envelope().prop_map(|it| FetchAttribute::Envelope(Box::new(it))),
        structure().prop_map(|it| FetchAttribute::BodyStructure(Box::new(it))),
        (section(), option::of(size()), data()).prop_map(|(section, origin, data)| FetchAttribute::Section {
            section,
            origin,
            data
        }),
        (part(), option::of(size()), data()).prop_map(|(part, origin, data)| FetchAttribute::Binary {
            part,
            origin,
            data
        }),
        (part(), size()).prop_map(|(part, size)| FetchAttribute::BinarySize { part, size }),
        data().prop_map(FetchAttribute::Rfc822),
        object_id().prop_map(FetchAttribute::EmailId),
        option::of(object_id()).prop_map(FetchAttribute::ThreadId),
        option::of(date_time()).prop_map(FetchAttribute::SaveDate),
        nstring().prop_map(FetchAttribute::Preview),
        size().prop_map(FetchAttribute::GmailMessageId),
        vec(bytes(), 0..3).prop_map(FetchAttribute::GmailLabels),
        ("X-[A-Z]{1,5}", value())
            .prop_map(|(name, value)| FetchAttribute::Other { name: name.into(), value }),
    ]
    .boxed()
}

pub(crate) fn threads() -> BoxedStrategy<Threads> {
    vec((any::<prop::sample::Index>(), any::<bool>(), number()), 0..12)
        .prop_map(|places| {
            // In the order in which they are written, so that it is the order in which they are read.
            let mut threads = Threads::default();
            let mut path: Vec<usize> = Vec::new();
            for (index, root, number) in places {
                if root || path.is_empty() {
                    path.clear();
                } else {
                    path.truncate(index.index(path.len()) + 1);
                }
                let at = threads.push(path.last().copied(), Some(number));
                path.push(at);
            }
            threads
        })
        .boxed()
}

pub(crate) fn status_value() -> BoxedStrategy<StatusValue> {
    prop_oneof![
        any::<u32>().prop_map(StatusValue::Messages),
        any::<u32>().prop_map(StatusValue::UidNext),
        validity().prop_map(StatusValue::UidValidity),
        size().prop_map(StatusValue::Size),
        mod_seq().prop_map(StatusValue::HighestModSeq),
        option::of(size()).prop_map(StatusValue::AppendLimit),
        object_id().prop_map(StatusValue::MailboxId),
        ("X-[A-Z]{1,5}", value()).prop_map(|(name, value)| StatusValue::Other(name.into(), value)),
    ]
    .boxed()
}

pub(crate) fn esearch_item() -> BoxedStrategy<EsearchItem> {
    prop_oneof![
        any::<u32>().prop_map(EsearchItem::Min),
        any::<u32>().prop_map(EsearchItem::Count),
        uids().prop_map(EsearchItem::All),
        mod_seq().prop_map(EsearchItem::ModSeq),
        (1..500_i64, 1..500_i64, any::<bool>(), option::of(uids())).prop_map(
            |(first, last, end, numbers)| {
                let sign = if end { -1 } else { 1 };
                EsearchItem::Partial {
                    range: PartialRange { first: sign * first, last: sign * last },
                    numbers,
                }
            }
        ),
        vec(1..100_u32, 0..4).prop_map(EsearchItem::Relevancy),
        vec((any::<u32>(), uids()), 1..3).prop_map(EsearchItem::AddTo),
        ("X-[A-Z]{1,5}", value()).prop_map(|(name, value)| EsearchItem::Other(name.into(), value)),
    ]
    .boxed()
}

pub(crate) fn list() -> BoxedStrategy<List> {
    let attribute = prop_oneof![
        Just(ListAttribute::NoSelect),
        Just(ListAttribute::Sent),
        "X[A-Z]{1,5}".prop_map(|name| ListAttribute::Other(Atom::try_from(name.as_str()).unwrap())),
    ];
    let delimiter = option::of(prop::sample::select(vec!['/', '.', '\\', '"', ' ']));
    let item = prop_oneof![
        vec(bytes(), 0..3).prop_map(ListExtendedItem::ChildInfo),
        mailbox().prop_map(ListExtendedItem::OldName),
        ("X-[A-Z]{1,5}", value()).prop_map(|(name, value)| ListExtendedItem::Other(name.into(), value)),
    ];
    (vec(attribute, 0..3), delimiter, mailbox(), vec(item, 0..3))
        .prop_map(|(attributes, delimiter, mailbox, extended)| List {
            attributes,
            delimiter,
            mailbox,
            extended,
        })
        .boxed()
}

pub(crate) fn namespaces() -> BoxedStrategy<Namespaces> {
    let one = (mailbox(), option::of(Just('/')), vec((bytes(), vec(bytes(), 1..3)), 0..2))
        .prop_map(|(prefix, delimiter, extensions)| Namespace { prefix, delimiter, extensions });
    let kind = vec(one, 0..3);
    (kind.clone(), kind.clone(), kind)
        .prop_map(|(personal, other, shared)| Namespaces { personal, other, shared })
        .boxed()
}

pub(crate) fn untagged() -> BoxedStrategy<Untagged> {
    use Condition::{Bad, Bye, No, Ok, PreAuth};
    let metadata = prop_oneof![
        vec((bytes(), nstring()), 0..3).prop_map(MetadataEntries::Values),
        vec("/[a-z/]{1,8}".prop_map(Bytes::from), 1..3).prop_map(MetadataEntries::Changed),
    ];
    let correlator = (bytes(), option::of((mailbox(), validity()))).prop_map(|(tag, place)| {
        let (mailbox, uid_validity) = place.unzip();
        Correlator { tag: Some(tag), mailbox, uid_validity }
    });
    let resource =
        (atom(), size(), size()).prop_map(|(name, usage, limit)| QuotaResource { name, usage, limit });
    let first = prop_oneof![
        status(&[Ok, No, Bad, PreAuth, Bye]).prop_map(Untagged::Status),
        capabilities().prop_map(Untagged::Capability),
        capabilities().prop_map(Untagged::Enabled),
        list().prop_map(Untagged::List),
        list().prop_map(Untagged::Lsub),
        namespaces().prop_map(Untagged::Namespace),
        (mailbox(), vec(status_value(), 0..5))
            .prop_map(|(mailbox, values)| Untagged::MailboxStatus(MailboxStatus { mailbox, values })),
        (vec(any::<u32>(), 0..5), option::of(mod_seq()))
            .prop_map(|(numbers, mod_seq)| Untagged::Search(Search { numbers, mod_seq })),
        (option::of(correlator), any::<bool>(), vec(esearch_item(), 0..4)).prop_map(
            |(correlator, uid, items)| {
                Untagged::Esearch(Esearch { correlator: correlator.unwrap_or_default(), uid, items })
            }
        ),
        threads().prop_map(Untagged::Thread),
        vec(flag(), 0..4).prop_map(Untagged::Flags),
        any::<u32>().prop_map(Untagged::Exists),
        any::<u32>().prop_map(Untagged::Recent),
        number().prop_map(Untagged::Expunge),
        (any::<bool>(), uids()).prop_map(|(earlier, uids)| Untagged::Vanished { earlier, uids }),
        (number(), any::<bool>(), vec(attribute(), 0..4)).prop_map(|(number, by_uid, attributes)| {
            Untagged::Fetch(Fetch { by_uid, ..Fetch::new(number, attributes) })
        }),
    ];
    let second = prop_oneof![
        option::of(vec((bytes(), nstring()), 0..3)).prop_map(Untagged::Id),
        (bytes(), vec(resource, 0..3))
            .prop_map(|(root, resources)| Untagged::Quota(Quota { root, resources })),
        (mailbox(), vec(bytes(), 0..3))
            .prop_map(|(mailbox, roots)| Untagged::QuotaRoots(QuotaRoots { mailbox, roots })),
        (mailbox(), vec((bytes(), bytes()), 0..3))
            .prop_map(|(mailbox, entries)| Untagged::Acl(Acl { mailbox, entries })),
        (mailbox(), bytes(), bytes(), vec(bytes(), 0..3)).prop_map(
            |(mailbox, identifier, required, optional)| {
                Untagged::ListRights(ListRights { mailbox, identifier, required, optional })
            }
        ),
        (mailbox(), bytes()).prop_map(|(mailbox, rights)| Untagged::MyRights(MyRights { mailbox, rights })),
        (mailbox(), metadata)
            .prop_map(|(mailbox, entries)| Untagged::Metadata(Metadata { mailbox, entries })),
        vec(bytes(), 0..3).prop_map(Untagged::Language),
        (bytes(), vec(bytes(), 0..3))
            .prop_map(|(active, matching)| Untagged::Comparator(Comparator { active, matching })),
        vec(bytes(), 0..3).prop_map(Untagged::GenUrlAuth),
        vec((bytes(), nstring()).prop_map(|(url, data)| UrlFetch { url, data }), 0..3)
            .prop_map(Untagged::UrlFetch),
        bytes().prop_map(Untagged::JmapAccess),
        ("X[A-Z]{1,5}", option::of(any::<u32>()), "[a-z ]{0,8}").prop_map(|(name, number, rest)| {
            Untagged::Other { name: name.into(), number, rest: rest.trim_start().to_owned().into() }
        }),
    ];
    prop_oneof![first, second].boxed()
}

pub(crate) fn any_response() -> BoxedStrategy<Response> {
    use Condition::{Bad, No, Ok};
    prop_oneof![
        1 => text().prop_map(|text| Response::Continue(Continue { text })),
        2 => ("[a-z][a-z0-9]{0,5}", status(&[Ok, No, Bad])).prop_map(|(tag, status)| {
            Response::Tagged(Tagged { tag: Tag::try_from(tag.as_str()).unwrap(), status })
        }),
        20 => untagged().prop_map(Response::Untagged),
    ]
    .boxed()
}
