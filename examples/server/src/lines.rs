//! [`Lines`]: what a message lacks to consist of lines that end in CRLF, which POP3 sends it as.

use memchr::memchr2_iter;

/// Looks at a message as it goes by, in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The last octet was CR.
    cr: bool,
    /// Something stands in the line that is not ended yet.
    open: bool,
    /// A CR for each bare LF, an LF for each bare CR.
    lacking: u64,
}

impl Lines {
    /// The next piece.
    pub(crate) fn take(&mut self, piece: &[u8]) {
        let mut at = 0;
        for found in memchr2_iter(b'\r', b'\n', piece) {
            if found > at {
                self.text();
            }
            at = found + 1;
            match (std::mem::take(&mut self.cr), piece[found] == b'\r') {
                (false, true) => self.cr = true,
                (true, false) => self.open = false,
                (false, false) => {
                    self.lacking += 1;
                    self.open = false;
                }
                (true, true) => {
                    self.lacking += 1;
                    (self.cr, self.open) = (true, false);
                }
            }
        }
        if at < piece.len() {
            self.text();
        }
    }

    fn text(&mut self) {
        self.lacking += u64::from(std::mem::take(&mut self.cr));
        self.open = true;
    }

    /// How many octets are put in where all lines are to end in CRLF. Call it after the last piece.
    pub(crate) fn lacking(&self) -> u64 {
        let end = match (self.cr, self.open) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 0,
        };
        self.lacking + end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_wire::{DotEncoder, Output};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_as_are_put_in_when_it_is_sent(
            pieces in proptest::collection::vec("[a\r\n]{0,5}", 0..8),
        ) {
            let mut lines = Lines::default();
            for piece in &pieces {
                lines.take(piece.as_bytes());
            }
            let message = pieces.concat();
            let (mut dots, mut out) = (DotEncoder::repairing(), Output::new());
            dots.encode(message.clone().into_bytes().into(), &mut out).unwrap();
            dots.end(&mut out).unwrap();
            let sent: usize = std::iter::from_fn(|| out.pop()).map(|piece| piece.len()).sum();
            // No line begins with a dot, and ".\r\n" ends it.
            prop_assert_eq!(message.len() as u64 + lines.lacking(), sent as u64 - 3, "{:?}", message);
        }
    }
}
