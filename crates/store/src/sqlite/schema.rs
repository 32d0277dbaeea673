//! The tables, and how older files become new ones.

use rusqlite::Connection;

use crate::{Error, Result};

/// Every version of the schema as the step from the one before; `user_version` counts the steps taken.
const STEPS: [&str; 4] = [
    r"
CREATE TABLE counter(
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE account(
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    credentials BLOB NOT NULL,
    quota INTEGER,
    created INTEGER NOT NULL
);
CREATE TABLE alias(
    address TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account
) WITHOUT ROWID;
CREATE INDEX alias_account ON alias(account);

CREATE TABLE mailbox(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    special_use TEXT,
    uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1,
    modseq INTEGER NOT NULL DEFAULT 1,
    first_recent INTEGER NOT NULL DEFAULT 1,
    messages INTEGER NOT NULL DEFAULT 0,
    unseen INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    keywords TEXT NOT NULL DEFAULT '',
    UNIQUE(account, name)
);
CREATE TABLE subscription(
    account INTEGER NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    PRIMARY KEY(account, name)
) WITHOUT ROWID;

-- key: mailbox << 32 | first UID
CREATE TABLE chunk(
    key INTEGER PRIMARY KEY,
    columns BLOB NOT NULL
);
CREATE TABLE vanished(
    mailbox INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    uids BLOB NOT NULL,
    PRIMARY KEY(mailbox, modseq)
) WITHOUT ROWID;

CREATE TABLE message(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    body INTEGER NOT NULL,
    received INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    prefix BLOB NOT NULL
);
-- Messages of an account that were copied at some time: only these can be in two places.
CREATE TABLE copied(
    account INTEGER PRIMARY KEY,
    messages BLOB NOT NULL
);
-- Messages that left a mailbox, to be removed if they are in no other.
CREATE TABLE garbage(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    since INTEGER NOT NULL,
    messages BLOB NOT NULL
);

CREATE TABLE body(
    id INTEGER PRIMARY KEY,
    refs INTEGER NOT NULL,
    size INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    pack INTEGER,
    start INTEGER
);
CREATE TABLE small(
    body INTEGER PRIMARY KEY,
    octets BLOB NOT NULL
);
CREATE TABLE derived(
    body INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    header INTEGER NOT NULL,
    sent INTEGER,
    envelope BLOB NOT NULL,
    structure BLOB NOT NULL,
    fields BLOB NOT NULL,
    preview TEXT NOT NULL
);
CREATE TABLE pack(
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    live INTEGER NOT NULL
);

CREATE TABLE queue(
    id INTEGER PRIMARY KEY,
    body INTEGER NOT NULL,
    created INTEGER NOT NULL,
    reverse_path TEXT NOT NULL,
    params BLOB NOT NULL,
    prefix BLOB NOT NULL
);
-- due: NULL when nothing more is to happen
CREATE TABLE recipient(
    entry INTEGER NOT NULL REFERENCES queue,
    number INTEGER NOT NULL,
    forward_path TEXT NOT NULL,
    route TEXT NOT NULL,
    due INTEGER,
    facts BLOB NOT NULL,
    PRIMARY KEY(entry, number)
) WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient(due, entry, number, route) WHERE due IS NOT NULL;
",
    r"
-- What an identifier of a message leads to; a key is made of the identifier.
CREATE TABLE conversation(
    account INTEGER NOT NULL,
    key INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    PRIMARY KEY(account, key)
) WITHOUT ROWID;
CREATE INDEX body_pack ON body(pack) WHERE pack IS NOT NULL;
CREATE INDEX pack_thin ON pack(id) WHERE live > 0 AND live * 2 < size;
-- What was damaged, as it was found.
CREATE TABLE aside(
    id INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    octets BLOB NOT NULL
);
",
    r"
-- mailbox: 0 for what belongs to the account
CREATE TABLE annotation(
    account INTEGER NOT NULL REFERENCES account,
    mailbox INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY(account, mailbox, name)
) WITHOUT ROWID;
CREATE INDEX annotation_mailbox ON annotation(mailbox);
",
    r"
-- grantee: 0 for anyone
CREATE TABLE acl(
    mailbox INTEGER NOT NULL,
    grantee INTEGER NOT NULL,
    negative INTEGER NOT NULL,
    rights INTEGER NOT NULL,
    PRIMARY KEY(mailbox, grantee, negative)
) WITHOUT ROWID;
CREATE INDEX acl_grantee ON acl(grantee);
",
];

/// The newest version this program knows.
#[allow(clippy::cast_possible_truncation)] // a handful
pub(super) const VERSION: u32 = STEPS.len() as u32;

/// Brings the schema up to date, each step in a transaction of its own.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        return Err(Error::Newer { found, known: VERSION });
    }
    for (version, step) in (1..).zip(STEPS).skip(found as usize) {
        let step_done = db.transaction()?;
        step_done.execute_batch(step)?;
        step_done.pragma_update(None, "user_version", version)?;
        step_done.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AclChange, Append, FlagList, Grantee, Incoming, Limits, MailboxName, NewAccount, Store, read_all,
        sqlite::SqliteStore,
    };

    async fn fill(store: &SqliteStore) {
        let ann =
            NewAccount { address: "ann@example.test".into(), quota: Some(1 << 30), ..NewAccount::default() };
        let ann = store.create_account(ann).await.unwrap();
        let inbox = store.mailbox(ann.id, &MailboxName::inbox()).await.unwrap().unwrap().id;
        store.change_acl(inbox, Grantee::Anyone, false, AclChange::Set(3)).await.unwrap();
        for n in 0..20_usize {
            let mut body = store.incoming(None).await.unwrap();
            let text =
                format!("Message-ID: <{n}@a.test>\r\nSubject: {n}\r\n\r\n{}\r\n", "x".repeat(n * 9000));
            body.write(text.into()).await.unwrap();
            let flags = ["\\Seen", "$Junk"].iter().collect::<FlagList>();
            let body = body.finish().await.unwrap();
            store.append(inbox, vec![Append { body, flags, received: None }]).await.unwrap();
        }
    }

    /// A file as each earlier version made it becomes one of this version, with all mail in it.
    #[tokio::test(flavor = "multi_thread")]
    async fn every_earlier_version_is_brought_up_to_date() {
        let new = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(new.path(), Limits::default()).await.unwrap();
        fill(&store).await;
        store.close().await.unwrap();
        for version in 1..=VERSION {
            let old = tempfile::tempdir().unwrap();
            std::fs::create_dir(old.path().join("packs")).unwrap();
            for pack in std::fs::read_dir(new.path().join("packs")).unwrap() {
                let pack = pack.unwrap();
                std::fs::copy(pack.path(), old.path().join("packs").join(pack.file_name())).unwrap();
            }
            let db = Connection::open(old.path().join("mail.sqlite")).unwrap();
            db.execute("ATTACH ?1 AS new", [new.path().join("mail.sqlite").to_str().unwrap()]).unwrap();
            for step in &STEPS[..version as usize] {
                db.execute_batch(step).unwrap();
            }
            db.pragma_update(Some("main"), "user_version", version).unwrap();
            let names = |sql: &str| -> Vec<String> {
                let mut all = db.prepare(sql).unwrap();
                all.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
            };
            for table in names("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY rowid") {
                let columns = names(&format!("SELECT name FROM pragma_table_info('{table}')")).join(", ");
                db.execute_batch(&format!(
                    "INSERT INTO main.{table}({columns}) SELECT {columns} FROM new.{table}"
                ))
                .unwrap();
            }
            drop(db);

            let store = SqliteStore::open(old.path(), Limits::default()).await.unwrap();
            let report = store.check(|_, _| ()).await.unwrap();
            assert!(report.is_sound() && report.messages == 20, "from version {version}: {report:?}");
            let ann = store.account("ann@example.test").await.unwrap().unwrap();
            assert_eq!(ann.quota, Some(1 << 30));
            let inbox = store.mailbox(ann.id, &MailboxName::inbox()).await.unwrap().unwrap().id;
            let acl = store.acl(inbox).await.unwrap();
            assert_eq!(acl.len(), usize::from(version >= 4), "from version {version}");
            store.change_acl(inbox, Grantee::Anyone, false, AclChange::Add(4)).await.unwrap();
            let view = store.open(inbox).await.unwrap().borrow().clone();
            assert_eq!(view.keywords().iter().collect::<Vec<_>>(), ["$Junk"]);
            for (n, entry) in view.entries().enumerate() {
                let mut content = store.content(entry.message).await.unwrap().unwrap();
                let body = read_all(&mut content).await.unwrap();
                assert!(
                    body.ends_with(&vec![b'x'; n * 9000].into_iter().chain(*b"\r\n").collect::<Vec<_>>())
                );
            }
            store.close().await.unwrap();
        }
    }
}
