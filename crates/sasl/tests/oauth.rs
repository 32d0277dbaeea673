//! OAUTHBEARER (RFC 7628) and XOAUTH2 on the server's side.

#![allow(clippy::unwrap_used, clippy::panic)]

use mailwright_sasl::{
    Name, Secret, Seed,
    server::{Answer, Exchange, Failure, Policy, Question, Step},
};

fn begin(name: &str) -> Exchange {
    let policy = Policy::new(Seed::new([7; 32]))
        .mechanisms([Name::OAuthBearer, Name::XOAuth2])
        .plaintext_without_tls(true);
    policy.begin(name, None).unwrap()
}

/// What is asked about a message, or how it fails.
fn asked(name: &str, message: &str) -> Result<(Option<String>, String), Failure> {
    match begin(name).start(Some(message.replace('^', "\x01").as_bytes())) {
        Step::Ask(Question::Token { user, token }) => Ok((user, token.expose().to_owned())),
        Step::Failed(failure) => Err(failure),
        other => panic!("{other:?}"),
    }
}

#[test]
fn example_of_rfc_7628_section_4_1() {
    let message = "n,a=user@example.com,^host=server.example.com^port=143^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^";
    let want = (Some("user@example.com".to_owned()), "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==".to_owned());
    assert_eq!(asked("OAUTHBEARER", message), Ok(want));
}

#[test]
fn example_of_rfc_7628_section_4_3_a_failure_is_told_and_acknowledged() {
    let mut server = begin("OAUTHBEARER");
    let Step::Ask(_) = server.start(Some(b"n,a=user@example.com,\x01auth=Bearer x\x01\x01")) else {
        panic!()
    };
    let Step::Challenge(status) = server.answer(Answer::refuse()) else { panic!() };
    assert_eq!(status, br#"{"status":"invalid_token","scope":""}"#);
    assert!(matches!(server.respond(b"\x01"), Step::Failed(Failure::Credentials)));
}

#[test]
fn xoauth2() {
    let want = (Some("someuser@example.com".to_owned()), "vF9dft4qmT".to_owned());
    assert_eq!(asked("XOAUTH2", "user=someuser@example.com^auth=Bearer vF9dft4qmT^^"), Ok(want));
    let mut server = begin("XOAUTH2");
    let Step::Ask(_) = server.start(Some(b"user=a\x01auth=bearer x\x01\x01")) else { panic!() };
    let Step::Challenge(_) = server.answer(Answer::refuse()) else { panic!() };
    assert!(matches!(server.respond(b""), Step::Failed(Failure::Credentials)));
}

#[test]
fn the_owner_of_the_token_decides_who_it_is() {
    let mut server = begin("OAUTHBEARER");
    let Step::Ask(Question::Token { user: None, token }) =
        server.start(Some(b"n,,\x01auth=Bearer x\x01\x01"))
    else {
        panic!()
    };
    assert_eq!(token, Secret::new("x"));
    let Step::Done(identity) = server.answer(Answer::accept("joe")) else { panic!() };
    assert_eq!((identity.account.as_str(), identity.authenticated.as_str()), ("joe", "joe"));
}

#[test]
fn messages_of_another_form() {
    for bad in [
        "",
        "n,,",
        "n,,^",
        "n,,^^",
        "n,,^auth=Bearer^^",
        "n,,^auth=Basic x^^",
        "n,,^auth=Bearer a b^^",
        "n,,^auth=Bearer x^",
        "n,,auth=Bearer x^^",
        "n,,^auth=Bearer x^^more",
        "n,,^auth=Bearer x^auth=Bearer y^^",
        "n,,^=x^auth=Bearer x^^",
        "n,a=,^auth=Bearer x^^",
        "n,a=b=,^auth=Bearer x^^",
        "x,,^auth=Bearer x^^",
    ] {
        assert_eq!(asked("OAUTHBEARER", bad), Err(Failure::Malformed), "{bad}");
    }
    assert_eq!(asked("OAUTHBEARER", "p=tls-exporter,,^auth=Bearer x^^"), Err(Failure::ChannelBinding));
    for bad in ["", "user=a", "user=a^^", "auth=Bearer x", "user=a^auth=Bearer x^"] {
        assert_eq!(asked("XOAUTH2", bad), Err(Failure::Malformed), "{bad}");
    }
}
