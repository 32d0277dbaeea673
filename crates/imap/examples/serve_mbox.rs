//! Serves an mbox file by IMAP, to read: `serve_mbox FILE [ADDRESS]`. Any name and password will do.
//!
//! Speaks in clear, for programs on this machine. For others give the connection a TLS configuration.

use bytes::Bytes;
use mailwright_imap::{
    message::attribute,
    server::{
        Appended, Config, Copied, CopyRequest, FetchRequest, Found, Mailbox, MailboxChange, NewMessage, No,
        SearchRequest, Selected, Server, StoreRequest, Stored, Update,
    },
    tokio::{
        Connection,
        server::{Append, Backend, Messages, serve},
    },
    types::{
        DateTime, FetchItem, MailboxName, ModSeq, SearchKey, StatusItem, Uid, UidSet, UidValidity,
        response::{Code, FetchAttribute, ObjectId, StatusValue},
    },
};
use mailwright_message::{
    Message,
    line_ends::to_crlf,
    mbox::{Dialect, messages},
};
use mailwright_sasl::{
    Name, Seed,
    server::{Answer, Identity, Policy, Question},
};
use std::sync::Arc;

/// The messages of the file, as one inbox: the first has the UID 1.
struct Inbox(Arc<[Vec<u8>]>);

impl Inbox {
    fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn uid_next(&self) -> Result<Uid, No> {
        Uid::new(self.len().saturating_add(1)).ok_or_else(No::no_such_mailbox)
    }

    fn uid_validity() -> Result<UidValidity, No> {
        UidValidity::new(1).ok_or_else(No::no_such_mailbox)
    }
}

impl Backend for Inbox {
    type Append = ReadOnly;

    async fn credentials(&mut self, question: Question) -> Answer {
        match question {
            Question::Password { user, .. } => Answer::accept(user),
            _ => Answer::refuse(),
        }
    }

    async fn login(&mut self, _: &Identity) -> Result<(), No> {
        Ok(())
    }

    async fn mailboxes(&mut self) -> Result<Vec<Mailbox>, No> {
        let name = MailboxName::inbox();
        Ok(vec![Mailbox { name, subscribed: true, exists: true, attributes: vec![], rights: None }])
    }

    async fn status(&mut self, mailbox: &MailboxName, items: &[StatusItem]) -> Result<Vec<StatusValue>, No> {
        if !mailbox.is_inbox() {
            return Err(No::no_such_mailbox());
        }
        let value = |item: &StatusItem| {
            Ok(match item {
                StatusItem::Messages => StatusValue::Messages(self.len()),
                StatusItem::Unseen => StatusValue::Unseen(self.len()),
                StatusItem::UidNext => StatusValue::UidNext(self.uid_next()?.into()),
                StatusItem::UidValidity => StatusValue::UidValidity(Self::uid_validity()?),
                _ => return Err(No::unsupported()),
            })
        };
        items.iter().map(value).collect()
    }

    async fn change(&mut self, _: MailboxChange) -> Result<Option<ObjectId>, No> {
        Err(No::not_permitted())
    }

    async fn append(&mut self, _: &MailboxName) -> Result<ReadOnly, No> {
        Err(No::not_permitted())
    }

    async fn select(&mut self, mailbox: &MailboxName, _: bool) -> Result<Selected, No> {
        if !mailbox.is_inbox() {
            return Err(No::no_such_mailbox());
        }
        Ok(Selected {
            uids: (1..=self.len()).collect(),
            uid_validity: Self::uid_validity()?,
            uid_next: self.uid_next()?,
            flags: vec![],
            permanent_flags: vec![],
            highest_mod_seq: None,
            first_unseen: Uid::new(1).filter(|_| self.len() > 0),
            recent: 0,
            read_only: true,
            mailbox_id: None,
        })
    }

    async fn sync(&mut self, _expunges: bool) -> Result<Vec<Update>, No> {
        Ok(vec![])
    }

    async fn changed(&mut self) {
        std::future::pending::<()>().await;
    }

    async fn fetch(&mut self, request: FetchRequest, out: &mut impl Messages) -> Result<(), No> {
        for uid in request.uids.iter().filter_map(Uid::new) {
            let Some(raw) = self.0.get(uid.value() as usize - 1) else { continue };
            let message = Message::parse(raw);
            let mut attributes = Vec::new();
            for item in &request.items {
                let of_message = attribute(item, &message);
                let of_message =
                    of_message.map_err(|error| No::new(error.to_string()).with(Code::UnknownCte))?;
                let of_mailbox = || match item {
                    FetchItem::Flags => Some(FetchAttribute::Flags(vec![])),
                    FetchItem::InternalDate => {
                        let written = message.date().map_or(0, |date| date.unix());
                        Some(FetchAttribute::InternalDate(DateTime::from_unix(written)))
                    }
                    _ => None,
                };
                attributes.extend(of_message.or_else(of_mailbox));
            }
            if out.begin(uid) {
                for attribute in &attributes {
                    out.attribute(attribute);
                }
                out.end().await?;
            }
        }
        Ok(())
    }

    async fn store(&mut self, _: StoreRequest) -> Result<Stored, No> {
        Err(No::not_permitted())
    }

    async fn search(&mut self, request: SearchRequest) -> Result<Found, No> {
        match request.key {
            SearchKey::All | SearchKey::Unseen => {
                Ok(Found { uids: (1..=self.len()).collect(), ..Found::default() })
            }
            _ => Err(No::unsupported()),
        }
    }

    async fn copy(&mut self, _: CopyRequest) -> Result<Option<Copied>, No> {
        Err(No::not_permitted())
    }

    async fn expunge(&mut self, _: Option<&UidSet>) -> Result<Option<ModSeq>, No> {
        Err(No::not_permitted())
    }

    async fn unselect(&mut self) {}
}

/// Nothing is added to the file.
enum ReadOnly {}

impl Append for ReadOnly {
    async fn message(&mut self, _: NewMessage) -> Result<(), No> {
        match *self {}
    }

    async fn write(&mut self, _: Bytes) -> Result<(), No> {
        match *self {}
    }

    async fn finish(self, _: Option<Uid>) -> Result<Appended, No> {
        match self {}
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = std::fs::read(args.next().ok_or("usage: serve_mbox FILE [ADDRESS]")?)?;
    let address = args.next().unwrap_or_else(|| "127.0.0.1:2143".into());
    let mail: Arc<[_]> =
        messages(Dialect::Mboxrd, &file).map(|entry| to_crlf(&entry.message()).into_owned()).collect();
    println!("{} messages at {address}", mail.len());
    let mut config =
        Config::new(Policy::new(Seed::random()?).mechanisms([Name::Plain]).plaintext_without_tls(true));
    config.starttls = false;
    let config = Arc::new(config);
    let listener = tokio::net::TcpListener::bind(address).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let connection = Connection::new(stream, Server::new(config.clone()));
        let mut inbox = Inbox(mail.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(connection, &mut inbox).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}
