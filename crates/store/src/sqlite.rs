//! The embedded backend: SQLite for everything that is small, pack files for large bodies.
//!
//! One thread writes, committing the work of many callers at once; readers have connections of their own and never
//! wait for it. Another thread keeps a search index, in a database of its own that can be removed at any time.

mod account;
mod acl;
mod annotation;
mod arrive;
mod backup;
mod body;
mod cell;
mod change;
mod check;
mod conversation;
mod derive;
mod directory;
mod find;
mod fresh;
mod index;
mod large;
mod mailbox;
mod pack;
mod queue;
mod read;
mod repair;
mod schema;
mod store;
mod text;
mod upkeep;
mod writer;

use std::{
    collections::HashMap,
    fs::File,
    hash::Hash,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, config::DbConfig};
use tokio::sync::watch;

pub use body::{SqliteContent, SqliteIncoming, SqliteStaged};
pub use check::{Finding, Report};

use crate::{
    AccountId, Activity, Error, Limits, MailboxId, MessageId, QueueId, Result, Timestamp, View, queue::Leases,
};
use body::blocking;
use directory::{Directory, Kept};
use fresh::{Arrived, Fresh, Queued};
use writer::{Asks, Writer};

/// How long a statement waits for another process that reads the same file, as a backup does.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);
/// Connections kept for readers.
const READERS: usize = 8;

/// A store in a folder of its own.
///
/// ```
/// use mailwright_store::{Limits, NewAccount, Store, sqlite::SqliteStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path(), Limits::default()).await?;
/// let account = NewAccount { address: "ann@example.test".into(), ..NewAccount::default() };
/// let account = store.create_account(account).await?;
/// assert_eq!(store.mailboxes(account.id).await?[0].name.as_str(), "INBOX");
/// store.close().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    asks: Asks,
}

/// What the writer and all readers share.
#[derive(Debug)]
struct Shared {
    limits: Limits,
    database: PathBuf,
    staging: PathBuf,
    packs: PathBuf,
    clock: fn() -> Timestamp,
    readers: Mutex<Vec<Connection>>,
    mailboxes: Mutex<HashMap<MailboxId, watch::Sender<Arc<View>>>>,
    accounts: Mutex<HashMap<AccountId, watch::Sender<Activity>>>,
    directory: Directory,
    queue: watch::Sender<u64>,
    leases: Leases,
    queued: Fresh<QueueId, Queued>,
    arrived: Fresh<MessageId, Arc<Arrived>>,
    index: index::Index,
    backups: backup::Backups,
    threads: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => match error {
                // A value that is not of the kind that was written.
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..) => Self::Damaged(error.to_string()),
                _ => Self::unavailable(error),
            },
        }
    }
}

impl SqliteStore {
    /// Opens the store in `folder`, which is made if it does not exist.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process has it open, [`Error::Newer`] when a newer version of this crate wrote it,
    /// [`Error::Damaged`] or [`Error::Unavailable`].
    pub async fn open(folder: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        blocking(move || Self::open_here(&folder, limits)).await
    }

    fn open_here(folder: &Path, limits: Limits) -> Result<Self> {
        make_private(folder)?;
        let lock =
            Arc::new(File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?);
        if lock.try_lock().is_err() {
            return Err(Error::InUse(folder.to_owned()));
        }
        let database = folder.join("mail.sqlite");
        let (staging, packs) = (folder.join("staging"), folder.join("packs"));
        // What was staged and not committed before the last stop never was.
        let _ = std::fs::remove_dir_all(&staging);
        std::fs::create_dir_all(&staging)?;
        let mut db = Connection::open(&database)?;
        db.busy_timeout(BUSY)?;
        // Heeded in a new file only; an older one keeps its free pages for what comes.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "temp_store", "MEMORY")?;
        db.pragma_update(None, "cache_size", -32_000)?;
        plan_once(&db)?;
        db.set_prepared_statement_cache_capacity(128);
        schema::migrate(&mut db)?;
        pack::sync_folder(folder)?;
        let (queued, arrived) = (Fresh::new(limits.queued), Fresh::new(limits.arrived));
        let shared = Arc::new(Shared {
            limits,
            database,
            staging,
            packs: packs.clone(),
            clock: Timestamp::now,
            readers: Mutex::default(),
            mailboxes: Mutex::default(),
            accounts: Mutex::default(),
            directory: Directory::default(),
            queue: watch::channel(0).0,
            leases: Leases::default(),
            queued,
            arrived,
            backups: backup::Backups::default(),
            index: index::Index::new(folder.join("search.sqlite")),
            threads: Mutex::default(),
        });
        let packs = pack::Packs::open(packs, &db)?;
        shared.index.open(last_message(&db)?);
        let (asks, jobs) = Asks::channel();
        let writer = Writer::new(db, shared.clone(), packs, lock.clone());
        let spawn = |name: &str| std::thread::Builder::new().name(name.into());
        let writing = spawn("store").spawn(move || writer.serve(jobs))?;
        let (indexed, waker) = (shared.clone(), asks.waker());
        let indexing = spawn("store-index").spawn(move || index::Index::serve(&indexed, &waker, lock))?;
        *shared.threads.lock().unwrap_or_else(PoisonError::into_inner) = vec![writing, indexing];
        Ok(Self { shared, asks })
    }

