//! Dates (RFC 5322 §3.3 and §4.3), and the broken ones people send.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::lex::Cursor;

/// A date and time with its zone, as it was read or is to be written. Nothing here reads a clock.
///
/// ```
/// use mailwright_message::header::date::DateTime;
/// let date = DateTime::from_unix(1_700_000_000);
/// assert_eq!(date.to_string(), "Tue, 14 Nov 2023 22:13:20 +0000");
/// assert_eq!(date.with_offset(-330).to_string(), "Tue, 14 Nov 2023 16:43:20 -0530");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// 1 to 9999; years of two digits are taken as RFC 5322 §4.3 says.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31, and never after the last day of the month.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60, as there are leap seconds.
    pub second: u8,
    /// Minutes east of Greenwich, within a day.
    pub offset: i16,
    /// The zone is `-0000` or one that says nothing of where the clock stands (RFC 5322 §3.3).
    pub zone_unknown: bool,
}

impl DateTime {
    /// Reads the value of a `Date` field, or of another one whose last `;` stands before its date.
    ///
    /// Taken as meant: a missing or wrong day of week, month as a number or a whole word, missing seconds or zone,
    /// two-digit years, all named zones of RFC 5322 §4.3, comments anywhere. `None`: no day, month, year, hour and
    /// minute in their ranges.
    ///
    /// ```
    /// use mailwright_message::header::date::DateTime;
    /// let date = DateTime::parse(b" Tue, 1 Jul 2003 10:52:37 +0200").unwrap();
    /// assert_eq!(date.unix(), 1_057_049_557);
    /// assert_eq!(date.to_string(), "Tue, 01 Jul 2003 10:52:37 +0200");
    /// assert_eq!(DateTime::parse(b"31 Feb 2003 10:52:37 +0200"), None);
    /// ```
    pub fn parse(value: &[u8]) -> Option<Self> {
        let value = memchr::memrchr(b';', value).map_or(value, |at| &value[at + 1..]);
        if let Some(date) = Self::well_formed(value) {
            return Some(date);
        }
        let mut words = Words(Cursor::new(value));
        let mut word = words.next()?;
        // [ day-name "," ]
        while matches!(word, Word::Name(_)) && !matches!(word, Word::Name(name) if month(name).is_some()) {
            word = words.next()?;
        }
        let (day, month) = match (word, words.next()?) {
            (Word::Number(day, _), Word::Name(name)) => (day, month(name)?),
            (Word::Name(name), Word::Number(day, _)) => (day, month(name)?),
            (Word::Number(day, _), Word::Number(month, _)) => (day, u8::try_from(month).ok()?),
            (Word::Name(_), Word::Name(_)) => return None,
            (_, Word::Sign(_)) | (Word::Sign(_), _) => return None,
        };
        let (mut year, mut hour) = (words.number()?, None);
        // asctime: the year comes after the time.
        let asctime = words.0.peek() == Some(b':');
        if asctime {
            hour = Some(year.0);
        }
        let hour = match hour {
            Some(hour) => hour,
            None => words.number()?.0,
        };
        let minute = words.number()?.0;
        let (mut second, mut named_first) = (0, None);
        let seconds = words.0.peek() == Some(b':');
        let mut next = words.next();
        if seconds && !matches!(next, Some(Word::Number(..))) {
            return None;
        }
        if let Some(Word::Number(number, digits)) = next
            && digits <= 2
        {
            second = number;
            next = words.next();
            // Fractions of a second are dropped.
        }
        if asctime {
            // The zone may stand before the year, or after it.
            let named = matches!(next, Some(Word::Name(_))).then(|| zone(next, &mut words));
            if named.is_some() {
                next = words.next();
            }
            let Some(Word::Number(number, digits)) = next else { return None };
            year = (number, digits);
            next = words.next();
            named_first = named;
        }
        let (offset, zone_unknown) = named_first.unwrap_or_else(|| zone(next, &mut words));
        let date = Self {
            year: full_year(year)?,
            month,
            day: u8::try_from(day).ok()?,
            hour: u8::try_from(hour).ok()?,
            minute: u8::try_from(minute).ok()?,
            second: u8::try_from(second).ok()?,
            offset,
            zone_unknown,
        };
        date.is_valid().then_some(date)
    }

