//! Tables of header values and what mail-parser makes of them.

use mailwright_message::header::address::{Address, Mailbox};
use mailwright_message::header::content_type::ContentType;
use mailwright_message::header::date::DateTime;
use mailwright_message::{Field, Message};
use serde_json::{Value, json};

use super::corpus;

/// Calls `read` with the first field of a message that begins with each value, and holds the answer against the
/// expected one; what differs has to be the listed values, known by how they begin.
fn table(name: &str, agreed: &[(&str, &str)], read: impl Fn(Field<'_>, &Value) -> Value) {
    let Some(corpus) = corpus("the header tables") else { return };
    let text = std::fs::read_to_string(corpus.join(format!("mail-parser/{name}.json"))).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let (mut new, mut met) = (Vec::new(), Vec::new());
    for case in &cases {
        let header = case["header"].as_str().unwrap();
        let raw = format!("X:{header}\n\n");
        let message = Message::parse(raw.as_bytes());
        let ours = read(message.header().field("X").unwrap(), &case["expected"]);
        if ours != case["expected"] {
            match agreed.iter().find(|(start, _)| header.trim_start().starts_with(start)) {
                Some(known) => met.push(known.0),
                None => new.push(format!("{header:?}\n    {ours}\n not {}", case["expected"])),
            }
        }
    }
    println!("{name}: {} compared, {} differ as listed, {} not", cases.len(), met.len(), new.len());
    println!("{}", new.join("\n"));
    assert!(new.is_empty());
    assert_eq!(
        agreed.iter().find(|(start, _)| !met.contains(start)),
        None,
        "listed, but no longer different"
    );
}

const COMMENTS: &str =
    "comments are no part of a name or address (RFC 5322 §3.2.2); theirs are added to the name";
const ROUTE: &str = "a source route is to be ignored (RFC 5322 §4.4), white space around dots is not kept";

#[test]
fn addresses() {
    let agreed = [
        ("Pete(A nice", COMMENTS),
        ("A Group(Some people)", COMMENTS),
        ("(Empty list)(start)Hidden", COMMENTS),
        ("John Doe <jdoe@machine(comment)", COMMENTS),
        ("Nathaniel Borenstein", COMMENTS),
        ("Name (comment)", COMMENTS),
        ("Mary Smith <@node.test", ROUTE),
    ];
    table("address", &agreed, |field, expected| {
        let one = |mailbox: &Mailbox<'_>| {
            let address = match (&*mailbox.local, &*mailbox.domain) {
                ("", "") => None,
                (local, "") => Some(local.to_owned()),
                (local, domain) => Some(format!("{local}@{domain}")),
            };
            json!({"name": mailbox.name, "address": address})
        };
        let list = field.addresses();
        if expected.get("List").is_some() {
            return json!({"List": list.mailboxes().map(one).collect::<Vec<_>>()});
        }
        // Theirs gathers what is in no group in a group without name.
        let mut groups: Vec<(Option<String>, Vec<Value>)> = Vec::new();
        for address in list.iter() {
            match address {
                Address::Group(group) => {
                    groups.push((Some(group.name.to_string()), group.members.iter().map(one).collect()));
                }
                Address::Mailbox(mailbox) => match groups.last_mut() {
                    Some((None, members)) => members.push(one(mailbox)),
                    _ => groups.push((None, vec![one(mailbox)])),
                },
            }
        }
        let groups: Vec<_> =
            groups.into_iter().map(|(name, members)| json!({"name": name, "addresses": members})).collect();
        json!({"Group": groups})
    });
}

fn shown(date: Option<DateTime>) -> Value {
    let Some(date) = date else { return Value::Null };
    json!({
        "year": date.year, "month": date.month, "day": date.day,
        "hour": date.hour, "minute": date.minute, "second": date.second,
        "tz_before_gmt": date.offset < 0,
        "tz_hour": date.offset.abs() / 60, "tz_minute": date.offset.abs() % 60,
    })
}

#[test]
fn dates() {
    let agreed = [("4 8 15 16 23 42", "a zone has a sign and four digits (RFC 5322 §3.3): `4` is none")];
    table("date", &agreed, |field, _| shown(field.date()));
}

#[test]
fn message_ids() {
    table("id", &[], |field, _| {
        let ids = field.message_ids();
        if ids.is_empty() { Value::Null } else { json!(ids) }
    });
}

#[test]
fn unstructured_text() {
    let agreed = [
        ("[SUSPECTED SPAM]", "no white space is added before an encoded word that touches other text"),
        ("Some text =?utf-8?Q??=here", "an empty encoded word adds no white space"),
    ];
    table("unstructured", &agreed, |field, _| json!(field.text()));
}

