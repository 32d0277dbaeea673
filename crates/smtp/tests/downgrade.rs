//! What a client leaves out, adds, or refuses to send, by what the server offers.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use std::sync::Arc;

use bytes::BufMut;
use mailwright_sasl::client::XOAuth2;
use mailwright_smtp::{
    client::{Client, Config, Envelope, Event, SendError, Unsupported},
    error::Misuse,
    types::{
        BodyType, ByMode, DeliverBy, FutureRelease, Mail, MailAuth, MailParameters, Mailbox, Notify,
        OriginalRecipient, Priority, Rcpt, RcptParameters, Ret,
    },
};
use mailwright_wire::{Session, Step, TlsInfo};

/// A client that has heard these capabilities.
fn ready(capabilities: &str, config: Config, tls: bool) -> Client {
    let config = Arc::new(config);
    let mut client = if tls { Client::secure(config, TlsInfo::default()) } else { Client::new(config) };
    let hello: String =
        capabilities.split(',').fold("220 mx\r\n250-mx\r\n".into(), |all, c| all + "250-" + c + "\r\n");
    let mut input = Some(hello + "250 HELP\r\n");
    loop {
        match client.poll().unwrap() {
            Step::Read(_) => client.slot().unwrap().put_slice(input.take().unwrap().as_bytes()),
            Step::Event(Event::Ready(_)) => return client,
            _ => {}
        }
    }
}

fn said(client: &mut Client) -> String {
    let mut said = Vec::new();
    while let Ok(Step::Write(bytes)) = client.poll() {
        said.extend_from_slice(&bytes);
    }
    String::from_utf8(said).unwrap()
}

fn config() -> Config {
    Config::new("client".parse().unwrap())
}

/// With every parameter there is.
fn envelope() -> Envelope {
    let parameters = MailParameters {
        size: Some(10),
        body: Some(BodyType::SevenBit),
        smtputf8: false,
        auth: Some(MailAuth::Unknown),
        ret: Some(Ret::Full),
        envid: Some("id".parse().unwrap()),
        require_tls: false,
        by: Some(DeliverBy { seconds: 60, mode: ByMode::Notify, trace: false }),
        hold: None,
        mt_priority: Priority::new(3),
        solicit: Some("a.b:c".into()),
    };
    let orcpt = OriginalRecipient::new("rfc822", "b@c").unwrap();
    Envelope {
        mail: Mail { from: Mailbox::new("a", "b").unwrap().into(), parameters },
        rcpts: vec![Rcpt {
            to: Mailbox::new("b", "c").unwrap().into(),
            parameters: RcptParameters { notify: Some(Notify::NEVER), orcpt: Some(orcpt) },
        }],
    }
}

#[test]
fn what_is_not_offered_and_does_not_matter_is_left_out() {
    let mut client = ready("PIPELINING", config(), false);
    client.send(envelope()).unwrap();
    assert_eq!(said(&mut client), "MAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nDATA\r\n");
}

#[test]
fn what_is_offered_is_sent() {
    let all = "PIPELINING,SIZE,8BITMIME,SMTPUTF8,AUTH PLAIN,DSN,DELIVERBY,MT-PRIORITY,NO-SOLICITING,CHUNKING";
    let mut client = ready(all, config(), false);
    client.send(envelope()).unwrap();
    let want = "MAIL FROM:<a@b> SIZE=10 BODY=7BIT AUTH=<> RET=FULL ENVID=id BY=60;N MT-PRIORITY=3 SOLICIT=a.b:c\r\n\
                RCPT TO:<b@c> NOTIFY=NEVER ORCPT=rfc822;b@c\r\n";
    assert_eq!(said(&mut client), want);
}

#[test]
fn where_a_time_is_lost_delays_are_to_be_told() {
    let asked = |capabilities, seconds, notify| {
        let mut client = ready(capabilities, config(), false);
        let mut envelope = envelope();
        let by = DeliverBy { seconds, mode: ByMode::Notify, trace: false };
        envelope.mail.parameters = MailParameters { by: Some(by), ..MailParameters::default() };
        envelope.rcpts[0].parameters = RcptParameters { notify, orcpt: None };
        client.send(envelope).unwrap();
        let said = said(&mut client);
        said.lines().nth(1).unwrap().strip_prefix("RCPT TO:<b@c>").unwrap().to_owned()
    };
    let success = Some(Notify { success: true, ..Notify::NEVER });
    assert_eq!(asked("PIPELINING,DSN", 60, None), " NOTIFY=FAILURE,DELAY");
    assert_eq!(asked("PIPELINING,DSN", 60, success), " NOTIFY=SUCCESS,DELAY");
    assert_eq!(asked("PIPELINING,DSN", 60, Some(Notify::NEVER)), " NOTIFY=NEVER");
    // Too late already; the time is passed on; nothing can be asked.
    assert_eq!(asked("PIPELINING,DSN", -1, None), "");
    assert_eq!(asked("PIPELINING,DSN,DELIVERBY", 60, None), "");
    assert_eq!(asked("PIPELINING", 60, success), "");
}

#[test]
fn smtputf8_is_added_where_an_address_needs_it() {
    let mut client = ready("PIPELINING,SMTPUTF8", config(), false);
    let mut utf8 = envelope();
    utf8.rcpts[0].to = Mailbox::new("jürgen", "c").unwrap().into();
    client.send(utf8).unwrap();
    assert!(said(&mut client).starts_with("MAIL FROM:<a@b> SMTPUTF8\r\nRCPT TO:<jürgen@c>\r\n"));
}

