//! Our responses in the shape of net-imap's.

use super::value::{Map, Value};
use mailwright_imap::{
    encode::core::Encoder,
    types::{
        Flag, Octets, Section, SectionPart, UidSet,
        response::{
            Address, BodyExtension, BodyStructure, Capabilities, Code, Data, Disposition, Envelope,
            EsearchItem, Fetch, FetchAttribute, List, Namespace, PartKind, Response, Search, Status,
            StatusValue, Threads, Untagged, Value as Raw,
        },
    },
};

pub(crate) fn response(response: &Response) -> Value {
    match response {
        Response::Continue(more) => {
            let text = Value::of(&more.text);
            Value::map([("data", Value::map([("code", Value::Nil), ("text", text)]))])
        }
        Response::Tagged(tagged) => {
            let Value::Map(mut map) = status(&tagged.status) else { unreachable!() };
            map.insert("tag".into(), Value::of(&tagged.tag));
            Value::Map(map)
        }
        Response::Untagged(data) => untagged(data),
    }
}

fn named(name: impl std::fmt::Display, data: Value) -> Value {
    Value::map([("name", Value::of(name)), ("data", data)])
}

fn status(status: &Status) -> Value {
    let code = status.code.as_ref().map_or(Value::Nil, code);
    named(status.condition.as_str(), Value::map([("code", code), ("text", Value::of(&status.text))]))
}

fn code(code: &Code) -> Value {
    let (name, data) = match code {
        Code::Capability(all) => ("CAPABILITY", capabilities(all)),
        Code::PermanentFlags(all) => ("PERMANENTFLAGS", flags(all)),
        Code::BadCharset(all) => ("BADCHARSET", strings(all)),
        Code::UidNext(uid) => ("UIDNEXT", Value::of(uid)),
        Code::UidValidity(validity) => ("UIDVALIDITY", Value::of(validity)),
        Code::Unseen(number) => ("UNSEEN", Value::of(number)),
        Code::HighestModSeq(mod_seq) => ("HIGHESTMODSEQ", Value::of(mod_seq)),
        Code::Modified(uids) => ("MODIFIED", set(uids)),
        Code::MailboxId(id) => ("MAILBOXID", Value::of(id)),
        Code::AppendUid { validity, uids } => {
            ("APPENDUID", Value::map([("uidvalidity", Value::of(validity)), ("assigned_uids", set(uids))]))
        }
        Code::CopyUid { validity, from, to } => (
            "COPYUID",
            Value::map([
                ("uidvalidity", Value::of(validity)),
                ("source_uids", set(from)),
                ("assigned_uids", set(to)),
            ]),
        ),
        Code::Other { name, value } => {
            let value = Value::maybe(value.as_ref(), |value| Value::bytes(value));
            return named(String::from_utf8_lossy(name), value);
        }
        plain => {
            let mut out = Encoder::server(true);
            out.value(plain);
            return named(String::from_utf8_lossy(&out.take()), Value::Nil);
        }
    };
    named(name, data)
}

