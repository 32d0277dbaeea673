//! FETCH.

use super::set;
use crate::{
    encode::{Encode, core::Encoder},
    types::{FetchItem, Partial, command::Fetch},
};

/// `fetch = ["UID" SP] "FETCH" SP sequence-set SP (fetch-att / "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]`
impl Encode for Fetch {
    fn encode(&self, out: &mut Encoder) {
        set(out, self.uid, "FETCH ", &self.messages).byte(b' ');
        match &self.items[..] {
            [only] => {
                out.value(only);
            }
            items => {
                out.list(items, |out, item| {
                    out.value(item);
                });
            }
        }
        let mut modifiers = 0;
        let mut modifier = |out: &mut Encoder, name: &str| {
            out.put(if modifiers == 0 { " (" } else { " " }).put(name);
            modifiers += 1;
        };
        if let Some((first, last)) = self.partial {
            modifier(out, "PARTIAL ");
            out.display(first).byte(b':').display(last);
        }
        if let Some(mod_seq) = self.changed_since {
            modifier(out, "CHANGEDSINCE ");
            out.number(mod_seq.value());
        }
        if self.vanished {
            modifier(out, "VANISHED");
        }
        if modifiers > 0 {
            out.byte(b')');
        }
    }
}

/// `fetch-att`
impl Encode for FetchItem {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::Envelope => out.put("ENVELOPE"),
            Self::Flags => out.put("FLAGS"),
            Self::InternalDate => out.put("INTERNALDATE"),
            Self::Rfc822 => out.put("RFC822"),
            Self::Rfc822Header => out.put("RFC822.HEADER"),
            Self::Rfc822Size => out.put("RFC822.SIZE"),
            Self::Rfc822Text => out.put("RFC822.TEXT"),
            Self::Body => out.put("BODY"),
            Self::BodyStructure => out.put("BODYSTRUCTURE"),
            Self::Uid => out.put("UID"),
            Self::BodySection { section, partial, peek } => {
                range(out.put(if *peek { "BODY.PEEK" } else { "BODY" }).section(section), *partial)
            }
            Self::Binary { part, partial, peek } => {
                range(out.put(if *peek { "BINARY.PEEK" } else { "BINARY" }).section_part(part), *partial)
            }
            Self::BinarySize(part) => out.put("BINARY.SIZE").section_part(part),
            Self::ModSeq => out.put("MODSEQ"),
            Self::EmailId => out.put("EMAILID"),
            Self::ThreadId => out.put("THREADID"),
            Self::SaveDate => out.put("SAVEDATE"),
            Self::Preview { lazy } => out.put(if *lazy { "PREVIEW (LAZY)" } else { "PREVIEW" }),
        };
    }
}

fn range(out: &mut Encoder, partial: Option<Partial>) -> &mut Encoder {
    match partial {
        Some(partial) => out.partial(partial),
        None => out,
    }
}