#[test]
fn what_matters_and_is_not_offered_is_not_sent() {
    type Change = fn(&mut MailParameters);
    let in_a_minute: Change = |p| p.by = Some(DeliverBy { seconds: 60, mode: ByMode::Return, trace: false });
    let cases: [(&str, bool, Change, Unsupported); 10] = [
        ("HELP", false, |p| p.body = Some(BodyType::EightBitMime), Unsupported::EightBitMime),
        ("BINARYMIME", false, |p| p.body = Some(BodyType::BinaryMime), Unsupported::BinaryMime),
        ("CHUNKING", false, |p| p.body = Some(BodyType::BinaryMime), Unsupported::BinaryMime),
        ("8BITMIME", false, |p| p.smtputf8 = true, Unsupported::SmtpUtf8),
        ("SIZE 9", false, |_| {}, Unsupported::TooBig { size: 10, limit: 9 }),
        ("HELP", true, |p| p.require_tls = true, Unsupported::RequireTls),
        ("REQUIRETLS", false, |p| p.require_tls = true, Unsupported::RequireTls),
        ("HELP", false, in_a_minute, Unsupported::DeliverBy),
        ("DELIVERBY 61", false, in_a_minute, Unsupported::DeliverBy),
        ("HELP", false, |p| p.hold = Some(FutureRelease::For(60)), Unsupported::FutureRelease),
    ];
    for (capabilities, tls, change, why) in cases {
        let mut client = ready(capabilities, config(), tls);
        let mut envelope = envelope();
        change(&mut envelope.mail.parameters);
        assert_eq!(client.send(envelope), Err(SendError::Unsupported(why)), "{capabilities}");
        assert_eq!(said(&mut client), "");
        assert!(client.is_ready(), "another message may go");
        assert_eq!(why.status().to_string().chars().next(), Some('5'));
    }
    // And where it is offered, it goes.
    let mut client = ready("DELIVERBY 60,PIPELINING", config(), true);
    let mut urgent = envelope();
    urgent.mail.parameters = MailParameters::default();
    in_a_minute(&mut urgent.mail.parameters);
    client.send(urgent).unwrap();
    assert!(said(&mut client).starts_with("MAIL FROM:<a@b> BY=60;R\r\n"));
    let mut client = ready("REQUIRETLS,PIPELINING", config(), true);
    let mut strict = envelope();
    strict.mail.parameters = MailParameters { require_tls: true, ..MailParameters::default() };
    client.send(strict).unwrap();
    assert!(said(&mut client).starts_with("MAIL FROM:<a@b> REQUIRETLS\r\n"));
}

#[test]
fn binary_goes_by_chunks_even_where_they_are_not_wanted() {
    let mut config = config();
    config.chunking = false;
    let mut client = ready("BINARYMIME,CHUNKING,PIPELINING", config, false);
    let mut binary = envelope();
    binary.mail.parameters = MailParameters { body: Some(BodyType::BinaryMime), ..MailParameters::default() };
    client.send(binary).unwrap();
    assert_eq!(said(&mut client), "MAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<b@c>\r\n");
}

#[test]
fn a_server_that_takes_one_message_in_a_session_gets_one() {
    let mut client = ready("PIPELINING,LIMITS MAILMAX=1", config(), false);
    assert!(client.is_ready());
    client.send(envelope()).unwrap();
    said(&mut client);
    client.slot().unwrap().put_slice(b"550 no\r\n503 no\r\n503 no\r\n");
    while !matches!(client.poll(), Ok(Step::Event(Event::Sent(_)))) {}
    assert!(!client.is_ready());
}

#[test]
fn a_long_initial_response_waits_for_the_challenge() {
    let mut config = config();
    config.plaintext_auth = true;
    for (len, inline) in [(100, true), (2000, false)] {
        let mut client = ready("AUTH XOAUTH2", config.clone(), false);
        let token = "x".repeat(len);
        client.authenticate(Box::new(XOAuth2::new("tim", &token.as_str().into()).unwrap())).unwrap();
        let first = said(&mut client);
        assert!(first.len() <= 512);
        assert_eq!(first.len() > "AUTH XOAUTH2\r\n".len(), inline, "{first}");
        if !inline {
            client.slot().unwrap().put_slice(b"334 \r\n");
            assert!(said(&mut client).len() > 2000);
        }
        client.slot().unwrap().put_slice(b"235 2.7.0 welcome\r\n");
        assert!(matches!(client.poll(), Ok(Step::Event(Event::Authenticated(_)))));
    }
}

#[test]
fn a_password_does_not_go_in_the_clear() {
    use mailwright_sasl::client::Plain;
    let plain = || Box::new(Plain::new("tim", &"secret".into()).unwrap());
    let mut client = ready("AUTH PLAIN", config(), false);
    assert_eq!(client.authenticate(plain()), Err(Misuse::NeedsTls));
    assert_eq!(said(&mut client), "");
    let mut client = ready("AUTH LOGIN", config(), true);
    assert_eq!(client.authenticate(plain()), Err(Misuse::NotOffered));
    let mut client = ready("AUTH PLAIN", config(), true);
    client.authenticate(plain()).unwrap();
    assert!(said(&mut client).starts_with("AUTH PLAIN "));
    assert_eq!(client.send(envelope()), Err(SendError::Misuse(Misuse::NotReady)), "one thing at a time");
}