fn untagged(data: &Untagged) -> Value {
    match data {
        Untagged::Status(it) => status(it),
        Untagged::Capability(all) => named("CAPABILITY", capabilities(all)),
        Untagged::Enabled(all) => named("ENABLED", capabilities(all)),
        Untagged::List(it) => named("LIST", list(it)),
        Untagged::Lsub(it) => named("LSUB", list(it)),
        Untagged::Namespace(it) => named(
            "NAMESPACE",
            Value::map([
                ("personal", Value::list(&it.personal, namespace)),
                ("other", Value::list(&it.other, namespace)),
                ("shared", Value::list(&it.shared, namespace)),
            ]),
        ),
        Untagged::MailboxStatus(it) => {
            let attributes = it.values.iter().map(status_value).collect();
            named(
                "STATUS",
                Value::map([("mailbox", Value::of(&it.mailbox)), ("attr", Value::Map(attributes))]),
            )
        }
        Untagged::Search(it) => named("SEARCH", search(it)),
        Untagged::Sort(it) => named("SORT", search(it)),
        Untagged::Esearch(it) => named(
            "ESEARCH",
            Value::map([
                ("tag", Value::maybe(it.correlator.tag.as_ref(), |tag| Value::bytes(tag))),
                ("uid", Value::of(it.uid)),
                ("data", Value::list(&it.items, esearch_item)),
            ]),
        ),
        Untagged::Thread(it) => named("THREAD", threads(it)),
        Untagged::Flags(all) => named("FLAGS", flags(all)),
        Untagged::Exists(count) => named("EXISTS", Value::of(count)),
        Untagged::Recent(count) => named("RECENT", Value::of(count)),
        Untagged::Expunge(number) => named("EXPUNGE", Value::of(number)),
        Untagged::Vanished { earlier, uids } => {
            named("VANISHED", Value::map([("uids", set(uids)), ("earlier", Value::of(earlier))]))
        }
        Untagged::Fetch(it) => fetch(it),
        Untagged::Id(fields) => named(
            "ID",
            Value::Map(
                fields
                    .iter()
                    .flatten()
                    .map(|(name, value)| (text(name), Value::maybe(value.as_ref(), |it| Value::bytes(it))))
                    .collect(),
            ),
        ),
        Untagged::Quota(it) => {
            let first = &it.resources[0];
            named(
                "QUOTA",
                Value::map([
                    ("mailbox", Value::bytes(&it.root)),
                    ("usage", Value::of(first.usage)),
                    ("quota", Value::of(first.limit)),
                ]),
            )
        }
        Untagged::QuotaRoots(it) => named(
            "QUOTAROOT",
            Value::map([("mailbox", Value::of(&it.mailbox)), ("quotaroots", strings(&it.roots))]),
        ),
        Untagged::Acl(it) => named(
            "ACL",
            Value::list(&it.entries, |(user, rights)| {
                Value::map([
                    ("user", Value::bytes(user)),
                    ("rights", Value::bytes(rights)),
                    ("mailbox", Value::of(&it.mailbox)),
                ])
            }),
        ),
        Untagged::Other { name, number, rest } => {
            let rest = Some(rest).filter(|rest| !rest.is_empty());
            let data = match (number, rest) {
                (None, None) => Value::Nil,
                (Some(number), None) => Value::of(number),
                (None, Some(rest)) => Value::map([("unparsed_data", Value::bytes(rest))]),
                (Some(number), Some(rest)) => {
                    Value::map([("number", Value::of(number)), ("unparsed_data", Value::bytes(rest))])
                }
            };
            named(text(name), data)
        }
        other => panic!("{other:?}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn set(uids: &UidSet) -> Value {
    Value::map([("string", Value::of(uids))])
}

fn strings(all: &[impl AsRef<[u8]>]) -> Value {
    Value::list(all, |one| Value::bytes(one.as_ref()))
}

fn flags(all: &[Flag]) -> Value {
    Value::list(all, Value::of)
}

fn capabilities(all: &Capabilities) -> Value {
    Value::list(all.iter(), Value::of)
}

fn list(list: &List) -> Value {
    Value::map([
        ("attr", Value::list(&list.attributes, Value::of)),
        ("delim", Value::maybe(list.delimiter, Value::of)),
        ("name", Value::of(&list.mailbox)),
    ])
}

fn namespace(namespace: &Namespace) -> Value {
    let extensions =
        namespace.extensions.iter().map(|(name, values)| (text(name), strings(values))).collect();
    Value::map([
        ("prefix", Value::of(&namespace.prefix)),
        ("delim", Value::maybe(namespace.delimiter, Value::of)),
        ("extensions", Value::Map(extensions)),
    ])
}

fn status_value(value: &StatusValue) -> (String, Value) {
    let (name, value) = match value {
        StatusValue::Messages(n) => ("MESSAGES", Value::of(n)),
        StatusValue::Recent(n) => ("RECENT", Value::of(n)),
        StatusValue::Unseen(n) => ("UNSEEN", Value::of(n)),
        StatusValue::Deleted(n) => ("DELETED", Value::of(n)),
        StatusValue::UidNext(n) => ("UIDNEXT", Value::of(n)),
        StatusValue::UidValidity(n) => ("UIDVALIDITY", Value::of(n)),
        StatusValue::Size(n) => ("SIZE", Value::of(n)),
        StatusValue::HighestModSeq(n) => ("HIGHESTMODSEQ", Value::of(n)),
        StatusValue::DeletedStorage(n) => ("DELETED-STORAGE", Value::of(n)),
        StatusValue::MailboxId(id) => ("MAILBOXID", Value::of(id)),
        StatusValue::Other(name, value) => {
            let data = match value {
                Raw::Number(_) => raw(value),
                // An atom here is a set of numbers.
                Raw::Atom(set) => Value::map([("data", Value::map([("string", Value::bytes(set))]))]),
                other => Value::map([("data", raw(other))]),
            };
            return (text(name), data);
        }
        other => panic!("{other:?}"),
    };
    (name.into(), value)
}

fn raw(value: &Raw) -> Value {
    match value {
        // A word in a list is a string there, whatever the word.
        Raw::Nil => Value::of("nil"),
        Raw::Number(number) => Value::of(number),
        Raw::Atom(bytes) | Raw::String(bytes) => Value::bytes(bytes),
        Raw::List(values) => Value::list(values, raw),
    }
}

fn search(search: &Search) -> Value {
    let numbers = Value::list(&search.numbers, Value::of);
    match search.mod_seq {
        None => numbers,
        Some(mod_seq) => {
            Value::map([("internal", numbers), ("ivars", Value::map([(":@modseq", Value::of(mod_seq))]))])
        }
    }
}

fn esearch_item(item: &EsearchItem) -> Value {
    let (name, value) = match item {
        EsearchItem::Min(n) => ("MIN", Value::of(n)),
        EsearchItem::Max(n) => ("MAX", Value::of(n)),
        EsearchItem::Count(n) => ("COUNT", Value::of(n)),
        EsearchItem::All(uids) => ("ALL", set(uids)),
        EsearchItem::ModSeq(mod_seq) => ("MODSEQ", Value::of(mod_seq)),
        EsearchItem::Partial { range, numbers } => {
            // Ruby's range goes from the smaller end.
            let (begin, end) = (range.first.min(range.last), range.first.max(range.last));
            let range = Value::map([
                ("begin", Value::of(begin)),
                ("end", Value::of(end)),
                ("excl", Value::of(false)),
            ]);
            let results = numbers.as_ref().map_or(Value::Nil, set);
            ("PARTIAL", Value::map([("range", range), ("results", results)]))
        }
        other => panic!("{other:?}"),
    };
    Value::List(vec![Value::of(name), value])
}

fn threads(threads: &Threads) -> Value {
    // From the last to the first: children are whole when their parent is made.
    let nodes = threads.nodes();
    let mut children: Vec<Vec<Value>> = vec![Vec::new(); nodes.len() + 1];
    for (index, node) in nodes.iter().enumerate().rev() {
        let mut below = std::mem::take(&mut children[index]);
        below.reverse();
        let member =
            Value::map([("seqno", Value::maybe(node.number, Value::of)), ("children", Value::List(below))]);
        children[node.parent.unwrap_or(nodes.len())].push(member);
    }
    let mut roots = std::mem::take(&mut children[nodes.len()]);
    roots.reverse();
    Value::List(roots)
}

fn fetch(fetch: &Fetch) -> Value {
    if let Some(fault) = fetch.faults.first() {
        return Value::of(format!("{fault:?}"));
    }
    let (name, number) = if fetch.by_uid { ("UIDFETCH", "uid") } else { ("FETCH", "seqno") };
    let attributes: Map = fetch.attributes.iter().map(attribute).collect();
    named(name, Value::map([(number, Value::of(fetch.number)), ("attr", Value::Map(attributes))]))
}

fn attribute(attribute: &FetchAttribute) -> (String, Value) {
    let (name, value) = match attribute {
        FetchAttribute::Flags(all) => ("FLAGS", flags(all)),
        FetchAttribute::Uid(uid) => ("UID", Value::of(uid)),
        FetchAttribute::ModSeq(mod_seq) => ("MODSEQ", Value::of(mod_seq)),
        FetchAttribute::InternalDate(date) => ("INTERNALDATE", Value::of(date)),
        FetchAttribute::Size(size) => ("RFC822.SIZE", Value::of(size)),
        FetchAttribute::Envelope(it) => ("ENVELOPE", envelope(it)),
        FetchAttribute::Body(body) => ("BODY", structure(body)),
        FetchAttribute::BodyStructure(body) => ("BODYSTRUCTURE", structure(body)),
        FetchAttribute::Section { section, data, .. } => return (section_name(section), octets(data)),
        FetchAttribute::Binary { part, data, .. } => return (part_name("BINARY", part), octets(data)),
        FetchAttribute::Rfc822(data) => ("RFC822", octets(data)),
        FetchAttribute::Rfc822Header(data) => ("RFC822.HEADER", octets(data)),
        FetchAttribute::EmailId(id) => ("EMAILID", Value::of(id)),
        FetchAttribute::ThreadId(id) => ("THREADID", Value::maybe(id.as_ref(), Value::of)),
        FetchAttribute::GmailMessageId(id) => ("X-GM-MSGID", Value::of(id)),
        FetchAttribute::GmailThreadId(id) => ("X-GM-THRID", Value::of(id)),
        FetchAttribute::GmailLabels(labels) => ("X-GM-LABELS", strings(labels)),
        FetchAttribute::Other { name, value } => return (text(name), raw(value)),
        other => panic!("{other:?}"),
    };
    (name.into(), value)
}

fn section_name(section: &Section) -> String {
    let mut out = Encoder::server(true);
    out.put("BODY").section(section);
    text(&out.take())
}

fn part_name(name: &str, part: &SectionPart) -> String {
    let mut out = Encoder::server(true);
    out.put(name).section_part(part);
    text(&out.take())
}

fn octets(data: &Data) -> Value {
    data.whole().map_or(Value::Nil, |octets| Value::bytes(octets))
}

fn nstring(string: Option<&(impl AsRef<[u8]> + ?Sized)>) -> Value {
    string.map_or(Value::Nil, |string| Value::bytes(string.as_ref()))
}

fn envelope(envelope: &Envelope) -> Value {
    let addresses = |all: &[Address]| {
        Value::list(all, |address: &Address| {
            Value::map([
                ("name", nstring(address.name.as_ref())),
                ("route", nstring(address.route.as_ref())),
                ("mailbox", nstring(address.mailbox.as_ref())),
                ("host", nstring(address.host.as_ref())),
            ])
        })
    };
    Value::map([
        ("date", nstring(envelope.date.as_ref())),
        ("subject", nstring(envelope.subject.as_ref())),
        ("from", addresses(&envelope.from)),
        ("sender", addresses(&envelope.sender)),
        ("reply_to", addresses(&envelope.reply_to)),
        ("to", addresses(&envelope.to)),
        ("cc", addresses(&envelope.cc)),
        ("bcc", addresses(&envelope.bcc)),
        ("in_reply_to", nstring(envelope.in_reply_to.as_ref())),
        ("message_id", nstring(envelope.message_id.as_ref())),
    ])
}

fn parameters(parameters: &[(Octets, Octets)]) -> Value {
    Value::Map(parameters.iter().map(|(name, value)| (text(name), Value::bytes(value))).collect())
}

fn extension(map: &mut Map, extension: Option<&BodyExtension>) {
    let Some(extension) = extension else { return };
    let disposition = |it: &Disposition| {
        Value::map([("dsp_type", Value::bytes(&it.kind)), ("param", parameters(&it.parameters))])
    };
    map.insert("disposition".into(), extension.disposition.as_ref().map_or(Value::Nil, disposition));
    let languages = match &extension.languages[..] {
        [only] => Value::bytes(only),
        several => strings(several),
    };
    map.insert("language".into(), languages);
    map.insert("location".into(), nstring(extension.location.as_ref()));
    map.insert("extension".into(), Value::list(&extension.more, raw));
}

fn structure(body: &BodyStructure) -> Value {
    match body {
        BodyStructure::Multi(multi) => {
            let Value::Map(mut map) = Value::map([
                ("media_type", Value::of("MULTIPART")),
                ("subtype", Value::bytes(&multi.subtype)),
                ("parts", Value::list(&multi.parts, structure)),
                ("param", parameters(&multi.parameters)),
            ]) else {
                unreachable!()
            };
            extension(&mut map, multi.extension.as_ref());
            Value::Map(map)
        }
        BodyStructure::Single(part) => {
            let Value::Map(mut map) = Value::map([
                ("media_type", Value::bytes(&part.media)),
                ("subtype", Value::bytes(&part.subtype)),
                ("param", parameters(&part.parameters)),
                ("content_id", nstring(part.id.as_ref())),
                ("description", nstring(part.description.as_ref())),
                ("encoding", Value::bytes(&part.encoding)),
                ("size", Value::of(part.size)),
                ("md5", nstring(part.md5.as_ref())),
            ]) else {
                unreachable!()
            };
            match &part.kind {
                PartKind::Basic => {}
                PartKind::Text { lines } => {
                    map.insert("lines".into(), Value::of(lines));
                }
                PartKind::Message { envelope: inner, body, lines } => {
                    map.insert("lines".into(), Value::of(lines));
                    map.insert("envelope".into(), envelope(inner));
                    map.insert("body".into(), structure(body));
                }
            }
            extension(&mut map, part.extension.as_ref());
            Value::Map(map)
        }
    }
}
