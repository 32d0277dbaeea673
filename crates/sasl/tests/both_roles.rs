//! Each mechanism, client against server.

#![allow(clippy::unwrap_used, clippy::panic)]

use mailwright_sasl::{
    Hash, Name, Nonce, Secret, Seed,
    client::{self, Credentials, Mechanism},
    scram::Keys,
    server::{Answer, Exchange, Failure, Identity, Policy, Question, Step},
};
use mailwright_wire::TlsInfo;

const PASSWORD: &str = "tanstaaftanstaaf";

fn policy() -> Policy {
    Policy::new(Seed::new([7; 32])).mechanisms(Name::ALL).plaintext_without_tls(true)
}

fn tls() -> TlsInfo {
    TlsInfo {
        exporter: Some([5; 32]),
        server_end_point: Some(vec![6; 32]),
        peer_certificates: vec![vec![1]],
        ..TlsInfo::default()
    }
}

/// One account, `tim`, who may act as `shared`.
fn answer(question: Question) -> Answer {
    match question {
        Question::Password { user, password } if user == "tim" && password == Secret::new(PASSWORD) => {
            Answer::accept("tim@x")
        }
        Question::Keys { user, hash } if user == "tim" => Answer::Keys {
            account: "tim@x".to_owned(),
            keys: Keys::derive(hash, &Secret::new(PASSWORD), [3; 16], 4096).unwrap(),
        },
        Question::SharedSecret { user } if user == "tim" => {
            Answer::Password { account: "tim@x".to_owned(), password: Secret::new(PASSWORD) }
        }
        Question::Token { token, .. } if token == Secret::new("good") => Answer::accept("tim@x"),
        Question::Certificate { certificates, .. } if certificates == [vec![1]] => Answer::accept("tim@x"),
        Question::Anonymous { .. } => Answer::accept("guest"),
        Question::ActAs { account, authorization } if account == "tim@x" && authorization == "shared" => {
            Answer::accept("shared@x")
        }
        _ => Answer::refuse(),
    }
}

/// Runs an exchange to its end; counts the challenges.
fn run(server: &mut Exchange, client: &mut dyn Mechanism) -> (Result<Identity, Failure>, usize) {
    let mut challenges = 0;
    let mut step = server.start(client.initial().as_deref());
    loop {
        step = match step {
            Step::Challenge(challenge) => {
                challenges += 1;
                match client.respond(&challenge) {
                    Ok(response) => server.respond(&response),
                    Err(_) => return (Err(Failure::Malformed), challenges),
                }
            }
            Step::Ask(question) => server.answer(answer(question)),
            Step::Done(identity) => {
                client.finish().unwrap();
                return (Ok(identity), challenges);
            }
            Step::Failed(failure) => return (Err(failure), challenges),
        }
    }
}

fn clients(user: &str, password: &str) -> Vec<Box<dyn Mechanism>> {
    let (password, nonce) = (Secret::new(password), Nonce::new([9; 18]));
    let mut all: Vec<Box<dyn Mechanism>> = vec![
        Box::new(client::Plain::new(user, &password).unwrap()),
        Box::new(client::Login::new(user, &password).unwrap()),
        Box::new(client::CramMd5::new(user, &password).unwrap()),
    ];
    for hash in Hash::ALL {
        all.push(Box::new(client::Scram::new(hash, user, &password, &nonce, false).unwrap()));
        all.push(Box::new(client::Scram::plus(hash, user, &password, &nonce, &tls()).unwrap()));
    }
    all
}

#[test]
fn the_right_password_is_accepted_by_every_mechanism() {
    for mut client in clients("tim", PASSWORD) {
        let name = client.name();
        let mut server = policy().begin(name.as_str(), Some(&tls())).unwrap();
        let (result, _) = run(&mut server, &mut *client);
        let want = Identity { account: "tim@x".to_owned(), authenticated: "tim".to_owned(), mechanism: name };
        assert_eq!(result, Ok(want), "{name}");
    }
}

#[test]
fn a_wrong_password_and_an_unknown_user_fail_alike() {
    for (mut wrong, mut unknown) in clients("tim", "wrong").into_iter().zip(clients("tom", PASSWORD)) {
        let name = wrong.name();
        let outcome = |client: &mut dyn Mechanism| {
            run(&mut policy().begin(name.as_str(), Some(&tls())).unwrap(), client)
        };
        let outcomes = (outcome(&mut *wrong), outcome(&mut *unknown));
        assert_eq!(outcomes.0.0, Err(Failure::Credentials), "{name}");
        assert_eq!(outcomes.0, outcomes.1, "{name}: same end after as many challenges");
    }
}

