//! Messages: how their bytes come in, what is computed of them at arrival, and how both are read.

use std::future::Future;

use bytes::Bytes;

use crate::{Error, MessageId, Result, ThreadId, Timestamp};

/// A body on its way in, from [`Store::incoming`](crate::Store::incoming). Nothing of it is visible, or outlives
/// the program, before it was delivered or appended; dropping it leaves nothing behind.
pub trait Incoming: Send + 'static {
    /// What a complete body is.
    type Staged: Staged;

    /// Adds a chunk. Waits while a large body is written to disk.
    ///
    /// # Errors
    /// [`Error::Limit`] when the body gets longer than [`Limits::message`](crate::Limits::message), and
    /// [`Error::Unavailable`] when the disk refuses. After an error the body can only be dropped.
    fn write(&mut self, chunk: Bytes) -> impl Future<Output = Result<()>> + Send;

    /// Octets so far.
    fn len(&self) -> u64;

    /// Whether there is no octet yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The body is complete: computes what is kept beside it.
    fn finish(self) -> impl Future<Output = Result<Self::Staged>> + Send;
}

/// A complete body that is not committed yet.
pub trait Staged: Send + 'static {
    /// Octets.
    fn len(&self) -> u64;

    /// Whether it has no octet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was computed of it.
    fn derived(&self) -> &Derived;
}

/// What is computed of a body once, when it arrives, and read without touching the body.
///
/// Places in the body are counted from its first octet, that is after the prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Derived {
    /// Says how the fields are encoded; 0: they were not computed.
    pub version: u32,
    /// The envelope, as `mailwright_message::imap::Envelope::to_bytes` wrote it.
    pub envelope: Bytes,
    /// The structure, as `mailwright_message::imap::BodyStructure::to_bytes` wrote it.
    pub structure: Bytes,
    /// The header fields named in [`Derived::FIELDS`] in their order in the message, octet by octet as they are
    /// there, folding and line ends included.
    pub fields: Bytes,
    /// Octets of the header, the empty line included.
    pub header: u64,
    /// What the Date field says.
    pub sent: Option<Timestamp>,
    /// The first words of the text.
    pub preview: String,
}

impl Derived {
    /// The header fields kept in [`Derived::fields`], in lower case.
    pub const FIELDS: [&'static str; 24] = [
        "auto-submitted",
        "bcc",
        "cc",
        "content-language",
        "content-transfer-encoding",
        "content-type",
        "date",
        "from",
        "importance",
        "in-reply-to",
        "list-id",
        "list-post",
        "list-unsubscribe",
        "message-id",
        "mime-version",
        "newsgroups",
        "priority",
        "references",
        "reply-to",
        "sender",
        "subject",
        "to",
        "x-mailer",
        "x-priority",
    ];

    /// Whether [`Derived::fields`] has all fields with this name that are in the body.
    pub fn keeps(name: &str) -> bool {
        Self::FIELDS.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// What [`Store::fetch`](crate::Store::fetch) is to bring of each message; the rest is left empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// [`Derived::envelope`].
    pub envelope: bool,
    /// [`Derived::structure`].
    pub structure: bool,
    /// [`Derived::fields`].
    pub fields: bool,
    /// [`Derived::preview`].
    pub preview: bool,
    /// Whole messages of at most this many octets; of those that one call has to read, as many as stay under 4 MiB
    /// together.
    pub body_up_to: Option<u64>,
}

/// What is known of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Which one.
    pub message: MessageId,
    /// The conversation it belongs to.
    pub thread: ThreadId,
    /// When it was received, in whole seconds.
    pub received: Timestamp,
    /// Octets, the prefix included.
    pub size: u64,
    /// Octets that this recipient's copy has before the body: add it to places in [`Derived`].
    pub prefix: u32,
    /// What was wanted of it.
    pub derived: Derived,
    /// The whole message, if wanted and short enough.
    pub body: Option<Bytes>,
}

/// Reads a message's octets, the recipient's prefix and the body as one.
pub trait Content: Send + 'static {
    /// Octets of the whole.
    fn len(&self) -> u64;

    /// Whether it has no octet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Octets of the prefix.
    fn prefix(&self) -> u32;

    /// Reads from `offset`: at most `max` octets, at least one unless `offset` is at or beyond the end.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the stored octets do not match their checksum: found with the last octets of a body that
    /// is read from its first octet on.
    fn read(&mut self, offset: u64, max: usize) -> impl Future<Output = Result<Bytes>> + Send;
}

/// Reads a whole message into memory; for those known to be short.
pub async fn read_all<C: Content>(content: &mut C) -> Result<Bytes> {
    let all = usize::try_from(content.len()).map_err(Error::unavailable)?;
    let first = content.read(0, all).await?;
    if first.len() == all {
        return Ok(first);
    }
    let mut out = bytes::BytesMut::from(&*first);
    while out.len() < all {
        let next = content.read(out.len() as u64, all - out.len()).await?;
        if next.is_empty() {
            return Err(Error::Damaged("a body is shorter than recorded".into()));
        }
        out.extend_from_slice(&next);
    }
    Ok(out.freeze())
}
