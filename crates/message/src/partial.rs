//! Putting a message together from its `message/partial` fragments (RFC 2046 §5.2.2).

use crate::Message;

/// Why fragments do not make a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message at that place is no `message/partial` with an `id` and a `number`.
    #[error("message {0} is not a fragment with an id and a number")]
    NotPartial(usize),
    /// The message at that place is a fragment of another one.
    #[error("message {0} is a fragment of another message")]
    OtherId(usize),
    /// No fragment says how many there are, which the last one must.
    #[error("the last fragment, which says how many there are, is missing")]
    NoTotal,
    /// The fragment of that number is missing.
    #[error("fragment {0} is missing")]
    Missing(usize),
}

/// Puts the fragments of one message together, given in any order. Of one that comes twice the first is taken.
///
/// The header is made as RFC 2046 §5.2.2.1 says: that of the first fragment, with its `Content-*`, `Subject`,
/// `Message-ID`, `Encrypted` and `MIME-Version` exchanged for those of the message within.
///
/// # Errors
/// See [`Error`].
///
/// ```
/// use mailwright_message::{Message, partial};
/// let first = b"From: a@b\nContent-Type: message/partial; id=x; number=1; total=2\n\nSubject: s\n\nHel";
/// let last = b"From: a@b\nContent-Type: message/partial; id=x; number=2; total=2\n\nlo\n";
/// let fragments = [Message::parse(last), Message::parse(first)];
/// assert_eq!(partial::reassemble(&fragments)?, b"From: a@b\nSubject: s\n\nHello\n");
/// # Ok::<(), partial::Error>(())
/// ```
pub fn reassemble(fragments: &[Message<'_>]) -> Result<Vec<u8>, Error> {
    let mut id = None;
    let mut total = None;
    let mut numbered = Vec::with_capacity(fragments.len());
    for (index, message) in fragments.iter().enumerate() {
        let content_type = message.root().content_type();
        let number =
            |name| content_type.parameter(name).and_then(|digits| digits.trim().parse::<usize>().ok());
        let own_id =
            content_type.parameter("id").filter(|id| !id.is_empty() && content_type.is("message", "partial"));
        let (Some(own_id), Some(place)) = (own_id, number("number").filter(|&place| place > 0)) else {
            return Err(Error::NotPartial(index));
        };
        if *id.get_or_insert_with(|| own_id.to_owned()) != own_id {
            return Err(Error::OtherId(index));
        }
        total = total.or_else(|| number("total"));
        numbered.push((place, message));
    }
    let total = total.filter(|&total| total > 0).ok_or(Error::NoTotal)?;
    numbered.sort_by_key(|&(place, _)| place);
    numbered.dedup_by_key(|&mut (place, _)| place);
    numbered.retain(|&(place, _)| place <= total);
    for expected in 1..=total {
        if numbered.get(expected - 1).map(|&(place, _)| place) != Some(expected) {
            return Err(Error::Missing(expected));
        }
    }
    let mut bodies = numbered.iter().map(|(_, message)| message.root().body());
    let first_body = bodies.next().ok_or(Error::Missing(1))?;
    let outer = numbered.first().map(|(_, message)| message).ok_or(Error::Missing(1))?;
    let mut out = header(outer, first_body);
    for body in bodies {
        out.extend_from_slice(body);
    }
    Ok(out)
}

/// Fields that are those of the message within.
fn is_inner(name: &[u8]) -> bool {
    let is_content = name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
    is_content
        || ["subject", "message-id", "encrypted", "mime-version"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
}

/// The header of the whole message, and the first piece of its body.
///
/// A field exchanged stands where the one before it stood, as in the example of RFC 2046 §5.2.2.1.
fn header(outer: &Message<'_>, first_body: &[u8]) -> Vec<u8> {
    let inner = Message::parse(first_body);
    let mut waiting: Vec<_> =
        inner.header().iter().filter(|field| is_inner(field.name())).map(Some).collect();
    let mut out = Vec::with_capacity(outer.raw().len());
    for field in outer.header().iter() {
        if !is_inner(field.name()) {
            out.extend_from_slice(field.raw());
        } else if !field.name().to_ascii_lowercase().starts_with(b"content-") {
            let same = |own: &crate::Field<'_>| own.name().eq_ignore_ascii_case(field.name());
            for slot in waiting.iter_mut().filter(|slot| slot.as_ref().is_some_and(same)) {
                if let Some(own) = slot.take() {
                    out.extend_from_slice(own.raw());
                }
            }
        }
    }
    for own in waiting.into_iter().flatten() {
        out.extend_from_slice(own.raw());
    }
    let root = inner.root();
    let blank = match root.raw_header() {
        header if header.ends_with(b"\r\n") => &b"\r\n"[..],
        _ => b"\n",
    };
    out.extend_from_slice(blank);
    out.extend_from_slice(root.body());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        let fragment = |id: &str, rest: &str| {
            format!("Content-Type: message/partial; id={id}; {rest}\r\n\r\nA: b\r\n\r\n").into_bytes()
        };
        let check =
            |raw: &[Vec<u8>]| reassemble(&raw.iter().map(|raw| Message::parse(raw)).collect::<Vec<_>>());
        assert_eq!(check(&[]), Err(Error::NoTotal));
        assert_eq!(check(&[b"A: b\r\n\r\n".to_vec()]), Err(Error::NotPartial(0)));
        assert_eq!(check(&[fragment("a", "number=0")]), Err(Error::NotPartial(0)));
        assert_eq!(check(&[fragment("a", "number=1")]), Err(Error::NoTotal));
        assert_eq!(check(&[fragment("a", "number=2; total=2")]), Err(Error::Missing(1)));
        assert_eq!(check(&[fragment("a", "number=1; total=99999999999")]), Err(Error::Missing(2)));
        assert_eq!(
            check(&[fragment("a", "number=1"), fragment("b", "number=2; total=2")]),
            Err(Error::OtherId(1))
        );
        let same = fragment("a", "number=1; total=1");
        assert!(check(&[same.clone(), same]).is_ok());
    }
}
