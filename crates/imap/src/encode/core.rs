//! The lexical layer of writing: an encoder that chooses between atom, quoted string and literal.

use super::Encode;
use crate::{
    parse::core::{class, eight},
    types::{
        Date, DateTime, Flag, MailboxName, Octets, Partial, Section, SectionPart, SectionText,
        SequenceNumber, SequenceSet, UidSet,
    },
};
use bytes::{BufMut, Bytes, BytesMut};
use std::fmt::Write;

/// Which literals may be sent without waiting for the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Literals {
    /// A client before any capability is known: it waits for `+` after each announcement.
    #[default]
    Synchronizing,
    /// A client of a `LITERAL-` server: up to 4096 octets go without waiting.
    Minus,
    /// A client of a `LITERAL+` server: none waits.
    Plus,
    /// A server: it never waits, and announces `{n}`.
    Server,
}

/// Collects one command or response. Strings become atoms, quoted strings or literals, whichever is shortest and safe.
#[derive(Debug, Default)]
pub struct Encoder {
    out: BytesMut,
    stops: Vec<usize>,
    literals: Literals,
    utf8: bool,
}

/// The digits of all numbers of two digits, one after the other.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let (mut at, mut tens, mut ones) = (0, b'0', b'0');
    while at < pairs.len() {
        (pairs[at], pairs[at + 1]) = (tens, ones);
        at += 2;
        (tens, ones) = if ones == b'9' { (tens + 1, b'0') } else { (tens, ones + 1) };
    }
    pairs
};

