//! The server over a stream, with a backend.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    io,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use mailwright_pop3::{
    server::{Config, Peer, Refusal, Server},
    tokio::{
        Connection,
        server::{Backend, Content, Maildrop, serve, serve_until},
    },
    types::{Entry, UniqueId},
};
use mailwright_sasl::{
    Seed,
    server::{Answer, Identity, Policy, Question},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// Messages that all who log in share, and whether someone has them open.
#[derive(Clone, Default)]
struct Store {
    messages: Arc<Mutex<Vec<Bytes>>>,
    locked: Arc<Mutex<bool>>,
}

struct Opened {
    store: Store,
    messages: Vec<Bytes>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        *self.store.locked.lock().unwrap() = false;
    }
}

struct Pieces(Bytes, bool);

impl Backend for Store {
    type Maildrop = Opened;

    async fn authenticate(&mut self, _: &Peer, question: &Question) -> Answer {
        match question {
            Question::Password { user, password } if password.expose() == "secret" => Answer::accept(user),
            _ => Answer::refuse(),
        }
    }

    async fn open(&mut self, _: &Peer, _: &Identity) -> Result<Opened, Refusal> {
        if std::mem::replace(&mut *self.locked.lock().unwrap(), true) {
            return Err(Refusal::in_use());
        }
        Ok(Opened { store: self.clone(), messages: self.messages.lock().unwrap().clone() })
    }
}

impl Maildrop for Opened {
    type Content = Pieces;

    fn entries(&mut self) -> Vec<Entry> {
        let entry = |(n, message): (usize, &Bytes)| Entry {
            size: message.len() as u64,
            unique_id: UniqueId::new(format!("id{n}")).unwrap(),
        };
        self.messages.iter().enumerate().map(entry).collect()
    }

    async fn read(&mut self, index: usize, _: bool) -> Result<Pieces, Refusal> {
        let message = self.messages[index].clone();
        let breaks = message.starts_with(b"broken");
        Ok(Pieces(message, breaks))
    }

    async fn commit(self, deleted: Vec<usize>) -> Result<(), Refusal> {
        let kept = self.messages.iter().enumerate().filter(|(n, _)| !deleted.contains(n));
        *self.store.messages.lock().unwrap() = kept.map(|(_, message)| message.clone()).collect();
        Ok(())
    }
}

impl Content for Pieces {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        if self.0.is_empty() && self.1 {
            return Err(io::Error::other("the disk is gone"));
        }
        let piece = self.0.split_to(self.0.len().min(1000));
        Ok((!piece.is_empty()).then_some(piece))
    }
}

fn connection(io: DuplexStream) -> Connection<Server, DuplexStream> {
    let policy = Policy::new(Seed::new([7; 32])).plaintext_without_tls(true);
    Connection::new(io, Server::new(Arc::new(Config::new("dewey", policy))))
}

/// Sends all at once and reads to the end.
async fn talk(store: &Store, input: &str) -> (String, bool) {
    let (mut client, io) = duplex(64);
    let mut store = store.clone();
    let serving = tokio::spawn(async move { serve(connection(io), &mut store).await });
    let (mut said, input) = (Vec::new(), input.to_owned());
    let (mut reader, mut writer) = tokio::io::split(&mut client);
    let write = async {
        let _ = writer.write_all(input.as_bytes()).await;
        let _ = writer.shutdown().await;
    };
    let read = reader.read_to_end(&mut said);
    let _ = tokio::join!(write, read);
    drop(client);
    (String::from_utf8(said).unwrap(), serving.await.unwrap().is_ok())
}

const LOGIN: &str = "USER a\r\nPASS secret\r\n";

fn store(messages: &[&'static str]) -> Store {
    let store = Store::default();
    *store.messages.lock().unwrap() = messages.iter().map(|m| Bytes::from_static(m.as_bytes())).collect();
    store
}

#[tokio::test]
async fn a_message_of_a_megabyte_streams_and_is_removed_at_quit() {
    let line = "x".repeat(70) + "\r\n";
    let big: &'static str = Box::leak(line.repeat(15_000).into_boxed_str());
    let store = store(&[big, "a: b\r\n\r\nsmall\r\n"]);
    let (said, ok) = talk(&store, &format!("{LOGIN}RETR 1\r\nDELE 1\r\nQUIT\r\n")).await;
    assert!(ok);
    let want = format!("+OK {} octets\r\n{big}.\r\n+OK message 1 deleted\r\n+OK bye\r\n", big.len());
    assert!(said.ends_with(&want));
    assert_eq!(store.messages.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_quit_nothing_is_removed_and_the_lock_is_gone() {
    let store = store(&["a: b\r\n\r\nx\r\n"]);
    let (said, _) = talk(&store, &format!("{LOGIN}DELE 1\r\n")).await;
    assert!(said.ends_with("+OK message 1 deleted\r\n"), "{said}");
    assert_eq!(store.messages.lock().unwrap().len(), 1);
    assert!(!*store.locked.lock().unwrap());
}

#[tokio::test]
async fn a_second_session_is_told_that_the_maildrop_is_in_use() {
    let store = store(&[]);
    *store.locked.lock().unwrap() = true;
    let (said, ok) = talk(&store, &format!("{LOGIN}QUIT\r\n")).await;
    assert!(ok && said.contains("-ERR [IN-USE] "), "{said}");
}

#[tokio::test]
async fn a_message_that_breaks_off_is_not_ended_with_a_dot() {
    let store = store(&["broken: yes\r\n\r\n"]);
    let (said, ok) = talk(&store, &format!("{LOGIN}RETR 1\r\nQUIT\r\n")).await;
    assert!(!ok && !said.contains("\r\n.\r\n") && !said.contains("bye"), "{said}");
}

#[tokio::test]
async fn a_stop_takes_leave_between_commands() {
    let (mut client, io) = duplex(1024);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        serve_until(connection(io), &mut Store::default(), stopped).await
    });
    let mut greeting = [0; 22];
    client.read_exact(&mut greeting).await.unwrap();
    stop.send(()).unwrap();
    let mut said = String::new();
    client.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "-ERR [SYS/TEMP] server is going down\r\n");
    drop(client);
    serving.await.unwrap().unwrap();
}