    /// `[ day-name "," SP ] 1*2DIGIT SP month SP 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP ( "+" / "-" ) 4DIGIT`, as
    /// nearly all dates are; none of what else there is may be in it.
    fn well_formed(value: &[u8]) -> Option<Self> {
        let value = value.trim_ascii_start();
        let value = match value {
            [a, _, _, b',', b' ', rest @ ..] if a.is_ascii_alphabetic() => rest,
            _ => value,
        };
        let digit = |octet: u8| octet.wrapping_sub(b'0');
        let (day, rest) = match value {
            [a @ b'0'..=b'9', b' ', rest @ ..] => (digit(*a), rest),
            [b' ', a @ b'0'..=b'9', b' ', rest @ ..] => (digit(*a), rest),
            [a @ b'0'..=b'9', b @ b'0'..=b'9', b' ', rest @ ..] => (digit(*a) * 10 + digit(*b), rest),
            _ => return None,
        };
        let (fixed, after) = rest.split_at_checked(23)?;
        let form = b"Mon 0000 00:00:00 +0000";
        let fits = fixed[3..].iter().zip(&form[3..]).all(|(octet, form)| match form {
            b'0' => octet.is_ascii_digit(),
            b'+' => matches!(octet, b'+' | b'-'),
            _ => octet == form,
        });
        if !fits || after.first().is_some_and(|octet| !octet.is_ascii_whitespace()) {
            return None;
        }
        let two = |at: usize| digit(fixed[at]) * 10 + digit(fixed[at + 1]);
        let minutes = i16::from(two(19)) * 60 + i16::from(two(21));
        let negative = fixed[18] == b'-';
        let zone_unknown = minutes >= 24 * 60 || (minutes == 0 && negative);
        let date = Self {
            year: u16::from(two(4)) * 100 + u16::from(two(6)),
            month: month(&fixed[..3])?,
            day,
            hour: two(9),
            minute: two(12),
            second: two(15),
            offset: if zone_unknown {
                0
            } else if negative {
                -minutes
            } else {
                minutes
            },
            zone_unknown,
        };
        date.is_valid().then_some(date)
    }

    /// The moment that many seconds after 1970-01-01 00:00 UTC, in UTC; outside the years 1 to 9999 the nearest one in
    /// them.
    pub fn from_unix(seconds: i64) -> Self {
        let seconds = seconds.clamp(-62_135_596_800, 253_402_300_799);
        let (days, seconds) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days since 0000-03-01, in years that begin in March.
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let small = |number: i64| u8::try_from(number).unwrap_or_default();
        Self {
            year: u16::try_from(year).unwrap_or_default(),
            month: small(month),
            day: small(day),
            hour: small(seconds / 3_600),
            minute: small(seconds / 60 % 60),
            second: small(seconds % 60),
            offset: 0,
            zone_unknown: false,
        }
    }

    /// The same moment as a clock shows it that many minutes east of Greenwich (negative: west), within 23:59 either way.
    #[must_use]
    pub fn with_offset(self, minutes: i32) -> Self {
        let offset = i16::try_from(minutes.clamp(-1439, 1439)).unwrap_or_default();
        Self { offset, ..Self::from_unix(self.unix() + i64::from(offset) * 60) }
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    pub fn unix(&self) -> i64 {
        self.days() * 86_400
            + i64::from(self.hour) * 3_600
            + (i64::from(self.minute) - i64::from(self.offset)) * 60
            + i64::from(self.second)
    }

    /// Days since 1970-01-01 of the date as it is written, whatever the zone.
    fn days(&self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn is_valid(&self) -> bool {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => return false,
        };
        (1..=9999).contains(&self.year)
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second <= 60
    }
}

impl DateTime {
    /// The names of day and month.
    fn names(&self) -> (&'static str, &'static str) {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let weekday = usize::try_from(self.days().rem_euclid(7)).unwrap_or_default();
        (DAYS[weekday % 7], MONTHS[usize::from(self.month).clamp(1, 12) - 1])
    }

    /// In UTC and the form of C's `asctime`, as mbox files have it (RFC 4155, Appendix A).
    pub(crate) fn asctime(self) -> String {
        let utc = self.with_offset(0);
        let (weekday, month) = utc.names();
        let Self { year, day, hour, minute, second, .. } = utc;
        format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
    }
}

impl From<SystemTime> for DateTime {
    fn from(time: SystemTime) -> Self {
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        Self::from_unix(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => seconds(after),
            Err(before) => -seconds(before.duration()),
        })
    }
}

