//! Serves a Maildir by POP3: `serve_maildir FOLDER USER PASSWORD [ADDRESS]`. What is deleted is gone from the folder.
//!
//! Speaks in clear, for programs on this machine. For others give the connection a TLS configuration.

use std::{io, path::PathBuf, sync::Arc};

use bytes::Bytes;
use mailwright_message::{
    line_ends::to_crlf,
    maildir::{self, Maildir},
};
use mailwright_pop3::{
    server::{Config, Peer, Refusal, Server},
    tokio::{
        Connection,
        server::{Backend, Content, Maildrop, serve},
    },
    types::{Entry, UniqueId},
};
use mailwright_sasl::{
    Name, Secret, Seed,
    server::{Answer, Identity, Policy, Question},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// One folder, and who may read it.
#[derive(Clone)]
struct Account {
    folder: PathBuf,
    user: String,
    password: Secret,
    /// One session at a time has the maildrop, RFC 1939 §4.
    lock: Arc<Mutex<()>>,
}

/// The folder as it was at login.
struct Folder {
    maildir: Maildir,
    files: Vec<(maildir::Entry, Entry)>,
    _lock: OwnedMutexGuard<()>,
}

impl Backend for Account {
    type Maildrop = Folder;

    async fn authenticate(&mut self, _: &Peer, question: &Question) -> Answer {
        match question {
            Question::Password { user, password } if *user == self.user && *password == self.password => {
                Answer::accept(user)
            }
            _ => Answer::refuse(),
        }
    }

    async fn open(&mut self, _: &Peer, _: &Identity) -> Result<Folder, Refusal> {
        let lock = self.lock.clone().try_lock_owned().map_err(|_| Refusal::in_use())?;
        let maildir = Maildir::open(&self.folder).map_err(temporary)?;
        let mut files = Vec::new();
        for file in maildir.entries().map_err(temporary)? {
            let size = to_crlf(&file.read().map_err(temporary)?).len() as u64;
            let unique_id =
                UniqueId::new(file.unique()).map_err(|error| Refusal::permanent(error.to_string()))?;
            files.push((file, Entry { size, unique_id }));
        }
        files.sort_by(|(one, _), (other, _)| one.unique().cmp(other.unique()));
        Ok(Folder { maildir, files, _lock: lock })
    }
}

impl Maildrop for Folder {
    type Content = Message;

    fn entries(&mut self) -> Vec<Entry> {
        self.files.iter().map(|(_, entry)| entry.clone()).collect()
    }

    async fn read(&mut self, index: usize, _: bool) -> Result<Message, Refusal> {
        let octets = self.files[index].0.read().map_err(temporary)?;
        Ok(Message(Some(to_crlf(&octets).into_owned().into())))
    }

    async fn commit(self, deleted: Vec<usize>) -> Result<(), Refusal> {
        deleted.into_iter().try_for_each(|index| self.maildir.remove(&self.files[index].0)).map_err(temporary)
    }
}

struct Message(Option<Bytes>);

impl Content for Message {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        Ok(self.0.take())
    }
}

fn temporary(error: io::Error) -> Refusal {
    Refusal::temporary(error.to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut arg = || args.next().ok_or("usage: serve_maildir FOLDER USER PASSWORD [ADDRESS]");
    let (folder, user, password) = (arg()?.into(), arg()?, arg()?.into());
    let address = arg().unwrap_or_else(|_| "127.0.0.1:2110".into());
    let account = Account { folder, user, password, lock: Arc::default() };
    let policy = Policy::new(Seed::random()?).mechanisms([Name::Plain]).plaintext_without_tls(true);
    let config = Arc::new(Config::new("maildir.localhost", policy));
    let listener = tokio::net::TcpListener::bind(address).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let connection = Connection::new(stream, Server::new(config.clone()));
        let mut account = account.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(connection, &mut account).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}
