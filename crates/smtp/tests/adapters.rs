//! The tokio client against the tokio server, in memory and in TLS.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mailwright_sasl::{
    Seed,
    client::Plain,
    server::{Answer, Policy, Question},
};
use mailwright_smtp::{
    client::{self, Envelope, SendError, Stage, Unsupported},
    server::{Config, Peer, Protocol, Server, StartTls, Verdict},
    tokio::{
        Connection, Tls,
        client::{Error, Mailer, Reader, Security},
        client_tls,
        server::{Backend, Message, serve, serve_until},
        server_tls,
    },
    types::{BodyType, EnhancedStatus, Mail, Mailbox, Rcpt, Reply, ReplyCode},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::mpsc,
};

/// What arrived: sender, recipients, `with` keyword, content.
type Arrived = (String, Vec<String>, &'static str, Vec<u8>);

struct Post {
    arrived: mpsc::UnboundedSender<Arrived>,
    from: String,
    to: Vec<String>,
}

struct Letter {
    arrived: mpsc::UnboundedSender<Arrived>,
    head: (String, Vec<String>, &'static str),
    content: Vec<u8>,
    each: bool,
}

fn no_such_user() -> Reply {
    Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(1, 1), "No such user")
}

impl Backend for Post {
    type Message = Letter;

    async fn authenticate(&mut self, _: &Peer, question: &Question) -> Answer {
        match question {
            Question::Password { user, password } if user == "tim" && password.expose() == "secret" => {
                Answer::accept("tim")
            }
            _ => Answer::refuse(),
        }
    }

    async fn mail(&mut self, _: &Peer, mail: &Mail) -> Result<(), Reply> {
        self.from = mail.from.to_string();
        self.to.clear();
        Ok(())
    }

    async fn rcpt(&mut self, _: &Peer, rcpt: &Rcpt) -> Result<(), Reply> {
        if rcpt.to.mailbox().is_some_and(|m| m.local_part() == "nobody") {
            return Err(no_such_user());
        }
        self.to.push(rcpt.to.to_string());
        Ok(())
    }

    async fn data(&mut self, peer: &Peer) -> Result<Letter, Reply> {
        let keyword = peer.with_keyword(false);
        Ok(Letter {
            arrived: self.arrived.clone(),
            head: (self.from.clone(), self.to.clone(), keyword),
            content: vec![],
            each: keyword.starts_with("LMTP"),
        })
    }
}

impl Message for Letter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Reply> {
        self.content.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(self) -> Verdict {
        let (from, to, keyword) = self.head;
        let reply = |to: &String| {
            if to.starts_with("<full") { no_such_user() } else { Reply::ok(format!("for {to}")) }
        };
        let verdict = if self.each {
            Verdict::Each(to.iter().map(reply).collect())
        } else {
            Reply::ok("queued as 42").into()
        };
        self.arrived.send((from, to, keyword, self.content)).unwrap();
        verdict
    }
}

struct World {
    tls: (Tls, Tls),
    arrived: mpsc::UnboundedReceiver<Arrived>,
    post: mpsc::UnboundedSender<Arrived>,
}

impl World {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["mx.example.org".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "mx.example.org".try_into().unwrap();
        let (post, arrived) = mpsc::unbounded_channel();
        Self { tls: (server_tls(Arc::new(server)), client_tls(Arc::new(client), name)), arrived, post }
    }

    /// A server at the other end of the stream that is returned.
    fn serve(&self, config: Config) -> DuplexStream {
        let (near, far) = tokio::io::duplex(16 * 1024);
        let mut post = Post { arrived: self.post.clone(), from: String::new(), to: vec![] };
        let connection = Connection::new(far, Server::new(Arc::new(config))).with_tls(self.tls.0.clone());
        tokio::spawn(async move { serve(connection, &mut post).await });
        near
    }
}

fn client_config() -> Arc<client::Config> {
    Arc::new(client::Config::new("client.example.org".parse().unwrap()))
}

fn mailbox(local: &str) -> Mailbox {
    Mailbox::new(local, "example.org").unwrap()
}

fn envelope(to: &[&str]) -> Envelope {
    Envelope { mail: Mail::new(mailbox("joe")), rcpts: to.iter().map(|to| Rcpt::new(mailbox(to))).collect() }
}

#[tokio::test]
async fn a_message_goes_through_starttls_and_auth_and_the_connection_is_used_again() {
    let mut world = World::new();
    let mut config = Config::new("mx.example.org");
    config.starttls = StartTls::Required;
    config.auth = Some(Policy::new(Seed::new([1; 32])));
    config.auth_required = true;
    let stream = world.serve(config);
    let security = Security::Required(world.tls.1.clone());
    let mut mailer = Mailer::connect(stream, client_config(), security).await.unwrap();
    assert!(mailer.tls().is_some());

    let wrong = mailer.authenticate(Box::new(Plain::new("tim", &"wrong".into()).unwrap())).await.unwrap_err();
    assert!(matches!(&wrong, Error::Auth(_)) && !wrong.is_transient(), "{wrong}");
    mailer.authenticate(Box::new(Plain::new("tim", &"secret".into()).unwrap())).await.unwrap();

    let delivery =
        mailer.send(envelope(&["sue", "nobody"]), Bytes::from("Subject: 1\r\n\r\n.\r\n")).await.unwrap();
    assert_eq!(delivery.fates[0].reply, Reply::ok("queued as 42"));
    assert!(delivery.fates[0].is_delivered());
    assert_eq!((delivery.fates[1].stage, delivery.fates[1].is_permanent()), (Stage::Rcpt, true));
    let (from, to, keyword, content) = world.arrived.recv().await.unwrap();
    assert_eq!((from.as_str(), keyword), ("<joe@example.org>", "ESMTPSA"));
    assert_eq!((to, content), (vec!["<sue@example.org>".to_owned()], b"Subject: 1\r\n\r\n.\r\n".to_vec()));

    // All refused, then again over the same connection.
    let delivery = mailer.send(envelope(&["nobody"]), Bytes::from("x\r\n")).await.unwrap();
    assert!(delivery.fates[0].is_permanent());
    assert!(mailer.is_ready());
    let delivery = mailer.send(envelope(&["sue"]), Bytes::from("Subject: 2")).await.unwrap();
    assert!(delivery.is_complete());
    assert_eq!(world.arrived.recv().await.unwrap().3, b"Subject: 2\r\n");
    mailer.quit().await.unwrap();
}

#[tokio::test]
async fn a_large_message_streams_by_data_and_by_bdat() {
    let mut world = World::new();
    let content: Vec<u8> = (0..60_000).flat_map(|n| format!(".line {n}\r\n..\r\n").into_bytes()).collect();
    for chunking in [false, true] {
        let stream = world.serve(Config::new("mx.example.org"));
        let mut config = client::Config::new("client.example.org".parse().unwrap());
        config.chunking = chunking;
        let mut mailer = Mailer::connect(stream, Arc::new(config), Security::Plain).await.unwrap();
        let delivery = mailer.send(envelope(&["sue"]), Reader(&content[..])).await.unwrap();
        assert!(delivery.is_complete());
        let arrived = world.arrived.recv().await.unwrap();
        assert_eq!(arrived.2, "ESMTP");
        assert!(arrived.3 == content, "{} octets in place of {}", arrived.3.len(), content.len());
    }
}

#[tokio::test]
async fn lmtp_has_a_fate_for_each() {
    let mut world = World::new();
    let stream = world.serve(Config { protocol: Protocol::Lmtp, ..Config::new("mx.example.org") });
    let mut config = client::Config::new("client.example.org".parse().unwrap());
    config.protocol = Protocol::Lmtp;
    let mut mailer = Mailer::connect(stream, Arc::new(config), Security::Plain).await.unwrap();
    let delivery = mailer.send(envelope(&["a", "nobody", "full", "b"]), Bytes::from("x\r\n")).await.unwrap();
    let delivered: Vec<bool> = delivery.fates.iter().map(client::Fate::is_delivered).collect();
    assert_eq!(delivered, [true, false, false, true]);
    assert_eq!(delivery.fates[3].reply, Reply::ok("for <b@example.org>"));
    assert_eq!(world.arrived.recv().await.unwrap().2, "LMTP");
}

#[tokio::test]
async fn tls_that_is_required_and_not_offered_sends_nothing() {
    let world = World::new();
    let stream = world.serve(Config::new("mx.example.org"));
    let error =
        Mailer::connect(stream, client_config(), Security::Required(world.tls.1.clone())).await.unwrap_err();
    assert!(matches!(error, Error::NoTls(None)), "{error}");
    let stream = world.serve(Config::new("mx.example.org"));
    let security = Security::Opportunistic(world.tls.1.clone());
    let mut mailer = Mailer::connect(stream, client_config(), security).await.unwrap();
    assert!(mailer.tls().is_none());
}

#[tokio::test]
async fn what_a_server_can_not_take_is_not_sent() {
    let world = World::new();
    let mut config = Config::new("mx.example.org");
    config.extensions.smtputf8 = false;
    config.limits.message = 10;
    let stream = world.serve(config);
    let mut mailer = Mailer::connect(stream, client_config(), Security::Plain).await.unwrap();
    let mut utf8 = envelope(&["jürgen"]);
    let error = mailer.send(utf8.clone(), Bytes::new()).await.unwrap_err();
    assert_eq!(error.unsupported(), Some(Unsupported::SmtpUtf8));
    utf8.rcpts.clear();
    let error = mailer.send(utf8, Bytes::new()).await.unwrap_err();
    assert!(matches!(error, Error::Send(SendError::Misuse(_))));
    let mut big = envelope(&["sue"]);
    big.mail.parameters.size = Some(11);
    let error = mailer.send(big, Bytes::new()).await.unwrap_err();
    assert_eq!(error.unsupported(), Some(Unsupported::TooBig { size: 11, limit: 10 }));
    let mut binary = envelope(&["sue"]);
    binary.mail.parameters.body = Some(BodyType::BinaryMime);
    let error = mailer.send(binary, Bytes::new()).await.unwrap_err();
    assert_eq!(error.unsupported(), Some(Unsupported::BinaryMime));
    assert!(mailer.is_ready());
}

#[tokio::test]
async fn content_with_a_bare_newline_never_looks_complete() {
    for chunking in [false, true] {
        let mut world = World::new();
        let stream = world.serve(Config::new("mx.example.org"));
        let mut config = client::Config::new("client.example.org".parse().unwrap());
        config.chunking = chunking;
        let mut mailer = Mailer::connect(stream, Arc::new(config), Security::Plain).await.unwrap();
        let error = mailer.send(envelope(&["sue"]), Bytes::from("a\n.\r\nb\r\n")).await.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Irregular(_))), "{error}");
        assert!(!mailer.is_ready());
        drop((mailer, world.post));
        assert_eq!(world.arrived.recv().await, None);
    }
}

