//! What may be said when.

use crate::clerk::Clerk;
use bytes::BufMut;
use mailwright_imap::server::{Error, Server};
use mailwright_testkit::Play;
use mailwright_wire::{Farewell, Session, Step};

fn feed(session: &mut Server, text: &[u8]) {
    let mut slot = session.slot().unwrap();
    slot.put_slice(text);
}

/// Polls until the session wants something other than writing; returns what it said.
fn pump(clerk: &mut Clerk, session: &mut Server) -> (String, Result<&'static str, Error>) {
    let mut said = String::new();
    loop {
        let step = match session.poll() {
            Ok(step) => step,
            Err(error) => return (said, Err(error)),
        };
        match step {
            Step::Write(bytes) => said.push_str(&String::from_utf8_lossy(&bytes)),
            Step::Event(event) => clerk.event(session, event),
            Step::Pause(_) => {}
            Step::Read(_) => return (said, Ok("read")),
            Step::Answer => return (said, Ok("answer")),
            Step::Upgrade => return (said, Ok("upgrade")),
            Step::Close => return (said, Ok("close")),
        }
    }
}

#[test]
fn commands_in_the_wrong_state_are_refused() {
    let mut clerk = Clerk::default();
    let mut session = clerk.begin();
    let _ = pump(&mut clerk, &mut session);
    feed(&mut session, b"a SELECT INBOX\r\nb FETCH 1 FLAGS\r\n");
    let (said, _) = pump(&mut clerk, &mut session);
    assert_eq!(said, "a BAD log in first\r\nb BAD log in first\r\n");
    feed(
        &mut session,
        b"c LOGIN fred blurdybloop\r\nd LOGIN fred blurdybloop\r\ne STARTTLS\r\nf FETCH 1 FLAGS\r\n",
    );
    let (said, _) = pump(&mut clerk, &mut session);
    assert!(
        said.ends_with(
            "d BAD already logged in\r\ne BAD already logged in\r\nf BAD select a mailbox first\r\n"
        )
    );
}

#[test]
fn without_tls_no_password_is_taken_unless_that_is_allowed() {
    let mut clerk = Clerk::default();
    clerk.plaintext = false;
    let mut session = clerk.begin();
    let (said, _) = pump(&mut clerk, &mut session);
    assert!(said.contains("LOGINDISABLED") && !said.contains("AUTH="));
    feed(&mut session, b"a LOGIN fred blurdybloop\r\nb AUTHENTICATE PLAIN AGZyZWQAYmx1cmR5Ymxvb3A=\r\n");
    let (said, _) = pump(&mut clerk, &mut session);
    assert!(said.starts_with("a NO [PRIVACYREQUIRED]") && said.contains("b NO [PRIVACYREQUIRED]"), "{said}");
}

#[test]
fn plaintext_after_starttls_ends_the_session_however_it_is_cut() {
    let text = b"a STARTTLS\r\nb NOOP\r\n";
    for cut in 1..text.len() {
        let mut clerk = Clerk::default();
        let mut session = clerk.begin();
        let _ = pump(&mut clerk, &mut session);
        feed(&mut session, &text[..cut]);
        let (said, step) = pump(&mut clerk, &mut session);
        if cut > 12 {
            assert_eq!(said, "a OK begin TLS now\r\n");
            assert_eq!(step, Err(Error::PlaintextAfterStartTls), "cut at {cut}");
        } else if cut == 12 {
            assert_eq!(step, Ok("upgrade"));
            assert!(session.slot().is_none(), "there is no place for what comes now");
        }
    }
}

#[test]
fn a_pipelined_group_is_answered_with_one_write() {
    let mut clerk = Clerk::default();
    let mut session = clerk.begin();
    let _ = pump(&mut clerk, &mut session);
    feed(
        &mut session,
        b"a LOGIN fred blurdybloop\r\nb SELECT INBOX\r\nc NOOP\r\nd FETCH 1:* FLAGS\r\ne NOOP\r\n",
    );
    let mut writes = 0;
    loop {
        match session.poll().unwrap() {
            Step::Write(_) => writes += 1,
            Step::Event(event) => clerk.event(&mut session, event),
            _ => break,
        }
    }
    assert_eq!(writes, 1);
}

