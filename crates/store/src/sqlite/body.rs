//! Bodies: staged, committed, released and read.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use rusqlite::{Connection, OptionalExtension};

use super::{Shared, derive, pack, writer::Writer};
use crate::{Content, Derived, Error, Incoming, MessageId, QueueId, Result, Staged};

/// Octets gathered before they are written to a staging file.
const GATHER: usize = 256 << 10;

/// Runs what may block off the caller's thread.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::unavailable)?
}

/// A file that is removed unless it is taken over.
#[derive(Debug)]
pub(super) struct StagingFile {
    path: PathBuf,
}

impl Drop for StagingFile {
    fn drop(&mut self) {
        // It may have been renamed; one that cannot be removed is collected when the store is opened next.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A body on its way in.
#[derive(Debug)]
pub struct SqliteIncoming {
    shared: Arc<Shared>,
    chunks: Vec<Bytes>,
    gathered: usize,
    file: Option<(File, StagingFile)>,
    len: u64,
    crc: crc32fast::Hasher,
}

static STAGED: AtomicU64 = AtomicU64::new(0);

impl SqliteIncoming {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, chunks: Vec::new(), gathered: 0, file: None, len: 0, crc: crc32fast::Hasher::new() }
    }

    /// Writes what was gathered to the staging file, making that first.
    async fn spill(&mut self) -> Result<()> {
        let chunks = std::mem::take(&mut self.chunks);
        self.gathered = 0;
        let file = self.file.take();
        let folder = self.shared.staging.clone();
        self.file = Some(
            blocking(move || {
                let (mut file, guard) = if let Some(open) = file {
                    open
                } else {
                    let name = STAGED.fetch_add(1, Ordering::Relaxed).to_string();
                    let guard = StagingFile { path: folder.join(name) };
                    (File::options().create_new(true).read(true).write(true).open(&guard.path)?, guard)
                };
                for chunk in chunks {
                    file.write_all(&chunk)?;
                }
                Ok((file, guard))
            })
            .await?,
        );
        Ok(())
    }
}

impl Incoming for SqliteIncoming {
    type Staged = SqliteStaged;

    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.len += chunk.len() as u64;
        if self.len > self.shared.limits.message {
            return Err(Error::Limit { what: "octets in a message", max: self.shared.limits.message });
        }
        self.crc.update(&chunk);
        self.gathered += chunk.len();
        self.chunks.push(chunk);
        let most = if self.file.is_some() { GATHER } else { self.shared.limits.in_memory };
        if self.gathered > most {
            self.spill().await?;
        }
        Ok(())
    }

    fn len(&self) -> u64 {
        self.len
    }

    async fn finish(mut self) -> Result<SqliteStaged> {
        let crc = self.crc.clone().finalize();
        if self.file.is_some() {
            self.spill().await?;
        }
        let Some((mut file, guard)) = self.file.take() else {
            let whole = join(self.chunks);
            let len = self.len;
            let derive = move |whole: Bytes| {
                let known = derive::derive(&whole);
                Ok(SqliteStaged { held: Held::Memory(whole), len, crc, known })
            };
            // Short work is done where it is rather than carried to another thread.
            return if whole.len() <= 64 << 10 {
                derive(whole)
            } else {
                blocking(move || derive(whole)).await
            };
        };
        let len = self.len;
        blocking(move || {
            file.sync_all()?;
            file.seek(SeekFrom::Start(0))?;
            let known = derive::derive_pieces(len, |_, max| {
                let mut piece = BytesMut::zeroed(max);
                let read = file.read(&mut piece)?;
                piece.truncate(read);
                Ok(piece.freeze())
            })?;
            Ok(SqliteStaged { held: Held::File(guard), len, crc, known })
        })
        .await
    }
}

fn join(chunks: Vec<Bytes>) -> Bytes {
    match <[Bytes; 1]>::try_from(chunks) {
        Ok([one]) => one,
        Err(chunks) => {
            let mut whole = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
            for chunk in &chunks {
                whole.extend_from_slice(chunk);
            }
            whole.freeze()
        }
    }
}

/// A body that is complete and not committed.
#[derive(Debug)]
pub struct SqliteStaged {
    held: Held,
    len: u64,
    crc: u32,
    pub(super) known: derive::Known,
}

