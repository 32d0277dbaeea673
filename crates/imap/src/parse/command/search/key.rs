//! Search keys: read with a stack of their own, so that depth costs memory within limits and never the call stack.

use super::{Context, Cursor, Result, eat_word};
use crate::types::SearchKey;

/// What waits for a key to be complete.
enum Open {
    /// In parentheses, or the whole program: the keys so far.
    And(Vec<SearchKey>),
    Not,
    Fuzzy,
    /// `OR`, and its first key once that is read.
    Or(Option<SearchKey>),
}

/// `search-key *(SP search-key)`; more than one are joined by [`SearchKey::And`].
///
/// `search-key = simple-key / "NOT" SP search-key / "OR" SP search-key SP search-key / "FUZZY" SP search-key /
/// "(" search-key *(SP search-key) ")"`
pub(super) fn search_program(input: &mut Cursor<'_>, context: Context<'_>) -> Result<SearchKey> {
    let mut stack = vec![Open::And(Vec::new())];
    let mut count = 0;
    loop {
        if stack.len() > context.limits.search_depth {
            return Err(input.error("less deeply nested search keys"));
        }
        count += 1;
        if count > context.limits.search_keys {
            return Err(input.error("fewer search keys"));
        }
        if input.eat(b'(') {
            stack.push(Open::And(Vec::new()));
            continue;
        }
        if let Some(open) = operator(input)? {
            stack.push(open);
            continue;
        }
        let key = simple_key(input)?;
        if let Some(whole) = complete(input, &mut stack, key)? {
            return Ok(whole);
        }
        input.sp()?;
    }
}

/// A complete key completes what waits for it, and that may complete more. Returns the whole program at its end.
fn complete(input: &mut Cursor<'_>, stack: &mut Vec<Open>, mut key: SearchKey) -> Result<Option<SearchKey>> {
    loop {
        match stack.pop() {
            Some(Open::Not) => key = SearchKey::Not(Box::new(key)),
            Some(Open::Fuzzy) => key = SearchKey::Fuzzy(Box::new(key)),
            Some(Open::Or(Some(first))) => key = SearchKey::Or(Box::new(first), Box::new(key)),
            Some(Open::Or(None)) => {
                stack.push(Open::Or(Some(key)));
                return Ok(None);
            }
            Some(Open::And(mut keys)) => {
                keys.push(key);
                if stack.is_empty() && input.is_at_end() {
                    return Ok(Some(joined(keys)));
                }
                if stack.is_empty() || !input.eat(b')') {
                    stack.push(Open::And(keys));
                    return Ok(None);
                }
                key = joined(keys);
            }
            None => return Err(input.error("the end of the search")),
        }
    }
}

fn joined(mut keys: Vec<SearchKey>) -> SearchKey {
    match keys.len() {
        1 => keys.remove(0),
        _ => SearchKey::And(keys),
    }
}

fn operator(input: &mut Cursor<'_>) -> Result<Option<Open>> {
    let open = match input.peek().map(|byte| byte.to_ascii_uppercase()) {
        Some(b'N') if eat_word(input, "NOT") => Open::Not,
        Some(b'O') if eat_word(input, "OR") => Open::Or(None),
        Some(b'F') if eat_word(input, "FUZZY") => Open::Fuzzy,
        _ => return Ok(None),
    };
    input.sp()?;
    Ok(Some(open))
}

/// A key that holds no other.
fn simple_key(input: &mut Cursor<'_>) -> Result<SearchKey> {
    if matches!(input.peek(), Some(b'0'..=b'9' | b'*' | b'$')) {
        return input.sequence_set().map(SearchKey::Sequence);
    }
    let at = input.at();
    let len = input.word().len();
    let room = &mut [0; 20];
    let name = input.upper(len, room);
    input.skip(len);
    if let Some(key) = plain(name) {
        return Ok(key);
    }
    Ok(match name {
        b"BCC" => SearchKey::Bcc(after_space(input, Cursor::astring)?),
        b"BEFORE" => SearchKey::Before(after_space(input, Cursor::date)?),
        b"BODY" => SearchKey::Body(after_space(input, Cursor::astring)?),
        b"CC" => SearchKey::Cc(after_space(input, Cursor::astring)?),
        b"EMAILID" => SearchKey::EmailId(after_space(input, Cursor::astring)?),
        b"FILTER" => SearchKey::Filter(after_space(input, Cursor::astring)?),
        b"FROM" => SearchKey::From(after_space(input, Cursor::astring)?),
        b"HEADER" => {
            let field = after_space(input, Cursor::astring)?;
            SearchKey::Header(field, after_space(input, Cursor::astring)?)
        }
        b"KEYWORD" => SearchKey::Keyword(after_space(input, Cursor::atom)?),
        b"LARGER" => SearchKey::Larger(after_space(input, Cursor::number64)?),
        b"MODSEQ" => after_space(input, mod_seq)?,
        b"OLDER" => SearchKey::Older(after_space(input, Cursor::nz_number)?.get()),
        b"ON" => SearchKey::On(after_space(input, Cursor::date)?),
        b"SAVEDBEFORE" => SearchKey::SavedBefore(after_space(input, Cursor::date)?),
        b"SAVEDON" => SearchKey::SavedOn(after_space(input, Cursor::date)?),
        b"SAVEDSINCE" => SearchKey::SavedSince(after_space(input, Cursor::date)?),
        b"SENTBEFORE" => SearchKey::SentBefore(after_space(input, Cursor::date)?),
        b"SENTON" => SearchKey::SentOn(after_space(input, Cursor::date)?),
        b"SENTSINCE" => SearchKey::SentSince(after_space(input, Cursor::date)?),
        b"SINCE" => SearchKey::Since(after_space(input, Cursor::date)?),
        b"SMALLER" => SearchKey::Smaller(after_space(input, Cursor::number64)?),
        b"SUBJECT" => SearchKey::Subject(after_space(input, Cursor::astring)?),
        b"TEXT" => SearchKey::Text(after_space(input, Cursor::astring)?),
        b"THREADID" => SearchKey::ThreadId(after_space(input, Cursor::astring)?),
        b"TO" => SearchKey::To(after_space(input, Cursor::astring)?),
        b"UID" => SearchKey::Uid(after_space(input, Cursor::sequence_set)?),
        b"UIDAFTER" => SearchKey::UidAfter(after_space(input, Cursor::nz_number)?.into()),
        b"UIDBEFORE" => SearchKey::UidBefore(after_space(input, Cursor::nz_number)?.into()),
        b"UNKEYWORD" => SearchKey::Unkeyword(after_space(input, Cursor::atom)?),
        b"YOUNGER" => SearchKey::Younger(after_space(input, Cursor::nz_number)?.get()),
        _ => return Err(input.error_at(at, "a search key")),
    })
}