#[test]
fn a_farewell_says_why() {
    for (why, text) in [
        (Farewell::Stopping, "* BYE [UNAVAILABLE] server is stopping\r\n"),
        (Farewell::TimedOut, "* BYE timed out\r\n"),
        (Farewell::Fault, "* BYE [SERVERBUG] internal error\r\n"),
    ] {
        let mut clerk = Clerk::default();
        let mut session = clerk.begin();
        let _ = pump(&mut clerk, &mut session);
        session.farewell(why);
        assert_eq!(pump(&mut clerk, &mut session), (text.to_owned(), Ok("close")));
    }
}

#[test]
fn a_message_cut_off_is_never_kept() {
    let mut clerk = Clerk::default();
    let mut session = clerk.begin();
    let _ = pump(&mut clerk, &mut session);
    feed(&mut session, b"a LOGIN fred blurdybloop\r\nb APPEND INBOX {100}\r\n");
    let _ = pump(&mut clerk, &mut session);
    feed(&mut session, b"half");
    let _ = pump(&mut clerk, &mut session);
    session.eof();
    assert_eq!(pump(&mut clerk, &mut session).1, Ok("close"));
    let mut other = clerk.begin();
    feed(&mut other, b"a LOGIN fred blurdybloop\r\nb STATUS INBOX (MESSAGES)\r\n");
    assert!(pump(&mut clerk, &mut other).0.contains("MESSAGES 3"));
}

#[test]
fn quotas_are_told_by_mailbox_and_by_root() {
    let mut clerk = Clerk::default();
    clerk.quota = true;
    let mut session = clerk.begin();
    feed(&mut session, b"a LOGIN fred blurdybloop\r\n");
    let (said, _) = pump(&mut clerk, &mut session);
    assert!(said.contains(" QUOTA QUOTA=RES-STORAGE]"), "{said}");
    feed(&mut session, b"b GETQUOTAROOT Sent\r\nc GETQUOTA \"\"\r\nd GETQUOTA other\r\n");
    let (said, _) = pump(&mut clerk, &mut session);
    let quota = "* QUOTA \"\" (STORAGE 10 512)\r\n";
    let root = format!("* QUOTAROOT Sent \"\"\r\n{quota}b OK GETQUOTAROOT completed\r\n");
    let end = "c OK GETQUOTA completed\r\nd NO [NONEXISTENT] no such quota root\r\n";
    assert_eq!(said, format!("{root}{quota}{end}"));
}

#[test]
fn a_client_hears_that_its_command_is_worked_on() {
    let mut clerk = Clerk::default();
    clerk.in_progress = true;
    let mut session = clerk.begin();
    feed(&mut session, b"a LOGIN fred blurdybloop\r\nb SELECT INBOX\r\n");
    let _ = pump(&mut clerk, &mut session);
    for (tag, said) in [
        ("c", "* OK [INPROGRESS (\"c\" NIL NIL)] still at it\r\n"),
        ("c]", "* OK [INPROGRESS] still at it\r\n"),
    ] {
        feed(&mut session, format!("{tag} SEARCH ALL\r\n").as_bytes());
        let Ok(Step::Event(event)) = session.poll() else { panic!("a question") };
        session.in_progress();
        let Ok(Step::Write(written)) = session.poll() else { panic!("something to say") };
        assert_eq!(written, said);
        clerk.event(&mut session, event);
        assert!(pump(&mut clerk, &mut session).0.ends_with("OK SEARCH completed\r\n"));
        session.in_progress();
        assert_eq!(pump(&mut clerk, &mut session).0, "", "nothing is being worked on");
    }
}

#[test]
fn uids_are_told_of_however_many_there_are() {
    let mut clerk = Clerk::default();
    let mut session = clerk.begin();
    (0..2497).for_each(|_| clerk.act(&mut session, "arrive"));
    feed(&mut session, b"a LOGIN fred blurdybloop\r\nb SELECT INBOX\r\n");
    let _ = pump(&mut clerk, &mut session);
    feed(&mut session, b"c UID FETCH 1:1000,1002:* UID\r\n");
    let (said, _) = pump(&mut clerk, &mut session);
    assert!(said.starts_with("* 1 FETCH (UID 1)\r\n") && said.contains("* 1002 FETCH (UID 1002)\r\n"));
    assert!(said.ends_with("* 2500 FETCH (UID 2500)\r\nc OK FETCH completed\r\n"));
    assert_eq!(said.lines().count(), 2500);
}
