//! The order in which Dovecot sorts folders by subject: base subjects, compared without case, then by number.

use mailwright_message::Message;
use mailwright_message::thread::base_subject;
use serde_json::Value;

use super::{corpus, stored};

#[test]
fn subjects_sort_as_in_dovecot() {
    let Some(corpus) = corpus("the sort orders of Dovecot") else { return };
    for set in ["mime4j-mimetools", "mail-parser", "mailcore2-jwz", "spamassassin-spam-1"] {
        let lines = std::fs::read_to_string(corpus.join(format!("dovecot-oracle/{set}.jsonl"))).unwrap();
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        let files = last["order"].as_array().unwrap();
        let bases: Vec<String> = files
            .iter()
            .map(|file| {
                let raw = stored(&std::fs::read(corpus.join(file.as_str().unwrap())).unwrap());
                let message = Message::parse(&raw);
                base_subject(&message.subject().unwrap_or_default()).text.to_uppercase()
            })
            .collect();
        let theirs: Vec<usize> =
            last["sort"]["SUBJECT"].as_str().unwrap().split(' ').map(|one| one.parse().unwrap()).collect();
        let mut ours: Vec<usize> = (1..=files.len()).collect();
        ours.sort_by_key(|&number| &bases[number - 1]);
        // i;unicode-casemap takes letters with marks apart (RFC 5051 §2): that is for who sorts to do.
        let plain = |all: Vec<usize>| -> Vec<_> {
            let found = all.into_iter().filter(|&number| bases[number - 1].is_ascii());
            found.map(|number| (number, &bases[number - 1])).collect()
        };
        let (ours, theirs) = (plain(ours), plain(theirs));
        println!("{set}: {} of {} messages sorted", ours.len(), files.len());
        assert_eq!(ours, theirs);
    }
}