/// `SP` and what the name of a key is followed by.
fn after_space<'f, T>(input: &mut Cursor<'f>, read: impl FnOnce(&mut Cursor<'f>) -> Result<T>) -> Result<T> {
    input.sp()?;
    read(input)
}

/// A key of one word.
fn plain(word: &[u8]) -> Option<SearchKey> {
    Some(match word {
        b"ALL" => SearchKey::All,
        b"ANSWERED" => SearchKey::Answered,
        b"DELETED" => SearchKey::Deleted,
        b"DRAFT" => SearchKey::Draft,
        b"FLAGGED" => SearchKey::Flagged,
        b"NEW" => SearchKey::New,
        b"OLD" => SearchKey::Old,
        b"RECENT" => SearchKey::Recent,
        b"SAVEDATESUPPORTED" => SearchKey::SaveDateSupported,
        b"SEEN" => SearchKey::Seen,
        b"UNANSWERED" => SearchKey::Unanswered,
        b"UNDELETED" => SearchKey::Undeleted,
        b"UNDRAFT" => SearchKey::Undraft,
        b"UNFLAGGED" => SearchKey::Unflagged,
        b"UNSEEN" => SearchKey::Unseen,
        _ => return None,
    })
}

/// `search-modsequence = "MODSEQ" [search-modseq-ext] SP mod-sequence-valzer`, `search-modseq-ext = SP entry-name SP
/// entry-type-req` (RFC 7162 §7), after the space.
fn mod_seq(input: &mut Cursor<'_>) -> Result<SearchKey> {
    if input.peek() == Some(b'"') {
        input.quoted()?;
        input.sp()?;
        if !["all", "priv", "shared"].iter().any(|kind| eat_word(input, kind)) {
            return Err(input.error("all, priv or shared"));
        }
        input.sp()?;
    }
    input.mod_seq().map(SearchKey::ModSeq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, types::SequenceSet};
    use bytes::Bytes;

    fn read(text: impl Into<Bytes>) -> Result<SearchKey> {
        let limits = Limits::default();
        let frame = text.into();
        search_program(&mut Cursor::new(&frame), Context { limits: &limits, utf8: false })
    }

    #[test]
    fn keys_nest_in_every_way() {
        assert_eq!(read("ALL").unwrap(), SearchKey::All);
        assert_eq!(
            read("SEEN UNDELETED").unwrap(),
            SearchKey::And(vec![SearchKey::Seen, SearchKey::Undeleted])
        );
        assert_eq!(
            read("OR (SEEN DRAFT) NOT NOT OR NEW OLD 2:4").unwrap(),
            SearchKey::And(vec![
                SearchKey::Or(
                    Box::new(SearchKey::And(vec![SearchKey::Seen, SearchKey::Draft])),
                    Box::new(SearchKey::Not(Box::new(SearchKey::Not(Box::new(SearchKey::Or(
                        Box::new(SearchKey::New),
                        Box::new(SearchKey::Old)
                    ))))))
                ),
                SearchKey::Sequence("2:4".parse::<SequenceSet>().unwrap()),
            ])
        );
        assert_eq!(read("((((SEEN))))").unwrap(), SearchKey::Seen);
        assert_eq!(
            read("FUZZY (SEEN) (DRAFT)").unwrap(),
            SearchKey::And(vec![SearchKey::Fuzzy(Box::new(SearchKey::Seen)), SearchKey::Draft])
        );
    }

    #[test]
    fn what_is_incomplete_is_refused() {
        for text in [
            "", "NOT", "NOT ", "OR SEEN", "OR SEEN ", "(SEEN", "SEEN)", "()", "(SEEN )", "SEEN ", "FROM",
            "FROM ", "XYZZY",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        for (open, levels) in [("(", 63), ("NOT ", 63), ("OR ALL ", 63), ("FUZZY ", 63)] {
            let close = if open == "(" { ")" } else { "" };
            let nested = |n: usize| format!("{}ALL{}", open.repeat(n), close.repeat(n));
            assert!(read(nested(levels)).is_ok(), "{open}");
            assert!(read(nested(levels + 1)).is_err(), "{open}");
            assert!(read(open.repeat(100_000)).is_err(), "{open}");
        }
        assert!(read(vec!["ALL"; 10_000].join(" ")).is_ok());
        assert!(read(vec!["ALL"; 10_001].join(" ")).is_err());
    }
}