impl DateTime {
    /// As a `Date` field has it: `Tue, 01 Jul 2003 10:52:37 +0200`. Of a number out of its range the last digits count.
    pub(crate) fn rfc5322(&self) -> [u8; 31] {
        let mut out = *b"Day, 00 Mon 0000 00:00:00 +0000";
        let (weekday, month) = self.names();
        out[..3].copy_from_slice(weekday.as_bytes());
        out[8..11].copy_from_slice(month.as_bytes());
        let offset = self.offset.unsigned_abs();
        for (at, two) in [
            (5, self.day.into()),
            (12, self.year / 100),
            (14, self.year),
            (17, self.hour.into()),
            (20, self.minute.into()),
            (23, self.second.into()),
            (27, offset / 60),
            (29, offset % 60),
        ] {
            let [_, two] = (two % 100).to_be_bytes();
            out[at] += two / 10;
            out[at + 1] += two % 10;
        }
        if self.offset < 0 || self.zone_unknown {
            out[26] = b'-';
        }
        out
    }
}

/// As a `Date` field has it: `Tue, 01 Jul 2003 10:52:37 +0200`.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.rfc5322()).unwrap_or_default())
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `month = "Jan" / "Feb" / ...`; whole names and other endings are taken by their first three letters.
fn month(name: &[u8]) -> Option<u8> {
    let lower = |at: usize| name[at].to_ascii_lowercase();
    if name.len() < 3 {
        return None;
    }
    Some(match &[lower(0), lower(1), lower(2)] {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// Two digits: 00-49 are 2000-2049, 50-99 are 1950-1999; three digits: add 1900 (RFC 5322 §4.3).
fn full_year((year, digits): (u32, usize)) -> Option<u16> {
    let year = match (digits, year) {
        (..=2, ..=49) => year + 2000,
        (..=3, _) => year + 1900,
        _ => year,
    };
    u16::try_from(year).ok()
}

/// `zone = (FWS ( "+" / "-" ) 4DIGIT) / obs-zone`; minutes east, and whether it says nothing.
fn zone(first: Option<Word<'_>>, words: &mut Words<'_>) -> (i16, bool) {
    match first {
        Some(Word::Sign(sign)) => match words.number() {
            Some((number, digits)) => {
                // "+2" and "+02" are hours; "+02:00" comes as two numbers.
                let (hours, minutes) = match digits {
                    ..=2 if words.0.peek() == Some(b':') => {
                        (number, words.number().map_or(0, |(minutes, _)| minutes))
                    }
                    ..=2 => (number, 0),
                    _ => (number / 100, number % 100),
                };
                let minutes =
                    i16::try_from(hours.saturating_mul(60).saturating_add(minutes)).unwrap_or(i16::MAX);
                if minutes >= 24 * 60 || (minutes == 0 && sign < 0) {
                    (0, true)
                } else {
                    (sign * minutes, false)
                }
            }
            None => (0, true),
        },
        // Four digits without a sign: as if it were "+".
        Some(Word::Number(number, 4)) => match i16::try_from(number / 100 * 60 + number % 100) {
            Ok(minutes) if minutes < 24 * 60 => (minutes, false),
            _ => (0, true),
        },
        Some(Word::Name(name)) => named_zone(name).map_or((0, true), |hours| (hours * 60, false)),
        _ => (0, true),
    }
}

/// `obs-zone`; names that are not in it say nothing (RFC 5322 §4.3), nor do the military letters.
fn named_zone(name: &[u8]) -> Option<i16> {
    const ZONES: [(&str, i16); 21] = [
        ("UT", 0),
        ("UTC", 0),
        ("GMT", 0),
        ("Z", 0),
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
        ("PST", -8),
        ("PDT", -7),
        ("BST", 1),
        ("WET", 0),
        ("CET", 1),
        ("MET", 1),
        ("CEST", 2),
        ("MEST", 2),
        ("EET", 2),
        ("EEST", 3),
        ("JST", 9),
    ];
    let known = |name: &[u8]| ZONES.iter().find(|(zone, _)| name.eq_ignore_ascii_case(zone.as_bytes()));
    // "EST5EDT" and "GMT+0100" come cut at the digits.
    known(name).map(|&(_, hours)| hours)
}

#[derive(Debug, Clone, Copy)]
enum Word<'a> {
    Name(&'a [u8]),
    /// The number and how many digits it had.
    Number(u32, usize),
    Sign(i16),
}

/// Names, numbers and zone signs; all between them is skipped.
struct Words<'a>(Cursor<'a>);

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<Word<'a>> {
        let cursor = &mut self.0;
        loop {
            cursor.skip_cfws();
            let octet = cursor.peek()?;
            if octet.is_ascii_digit() {
                let digits = cursor.take_while(|octet| octet.is_ascii_digit());
                let number = digits.iter().fold(0_u32, |number, digit| {
                    number.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
                });
                return Some(Word::Number(number, digits.len()));
            }
            if octet.is_ascii_alphabetic() || octet > 127 {
                return Some(Word::Name(
                    cursor.take_while(|octet| octet.is_ascii_alphabetic() || octet > 127),
                ));
            }
            cursor.bump();
            let zone = cursor.peek().is_some_and(|octet| octet.is_ascii_digit());
            match octet {
                b'+' if zone => return Some(Word::Sign(1)),
                // "1-Jul-2003" has dashes that are no sign: a sign has at least three digits after it.
                b'-' if zone
                    && cursor.rest().iter().take_while(|octet| octet.is_ascii_digit()).count() == 4 =>
                {
                    return Some(Word::Sign(-1));
                }
                _ => {}
            }
        }
    }

    fn number(&mut self) -> Option<(u32, usize)> {
        match self.next()? {
            Word::Number(number, digits) => Some((number, digits)),
            Word::Sign(_) => match self.next()? {
                Word::Number(number, digits) => Some((number, digits)),
                _ => None,
            },
            Word::Name(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> String {
        DateTime::parse(value.as_bytes()).map_or_else(|| "-".to_owned(), |date| date.to_string())
    }

    #[test]
    fn obsolete_and_broken_forms_are_read() {
        for (value, expected) in [
            ("21 Nov 97 09:55:06 GMT", "Fri, 21 Nov 1997 09:55:06 +0000"),
            (
                "Thu,\r\n   13\r\n  Feb\r\n    1969\r\n  23:32\r\n  -0330 (Newfoundland Time)",
                "Thu, 13 Feb 1969 23:32:00 -0330",
            ),
            ("Thu Nov 13 23:32:01 1969", "Thu, 13 Nov 1969 23:32:01 -0000"),
            ("Thu Nov 13 23:32:01 EST 1969", "Thu, 13 Nov 1969 23:32:01 -0500"),
            ("Fri, 1-Jul-2005 1:02:03 EDT", "Fri, 01 Jul 2005 01:02:03 -0400"),
            ("1 July 2005 01:02 +02:00", "Fri, 01 Jul 2005 01:02:00 +0200"),
            ("1 Jul 105 01:02:03 A", "Fri, 01 Jul 2005 01:02:03 -0000"),
            ("31 Dec 2016 23:59:60 +0000", "Sat, 31 Dec 2016 23:59:60 +0000"),
            ("id x; 1 Jul 2005 01:02:03 -0000", "Fri, 01 Jul 2005 01:02:03 -0000"),
            ("29 Feb 2001 01:02:03 +0000", "-"),
            ("1 Jul 2005 24:00:00 +0000", "-"),
            ("1 Jul 2005 10:00:x", "-"),
            ("1 Jul 99999999999 10:00:00 +0000", "-"),
            ("1 Jul 2005 1:2:3 +9999", "Fri, 01 Jul 2005 01:02:03 -0000"),
            ("1 Jul 2005 1:2:3 +2370", "Fri, 01 Jul 2005 01:02:03 -0000"),
            ("1 Jul 2005 1:2:3 2370", "Fri, 01 Jul 2005 01:02:03 -0000"),
            ("1 Jul 2005 1:2:3 0230", "Fri, 01 Jul 2005 01:02:03 +0230"),
            ("", "-"),
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn moments_go_both_ways() {
        for unix in [-62_135_596_800, -1, 0, 951_782_400, 951_868_800, 1_057_049_557, 253_402_300_799] {
            let date = DateTime::from_unix(unix);
            assert_eq!(date.unix(), unix);
            assert_eq!(DateTime::parse(date.to_string().as_bytes()), Some(date));
        }
        assert_eq!(DateTime::from_unix(i64::MIN).to_string(), "Mon, 01 Jan 0001 00:00:00 +0000");
        assert_eq!(DateTime::from_unix(i64::MAX).to_string(), "Fri, 31 Dec 9999 23:59:59 +0000");
    }

    #[test]
    fn offsets_are_held_within_a_day() {
        let epoch = DateTime::from_unix(0);
        assert_eq!(epoch.with_offset(60).to_string(), "Thu, 01 Jan 1970 01:00:00 +0100");
        assert_eq!(epoch.with_offset(i32::MIN).to_string(), "Wed, 31 Dec 1969 00:01:00 -2359");
        assert_eq!(epoch.with_offset(60).unix(), 0);
        assert_eq!(epoch.with_offset(60).asctime(), "Thu Jan  1 00:00:00 1970");
    }
}
