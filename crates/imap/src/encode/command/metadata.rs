//! GETMETADATA and SETMETADATA.

use crate::{
    encode::{Encode, core::Encoder},
    types::{
        MailboxName,
        command::{GetMetadata, MetadataDepth, SetMetadata},
    },
};

/// `getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries` (RFC 5464 §5)
impl Encode for GetMetadata {
    fn encode(&self, out: &mut Encoder) {
        out.put("GETMETADATA ");
        let depth = match self.depth {
            MetadataDepth::Zero => None,
            MetadataDepth::One => Some("DEPTH 1"),
            MetadataDepth::Infinity => Some("DEPTH infinity"),
        };
        if self.max_size.is_some() || depth.is_some() {
            out.byte(b'(');
            if let Some(size) = self.max_size {
                out.put("MAXSIZE ").number(size);
            }
            if let Some(depth) = depth {
                out.put(if self.max_size.is_some() { " " } else { "" }).put(depth);
            }
            out.put(") ");
        }
        place(out, self.mailbox.as_ref()).byte(b' ').list(&self.entries, |out, entry| {
            out.astring(entry.as_bytes());
        });
    }
}

/// `setmetadata = "SETMETADATA" SP mailbox SP entry-values` (RFC 5464 §5)
impl Encode for SetMetadata {
    fn encode(&self, out: &mut Encoder) {
        out.put("SETMETADATA ");
        place(out, self.mailbox.as_ref()).byte(b' ').list(&self.entries, |out, (name, value)| {
            out.astring(name.as_bytes()).byte(b' ').nstring(value.as_deref());
        });
    }
}

/// The mailbox, or the empty name for the server.
fn place<'e>(out: &'e mut Encoder, mailbox: Option<&MailboxName>) -> &'e mut Encoder {
    match mailbox {
        Some(mailbox) => out.mailbox(mailbox),
        None => out.put("\"\""),
    }
}
