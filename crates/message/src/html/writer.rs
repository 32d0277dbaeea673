//! Text put together with white space collapsed and lines broken where blocks are.

use super::entity;

/// Quotes marked at most.
const DEEPEST: usize = 8;

/// Collects the text.
#[derive(Debug)]
pub(super) struct Writer {
    out: String,
    /// A space is due before the next word.
    space: bool,
    /// A TAB is due before the next cell.
    tab: bool,
    /// Line ends due before the next word: one or two.
    lines: u8,
    /// Something stands on this line.
    filled: bool,
    quotes: usize,
    preformatted: usize,
    mark: &'static str,
}

impl Writer {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            out: String::with_capacity(capacity / 2),
            space: false,
            tab: false,
            lines: 0,
            filled: false,
            quotes: 0,
            preformatted: 0,
            mark: "",
        }
    }

    /// Text between tags, its entities not yet decoded.
    pub(super) fn text(&mut self, text: &str) {
        let mut rest = text;
        // What is text as it stands: an `&` in it begins no reference.
        let mut plain = 0;
        while let Some(found) = memchr::memchr(b'&', &rest.as_bytes()[plain..]) {
            let at = plain + found;
            let Some((c, len)) = entity::read(&rest[at..]) else {
                plain = at + 1;
                continue;
            };
            self.plain(&rest[..at]);
            self.plain(c.encode_utf8(&mut [0; 4]));
            (rest, plain) = (&rest[at + len..], 0);
        }
        self.plain(rest);
    }

    fn plain(&mut self, text: &str) {
        if self.preformatted > 0 {
            return self.verbatim(text);
        }
        let is_space = |c: char| c.is_ascii_whitespace() || c == '\u{a0}';
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(is_space).unwrap_or(rest.len());
            if word == 0 {
                self.space = true;
                rest = rest.trim_start_matches(is_space);
                continue;
            }
            self.begin();
            self.out.push_str(&rest[..word]);
            rest = &rest[word..];
        }
    }

    fn verbatim(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\r', '\n']);
            if !content.is_empty() {
                self.begin();
                self.out.push_str(content);
            }
            if line.ends_with('\n') {
                self.line();
            }
        }
    }

    /// Writes what is due before a word.
    fn begin(&mut self) {
        for _ in 0..self.lines {
            self.out.push('\n');
        }
        if !self.filled {
            for _ in 0..self.quotes.min(DEEPEST) {
                self.out.push_str("> ");
            }
            self.out.push_str(self.mark);
            self.mark = "";
        } else if self.tab {
            self.out.push('\t');
        } else if self.space {
            self.out.push(' ');
        }
        self.filled = true;
        self.lines = 0;
        self.space = false;
        self.tab = false;
    }

    /// A line break, which may leave an empty line.
    pub(super) fn line(&mut self) {
        if !self.out.is_empty() || self.filled {
            self.lines = (self.lines + 1).min(2);
        }
        self.filled = false;
        self.space = false;
        self.tab = false;
    }

    /// The end of the line, if there is something on it.
    pub(super) fn fresh_line(&mut self) {
        if self.filled {
            self.line();
        }
        self.space = false;
        self.tab = false;
    }

    /// An empty line before what follows.
    pub(super) fn paragraph(&mut self) {
        self.fresh_line();
        if !self.out.is_empty() {
            self.lines = 2;
        }
    }

    /// What stands before the next word on its line.
    pub(super) fn mark(&mut self, mark: &'static str) {
        self.mark = mark;
    }

    pub(super) fn cell(&mut self) {
        self.tab = self.filled;
    }

    pub(super) fn quote(&mut self, closing: bool) {
        self.quotes = if closing { self.quotes.saturating_sub(1) } else { self.quotes + 1 };
    }

    pub(super) fn preformatted(&mut self, closing: bool) {
        self.preformatted = if closing { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
    }

    pub(super) fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}
