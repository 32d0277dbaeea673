//! Nothing said in clear survives the client's STARTTLS, whatever the server puts around it.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::BufMut;
use mailwright_imap::client::{Client, Config, Error, Event};
use mailwright_wire::{Session, Step, TlsInfo, Upgrading};

fn feed(client: &mut Client, bytes: &[u8]) {
    client.slot().unwrap().put_slice(bytes);
}

/// Steps until the client wants to read, upgrade or close.
fn settle(client: &mut Client) -> Result<(Step<Event>, Vec<Event>), Error> {
    let mut events = Vec::new();
    loop {
        match client.poll()? {
            Step::Event(event) => events.push(event),
            Step::Write(_) => {}
            step => return Ok((step, events)),
        }
    }
}

fn asked() -> Client {
    let mut client = Client::new(Config::default());
    feed(&mut client, b"* OK [CAPABILITY IMAP4rev1 STARTTLS LITERAL+] ready\r\n");
    let _ = settle(&mut client).unwrap();
    client.start_tls().unwrap();
    let _ = settle(&mut client).unwrap();
    client
}

#[test]
fn whatever_follows_the_agreement_in_clear_ends_the_session() {
    for after in ["* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "x", "\r\n", "* 5 EXISTS\r\na2 OK done\r\n"] {
        let mut client = asked();
        feed(&mut client, format!("a1 OK begin\r\n{after}").as_bytes());
        assert_eq!(settle(&mut client).unwrap(), (Step::Upgrade, vec![]));
        assert!(client.slot().is_none(), "nothing more is read");
        assert_eq!(client.upgrade().unwrap_err(), Error::DataBeforeTls, "{after:?}");
    }
}

#[test]
fn capabilities_of_before_are_forgotten_and_asked_for_again() {
    let mut client = asked();
    assert!(client.capabilities().is_some());
    feed(&mut client, b"* CAPABILITY EVIL\r\na1 OK [CAPABILITY EVIL] begin\r\n");
    assert_eq!(settle(&mut client).unwrap(), (Step::Upgrade, vec![]));
    let mut client = client.upgrade().unwrap().secured(TlsInfo::default());
    assert_eq!(client.capabilities(), None);
    assert!(!client.can(&mailwright_imap::types::response::Capability::LiteralPlus));
    let (step, events) = settle(&mut client).unwrap();
    assert!(matches!(step, Step::Read(_)));
    assert_eq!(events, [Event::Secured]);
}

#[test]
fn without_agreement_to_tls_nothing_secret_can_be_sent() {
    for refusal in ["a1 NO no\r\n", "a1 BAD what?\r\n"] {
        let mut client = asked();
        feed(&mut client, refusal.as_bytes());
        assert!(matches!(settle(&mut client), Err(Error::TlsRefused(_))), "{refusal:?}");
    }
    let mut client = asked();
    feed(&mut client, b"* BYE no\r\n");
    let _ = settle(&mut client).unwrap();
    client.eof();
    assert!(matches!(settle(&mut client), Err(Error::Disconnected(Some(_)))));
    let mut client = Client::new(Config::default());
    feed(&mut client, b"* OK ready\r\n");
    let _ = settle(&mut client).unwrap();
    let login = || mailwright_imap::types::command::CommandBody::Login {
        user: "a".try_into().unwrap(),
        password: "b".try_into().unwrap(),
    };
    assert!(client.send(login()).is_err());
    assert!(client.idle().is_err());
    assert!(client.append("x".into(), vec![], None, 5).is_err());
}

#[test]
fn preauth_ends_a_session_that_requires_tls() {
    let mut client = Client::new(Config::default());
    feed(&mut client, b"* PREAUTH welcome\r\n");
    assert_eq!(settle(&mut client), Err(Error::PreAuth));
    // Where it is not required, or is there already, PREAUTH is a greeting.
    let mut client = Client::in_tls(Config::default(), TlsInfo::default());
    feed(&mut client, b"* PREAUTH welcome\r\n");
    assert!(matches!(&settle(&mut client).unwrap().1[..], [Event::Greeting(_)]));
}
