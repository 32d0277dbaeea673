//! The parenthesised form that IMAP answers in: read from text, made from our values, compared as a tree.

use mailwright_message::imap::{Address, BodyKind, BodyStructure, Disposition, Envelope, Parameter};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sexp {
    Nil,
    /// A string or a number.
    Text(Vec<u8>),
    List(Vec<Sexp>),
}

impl Sexp {
    /// Reads one value.
    pub(crate) fn read(input: &[u8]) -> Self {
        let mut open = vec![Vec::new()];
        let mut rest = input;
        while let Some((&octet, after)) = rest.split_first() {
            rest = after;
            let value = match octet {
                b' ' => continue,
                b'(' => {
                    open.push(Vec::new());
                    continue;
                }
                b')' => Self::List(open.pop().unwrap()),
                b'"' => {
                    let mut text = Vec::new();
                    loop {
                        let (&octet, after) = rest.split_first().unwrap();
                        rest = after;
                        match octet {
                            b'"' => break,
                            b'\\' => {
                                text.push(rest[0]);
                                rest = &rest[1..];
                            }
                            _ => text.push(octet),
                        }
                    }
                    Self::Text(text)
                }
                b'{' => {
                    let end = rest.iter().position(|&octet| octet == b'}').unwrap();
                    let length: usize = std::str::from_utf8(&rest[..end]).unwrap().parse().unwrap();
                    let start = end + 3;
                    let end = start + length;
                    let text = rest[start..end].to_vec();
                    rest = &rest[end..];
                    Self::Text(text)
                }
                _ => {
                    let end = rest.iter().position(|octet| b" ()".contains(octet)).unwrap_or(rest.len());
                    let word = [&[octet], &rest[..end]].concat();
                    rest = &rest[end..];
                    if word == b"NIL" { Self::Nil } else { Self::Text(word) }
                }
            };
            open.last_mut().unwrap().push(value);
        }
        open.pop().unwrap().pop().unwrap()
    }

    /// The same with every run of white space made one space, and none at the ends of a string. The words that
    /// Dovecot has for what an address lacks become empty strings, as `NIL` would make it a group.
    pub(crate) fn condensed(self) -> Self {
        match self {
            Self::Text(text) => {
                if matches!(&text[..], b"MISSING_MAILBOX" | b"MISSING_DOMAIN") {
                    return Self::Text(Vec::new());
                }
                let words: Vec<_> =
                    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
                Self::Text(words.join(&b' '))
            }
            Self::List(list) => Self::List(list.into_iter().map(Self::condensed).collect()),
            Self::Nil => Self::Nil,
        }
    }

    /// The same in lower case.
    pub(crate) fn lower(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(text.to_ascii_lowercase()),
            Self::List(list) => Self::List(list.into_iter().map(Self::lower).collect()),
            Self::Nil => Self::Nil,
        }
    }

    pub(crate) fn envelope(envelope: &Envelope) -> Self {
        let addresses = |list: &Option<Vec<Address>>| match list {
            None => Self::Nil,
            Some(list) => Self::List(list.iter().map(address).collect()),
        };
        Self::List(vec![
            text(envelope.date.as_ref()),
            text(envelope.subject.as_ref()),
            addresses(&envelope.from),
            addresses(&envelope.sender),
            addresses(&envelope.reply_to),
            addresses(&envelope.to),
            addresses(&envelope.cc),
            addresses(&envelope.bcc),
            text(envelope.in_reply_to.as_ref()),
            text(envelope.message_id.as_ref()),
        ])
    }

    pub(crate) fn body(structure: &BodyStructure, place: usize) -> Self {
        let part = &structure.parts()[place];
        let mut out = Vec::new();
        if part.kind == BodyKind::Multipart {
            out.extend(structure.children(place).map(|child| Self::body(structure, child)));
            out.push(Self::Text(part.subtype.clone()));
            out.push(parameters(&part.parameters));
        } else {
            out.push(Self::Text(part.media_type.clone()));
            out.push(Self::Text(part.subtype.clone()));
            out.push(parameters(&part.parameters));
            out.push(text(part.id.as_ref()));
            out.push(text(part.description.as_ref()));
            out.push(Self::Text(part.encoding.clone()));
            out.push(number(part.body.len()));
            if let BodyKind::Message(envelope) = &part.kind {
                out.push(Self::envelope(envelope));
                out.push(Self::body(structure, place + 1));
                out.push(number(part.lines));
            } else if part.is_type("text") {
                out.push(number(part.lines));
            }
            out.push(text(part.md5.as_ref()));
        }
        out.push(match &part.disposition {
            None => Self::Nil,
            Some(Disposition { disposition, parameters: found }) => {
                Self::List(vec![Self::Text(disposition.clone()), parameters(found)])
            }
        });
        out.push(match &part.language[..] {
            [] => Self::Nil,
            many => Self::List(many.iter().cloned().map(Self::Text).collect()),
        });
        out.push(text(part.location.as_ref()));
        Self::List(out)
    }
}

fn text(text: Option<&Vec<u8>>) -> Sexp {
    text.map_or(Sexp::Nil, |text| Sexp::Text(text.clone()))
}

fn number(number: usize) -> Sexp {
    Sexp::Text(number.to_string().into_bytes())
}

fn address(address: &Address) -> Sexp {
    Sexp::List(
        [&address.name, &address.route, &address.mailbox, &address.host]
            .map(|one| text(one.as_ref()))
            .to_vec(),
    )
}

fn parameters(list: &[Parameter]) -> Sexp {
    if list.is_empty() {
        return Sexp::Nil;
    }
    Sexp::List(list.iter().flat_map(|(name, value)| [name, value]).cloned().map(Sexp::Text).collect())
}
