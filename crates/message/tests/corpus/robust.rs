//! Spam, bounces and all other messages: nothing brings the parser down, and pieces give what the whole gives.

use std::path::Path;

use mailwright_message::Limits;

use super::corpus;

#[path = "../properties/property.rs"]
mod property;

fn each(dir: &Path, check: &mut impl FnMut(&[u8])) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each(&path, check);
        } else {
            check(&std::fs::read(path).unwrap());
        }
    }
}

#[test]
fn all_messages_are_answered_whole_and_in_pieces() {
    let Some(corpus) = corpus("spam and bounces") else { return };
    let mut all = 0;
    let folders = [
        "spamassassin",
        "sisimai/bsd",
        "mailcore2-jwz/messages",
        "mail-parser/eml",
        "mime4j-mimetools",
        "mimekit",
    ];
    for set in folders {
        each(&corpus.join(set), &mut |raw| {
            all += 1;
            property::answers_everything(raw);
            let step = 1 + all % 1009;
            property::split_equals_whole(raw, (0..raw.len()).step_by(step), &Limits::default());
        });
    }
    println!("{all} files");
    assert!(all > 2000);
}
