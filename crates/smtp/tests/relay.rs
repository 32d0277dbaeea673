//! Every way to write a recipient elsewhere is either refused or seen for what it is.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;
use mailwright_smtp::{server::Config, types::ForwardPath};

/// `out` is elsewhere, `dom` is ours.
const RECIPIENTS: [&str; 24] = [
    "<u@out>",
    "u@out",
    "<u%out@dom>",
    "<u%out>",
    "<\"u@out\"@dom>",
    "<\"u@out\">",
    "<\"u%out\"@dom>",
    "<\"u%out\">",
    "<@dom:u@out>",
    "@dom:u@out",
    "<@[192.0.2.7]:u@out>",
    "<out!u>",
    "<out!u@dom>",
    "<out!u@[192.0.2.7]>",
    "<u@out@dom>",
    "<u@out@[192.0.2.7]>",
    "<u%out@[192.0.2.7]>",
    "<\"out!u\"@dom>",
    "<u@[192.0.2.1]>",
    "<u@out.>",
    "<u@out\0@dom>",
    "<@dom,@x:u@out>",
    "<u@dom@out>",
    "<u%out%dom@dom>",
];

const SENDERS: [&str; 5] = ["<a@elsewhere>", "<>", "<a@dom>", "<a@[192.0.2.7]>", "<a>"];

#[test]
fn none_of_them_reads_as_ours_and_goes_elsewhere() {
    let mut tried = 0;
    for sender in SENDERS {
        for recipient in RECIPIENTS {
            tried += 1;
            let mut desk = Desk::greeted(Config::new("mx"));
            let mail = desk.replies(format!("MAIL FROM:{sender}\r\n").as_bytes());
            let rcpt = desk.replies(format!("RCPT TO:{recipient}\r\n").as_bytes());
            if sender == "<a>" {
                assert!(mail.starts_with("501 5.5.4 ") && rcpt.starts_with("50"), "{mail}{rcpt}");
                continue;
            }
            // What is taken has one domain, which the application compares with its own, and a local part with no
            // power: `%`, `!` and quoted `@` are letters.
            match &desk.rcpts[..] {
                [] => assert!(rcpt.starts_with("50"), "{recipient}: {rcpt}"),
                [taken] => {
                    let ForwardPath::Mailbox(mailbox) = &taken.to else { panic!("{recipient}") };
                    let ours = mailbox.domain() == "dom";
                    let local = matches!(mailbox.local_part(), "u%out" | "u@out" | "out!u" | "u%out%dom");
                    assert_eq!(ours, local && !mailbox.domain().starts_with('['), "{recipient}: {mailbox}");
                    // A source route is dropped, RFC 5321 §3.6.1.
                    assert!(!mailbox.to_string().contains(':'), "{recipient}: {mailbox}");
                }
                more => panic!("{recipient}: {more:?}"),
            }
        }
    }
    assert_eq!(tried, 120);
}

#[test]
fn no_recipient_without_a_domain_but_postmaster() {
    for (path, good) in [
        ("<postmaster>", true),
        ("<PostMaster>", true),
        ("<\"postmaster\">", false),
        ("<root>", false),
        ("<>", false),
        ("", false),
        ("<postmaster@>", false),
        ("<@dom>", false),
        ("<@dom:>", false),
        ("<@dom:postmaster>", false),
    ] {
        assert_eq!(path.parse::<ForwardPath>().is_ok(), good, "{path}");
    }
}