#[test]
fn tokens_certificates_and_nobody() {
    type Case = (Box<dyn Mechanism>, Result<&'static str, Failure>);
    let cases: [Case; 7] = [
        (
            Box::new(client::OAuthBearer::new(Some("tim"), &Secret::new("good"), Some(("h", 993))).unwrap()),
            Ok("tim@x"),
        ),
        (Box::new(client::OAuthBearer::new(None, &Secret::new("good"), None).unwrap()), Ok("tim@x")),
        (
            Box::new(client::OAuthBearer::new(None, &Secret::new("bad"), None).unwrap()),
            Err(Failure::Credentials),
        ),
        (Box::new(client::XOAuth2::new("tim", &Secret::new("good")).unwrap()), Ok("tim@x")),
        (Box::new(client::XOAuth2::new("tim", &Secret::new("bad")).unwrap()), Err(Failure::Credentials)),
        (Box::new(client::External::new(None).unwrap()), Ok("tim@x")),
        (Box::new(client::Anonymous::new("me@x").unwrap()), Ok("guest")),
    ];
    for (mut client, want) in cases {
        let name = client.name();
        let (result, _) = run(&mut policy().begin(name.as_str(), Some(&tls())).unwrap(), &mut *client);
        assert_eq!(result.as_ref().map(|i| i.account.as_str()), want.as_ref().map(|s| *s), "{name}");
    }
}

#[test]
fn acting_as_another_is_asked_and_answered() {
    let secret = Secret::new(PASSWORD);
    let scram = || client::Scram::new(Hash::Sha256, "tim", &secret, &Nonce::new([1; 18]), false).unwrap();
    for (identity, want) in
        [("shared", Ok("shared@x")), ("tim", Ok("tim@x")), ("ceo", Err(Failure::Authorization))]
    {
        let mut plain = client::Plain::acting_as(identity, "tim", &secret).unwrap();
        let mut scram = scram().acting_as(identity).unwrap();
        let mut external = client::External::new(Some(identity)).unwrap();
        let all: [&mut dyn Mechanism; 3] = [&mut plain, &mut scram, &mut external];
        for client in all {
            let name = client.name();
            let (result, _) = run(&mut policy().begin(name.as_str(), Some(&tls())).unwrap(), client);
            let got = result.as_ref().map(|i| i.account.as_str());
            // EXTERNAL proves `tim@x` by certificate; `tim` is then another identity.
            if (name, identity) != (Name::External, "tim") {
                assert_eq!(got, want.as_ref().map(|s| *s), "{name} as {identity}");
            }
        }
    }
}

#[test]
fn the_strongest_usable_mechanism_is_chosen() {
    let password = Credentials::password("tim", PASSWORD);
    let nonce = Nonce::new([1; 18]);
    let all: Vec<&str> = Name::ALL.map(Name::as_str).to_vec();
    let choose = |offered: &[&str], tls: Option<&TlsInfo>, plaintext| {
        client::strongest(offered, &password, tls, &nonce, plaintext).map(|m| m.name().as_str())
    };
    assert_eq!(choose(&all, Some(&tls()), false), Ok("SCRAM-SHA-512-PLUS"));
    assert_eq!(choose(&all, Some(&TlsInfo::default()), false), Ok("SCRAM-SHA-512"));
    assert_eq!(choose(&["login", "plain"], Some(&tls()), false), Ok("PLAIN"));
    assert_eq!(choose(&["LOGIN", "PLAIN"], None, false), Err(client::Error::NothingUsable));
    assert_eq!(choose(&["LOGIN", "PLAIN"], None, true), Ok("PLAIN"));
    assert_eq!(choose(&["PLAIN", "CRAM-MD5"], None, false), Ok("CRAM-MD5"));
    assert_eq!(choose(&["PLAIN", "CRAM-MD5"], Some(&tls()), false), Ok("PLAIN"));
    assert_eq!(choose(&["GSSAPI", "EXTERNAL"], Some(&tls()), false), Err(client::Error::NothingUsable));
}

#[test]
fn plaintext_is_offered_inside_tls_only() {
    let policy = Policy::new(Seed::new([1; 32]));
    assert_eq!(policy.offered(None), ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]);
    assert_eq!(
        policy.offered(Some(&tls())),
        [
            "SCRAM-SHA-512-PLUS",
            "SCRAM-SHA-256-PLUS",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-512",
            "SCRAM-SHA-256",
            "SCRAM-SHA-1",
            "PLAIN",
            "LOGIN"
        ]
    );
}

#[test]
fn calls_out_of_order_fail_the_exchange() {
    let mut server = policy().begin("PLAIN", None).unwrap();
    assert!(matches!(server.respond(b"x"), Step::Failed(Failure::Misuse)));
    assert!(matches!(server.start(None), Step::Failed(Failure::Misuse)), "it is over");
    let mut server = policy().begin("PLAIN", None).unwrap();
    assert!(matches!(server.start(Some(b"\0a\0b")), Step::Ask(_)));
    assert!(matches!(server.respond(b"\0a\0b"), Step::Failed(Failure::Misuse)));
    let mut server = policy().begin("SCRAM-SHA-256", None).unwrap();
    assert!(matches!(server.start(Some(b"n,,n=a,r=b")), Step::Ask(_)));
    let keys = Keys::derive(Hash::Sha1, &Secret::new("x"), [1; 16], 4096).unwrap();
    let answer = Answer::Keys { account: String::new(), keys };
    assert!(matches!(server.answer(answer), Step::Failed(Failure::Misuse)), "keys of another hash");
}

#[test]
fn nothing_secret_is_printed() {
    let secret = Secret::new("hush-hush");
    for client in clients("tim", "hush-hush") {
        assert!(!format!("{client:?}").contains("hush"), "{client:?}");
    }
    let question = Question::Password { user: "tim".to_owned(), password: secret };
    assert!(!format!("{question:?}").contains("hush"));
    assert!(!format!("{:?}", Credentials::password("tim", "hush-hush")).contains("hush"));
}
