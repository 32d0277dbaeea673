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
