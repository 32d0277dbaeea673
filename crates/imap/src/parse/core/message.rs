//! What says which messages and which part of them: sets, flags, sections.

use super::{Cursor, class};
use crate::{
    error::ParseError,
    types::{
        Atom, Flag, ModSeq, Partial, Section, SectionPart, SectionText, SequenceNumber, SequenceRange,
        SequenceSet, UidSet,
    },
};

type Result<T> = std::result::Result<T, ParseError>;

impl Cursor<'_> {
    /// `sequence-set = (seq-number / seq-range) ["," sequence-set]` and `seq-last-command = "$"`
    pub fn sequence_set(&mut self) -> Result<SequenceSet> {
        if self.eat(b'$') {
            return Ok(SequenceSet::Saved);
        }
        let mut ranges = Vec::new();
        loop {
            let first = self.sequence_number()?;
            let last = if self.eat(b':') { self.sequence_number()? } else { first };
            ranges.push(SequenceRange { first, last });
            if !self.eat(b',') {
                return Ok(SequenceSet::Ranges(ranges));
            }
        }
    }

    /// `seq-number = nz-number / "*"`
    fn sequence_number(&mut self) -> Result<SequenceNumber> {
        if self.eat(b'*') { Ok(SequenceNumber::Last) } else { self.nz_number().map(SequenceNumber::Number) }
    }

    /// `uid-set = (uniqueid / uid-range) ["," uid-set]`, in the order written.
    pub fn uid_set(&mut self) -> Result<UidSet> {
        let mut set = UidSet::new();
        loop {
            let first = self.nz_number()?.get();
            let last = if self.eat(b':') { self.nz_number()?.get() } else { first };
            set.push(first.min(last), first.max(last));
            if !self.eat(b',') {
                return Ok(set);
            }
        }
    }

    /// `mod-sequence-valzer = "0" / mod-sequence-value`, 63 bits.
    pub fn mod_seq(&mut self) -> Result<ModSeq> {
        let start = self.at();
        ModSeq::new(self.number64()?).ok_or_else(|| self.error_at(start, "a mod-sequence of at most 63 bits"))
    }

    /// `flag = "\" atom / atom` and `flag-perm = flag / "\*"`
    pub fn flag(&mut self) -> Result<Flag> {
        if !self.eat(b'\\') {
            return match self.count_while(class::is_astring) {
                0 => Err(self.error("a flag")),
                len => Ok(Flag::Keyword(Atom::from_checked(self.take_octets(len)))),
            };
        }
        if self.eat(b'*') { Ok(Flag::Any) } else { self.atom().map(Flag::system) }
    }

    /// `flag-list = "(" [flag *(SP flag)] ")"`
    pub fn flag_list(&mut self) -> Result<Vec<Flag>> {
        self.list(Self::flag)
    }

    /// `section = "[" [section-spec] "]"`
    pub fn section(&mut self) -> Result<Section> {
        self.byte(b'[', "a section in brackets")?;
        let part = self.section_part()?;
        let after_part = part.0.is_empty() || self.eat(b'.');
        let text = if self.peek() == Some(b']') && (part.0.is_empty() || !after_part) {
            None
        } else if after_part {
            Some(self.section_text(!part.0.is_empty())?)
        } else {
            return Err(self.error("the end of the section"));
        };
        self.byte(b']', "the end of the section")?;
        Ok(Section { part, text })
    }

    /// `section-binary = "[" [section-part] "]"`
    pub fn section_binary(&mut self) -> Result<SectionPart> {
        self.byte(b'[', "a section in brackets")?;
        let part = self.section_part()?;
        self.byte(b']', "the end of the section")?;
        Ok(part)
    }

    /// `section-part = nz-number *("." nz-number)`; empty where no number stands. Stops before a dot that no number
    /// follows.
    fn section_part(&mut self) -> Result<SectionPart> {
        let mut part = Vec::new();
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            part.push(self.nz_number()?);
            if self.peek() != Some(b'.') || !matches!(self.rest().get(1), Some(b'0'..=b'9')) {
                break;
            }
            self.skip(1);
        }
        Ok(SectionPart(part))
    }

    /// `section-text = section-msgtext / "MIME"` and `section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP
    /// header-list / "TEXT"`
    fn section_text(&mut self, has_part: bool) -> Result<SectionText> {
        if self.eat_text("HEADER") {
            let not = if self.eat_text(".FIELDS.NOT") {
                true
            } else if self.eat_text(".FIELDS") {
                false
            } else {
                return Ok(SectionText::Header);
            };
            self.sp()?;
            let start = self.at();
            let fields = self.list(Self::astring)?;
            if fields.is_empty() {
                return Err(self.error_at(start, "names of header fields"));
            }
            return Ok(if not {
                SectionText::HeaderFieldsNot(fields)
            } else {
                SectionText::HeaderFields(fields)
            });
        }
        if self.eat_text("TEXT") {
            return Ok(SectionText::Text);
        }
        if has_part && self.eat_text("MIME") {
            return Ok(SectionText::Mime);
        }
        Err(self.error("a section"))
    }

    /// `partial = "<" number64 "." nz-number64 ">"`
    pub fn partial(&mut self) -> Result<Partial> {
        self.byte(b'<', "a partial range")?;
        let offset = self.number64()?;
        self.byte(b'.', "a dot")?;
        let length = self.number64()?;
        self.byte(b'>', "the end of the partial range")?;
        Ok(Partial { offset, length })
    }
}