impl SqliteStaged {
    /// The body, if it is one that is kept as a row; in memory of its own, for it may be a part of something larger.
    pub(super) fn copy_of_row(&self, row: usize) -> Option<Bytes> {
        match &self.held {
            Held::Memory(octets) if octets.len() <= row => Some(Bytes::copy_from_slice(octets)),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Held {
    Memory(Bytes),
    File(StagingFile),
}

impl Staged for SqliteStaged {
    fn len(&self) -> u64 {
        self.len
    }

    fn derived(&self) -> &Derived {
        &self.known.derived
    }
}

impl Writer {
    /// Writes a body that `refs` messages and queue entries refer to; its number.
    pub(super) fn insert_body(&mut self, staged: &SqliteStaged, refs: u64) -> Result<u64> {
        let id = self.next("body")?;
        let place = match &staged.held {
            Held::Memory(octets) if octets.len() <= self.shared.limits.row => {
                self.write("INSERT INTO small(body, octets) VALUES(?1, ?2)", (id, &**octets))?;
                None
            }
            Held::Memory(octets) => Some(self.pack_append(octets)?),
            Held::File(file) => Some(self.pack_adopt(&file.path, staged.len)?),
        };
        self.write(
            "INSERT INTO body(id, refs, size, crc, pack, start) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            (id, refs, staged.len, staged.crc, place.map(|p| p.pack), place.map(|p| p.start)),
        )?;
        self.insert_derived(id, &staged.known.derived)?;
        Ok(id)
    }

    /// Keeps beside a body what was computed of it.
    pub(super) fn insert_derived(&mut self, body: u64, d: &Derived) -> Result<()> {
        self.write(
            "INSERT INTO derived(body, version, header, sent, envelope, structure, fields, preview)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                body,
                d.version,
                d.header,
                d.sent.map(crate::Timestamp::value),
                &*d.envelope,
                &*d.structure,
                &*d.fields,
                &d.preview,
            ),
        )?;
        Ok(())
    }

    /// Takes one reference away; the last one takes the body with it.
    pub(super) fn release_body(&mut self, id: u64) -> Result<()> {
        let left: Option<i64> =
            self.value("UPDATE body SET refs = refs - 1 WHERE id = ?1 RETURNING refs", [id])?;
        self.begin_change();
        if left.is_none_or(|left| left > 0) {
            return Ok(());
        }
        let place: Option<(Option<u64>, u64)> = self
            .db
            .prepare_cached("DELETE FROM body WHERE id = ?1 RETURNING pack, size")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        self.write("DELETE FROM derived WHERE body = ?1", [id])?;
        match place {
            Some((Some(pack), size)) => self.pack_release(pack, size),
            _ => self.write("DELETE FROM small WHERE body = ?1", [id]).map(|_| ()),
        }
    }
}

/// Reads a message.
#[derive(Debug)]
pub struct SqliteContent {
    prefix: Bytes,
    body: Lies,
    len: u64,
}

#[derive(Debug)]
enum Lies {
    Memory(Bytes),
    File(Box<Stretch>),
}

/// A body in a pack.
#[derive(Debug)]
struct Stretch {
    path: PathBuf,
    file: File,
    start: u64,
    len: u64,
    crc: u32,
    /// What was read from the first octet on without a gap, and its checksum.
    read: u64,
    hasher: crc32fast::Hasher,
}

impl SqliteContent {
    /// Content that needs not be read.
    pub(super) fn in_memory(prefix: Bytes, body: Bytes) -> Self {
        Self { len: (prefix.len() + body.len()) as u64, prefix, body: Lies::Memory(body) }
    }

    /// The content of a message.
    pub(super) fn of_message(db: &Connection, packs: &Path, id: MessageId) -> Result<Option<Self>> {
        Self::open(
            db,
            packs,
            "SELECT m.prefix, b.id, b.size, b.crc, b.pack, b.start
             FROM message m JOIN body b ON b.id = m.body WHERE m.id = ?1",
            id.value(),
        )
    }

    /// The content of a queue entry.
    pub(super) fn of_entry(db: &Connection, packs: &Path, id: QueueId) -> Result<Option<Self>> {
        Self::open(
            db,
            packs,
            "SELECT q.prefix, b.id, b.size, b.crc, b.pack, b.start
             FROM queue q JOIN body b ON b.id = q.body WHERE q.id = ?1",
            id.value(),
        )
    }

    /// The content of a body without any prefix.
    pub(super) fn of_body(db: &Connection, packs: &Path, id: u64) -> Result<Option<Self>> {
        Self::open(db, packs, "SELECT x'', id, size, crc, pack, start FROM body WHERE id = ?1", id)
    }

    fn open(db: &Connection, packs: &Path, sql: &str, id: u64) -> Result<Option<Self>> {
        match Self::look(db, packs, sql, id) {
            // It was moved to another pack in this moment; if it was not, it is gone.
            Err(Error::Unavailable(_)) => Self::look(db, packs, sql, id),
            found => found,
        }
    }

    fn look(db: &Connection, packs: &Path, sql: &str, id: u64) -> Result<Option<Self>> {
        let found = db
            .prepare_cached(sql)?
            .query_row([id], |row| {
                let prefix = Bytes::from(row.get::<_, Vec<u8>>(0)?);
                let place: Option<(u64, u64)> = row.get::<_, Option<u64>>(4)?.zip(row.get(5)?);
                Ok((prefix, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?, row.get::<_, u32>(3)?, place))
            })
            .optional()?;
        let Some((prefix, body, size, crc, place)) = found else { return Ok(None) };
        let len = prefix.len() as u64 + size;
        let body = match place {
            Some((pack, start)) => {
                let path = pack::path(packs, pack);
                let file = File::open(&path)?;
                let hasher = crc32fast::Hasher::new();
                Lies::File(Box::new(Stretch { path, file, start, len: size, crc, read: 0, hasher }))
            }
            None => Lies::Memory(read_row(db, body, size, crc)?),
        };
        Ok(Some(Self { prefix, body, len }))
    }

    /// As [`Content::read`], on a thread that may block.
    pub(super) fn read_here(&mut self, offset: u64, max: usize) -> Result<Bytes> {
        let prefix = self.prefix.len() as u64;
        if offset < prefix {
            let from = usize::try_from(offset).unwrap_or(usize::MAX);
            return Ok(self.prefix.slice(from..from.saturating_add(max).min(self.prefix.len())));
        }
        self.body.read(offset - prefix, max)
    }

    /// The first octets, up to so many, on a thread that may block.
    pub(super) fn read_all_here(&mut self, most: usize) -> Result<Bytes> {
        let most = self.len.min(most as u64);
        let mut out = BytesMut::new();
        while (out.len() as u64) < most {
            let piece = self.read_here(out.len() as u64, usize::try_from(most).unwrap_or(0) - out.len())?;
            if piece.is_empty() {
                break;
            }
            out.extend_from_slice(&piece);
        }
        Ok(out.freeze())
    }

    /// The whole, on a thread that may block.
    pub(super) fn whole(mut self) -> Result<Bytes> {
        if self.prefix.is_empty() {
            return self.body.read(0, usize::try_from(self.len).map_err(Error::unavailable)?);
        }
        let mut out = BytesMut::with_capacity(usize::try_from(self.len).unwrap_or(0));
        out.extend_from_slice(&self.prefix);
        match &mut self.body {
            Lies::Memory(octets) => out.extend_from_slice(octets),
            Lies::File(stretch) => {
                let len = usize::try_from(stretch.len).map_err(Error::unavailable)?;
                out.extend_from_slice(&self.body.read(0, len)?);
            }
        }
        Ok(out.freeze())
    }
}

/// A body that is kept as a row, verified.
pub(super) fn read_row(db: &Connection, body: u64, size: u64, crc: u32) -> Result<Bytes> {
    let octets: Option<Vec<u8>> = db
        .prepare_cached("SELECT octets FROM small WHERE body = ?1")?
        .query_row([body], |row| row.get(0))
        .optional()?;
    let octets = octets.ok_or_else(|| Error::Damaged(format!("body {body} is missing")))?;
    if octets.len() as u64 != size || crc32fast::hash(&octets) != crc {
        return Err(Error::Damaged(format!("body {body} does not match its checksum")));
    }
    Ok(octets.into())
}

impl Lies {
    fn read(&mut self, offset: u64, max: usize) -> Result<Bytes> {
        match self {
            Self::Memory(octets) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(octets.len());
                Ok(octets.slice(from..from.saturating_add(max).min(octets.len())))
            }
            Self::File(stretch) => stretch.read(offset, max),
        }
    }
}

impl Stretch {
    fn read(&mut self, offset: u64, max: usize) -> Result<Bytes> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut out = BytesMut::zeroed(max.min(left));
        self.file.seek(SeekFrom::Start(self.start.saturating_add(offset)))?;
        self.file.read_exact(&mut out).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                Error::Damaged(format!("{} is too short", self.path.display()))
            }
            _ => error.into(),
        })?;
        if offset == 0 {
            (self.read, self.hasher) = (0, crc32fast::Hasher::new());
        }
        if offset == self.read {
            self.hasher.update(&out);
            self.read += out.len() as u64;
        }
        if self.read == self.len && !out.is_empty() && self.hasher.clone().finalize() != self.crc {
            let place = format!("{} at {}", self.path.display(), self.start);
            return Err(Error::Damaged(format!("a body does not match its checksum: {place}")));
        }
        Ok(out.freeze())
    }
}

impl Content for SqliteContent {
    fn len(&self) -> u64 {
        self.len
    }

    fn prefix(&self) -> u32 {
        u32::try_from(self.prefix.len()).unwrap_or(u32::MAX)
    }

    async fn read(&mut self, offset: u64, max: usize) -> Result<Bytes> {
        if offset < self.prefix.len() as u64 || matches!(self.body, Lies::Memory(_)) {
            return self.read_here(offset, max);
        }
        let lent = Self { prefix: Bytes::new(), body: Lies::Memory(Bytes::new()), len: 0 };
        let mut content = std::mem::replace(self, lent);
        let (content, read) = blocking(move || {
            let read = content.read_here(offset, max);
            Ok((content, read))
        })
        .await?;
        *self = content;
        read
    }
}