/// Writes a number at the end of the room, two digits at a time; where it begins.
fn digits(room: &mut [u8; 20], mut number: u64) -> usize {
    let mut start = room.len();
    while number >= 10 {
        let pair = (number % 100) as usize * 2;
        number /= 100;
        start -= 2;
        room[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    // An odd digit, or a zero alone.
    if number > 0 || start == room.len() {
        start -= 1;
        room[start] = b'0' + (number % 10) as u8;
    }
    start
}

impl Encoder {
    /// Longer strings go as literals.
    const QUOTED_MAX: usize = 4096;

    /// For a client.
    pub fn client(literals: Literals, utf8: bool) -> Self {
        // Room for a command as most are, at once.
        Self { out: BytesMut::with_capacity(128), literals, utf8, ..Self::default() }
    }

    /// For a server. With `utf8`, mailbox names are UTF-8 and quoted strings may hold it.
    pub fn server(utf8: bool) -> Self {
        Self { literals: Literals::Server, utf8, ..Self::default() }
    }

    /// Whether mailbox names are UTF-8 and quoted strings may hold it.
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// Octets collected.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing has been collected.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Takes what has been collected, for a side that never waits.
    pub fn take(&mut self) -> Bytes {
        self.stops.clear();
        self.out.split().freeze()
    }

    /// Takes what has been collected, cut after each announcement at which a client has to wait for `+`.
    pub fn take_pieces(&mut self) -> Vec<Bytes> {
        let mut whole = self.out.split().freeze();
        let mut pieces = Vec::with_capacity(self.stops.len() + 1);
        let mut before = 0;
        for stop in self.stops.drain(..) {
            pieces.push(whole.split_to(stop - before));
            before = stop;
        }
        pieces.push(whole);
        pieces
    }

    /// Octets as they are.
    pub fn put(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        self.out.extend_from_slice(octets.as_ref());
        self
    }

    /// One octet as it is.
    pub fn byte(&mut self, byte: u8) -> &mut Self {
        self.out.put_u8(byte);
        self
    }

    /// A value.
    pub fn value(&mut self, value: &impl Encode) -> &mut Self {
        value.encode(self);
        self
    }

    /// Anything with a textual form that needs no quoting.
    pub fn display(&mut self, value: impl std::fmt::Display) -> &mut Self {
        // Writing to a BytesMut fails only when it cannot grow.
        let _ = write!(self.out, "{value}");
        self
    }

    /// A number in decimal.
    pub fn number(&mut self, number: u64) -> &mut Self {
        if let Some((digits, len)) = eight::digits(number) {
            return self.first(&digits, len);
        }
        let mut room = [0; 20];
        let start = digits(&mut room, number);
        self.put(&room[start..])
    }

    /// A space, and a number in decimal.
    pub(crate) fn spaced(&mut self, number: u64) -> &mut Self {
        let Some((digits, len)) = eight::digits(number) else {
            return self.byte(b' ').number(number);
        };
        let mut room = [b' '; 9];
        room[1..].copy_from_slice(&digits);
        self.first(&room, len + 1)
    }

    /// Numbers in decimal, a space before each: there may be a million of them.
    pub(crate) fn spaced_numbers(&mut self, numbers: &[u32]) -> &mut Self {
        // Put together here, where the next one need not wait for what has been collected to have grown.
        let (mut room, mut end) = ([0; 256], 0);
        for &number in numbers {
            if end + 9 > room.len() {
                self.put(&room[..end]);
                end = 0;
            }
            if let Some((digits, len)) = eight::digits(u64::from(number)) {
                room[end] = b' ';
                room[end + 1..end + 9].copy_from_slice(&digits);
                end += 1 + len;
            } else {
                self.put(&room[..end]).spaced(u64::from(number));
                end = 0;
            }
        }
        self.put(&room[..end])
    }

    /// A number below 100, with two digits.
    fn two_digits(&mut self, number: u8) -> &mut Self {
        let pair = usize::from(number % 100) * 2;
        self.put(&PAIRS[pair..pair + 2])
    }

    /// `date-text`
    pub fn date(&mut self, date: Date) -> &mut Self {
        self.number(u64::from(date.day())).month_and_year(date)
    }

    /// `"-" date-month "-" date-year`
    fn month_and_year(&mut self, date: Date) -> &mut Self {
        let [century, year] =
            [date.year() / 100, date.year() % 100].map(|n| u8::try_from(n).unwrap_or_default());
        self.byte(b'-').put(date.month_name()).byte(b'-').two_digits(century).two_digits(year)
    }

    /// `date-time`
    pub fn date_time(&mut self, time: DateTime) -> &mut Self {
        let (date, (hour, minute, second)) = (time.date(), time.clock());
        self.put(if date.day() < 10 { "\" " } else { "\"" })
            .number(u64::from(date.day()))
            .month_and_year(date);
        self.byte(b' ').two_digits(hour).byte(b':').two_digits(minute).byte(b':').two_digits(second);
        let [hours, minutes] = [time.zone().unsigned_abs() / 60, time.zone().unsigned_abs() % 60]
            .map(|n| u8::try_from(n).unwrap_or_default());
        self.put(if time.zone() < 0 { " -" } else { " +" }).two_digits(hours).two_digits(minutes).byte(b'"')
    }

    /// The first of these octets. To write all of a fixed number and take some back is quicker than to write the right
    /// number.
    fn first<const N: usize>(&mut self, octets: &[u8; N], len: usize) -> &mut Self {
        self.out.extend_from_slice(octets);
        let surplus = N - len;
        self.out.truncate(self.out.len() - surplus);
        self
    }

    /// `string`: quoted where every octet may stand there, else a literal.
    pub fn string(&mut self, octets: &[u8]) -> &mut Self {
        if octets.len() <= Self::QUOTED_MAX && eight::is_plain_ascii(octets) {
            self.out.reserve(octets.len() + 2);
            return self.byte(b'"').put(octets).byte(b'"');
        }
        let quotable = octets.len() <= Self::QUOTED_MAX
            && octets.iter().all(|&byte| !matches!(byte, 0 | b'\r' | b'\n') && byte < 0x80);
        let in_utf8 = || {
            self.utf8
                && octets.len() <= Self::QUOTED_MAX
                && memchr::memchr3(0, b'\r', b'\n', octets).is_none()
                && std::str::from_utf8(octets).is_ok()
        };
        if quotable || in_utf8() { self.quoted(octets) } else { self.literal(octets) }
    }

    /// As [`Encoder::string`], for what is mostly short.
    pub(crate) fn octets(&mut self, octets: &Octets) -> &mut Self {
        match octets.in_place() {
            Some((held, len)) if eight::is_plain_ascii_before(held, len) => {
                self.byte(b'"').out.extend_from_slice(held);
                let end = self.out.len() - held.len() + len;
                self.out.truncate(end);
                self.byte(b'"')
            }
            _ => self.string(octets),
        }
    }

    /// `SP nstring`, for what is mostly short.
    pub(crate) fn spaced_octets(&mut self, octets: Option<&Octets>) -> &mut Self {
        match octets {
            Some(octets) => self.byte(b' ').octets(octets),
            None => self.put(" NIL"),
        }
    }

    /// `SP nstring`
    pub(crate) fn spaced_nstring(&mut self, octets: Option<&[u8]>) -> &mut Self {
        match octets {
            Some(octets) => self.byte(b' ').string(octets),
            None => self.put(" NIL"),
        }
    }

    fn quoted(&mut self, octets: &[u8]) -> &mut Self {
        self.out.reserve(octets.len() + 2);
        self.byte(b'"');
        let mut rest = octets;
        while let Some(special) = memchr::memchr2(b'"', b'\\', rest) {
            self.put(&rest[..special]).byte(b'\\').byte(rest[special]);
            rest = &rest[special + 1..];
        }
        self.put(rest).byte(b'"')
    }

    /// `astring`: an atom where it can be one, else a string.
    pub fn astring(&mut self, octets: &[u8]) -> &mut Self {
        // NIL would be read as no string, and a long run of atom characters is no shorter than quotes.
        let atom = !octets.is_empty()
            && octets.len() <= Self::QUOTED_MAX
            && octets.iter().all(|&byte| class::is_astring(byte))
            && !octets.eq_ignore_ascii_case(b"NIL");
        if atom { self.put(octets) } else { self.string(octets) }
    }

    /// `nstring`
    pub fn nstring(&mut self, octets: Option<&[u8]>) -> &mut Self {
        match octets {
            Some(octets) => self.string(octets),
            None => self.put("NIL"),
        }
    }

    /// `literal`, or `literal8` where a NUL makes it one.
    pub fn literal(&mut self, octets: &[u8]) -> &mut Self {
        let binary = memchr::memchr(0, octets).is_some();
        self.announce(octets.len() as u64, binary);
        self.put(octets)
    }

    /// Announces a literal whose octets follow by another way: `{n}` and CRLF, with `~` before it for `literal8`.
    pub fn announce(&mut self, len: u64, binary: bool) -> &mut Self {
        if binary {
            self.byte(b'~');
        }
        self.byte(b'{').number(len);
        let waits = match self.literals {
            Literals::Synchronizing => true,
            Literals::Minus => len > 4096,
            Literals::Plus | Literals::Server => false,
        };
        if !waits && self.literals != Literals::Server {
            self.byte(b'+');
        }
        self.put("}\r\n");
        if waits {
            self.stops.push(self.out.len());
        }
        self
    }

    /// `mailbox`
    pub fn mailbox(&mut self, name: &MailboxName) -> &mut Self {
        let wire = name.to_wire(self.utf8);
        self.astring(&wire)
    }

    /// `"(" [item *(SP item)] ")"`
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.byte(b'(');
        for (index, value) in items.into_iter().enumerate() {
            if index > 0 {
                self.byte(b' ');
            }
            item(self, value);
        }
        self.byte(b')')
    }

    /// `flag`
    pub fn flag(&mut self, flag: &Flag) -> &mut Self {
        let (start, rest) = flag.written();
        self.put(start).put(rest)
    }

    /// `flag-list`
    pub fn flags(&mut self, flags: &[Flag]) -> &mut Self {
        self.list(flags, |out, flag| {
            out.flag(flag);
        })
    }

    /// `sequence-set`
    pub fn sequence_set(&mut self, set: &SequenceSet) -> &mut Self {
        let SequenceSet::Ranges(ranges) = set else { return self.byte(b'$') };
        for (index, range) in ranges.iter().enumerate() {
            if index > 0 {
                self.byte(b',');
            }
            self.sequence_number(range.first);
            if range.first != range.last {
                self.byte(b':').sequence_number(range.last);
            }
        }
        self
    }

    fn sequence_number(&mut self, number: SequenceNumber) -> &mut Self {
        match number {
            SequenceNumber::Number(number) => self.number(u64::from(number.get())),
            SequenceNumber::Last => self.byte(b'*'),
        }
    }

    /// `uid-set`
    pub fn uid_set(&mut self, set: &UidSet) -> &mut Self {
        for (index, range) in set.ranges().iter().enumerate() {
            if index > 0 {
                self.byte(b',');
            }
            self.number(u64::from(*range.start()));
            if range.start() != range.end() {
                self.byte(b':').number(u64::from(*range.end()));
            }
        }
        self
    }

    /// `section`, with its brackets.
    pub fn section(&mut self, section: &Section) -> &mut Self {
        self.byte(b'[').part_numbers(&section.part);
        if let Some(text) = &section.text {
            if !section.part.0.is_empty() {
                self.byte(b'.');
            }
            let (name, fields) = match text {
                SectionText::Header => ("HEADER", None),
                SectionText::HeaderFields(fields) => ("HEADER.FIELDS ", Some(fields)),
                SectionText::HeaderFieldsNot(fields) => ("HEADER.FIELDS.NOT ", Some(fields)),
                SectionText::Text => ("TEXT", None),
                SectionText::Mime => ("MIME", None),
            };
            self.put(name);
            if let Some(fields) = fields {
                self.list(fields, |out, field| {
                    out.astring(field.as_bytes());
                });
            }
        }
        self.byte(b']')
    }

    /// `section-binary`, with its brackets.
    pub fn section_part(&mut self, part: &SectionPart) -> &mut Self {
        self.byte(b'[').part_numbers(part).byte(b']')
    }

    fn part_numbers(&mut self, part: &SectionPart) -> &mut Self {
        for (index, number) in part.0.iter().enumerate() {
            if index > 0 {
                self.byte(b'.');
            }
            self.number(u64::from(number.get()));
        }
        self
    }

    /// `partial`
    pub fn partial(&mut self, partial: Partial) -> &mut Self {
        self.byte(b'<').number(partial.offset).byte(b'.').number(partial.length).byte(b'>')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(utf8: bool, write: impl FnOnce(&mut Encoder) -> &mut Encoder) -> String {
        let mut out = Encoder::server(utf8);
        write(&mut out);
        String::from_utf8_lossy(&out.take()).into_owned()
    }

    #[test]
    fn a_string_takes_the_plainest_safe_form() {
        assert_eq!(written(false, |out| out.astring(b"plain")), "plain");
        assert_eq!(written(false, |out| out.astring(b"nil")), "\"nil\"");
        assert_eq!(written(false, |out| out.astring(b"")), "\"\"");
        assert_eq!(written(false, |out| out.astring(br#"a "b" \"#)), r#""a \"b\" \\""#);
        assert_eq!(written(false, |out| out.astring(b"a\r\nb")), "{4}\r\na\r\nb");
        assert_eq!(written(false, |out| out.string("\u{e9}".as_bytes())), "{2}\r\n\u{e9}");
        assert_eq!(written(true, |out| out.string("\u{e9}".as_bytes())), "\"\u{e9}\"");
        assert_eq!(written(false, |out| out.string(b"a\0b")), "~{3}\r\na\0b");
    }

    #[test]
    fn a_client_waits_where_the_server_has_to_agree() {
        let pieces = |literals| {
            let mut out = Encoder::client(literals, false);
            out.put("a LOGIN ").string(b"\r").byte(b' ').string(b"\n");
            out.take_pieces().len()
        };
        assert_eq!(pieces(Literals::Synchronizing), 3);
        assert_eq!(pieces(Literals::Minus), 1);
        assert_eq!(pieces(Literals::Plus), 1);
    }

    #[test]
    fn dates_are_written_as_they_are_displayed() {
        for seconds in [0, 951_782_399, 837_596_665, -62_167_219_200, 253_402_300_799] {
            let time = DateTime::from_unix(seconds);
            assert_eq!(written(false, |out| out.date_time(time)), format!("\"{time}\""));
            assert_eq!(written(false, |out| out.date(time.date())), time.date().to_string());
            for (second, zone) in [(60, -150), (9, 5999)] {
                let time = DateTime::new(time.date(), 23, 59, second, zone).unwrap();
                assert_eq!(written(false, |out| out.date_time(time)), format!("\"{time}\""));
            }
        }
    }

    #[test]
    fn many_numbers_are_written_as_one_by_one() {
        let numbers: Vec<u32> = (0..1000_u32).map(|n| u32::MAX >> (n % 33).min(31)).collect();
        let one_by_one: Vec<String> = numbers.iter().map(u32::to_string).collect();
        assert_eq!(written(false, |out| out.spaced_numbers(&numbers)), format!(" {}", one_by_one.join(" ")));
    }

    #[test]
    fn a_short_string_is_written_like_any_other() {
        for text in [
            "",
            "plain",
            "eight by",
            "seven 7",
            "a \"b\"",
            "\u{e9}",
            "a\nb",
            "as many as are held...",
            "more than are held in place",
        ] {
            assert_eq!(
                written(false, |out| out.octets(&text.into())),
                written(false, |out| out.string(text.as_bytes())),
            );
        }
    }

    #[test]
    fn numbers_of_every_length() {
        for number in [0, 9, 10, 4_294_967_295, u64::MAX] {
            assert_eq!(written(false, |out| out.number(number)), number.to_string());
        }
    }
}
