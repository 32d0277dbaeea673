//! Our client against our server and against servers that cheat, over TLS.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{io, sync::Arc};

use bytes::Bytes;
use mailwright_pop3::{
    client::{self, AuthError},
    server::{Config, Peer, Refusal, Server, Stls},
    tokio::{
        Connection, Timeouts, Tls,
        client::{Error, Maildrop, Security},
        client_tls,
        server::{self, Backend, Content, serve},
        server_tls,
    },
    types::{Command, Entry, MessageNumber, ResponseCode, UniqueId},
};
use mailwright_sasl::{
    Name, Secret, Seed,
    client::Credentials,
    scram::Keys,
    server::{Answer, Identity, Policy, Question},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const MESSAGE: &[u8] = b"From: a@example.test\r\n\r\n.one\r\ntwo\r\n";

struct One;
struct Opened;
struct Pieces(Option<Bytes>);

impl Backend for One {
    type Maildrop = Opened;

    async fn authenticate(&mut self, _: &Peer, question: &Question) -> Answer {
        match question {
            Question::Password { user, password } if password.expose() == "secret" => Answer::accept(user),
            Question::Keys { user, hash } if user == "joe" => Answer::Keys {
                account: user.clone(),
                keys: Keys::derive(*hash, &Secret::new("secret"), [1; 16], 4096).unwrap(),
            },
            Question::SharedSecret { user } if user == "joe" => {
                Answer::Password { account: user.clone(), password: Secret::new("secret") }
            }
            _ => Answer::refuse(),
        }
    }

    async fn open(&mut self, _: &Peer, _: &Identity) -> Result<Opened, Refusal> {
        Ok(Opened)
    }
}

impl server::Maildrop for Opened {
    type Content = Pieces;

    fn entries(&mut self) -> Vec<Entry> {
        vec![Entry { size: MESSAGE.len() as u64, unique_id: UniqueId::new("one").unwrap() }]
    }

    async fn read(&mut self, _: usize, utf8: bool) -> Result<Pieces, Refusal> {
        if utf8 {
            return Err(Refusal::new(Some(ResponseCode::Utf8), "only without"));
        }
        Ok(Pieces(Some(Bytes::from_static(MESSAGE))))
    }

    async fn commit(self, deleted: Vec<usize>) -> Result<(), Refusal> {
        if deleted.is_empty() { Ok(()) } else { Err(Refusal::temporary("cannot delete")) }
    }
}

impl Content for Pieces {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        Ok(self.0.take())
    }
}

/// Both sides of TLS, with a certificate made for the occasion.
fn tls() -> (Tls, Tls) {
    let made = rcgen::generate_simple_self_signed(["mail.example.test".to_owned()]).unwrap();
    let (der, key) = (made.cert.der().clone(), made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], rustls::pki_types::PrivatePkcs8KeyDer::from(key).into())
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(der).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server_tls(Arc::new(server)), client_tls(Arc::new(client), "mail.example.test".try_into().unwrap()))
}

/// A server of ours; returns the client's end.
fn ours(config: Config, tls: Tls, implicit: bool) -> DuplexStream {
    let (near, far) = duplex(4096);
    tokio::spawn(async move {
        let config = Arc::new(config);
        let connection = if implicit {
            let begin = |info| Server::secure(config, info);
            Connection::implicit_tls(far, &tls, Timeouts::default(), begin).await.unwrap()
        } else {
            Connection::new(far, Server::new(config)).with_tls(tls)
        };
        serve(connection, &mut One).await
    });
    near
}

/// A server that says these lines, each after one from the client; returns what the client said.
fn scripted(lines: &'static [&'static str]) -> (DuplexStream, tokio::task::JoinHandle<String>) {
    let (near, mut far) = duplex(4096);
    let said = tokio::spawn(async move {
        let (mut said, mut buf) = (String::new(), [0; 4096]);
        for line in lines {
            if far.write_all(line.as_bytes()).await.is_err() {
                break;
            }
            match far.read(&mut buf).await {
                Ok(n) if n > 0 => said.push_str(&String::from_utf8_lossy(&buf[..n])),
                _ => break,
            }
        }
        said
    });
    (near, said)
}

fn config() -> Config {
    Config { stls: Stls::Offered, ..Config::new("dewey", Policy::new(Seed::new([7; 32]))) }
}

fn joe() -> Credentials {
    Credentials::password("joe", "secret")
}

fn settings() -> Arc<client::Config> {
    Arc::new(client::Config::default())
}

#[tokio::test]
async fn a_whole_session_by_stls_and_by_implicit_tls() {
    for implicit in [false, true] {
        let (server, client) = tls();
        let security = if implicit { Security::Implicit(client) } else { Security::Required(client) };
        let io = ours(config(), server, implicit);
        let mut maildrop = Maildrop::connect(io, settings(), security).await.unwrap();
        assert!(maildrop.tls().is_some_and(|tls| tls.exporter.is_some()));
        maildrop.log_in(&joe()).await.unwrap();
        let one = MessageNumber::new(1).unwrap();
        assert_eq!(maildrop.totals().await.unwrap(), (1, MESSAGE.len() as u64));
        assert_eq!(maildrop.sizes().await.unwrap(), [(one, MESSAGE.len() as u64)]);
        assert_eq!(maildrop.unique_ids().await.unwrap()[0].1.as_str(), "one");
        assert_eq!(maildrop.languages().await.unwrap(), [("en".into(), "English".into())]);
        assert_eq!(
            maildrop.retrieve(one).await.unwrap().read(1000).await.unwrap(),
            Ok(Bytes::from_static(MESSAGE))
        );
        let top = maildrop.top(one, 1).await.unwrap().read(1000).await.unwrap();
        assert_eq!(top.unwrap(), "From: a@example.test\r\n\r\n.one\r\n");
        let start = maildrop.retrieve(one).await.unwrap().read(4).await.unwrap();
        assert_eq!(start, Err(Bytes::from_static(b"From")));
        maildrop.delete(one).await.unwrap();
        assert!(matches!(maildrop.retrieve(one).await, Err(Error::Refused { verb: "RETR", .. })));
        maildrop.reset().await.unwrap();
        maildrop.quit().await.unwrap();
    }
}