#[test]
fn content_types() {
    let agreed = [
        (
            "image/jpeg;\n   name=\"=?iso-8859-1?B?4Q==?= =?utf-8",
            "white space between encoded words is not text (RFC 2047 §6.2), in whatever place they stand",
        ),
        ("test/encoded; key4*", "parameters keep the order in which they begin"),
        (
            "malicious/attempt;",
            "names that are neither `name*N` nor `name*N*` have no right reading (RFC 2231 §3)",
        ),
    ];
    table("content_type", &agreed, |field, expected| {
        let Some(found) = ContentType::parse(field.raw_value()) else { return Value::Null };
        let mut attributes = Vec::new();
        for one in found.parameters().iter() {
            if let Some(language) = &one.language {
                attributes.push(json!([format!("{}-language", one.name), language]));
            }
            attributes.push(json!([one.name, one.value]));
        }
        let subtype = (!found.subtype().is_empty()).then(|| found.subtype().to_lowercase());
        let mut out = json!({"c_type": found.media_type().to_lowercase(), "c_subtype": subtype});
        if expected.get("attributes").is_some() {
            out["attributes"] = if attributes.is_empty() { Value::Null } else { json!(attributes) };
        }
        out
    });
}

#[test]
fn lists() {
    table("list", &[], |field, _| json!(field.phrases()));
}

/// What of a hop the table has, in one form for both sides.
fn hop(value: &Value) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let names = [
        "from",
        "from_ip",
        "from_iprev",
        "helo",
        "ident",
        "by",
        "via",
        "with",
        "id",
        "for_",
        "tls_version",
        "tls_cipher",
    ];
    for name in names {
        let one = match &value[name] {
            Value::Object(host) => host.values().next().cloned().unwrap(),
            other => other.clone(),
        };
        if let Some(text) = one.as_str() {
            let text = match name {
                "with" => text.to_uppercase(),
                "tls_version" => text.trim_start_matches("TLSv").replace('_', "."),
                _ => text.to_owned(),
            };
            out.push((name, text));
        }
    }
    out
}

#[test]
fn received() {
    let agreed = [
        ("FROM ca-ex-bridge1", ASCTIME),
        ("from unknown (HELO terpsichore", "the sender of the envelope is not who identified himself"),
        ("from [193.220.176.134]", ZONE),
        ("from 192.168.5.158 ( [192.168.5.158]) as user", "words that belong to no clause (RFC 5321 §4.4)"),
        ("from snake.corp.yahoo.com", YEAR),
        ("from smtp.greyware.com", YEAR),
        ("from mtsbp606", "an ident is given whole"),
        ("from TCE-E-7-182-54", ASCTIME),
        ("from pl027", ASCTIME),
        ("from qmail-scanner-general-admin", "of two `by` clauses the first counts"),
        ("from Unknown/Local", "a name is given whole"),
        ("from olgisoft.com", YEAR),
        ("from MjA3NDc4Mg", "a fraction of a second is dropped, not the second"),
        ("from [<4124973", ASCTIME),
        ("from mail-qw0-f46", "a recipient without domain is one all the same"),
        ("from mail-eopbgr60122", "`server-7.tower-with` is one word, so that there is no `with` clause"),
        ("(from vashugins@juno.com)", ZONE),
        ("(qmail 84907 invoked from network)", COMMENT_FROM),
        ("by oak.ein.cz", COMMENT_FROM),
    ];
    table("received", &agreed, |field, expected| {
        let received = field.received();
        let found = received.hop();
        assert_eq!(received.date(), found.date);
        let ours = json!({
            "from": found.from, "from_ip": found.from_ip.map(|ip| ip.to_string()), "from_iprev": found.from_name,
            "helo": found.helo, "ident": found.ident, "by": found.by, "via": found.via, "with": found.with,
            "id": found.id, "for_": found.recipient,
            "tls_version": found.tls_version, "tls_cipher": found.tls_cipher,
        });
        let (ours, theirs) = (hop(&ours), hop(expected));
        let mut differ = Vec::new();
        for (name, value) in &ours {
            let other = theirs.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            let agree = match (*name, other) {
                // Theirs knows a list of protocols and has none for others; ours is what is written.
                ("with", None) => true,
                ("with", Some(other)) => value.contains(other.as_str()) || other == "ESMTPS",
                // Theirs ends an identifier at a slash.
                ("id" | "ident", Some(other)) => value.split('/').next() == Some(other),
                (_, other) => other == Some(value),
            };
            if !agree {
                differ.push(json!([name, value, other]));
            }
        }
        for (name, value) in theirs.iter().filter(|(name, _)| !ours.iter().any(|(known, _)| known == name)) {
            differ.push(json!([name, null, value]));
        }
        // The sign of a zone of no hours says nothing.
        let mut date = expected.get("date").cloned().unwrap_or_default();
        if date["tz_hour"] == 0 && date["tz_minute"] == 0 {
            date["tz_before_gmt"] = json!(false);
        }
        if shown(found.date) != date {
            differ.push(shown(found.date));
        }
        if differ.is_empty() { expected.clone() } else { json!(differ) }
    });
}

const ASCTIME: &str =
    "a date in the form of asctime: read as meant, theirs takes its numbers in the usual order";
const ZONE: &str = "PST is -0800 and PDT -0700 (RFC 5322 §4.3), not -0000";
const YEAR: &str = "years of two digits: 00 to 49 are of this century (RFC 5322 §4.3)";
const COMMENT_FROM: &str = "a `from` within a comment is none (RFC 5321 §4.4)";
