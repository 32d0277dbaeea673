//! Dates: of SEARCH, and INTERNALDATE with time and zone.

use crate::error::InvalidValue;
use std::fmt;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `date` (RFC 9051 §9): a day without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day of the Gregorian calendar, years 0 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidValue> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            1..=12 => 31,
            _ => 0,
        };
        if year > 9999 || day == 0 || day > days {
            return Err(InvalidValue { expected: "a day of the calendar" });
        }
        Ok(Self { year, month, day })
    }

    /// 0 to 9999.
    pub fn year(self) -> u16 {
        self.year
    }

    /// 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01; negative before.
    pub fn days_since_epoch(self) -> i64 {
        // Years that begin in March make the leap day the last one of a year.
        let (year, month, day) = (i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// The day that many days after 1970-01-01, held within the years 0 to 9999.
    pub fn from_days_since_epoch(days: i64) -> Self {
        let days = days.clamp(-719_528, 2_932_896) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let small = |n: i64| u8::try_from(n).unwrap_or(1);
        Self { year: u16::try_from(year).unwrap_or(0), month: small(month), day: small(day) }
    }

    /// 1 to 12 for the English abbreviation of a month, in any case.
    pub(crate) fn month_named(name: &[u8]) -> Option<u8> {
        let index = MONTHS.iter().position(|month| month.as_bytes().eq_ignore_ascii_case(name))?;
        u8::try_from(index + 1).ok()
    }

    /// Three letters.
    pub(crate) fn month_name(self) -> &'static str {
        MONTHS[usize::from(self.month - 1)]
    }
}

impl fmt::Display for Date {
    /// `1-Feb-1994`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:04}", self.day, self.month_name(), self.year)
    }
}

/// `date-time` (RFC 9051 §9): a second with its zone, as INTERNALDATE and APPEND carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    date: Date,
    second_of_day: u32,
    zone: i16,
}

impl DateTime {
    /// `second` may be 60; `zone` is minutes east of UTC, less than a hundred hours.
    pub fn new(date: Date, hour: u8, minute: u8, second: u8, zone: i16) -> Result<Self, InvalidValue> {
        if hour > 23 || minute > 59 || second > 60 || zone.unsigned_abs() >= 6000 {
            return Err(InvalidValue { expected: "a time of day and its zone" });
        }
        let second_of_day = u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second);
        Ok(Self { date, second_of_day, zone })
    }

    /// The moment that many seconds after 1970-01-01 00:00:00 UTC, written in UTC.
    ///
    /// ```
    /// use mailwright_imap::types::DateTime;
    /// assert_eq!(DateTime::from_unix(837_596_665).to_string(), "17-Jul-1996 09:44:25 +0000");
    /// ```
    pub fn from_unix(seconds: i64) -> Self {
        let second_of_day = u32::try_from(seconds.rem_euclid(86_400)).unwrap_or(0);
        Self { date: Date::from_days_since_epoch(seconds.div_euclid(86_400)), second_of_day, zone: 0 }
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub fn unix(self) -> i64 {
        self.date.days_since_epoch() * 86_400 + i64::from(self.second_of_day) - i64::from(self.zone) * 60
    }

    /// The day, in its own zone: what `SEARCH ON` compares, "disregarding time and timezone".
    pub fn date(self) -> Date {
        self.date
    }

    /// Hour, minute and second; a leap second at the end of the day is 23:59:60.
    pub(crate) fn clock(self) -> (u8, u8, u8) {
        let clock = self.second_of_day.min(86_399);
        let small = |n: u32| u8::try_from(n).unwrap_or_default();
        (small(clock / 3600), small(clock / 60 % 60), small(clock % 60 + self.second_of_day - clock))
    }

    /// Minutes east of UTC.
    pub fn zone(self) -> i16 {
        self.zone
    }
}

impl fmt::Display for DateTime {
    /// `17-Jul-1996 02:44:25 -0700`, the day padded with a space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        let (sign, zone) = (if self.zone < 0 { '-' } else { '+' }, self.zone.unsigned_abs());
        let (day, month, year) = (self.date.day, self.date.month_name(), self.date.year);
        write!(
            f,
            "{day:2}-{month}-{year:04} {hour:02}:{minute:02}:{second:02} {sign}{:02}{:02}",
            zone / 60,
            zone % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_reads_back() {
        let first = Date::new(0, 1, 1).unwrap().days_since_epoch();
        let last = Date::new(9999, 12, 31).unwrap().days_since_epoch();
        assert_eq!((first, last), (-719_528, 2_932_896));
        for days in first..=last {
            let date = Date::from_days_since_epoch(days);
            assert_eq!(Date::new(date.year, date.month, date.day), Ok(date));
            assert_eq!(date.days_since_epoch(), days);
        }
    }

    #[test]
    fn a_zone_moves_the_moment_and_not_the_day() {
        let date = Date::new(1996, 7, 17).unwrap();
        let time = DateTime::new(date, 2, 44, 25, -420).unwrap();
        assert_eq!(time.to_string(), "17-Jul-1996 02:44:25 -0700");
        assert_eq!(time.unix(), 837_596_665);
        assert_eq!(time.date(), date);
    }

    #[test]
    fn days_outside_the_calendar_are_refused() {
        for (year, month, day) in
            [(1900, 2, 29), (2023, 4, 31), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (10_000, 1, 1)]
        {
            assert!(Date::new(year, month, day).is_err(), "{year}-{month}-{day}");
        }
        assert!(Date::new(2000, 2, 29).is_ok());
    }
}