    /// Closes the store: finishes what was asked before, and lets go of the files. Everything asked later fails with
    /// [`Error::Closed`].
    ///
    /// # Errors
    /// When the last commit failed.
    pub async fn close(&self) -> Result<()> {
        let stopped = self.asks.run(|writer| {
            writer.stop();
            Ok(())
        });
        match stopped.await {
            Ok(()) | Err(Error::Closed) => {}
            Err(error) => return Err(error),
        }
        let threads =
            std::mem::take(&mut *self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let shared = self.shared.clone();
        blocking(move || {
            for thread in threads {
                // A writer that panicked has told its callers.
                let _ = thread.join();
            }
            shared.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
            Ok(())
        })
        .await
    }

    /// Brings the search index up to date now; otherwise that happens soon after messages have arrived.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the disk refuses.
    pub async fn index(&self) -> Result<()> {
        let shared = self.shared.clone();
        blocking(move || shared.index.catch_up(&shared, 1)).await
    }

    /// Does now what is otherwise done while there is little to do: removes for good what was expunged long enough ago,
    /// and gives its space back.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the disk refuses.
    pub async fn tidy(&self) -> Result<()> {
        while self.asks.run(Writer::a_little).await? {}
        Ok(())
    }

    /// Reads on a thread that may block, with a connection that sees the last commit.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = self.shared.clone();
        blocking(move || {
            let reader = shared.reader()?;
            let result = work(&reader, &shared);
            shared.give_back(reader);
            result
        })
        .await
    }
}

impl SqliteStore {
    /// What is kept until it changes, read if it is not known.
    async fn known<K, V>(
        &self,
        kept: fn(&Directory) -> &Kept<K, V>,
        key: K,
        read: impl FnOnce(&Connection, K) -> Result<V> + Send + 'static,
    ) -> Result<V>
    where
        K: Copy + Eq + Hash + Send + 'static,
        V: Clone + Send + 'static,
    {
        let missed = match kept(&self.shared.directory).get(&key) {
            Ok(value) => return Ok(value),
            Err(missed) => missed,
        };
        self.read(move |db, shared| {
            let value = read(db, key)?;
            kept(&shared.directory).keep(key, value.clone(), missed);
            Ok(value)
        })
        .await
    }
}

impl Shared {
    fn reader(&self) -> Result<Connection> {
        let free = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(reader) = free {
            return Ok(reader);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&self.database, flags)?;
        reader.busy_timeout(BUSY)?;
        plan_once(&reader)?;
        reader.set_prepared_statement_cache_capacity(64);
        Ok(reader)
    }

    fn give_back(&self, reader: Connection) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(reader);
        }
    }

    /// A mailbox as of the last commit, if it is in use and not gone.
    fn last_view(&self, mailbox: MailboxId) -> Option<Arc<View>> {
        let open = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&mailbox).map(|view| view.borrow().clone()).filter(|view| !view.is_gone())
    }

    /// The view of a mailbox that is in use.
    fn view_of(&self, mailbox: MailboxId) -> Option<watch::Receiver<Arc<View>>> {
        let open = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&mailbox).map(watch::Sender::subscribe)
    }
}

/// Keeps SQLite from planning a statement anew for each value that is bound to it, which costs more than to run it.
fn plan_once(db: &Connection) -> rusqlite::Result<bool> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
}

/// The number of the last message there ever was.
fn last_message(db: &Connection) -> Result<u64> {
    let last = db.query_row(
        "SELECT max(CAST(value AS INTEGER), 0) FROM counter WHERE name = 'message'",
        [],
        |row| row.get(0),
    );
    Ok(last.optional()?.unwrap_or(0))
}

/// Makes a folder that only its owner can look into.
fn make_private(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
