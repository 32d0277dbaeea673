//! Date and time as written in a header field (RFC 5322 §3.3).

use std::fmt;
use std::time::{Duration, SystemTime};

/// A moment and the zone to show it in. Made from what the caller holds to be the time; nothing here reads a clock.
///
/// ```
/// use mailwright_message::build::Date;
/// assert_eq!(Date::from_unix(1_700_000_000).to_string(), "Tue, 14 Nov 2023 22:13:20 +0000");
/// assert_eq!(Date::from_unix(0).with_offset(-330).to_string(), "Wed, 31 Dec 1969 18:30:00 -0530");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    unix: i64,
    offset: i32,
}

/// 1 January 1900, 00:00 UTC: no earlier year can be written (RFC 5322 §3.3).
const FIRST: i64 = -2_208_988_800;
/// 31 December 9999, 23:59:59 UTC.
const LAST: i64 = 253_402_300_799;
const DAY: i64 = 86_400;

impl Date {
    /// The moment `seconds` after 1970-01-01 00:00 UTC, in UTC. Held within the years 1900 to 9999.
    pub const fn from_unix(seconds: i64) -> Self {
        // A day away from either end, so that no offset leaves the range.
        let unix = if seconds < FIRST + DAY {
            FIRST + DAY
        } else if seconds > LAST - DAY {
            LAST - DAY
        } else {
            seconds
        };
        Self { unix, offset: 0 }
    }

    /// The same moment shown `minutes` east of UTC (negative: west), held within 23:59 either way.
    #[must_use]
    pub const fn with_offset(mut self, minutes: i32) -> Self {
        self.offset = if minutes < -1439 {
            -1439
        } else if minutes > 1439 {
            1439
        } else {
            minutes
        };
        self
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    pub const fn unix(self) -> i64 {
        self.unix
    }
}

impl From<SystemTime> for Date {
    fn from(time: SystemTime) -> Self {
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        Self::from_unix(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => seconds(after),
            Err(before) => -seconds(before.duration()),
        })
    }
}

impl From<crate::header::date::DateTime> for Date {
    fn from(date: crate::header::date::DateTime) -> Self {
        Self::from_unix(date.timestamp()).with_offset(i32::from(date.offset))
    }
}

/// The parts of a moment as its zone shows it.
struct Shown {
    weekday: &'static str,
    month: &'static str,
    year: i64,
    day: i64,
    seconds: i64,
}

impl Date {
    fn shown(self) -> Shown {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let local = self.unix + i64::from(self.offset) * 60;
        let (days, seconds) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        // Both indexes are remainders by the length of their table, and not negative.
        let name = |table: &[&'static str], index: i64| {
            usize::try_from(index).ok().and_then(|index| table.get(index).copied()).unwrap_or_default()
        };
        Shown {
            weekday: name(&DAYS, days.rem_euclid(7)),
            month: name(&MONTHS, month - 1),
            year,
            day,
            seconds,
        }
    }

    /// In UTC and the form of C's `asctime`, as mbox files have it (RFC 4155, Appendix A).
    pub(crate) fn asctime(self) -> String {
        let Shown { weekday, month, year, day, seconds } = Self { offset: 0, ..self }.shown();
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
    }
}

/// `date-time = [ day-of-week "," ] date time [CFWS]`
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown { weekday, month, year, day, seconds } = self.shown();
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let (sign, zone) = (if self.offset < 0 { '-' } else { '+' }, self.offset.abs());
        let (east, rest) = (zone / 60, zone % 60);
        write!(
            f,
            "{weekday}, {day} {month} {year:04} {hour:02}:{minute:02}:{second:02} {sign}{east:02}{rest:02}"
        )
    }
}

/// Year, month and day of a count of days since 1970-01-01 in the proleptic Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day comes last; 400 years are 146,097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_calendar_has_them() {
        for (unix, text) in [
            (0, "Thu, 1 Jan 1970 00:00:00 +0000"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (951_868_800, "Wed, 1 Mar 2000 00:00:00 +0000"),
            (4_107_542_400, "Mon, 1 Mar 2100 00:00:00 +0000"),
            (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (i64::MIN, "Tue, 2 Jan 1900 00:00:00 +0000"),
            (i64::MAX, "Thu, 30 Dec 9999 23:59:59 +0000"),
        ] {
            assert_eq!(Date::from_unix(unix).to_string(), text);
        }
    }

    #[test]
    fn offsets_are_held_within_a_day() {
        assert!(Date::from_unix(i64::MIN).with_offset(i32::MIN).to_string().ends_with("1900 00:01:00 -2359"));
        assert_eq!(Date::from_unix(0).with_offset(60).to_string(), "Thu, 1 Jan 1970 01:00:00 +0100");
    }
}
