//! What came in lately, held in memory: queued mail is mostly sent at once, and a new message is fetched at once by
//! those who were told of it. Neither needs to be read again for that.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::body::SqliteContent;
use crate::{Derived, Fetched, MessageId, ThreadId, Timestamp, Wants};

/// What each thing takes beside its octets, about.
const EACH: usize = 256;

/// Things by their numbers; these grow, so the first has been held longest.
#[derive(Debug)]
pub(super) struct Fresh<K, V> {
    most: usize,
    held: Mutex<Held<K, V>>,
}

#[derive(Debug)]
struct Held<K, V> {
    octets: usize,
    things: BTreeMap<K, V>,
}

/// What can be held.
pub(super) trait Weigh {
    /// Octets of memory.
    fn octets(&self) -> usize;
}

impl<K: Ord + Copy, V: Weigh + Clone> Fresh<K, V> {
    /// Holds so many octets at most.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Mutex::new(Held { octets: 0, things: BTreeMap::new() }) }
    }

    fn lock(&self) -> MutexGuard<'_, Held<K, V>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a thing, and lets those go that were held longest until there is room.
    pub(super) fn hold(&self, key: K, thing: V) {
        let mut held = self.lock();
        held.forget(key);
        held.octets += thing.octets();
        held.things.insert(key, thing);
        while held.octets > self.most
            && let Some((_, oldest)) = held.things.pop_first()
        {
            held.octets -= oldest.octets();
        }
    }

    pub(super) fn get(&self, key: K) -> Option<V> {
        self.lock().things.get(&key).cloned()
    }

    /// Several at once, each in its place.
    pub(super) fn get_all(&self, keys: &[K]) -> Vec<Option<V>> {
        let held = self.lock();
        keys.iter().map(|key| held.things.get(key).cloned()).collect()
    }

    pub(super) fn forget(&self, key: K) {
        self.lock().forget(key);
    }

    /// Forgets all. After a commit that failed, numbers are given out again.
    pub(super) fn clear(&self) {
        let mut held = self.lock();
        held.things.clear();
        held.octets = 0;
    }
}

impl<K: Ord, V: Weigh> Held<K, V> {
    fn forget(&mut self, key: K) {
        if let Some(thing) = self.things.remove(&key) {
            self.octets -= thing.octets();
        }
    }
}

/// A queued mail.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub(super) prefix: Bytes,
    pub(super) body: Bytes,
}

impl Weigh for Queued {
    fn octets(&self) -> usize {
        EACH + self.prefix.len() + self.body.len()
    }
}

/// A message of a mailbox.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) thread: ThreadId,
    pub(super) received: Timestamp,
    pub(super) prefix: Bytes,
    pub(super) body: Bytes,
    pub(super) derived: Arc<Derived>,
}

impl Weigh for Arc<Arrived> {
    fn octets(&self) -> usize {
        let Derived { envelope, structure, fields, preview, .. } = &*self.derived;
        let derived = envelope.len() + structure.len() + fields.len() + preview.len();
        EACH + self.prefix.len() + self.body.len() + derived
    }
}

impl Arrived {
    /// As it would be read.
    pub(super) fn fetched(&self, message: MessageId, wants: Wants) -> Fetched {
        let size = (self.prefix.len() + self.body.len()) as u64;
        let Derived { version, ref envelope, ref structure, ref fields, header, sent, ref preview } =
            *self.derived;
        let picked = |wanted: bool, octets: &Bytes| if wanted { octets.clone() } else { Bytes::new() };
        Fetched {
            message,
            thread: self.thread,
            received: self.received,
            size,
            prefix: u32::try_from(self.prefix.len()).unwrap_or(u32::MAX),
            derived: Derived {
                version,
                header,
                sent,
                envelope: picked(wants.envelope, envelope),
                structure: picked(wants.structure, structure),
                fields: picked(wants.fields, fields),
                preview: if wants.preview { preview.clone() } else { String::new() },
            },
            body: wants.body_up_to.filter(|most| size <= *most).map(|_| self.whole()),
        }
    }

    /// All octets.
    pub(super) fn whole(&self) -> Bytes {
        if self.prefix.is_empty() {
            return self.body.clone();
        }
        [&*self.prefix, &*self.body].concat().into()
    }

    pub(super) fn content(&self) -> SqliteContent {
        SqliteContent::in_memory(self.prefix.clone(), self.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Append, Error, FlagList, Incoming, Limits, MailboxName, NewAccount, Store, read_all,
        sqlite::SqliteStore,
    };

    impl Weigh for u8 {
        fn octets(&self) -> usize {
            usize::from(*self)
        }
    }

    #[test]
    fn the_oldest_make_room_and_what_is_gone_counts_no_more() {
        let fresh = Fresh::new(10);
        for key in 1..=3 {
            fresh.hold(key, 4);
        }
        let held = |keys: [i32; 2]| fresh.get_all(&keys).iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!((fresh.get(1), held([2, 3])), (None, vec![true, true]));
        fresh.forget(2);
        fresh.hold(4, 6);
        assert_eq!((fresh.get(2), held([3, 4])), (None, vec![true, true]));
        fresh.hold(4, 11);
        assert_eq!(held([3, 4]), [false, false], "what is too long is not held at all");
        assert_eq!(fresh.lock().octets, 0);
        fresh.hold(5, 10);
        fresh.clear();
        assert_eq!((fresh.get(5), fresh.lock().octets), (None, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_rolled_back_is_not_found_under_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), Limits::default()).await.unwrap();
        let ann = NewAccount { address: "ann@example.test".into(), ..NewAccount::default() };
        let ann = store.create_account(ann).await.unwrap();
        let inbox = store.mailbox(ann.id, &MailboxName::inbox()).await.unwrap().unwrap().id;
        let staged = async |octets: Vec<u8>| {
            let mut body = store.incoming(None).await.unwrap();
            body.write(octets.into()).await.unwrap();
            vec![Append { body: body.finish().await.unwrap(), flags: FlagList::new(), received: None }]
        };
        let short = staged(b"short".to_vec()).await;
        let spoiled = move |writer: &mut crate::sqlite::Writer| {
            writer.append(inbox, short)?;
            Err::<(), _>(Error::NoSuchMessage)
        };
        assert!(store.asks.run(spoiled).await.is_err());
        let long = vec![b'x'; store.shared.limits.row + 1];
        store.append(inbox, staged(long.clone()).await).await.unwrap();
        let view = store.open(inbox).await.unwrap().borrow().clone();
        let message = view.entries().next().unwrap().message;
        assert_eq!(message.value(), 1, "the number was given out again");
        assert_eq!(read_all(&mut store.content(message).await.unwrap().unwrap()).await.unwrap(), long);
        store.close().await.unwrap();
    }
}