#[tokio::test]
async fn a_server_that_stops_finishes_the_transaction() {
    let mut world = World::new();
    let (stream, far) = tokio::io::duplex(16 * 1024);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut post = Post { arrived: world.post.clone(), from: String::new(), to: vec![] };
    let serving = tokio::spawn(async move {
        let connection = Connection::new(far, Server::new(Arc::new(Config::new("mx.example.org"))));
        serve_until(connection, &mut post, async { _ = stopped.await }).await
    });
    let (mut from_server, mut to_server) = tokio::io::split(stream);
    to_server.write_all(b"HELO c\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    to_server.write_all(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    to_server.write_all(b"hi\r\n.\r\n").await.unwrap();
    let mut said = String::new();
    from_server.read_to_string(&mut said).await.unwrap();
    assert!(
        said.ends_with("250 2.0.0 queued as 42\r\n421 4.3.2 Shutting down, try again later\r\n"),
        "{said}"
    );
    drop(to_server);
    serving.await.unwrap().unwrap();
    assert_eq!(world.arrived.recv().await.unwrap().3, b"hi\r\n");
}

#[tokio::test]
async fn starttls_with_more_behind_it_ends_the_connection() {
    let world = World::new();
    let config = Config { starttls: StartTls::Offered, ..Config::new("mx.example.org") };
    let mut stream = world.serve(config);
    stream.write_all(b"HELO c\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stream.write_all(b"STARTTLS\r\nNOOP\r\n").await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.ends_with("220 2.0.0 Ready to start TLS\r\n"), "{said}");
}

#[tokio::test]
async fn a_pool_keeps_connections_and_replaces_those_the_server_has_closed() {
    use mailwright_smtp::tokio::pool::Pool;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    let mut world = World::new();
    let (made, impatient) = (AtomicU32::new(0), AtomicU32::new(0));
    let pool = Pool::new(async || {
        made.fetch_add(1, Relaxed);
        let mut config = Config::new("mx.example.org");
        if impatient.load(Relaxed) == 1 {
            config.limits.command_time = Duration::from_millis(30);
        }
        Mailer::connect(world.serve(config), client_config(), Security::Plain).await
    });
    for (n, connections) in [(1, 1), (2, 1), (3, 1)] {
        let delivery = pool.send(envelope(&["sue"]), Bytes::from(format!("Subject: {n}\r\n"))).await.unwrap();
        assert!(delivery.is_complete());
        assert_eq!(made.load(Relaxed), connections);
    }
    pool.quit().await;
    impatient.store(1, Relaxed);
    pool.send(envelope(&["sue"]), Bytes::from("Subject: 4\r\n")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // The server has said 421 and closed: the message goes by a new connection.
    let delivery = pool.send(envelope(&["sue"]), Bytes::from("Subject: 5\r\n")).await.unwrap();
    assert!(delivery.is_complete());
    assert_eq!(made.load(Relaxed), 3);
    drop(pool);
    for n in 1..=5 {
        assert_eq!(world.arrived.recv().await.unwrap().3, format!("Subject: {n}\r\n").into_bytes());
    }
}

/// Content that cannot be read to its end.
struct Broken(u32);

impl mailwright_smtp::tokio::client::Source for Broken {
    async fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        self.0 += 1;
        if self.0 < 4 {
            Ok(Some(vec![b'x'; 100_000].into()))
        } else {
            Err(std::io::ErrorKind::InvalidData.into())
        }
    }
}

#[tokio::test]
async fn a_message_that_breaks_off_never_was() {
    for (chunking, tls) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut world = World::new();
        let stream = world.serve(Config { starttls: StartTls::Offered, ..Config::new("mx.example.org") });
        let mut config = client::Config::new("client.example.org".parse().unwrap());
        config.chunking = chunking;
        let security = if tls { Security::Required(world.tls.1.clone()) } else { Security::Plain };
        let mut mailer = Mailer::connect(stream, Arc::new(config), security).await.unwrap();
        let error = mailer.send(envelope(&["sue"]), Broken(0)).await.unwrap_err();
        assert!(matches!(error, Error::Source(_)) && error.is_transient(), "{error}");
        assert!(!mailer.is_ready());
        drop((mailer, world.post));
        assert_eq!(world.arrived.recv().await, None);
    }
}

#[tokio::test]
async fn a_silent_peer_is_told_so_and_left() {
    let world = World::new();
    let mut config = Config::new("mx.example.org");
    config.limits.command_time = Duration::from_millis(50);
    let mut stream = world.serve(config);
    // A drip does not push the deadline on.
    for _ in 0..5 {
        if stream.write_all(b"N").await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.ends_with("421 4.4.2 You took too long\r\n"), "{said}");
}

/// What the adapters return can be spawned.
#[tokio::test]
async fn futures_are_send() {
    fn spawnable<F: Future + Send>(future: F) -> F {
        future
    }
    let world = World::new();
    let pool = mailwright_smtp::tokio::pool::Pool::new(|| {
        Mailer::connect(world.serve(Config::new("mx.example.org")), client_config(), Security::Plain)
    });
    let delivery = spawnable(pool.send(envelope(&["sue"]), Bytes::from("x\r\n"))).await.unwrap();
    assert!(delivery.is_complete());
    spawnable(pool.quit()).await;
}

#[tokio::test]
async fn a_connection_comes_from_the_address_that_was_chosen() {
    use mailwright_smtp::tokio::client::dial;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = listener.local_addr().unwrap();
    for from in [None, Some("127.0.0.1".parse().unwrap())] {
        let dialled = dial(to, from).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, dialled.local_addr().unwrap());
        assert!(from.is_none_or(|from| peer.ip() == from));
    }
    assert!(dial(to, Some("::1".parse().unwrap())).await.is_err());
    assert!(dial(to, Some("192.0.2.1".parse().unwrap())).await.is_err());
}
