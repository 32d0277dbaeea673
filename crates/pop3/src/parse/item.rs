//! The lines that list messages and languages, and the timestamp of a greeting.

use super::number::number;
use crate::types::{MessageNumber, UniqueId};

/// `scan-listing = msg SP size *text`, RFC 1939 §5 (LIST). What follows the size is passed over, as it asks.
pub fn scan_listing(line: &str) -> Option<(MessageNumber, u64)> {
    let (message, rest) = message(line)?;
    let size = rest.split(' ').next()?;
    Some((message, exact(size)?))
}

/// `unique-id-listing = msg SP unique-id`, RFC 1939 §7 (UIDL).
pub fn unique_id_listing(line: &str) -> Option<(MessageNumber, UniqueId)> {
    let (message, id) = message(line)?;
    Some((message, UniqueId::lenient(id.trim_end_matches(' '))?))
}

/// `drop-listing = count SP size *text`, RFC 1939 §5 (STAT).
pub fn drop_listing(text: &str) -> Option<(u64, u64)> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    Some((exact(words.next()?)?, exact(words.next()?)?))
}

/// A language's tag and its description, RFC 6856 §3.2.
pub fn language(line: &str) -> Option<(&str, &str)> {
    let (tag, description) = line.split_once(' ').unwrap_or((line, ""));
    let is_tag = !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_tag.then_some((tag, description))
}

/// The timestamp in a greeting, with its angle brackets: there APOP is offered. RFC 1939 §7.
pub fn timestamp(greeting: &str) -> Option<&str> {
    let from = greeting.find('<')?;
    let len = greeting[from..].find('>')? + 1;
    let stamp = &greeting[from..from + len];
    // msg-id = "<" id-left "@" id-right ">": something else in brackets is no offer.
    (stamp.contains('@') && stamp.bytes().all(|b| b.is_ascii_graphic())).then_some(stamp)
}

fn message(line: &str) -> Option<(MessageNumber, &str)> {
    let (message, rest) = line.trim_start_matches(' ').split_once(' ')?;
    let message = u32::try_from(exact(message)?).ok().and_then(MessageNumber::new)?;
    Some((message, rest.trim_start_matches(' ')))
}

/// A number that is told, not compared: one that does not fit is none.
fn exact(text: &str) -> Option<u64> {
    number(text).filter(|_| text.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings() {
        let one = MessageNumber::new(1).unwrap();
        assert_eq!(scan_listing("1 120"), Some((one, 120)));
        assert_eq!(scan_listing("1 120 octets"), Some((one, 120)));
        assert_eq!(
            unique_id_listing("1 whqtswO00WBw418f9t5JxYwZ").map(|(_, id)| id.to_string()).as_deref(),
            Some("whqtswO00WBw418f9t5JxYwZ")
        );
        assert_eq!(drop_listing("2 320"), Some((2, 320)));
        assert_eq!(drop_listing("2 320 (maildrop)"), Some((2, 320)));
        for bad in ["", "1", "0 120", "1 x", "x 1", "1 -1", "4294967296 1", "1 18446744073709551616"] {
            assert_eq!(scan_listing(bad), None, "{bad}");
        }
        assert_eq!(unique_id_listing("1 "), None);
        assert_eq!(drop_listing("seven 1"), None);
    }

    #[test]
    fn timestamps() {
        assert_eq!(
            timestamp("POP3 server ready <1896.697170952@dbc.mtview.ca.us>"),
            Some("<1896.697170952@dbc.mtview.ca.us>")
        );
        for none in ["ready", "<ready>", "< @ >", "<a@b", ">a@b<"] {
            assert_eq!(timestamp(none), None, "{none}");
        }
    }
}
