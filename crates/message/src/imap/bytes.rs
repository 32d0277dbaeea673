//! The compact form of envelopes and structures: a version, then numbers of seven bits an octet and counted text.

use thiserror::Error;

/// The octets are not the compact form of the value that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the compact form of this value, or of a later version")]
pub struct Corrupt;

/// Writes the compact form.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(version: u8) -> Self {
        Self(vec![version])
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Seven bits an octet, lowest first; the eighth says that there is more.
    #[expect(clippy::cast_possible_truncation, reason = "masked to seven bits")]
    pub(super) fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(number as u8 & 0x7f | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn size(&mut self, size: usize) {
        self.number(size as u64);
    }

    /// 0, or the length and one more, then the octets.
    pub(super) fn text(&mut self, text: Option<&[u8]>) {
        match text {
            None => self.number(0),
            Some(text) => {
                self.size(text.len() + 1);
                self.0.extend_from_slice(text);
            }
        }
    }

    /// 0, or the count and one more, then the items.
    pub(super) fn list<I: ExactSizeIterator>(
        &mut self,
        items: Option<I>,
        mut write: impl FnMut(&mut Self, I::Item),
    ) {
        match items {
            None => self.number(0),
            Some(items) => {
                self.size(items.len() + 1);
                items.for_each(|item| write(self, item));
            }
        }
    }
}

/// Reads the compact form.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], version: u8) -> Result<Self, Corrupt> {
        match bytes.split_first() {
            Some((&found, rest)) if found == version => Ok(Self(rest)),
            _ => Err(Corrupt),
        }
    }

    pub(super) fn finish(self) -> Result<(), Corrupt> {
        if self.0.is_empty() { Ok(()) } else { Err(Corrupt) }
    }

    pub(super) fn number(&mut self) -> Result<u64, Corrupt> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&octet, rest) = self.0.split_first().ok_or(Corrupt)?;
            self.0 = rest;
            let bits = u64::from(octet & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Corrupt);
            }
            number |= bits << shift;
            if octet < 0x80 {
                return Ok(number);
            }
        }
        Err(Corrupt)
    }

    pub(super) fn size(&mut self) -> Result<usize, Corrupt> {
        usize::try_from(self.number()?).map_err(|_| Corrupt)
    }

    pub(super) fn text(&mut self) -> Result<Option<Vec<u8>>, Corrupt> {
        let Some(length) = self.size()?.checked_sub(1) else { return Ok(None) };
        let (text, rest) = self.0.split_at_checked(length).ok_or(Corrupt)?;
        self.0 = rest;
        Ok(Some(text.to_vec()))
    }

    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Corrupt>,
    ) -> Result<Option<Vec<T>>, Corrupt> {
        let Some(count) = self.size()?.checked_sub(1) else { return Ok(None) };
        // Every item takes an octet at least: a count beyond that is a lie, and must not make us allocate.
        if count > self.0.len() {
            return Err(Corrupt);
        }
        let mut found = Vec::new();
        for _ in 0..count {
            found.push(read(self)?);
        }
        Ok(Some(found))
    }
}
