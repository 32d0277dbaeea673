//! Ruby's net-imap parses 195 responses to given structures; ours must say the same.
//!
//! What is compared: every field, ignoring letter case, with numbers and their text the same, and nothing, nil and an empty
//! list the same. Where we differ on purpose, the reason stands in `DIFFERENCES`.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "net_imap/shape.rs"]
mod shape;
#[path = "net_imap/value.rs"]
mod value;

use mailwright_imap::parse::response;
use saphyr::{LoadableYamlNode, YamlOwned};
use value::Value;

/// Responses that we read in another way, and why.
const DIFFERENCES: [(&str, &str); 3] = [
    ("test_invalid_fetch_msg_att_unknown_fails", "an attribute we do not know is kept, with its value"),
    (
        "Microsoft Exchange issues an invalid resp-text-code",
        "what stands in brackets is kept as a code that we do not know, as RFC 3501 §7.1 has it",
    ),
    ("test_xlist_inbox", "XLIST, the ancestor of LIST with special uses, is told as LIST"),
];

#[test]
fn responses_are_read_to_the_structures_that_net_imap_gives() {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("left out: net-imap's responses");
        return;
    };
    let (mut same, mut differ, mut wrong) = (0, Vec::new(), Vec::new());
    let mut files: Vec<_> =
        std::fs::read_dir(corpus.join("net-imap")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.extension().is_some_and(|it| it == "yml")) {
        // One key stands twice: the raw response once more, which we do not look at.
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<_> = text.lines().filter(|line| !line.contains("raw_data: *")).collect();
        let text = lines.join("\n");
        let documents = YamlOwned::load_from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let Value::Map(file) = Value::from(&documents[0]) else { panic!("{}", path.display()) };
        let Some(Value::Map(tests)) = file.get(":tests") else { panic!("{}", path.display()) };
        for (name, test) in tests {
            let Value::Map(test) = test else { panic!("{name}") };
            match (check(test), DIFFERENCES.iter().find(|(known, _)| known == name)) {
                (Ok(()), None) => same += 1,
                (Ok(()), Some(_)) => wrong.push(format!("{name} does not differ any more")),
                (Err(_), Some(_)) => differ.push(name.clone()),
                (Err(error), None) => wrong.push(format!("{name}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{same} the same, {} differ on purpose", differ.len());
    assert!(same > 150, "only {same} responses");
    assert_eq!(differ.len(), DIFFERENCES.len());
}

fn check(test: &value::Map) -> Result<(), String> {
    let Some(Value::Text(line)) = test.get(":response") else { panic!("no response") };
    let frame = line.strip_suffix("\r\n").unwrap_or(line).to_owned().into();
    let read = response(&frame, true, 32);
    if test.get(":test_type").is_some() {
        return if read.is_err() { Ok(()) } else { Err("it was read".into()) };
    }
    let read = read.map_err(|error| error.to_string())?;
    let (got, want) = (shape::response(&read), test.get(":expected").expect("an expectation"));
    got.agrees_with(want)
}