#[tokio::test]
async fn a_quit_that_could_not_delete_says_so() {
    let (server, client) = tls();
    let mut maildrop =
        Maildrop::connect(ours(config(), server, false), settings(), Security::Required(client))
            .await
            .unwrap();
    maildrop.log_in(&joe()).await.unwrap();
    maildrop.delete(MessageNumber::new(1).unwrap()).await.unwrap();
    let Err(Error::Refused { reply, .. }) = maildrop.quit().await else { panic!() };
    assert_eq!(reply.code, Some(ResponseCode::SysTemp));
}

#[tokio::test]
async fn every_way_to_log_in() {
    let ways: [(&[Name], bool, bool); 7] = [
        (&[Name::Plain], false, false),
        (&[Name::Login], false, false),
        (&[Name::CramMd5], false, false),
        (&[Name::Scram(mailwright_sasl::Hash::Sha1)], false, false),
        (&[Name::ScramPlus(mailwright_sasl::Hash::Sha256)], false, false),
        (&[], true, false),
        (&[], false, true),
    ];
    for (mechanisms, user, apop) in ways {
        for password in ["secret", "wrong"] {
            let policy = Policy::new(Seed::new([7; 32]))
                .mechanisms(mechanisms.iter().copied())
                .plaintext_without_tls(true);
            let config = Config { user, apop, ..Config { auth: policy, ..config() } };
            let (server, client) = tls();
            // CRAM-MD5 and APOP are for connections without TLS.
            let plain = apop || mechanisms == [Name::CramMd5];
            let security = if plain { Security::Plain } else { Security::Required(client) };
            let mut maildrop =
                Maildrop::connect(ours(config, server, false), settings(), security).await.unwrap();
            let done = maildrop.log_in(&Credentials::password("joe", password)).await;
            match password {
                "secret" => assert!(done.is_ok(), "{mechanisms:?} {user} {apop}: {done:?}"),
                _ => assert!(
                    matches!(done, Err(Error::Login(AuthError::Refused(_)))),
                    "{mechanisms:?}: {done:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn without_tls_no_password_goes_out_unless_asked_for() {
    let policy = Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain]).plaintext_without_tls(true);
    let config = Config { auth: policy, ..config() };
    let (server, _) = tls();
    let mut maildrop =
        Maildrop::connect(ours(config, server, false), settings(), Security::Plain).await.unwrap();
    assert!(matches!(maildrop.log_in(&joe()).await, Err(Error::Login(AuthError::Mechanism(_)))));
    maildrop.log_in_plaintext(&joe()).await.unwrap();
}

#[tokio::test]
async fn answers_behind_the_one_to_stls_end_the_connection() {
    let (_, client) = tls();
    let (io, _said) = scripted(&["+OK ready\r\n", "+OK begin\r\n+OK injected\r\n"]);
    let error = Maildrop::connect(io, settings(), Security::Required(client)).await.unwrap_err();
    assert_eq!(error.to_string(), "server sent plaintext after its answer to STLS");
}

#[tokio::test]
async fn where_tls_is_required_and_refused_nothing_more_is_sent() {
    for lines in [
        &["+OK ready\r\n", "-ERR no TLS\r\n"] as &'static [&'static str],
        &["+OK ready\r\n", "-ERR [SYS/TEMP] later\r\n"],
        &["+OK ready\r\n", "* BYE\r\n"],
        &["-ERR go away\r\n"],
        &["* PREAUTH\r\n"],
        &["+OK ready\r\n", "+OK begin\r\nnot a handshake\r\n"],
    ] {
        let (_, client) = tls();
        let (io, said) = scripted(lines);
        assert!(Maildrop::connect(io, settings(), Security::Required(client)).await.is_err(), "{lines:?}");
        let said = said.await.unwrap();
        assert!(said.is_empty() || said == "STLS\r\n", "{lines:?}: {said:?}");
    }
}

#[tokio::test]
async fn a_server_without_capa_is_logged_in_by_user_and_pass() {
    let (io, said) = scripted(&["+OK\r\n", "-ERR what?\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n"]);
    let mut maildrop = Maildrop::connect(io, settings(), Security::Plain).await.unwrap();
    maildrop.log_in_plaintext(&joe()).await.unwrap();
    maildrop.command(Command::Noop).await.unwrap();
    drop(maildrop);
    assert_eq!(said.await.unwrap(), "CAPA\r\nUSER joe\r\nPASS secret\r\nNOOP\r\n");
}

#[tokio::test]
async fn utf8_mode_reaches_the_backend() {
    let (server, client) = tls();
    let mut maildrop =
        Maildrop::connect(ours(config(), server, true), settings(), Security::Implicit(client))
            .await
            .unwrap();
    maildrop.command(Command::Utf8).await.unwrap();
    maildrop.log_in(&joe()).await.unwrap();
    let Err(Error::Refused { reply, .. }) = maildrop.retrieve(MessageNumber::new(1).unwrap()).await else {
        panic!()
    };
    assert_eq!(reply.code, Some(ResponseCode::Utf8));
}
