//! Conversations: messages of an account that refer to each other, or to the same one, are in one (RFC 8474 §5.2).

use mailwright_message::{Header, thread::references};
use rusqlite::Connection;

use super::writer::Writer;
use crate::{AccountId, Result};

/// References that are looked at: the first, and the last ones but one.
const MOST: usize = 12;

/// The keys of a message: of its own identifier first, then of those it refers to.
pub(super) fn keys(header: Header<'_, '_>) -> Vec<i64> {
    let own = header.field("Message-ID").map(|field| field.message_ids()).unwrap_or_default();
    let others = references(header);
    let last = others.len().saturating_sub(MOST - 1).max(1);
    let mut keys: Vec<i64> = Vec::new();
    for id in own.iter().take(1).chain(others.iter().take(1)).chain(others.iter().skip(last)) {
        let key = key(id);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// FNV-1a: it only has to tell identifiers of one account apart, and never to change.
fn key(id: &str) -> i64 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed()
}

/// Whether all keys of a message lead somewhere.
pub(super) fn knows(db: &Connection, account: u64, keys: &[i64]) -> Result<bool> {
    let mut find = db.prepare_cached("SELECT 1 FROM conversation WHERE account = ?1 AND key = ?2")?;
    for key in keys {
        if !find.exists((account, key))? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Writer {
    /// The conversation of a new message: the oldest one that a key leads to, or its own. A conversation once told never
    /// changes, so two that turn out to be one stay two.
    pub(super) fn join_conversation(
        &mut self,
        account: AccountId,
        message: u64,
        keys: &[i64],
    ) -> Result<u64> {
        let mut oldest: Option<u64> = None;
        let mut unknown = Vec::new();
        for key in keys {
            match self.value(
                "SELECT thread FROM conversation WHERE account = ?1 AND key = ?2",
                (account.value(), key),
            )? {
                Some(found) => oldest = Some(oldest.map_or(found, |oldest| oldest.min(found))),
                None => unknown.push(key),
            }
        }
        let thread = oldest.unwrap_or(message);
        for key in unknown {
            self.write(
                "INSERT INTO conversation(account, key, thread) VALUES(?1, ?2, ?3)",
                (account.value(), key, thread),
            )?;
        }
        Ok(thread)
    }
}

#[cfg(test)]
mod tests {
    use mailwright_message::Message;

    use super::*;

    #[test]
    fn its_own_identifier_the_first_and_the_last_references() {
        let many = (0..50).map(|n| format!("<{n}@a.test>")).collect::<Vec<_>>().join("\r\n ");
        let text = format!("Message-ID: <me@a.test>\r\nReferences: {many}\r\n\r\n");
        let found = keys(Message::parse(text.as_bytes()).header());
        assert_eq!(found.len(), 1 + MOST);
        assert_eq!(found[..2], [key("me@a.test"), key("0@a.test")]);
        assert_eq!(found[MOST], key("49@a.test"));
        assert!(keys(Message::parse(b"Subject: none\r\n\r\n").header()).is_empty());
    }
}
