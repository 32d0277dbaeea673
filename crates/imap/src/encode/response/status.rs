//! Status responses, their codes, and capabilities.

use crate::{
    encode::{Encode, core::Encoder},
    types::{
        Tag,
        response::{Capabilities, Capability, Code, MetadataProblem, Status},
    },
};

/// `resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text` and `resp-text = ["[" resp-text-code "]" SP] [text]`
///
/// Text without a code must not begin with `[`, or it would be read as one: a space is put before it.
impl Encode for Status {
    fn encode(&self, out: &mut Encoder) {
        out.put(self.condition.as_str()).byte(b' ');
        match &self.code {
            Some(code) => {
                out.byte(b'[').value(code).put("] ");
            }
            None if self.text.as_bytes().starts_with(b"[") => {
                out.byte(b' ');
            }
            None => {}
        }
        // RFC 3501 §9: text is US-ASCII; RFC 9051 §9: it may be UTF-8, which the client has enabled then.
        let text = self.text.as_bytes();
        if text.is_ascii() || out.is_utf8() {
            out.put(text);
        } else {
            let plain = |character: char| if character.is_ascii() { character } else { '?' };
            let text = String::from_utf8_lossy(text);
            out.put(text.chars().map(plain).collect::<String>().as_bytes());
        }
    }
}

/// `*(SP capability)`
impl Encode for Capabilities {
    fn encode(&self, out: &mut Encoder) {
        for capability in self {
            out.byte(b' ');
            match capability {
                Capability::Other(name) => out.put(name),
                known => out.display(known),
            };
        }
    }
}

/// `resp-text-code`
impl Encode for Code {
    fn encode(&self, out: &mut Encoder) {
        if let Some(name) = self.plain_name() {
            out.put(name);
            return;
        }
        match self {
            Self::AppendUid { validity, uids } => {
                out.put("APPENDUID ").number(u64::from(validity.value())).byte(b' ').uid_set(uids)
            }
            Self::BadCharset(charsets) if charsets.is_empty() => out.put("BADCHARSET"),
            Self::BadCharset(charsets) => out.put("BADCHARSET ").list(charsets, |out, charset| {
                out.astring(charset);
            }),
            Self::BadEvent(events) => out.put("BADEVENT ").list(events, |out, event| {
                out.put(event);
            }),
            Self::BadUrl(url) => out.put("BADURL ").put(url),
            Self::Capability(capabilities) => out.put("CAPABILITY").value(capabilities),
            Self::CopyUid { validity, from, to } => out
                .put("COPYUID ")
                .number(u64::from(validity.value()))
                .byte(b' ')
                .uid_set(from)
                .byte(b' ')
                .uid_set(to),
            Self::HighestModSeq(mod_seq) => out.put("HIGHESTMODSEQ ").number(mod_seq.value()),
            Self::InProgress(None) => out.put("INPROGRESS"),
            Self::InProgress(Some(at)) => {
                out.put("INPROGRESS (").nstring(at.tag.as_ref().map(Tag::as_bytes));
                for number in [at.progress, at.goal] {
                    match number {
                        Some(number) => out.byte(b' ').number(u64::from(number)),
                        None => out.put(" NIL"),
                    };
                }
                out.byte(b')')
            }
            Self::MailboxId(id) => out.put("MAILBOXID (").put(id.as_bytes()).byte(b')'),
            Self::MessageLimit { limit, lowest } => {
                out.put("MESSAGELIMIT ").number(u64::from(*limit));
                if let Some(uid) = lowest {
                    out.byte(b' ').number(u64::from(uid.value()));
                }
                out
            }
            Self::Metadata(problem) => match problem {
                MetadataProblem::LongEntries(size) => out.put("METADATA LONGENTRIES ").number(*size),
                MetadataProblem::MaxSize(size) => out.put("METADATA MAXSIZE ").number(*size),
                MetadataProblem::TooMany => out.put("METADATA TOOMANY"),
                MetadataProblem::NoPrivate => out.put("METADATA NOPRIVATE"),
            },
            Self::Modified(set) => out.put("MODIFIED ").uid_set(set),
            Self::NoUpdate(tag) => out.put("NOUPDATE ").string(tag),
            Self::PermanentFlags(flags) => out.put("PERMANENTFLAGS ").flags(flags),
            Self::Referral(url) => out.put("REFERRAL ").put(url),
            Self::UidNext(uid) => out.put("UIDNEXT ").number(u64::from(*uid)),
            Self::UidValidity(validity) => out.put("UIDVALIDITY ").number(u64::from(validity.value())),
            Self::UndefinedFilter(name) => out.put("UNDEFINED-FILTER ").put(name),
            Self::Unseen(number) => out.put("UNSEEN ").number(u64::from(number.get())),
            Self::Other { name, value } => {
                out.put(name);
                if let Some(value) = value {
                    out.byte(b' ').put(value);
                }
                out
            }
            // Each of the rest has a plain name.
            _ => out,
        };
    }
}
