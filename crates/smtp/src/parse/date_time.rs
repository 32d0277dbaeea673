//! The date-time of RFC 3339, as `HOLDUNTIL` has it.

/// The moment that this is, in seconds since 1970; `None` where it is no date-time, or the month has no such day.
/// A fraction is dropped, and a leap second is the one after it.
///
/// ```abnf
/// date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*DIGIT]
///             ("Z" / ("+" / "-") 2DIGIT ":" 2DIGIT)
/// ```
pub(crate) fn date_time(text: &str) -> Option<i64> {
    if !text.is_ascii() || text.len() < 20 {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    let mut zone = &text[19..];
    if let Some(fraction) = zone.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        if end == 0 {
            return None;
        }
        zone = &fraction[end..];
    }
    let at = text.len() - zone.len();
    let east = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(at + 1..at + 3)?, number(at + 4..at + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 }
        }
        _ => return None,
    };
    let good = marks.iter().all(|&(at, mark)| text.as_bytes()[at] == mark)
        && matches!(text.as_bytes()[10], b'T' | b't')
        && (1..=days).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468; // from the first of March of the year 0 to 1970
    good.then_some(days * 86_400 + hour * 3600 + minute * 60 + second - east)
}

/// The date-time of a moment in seconds since 1970, in UTC; of one outside the years 0 to 9999 the nearest.
pub(crate) fn written(moment: i64) -> String {
    let moment = moment.clamp(-62_167_219_200, 253_402_300_799);
    let (days, second) = (moment.div_euclid(86_400) + 719_468, moment.rem_euclid(86_400));
    // Four hundred years have 146,097 days; the year begins in March.
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (year, day) = (era * 400 + year, day - (153 * month + 2) / 5 + 1);
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::{date_time, written};

    #[test]
    fn what_is_written_is_read_as_the_same_moment() {
        for days in (-719_528..2_932_896).step_by(97) {
            let moment = days * 86_400 + 86_399 * (days & 1);
            assert_eq!(date_time(&written(moment)), Some(moment));
        }
        assert_eq!(written(1_795_499_400), "2026-11-24T05:50:00Z");
        assert_eq!(written(i64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(written(i64::MIN), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn rfc_3339() {
        for (good, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-24T05:50:00Z", 1_795_499_400),
            ("1985-04-12T23:20:50.52Z", 482_196_050),
            ("1996-12-19T16:39:57-08:00", 851_042_397),
            ("2024-02-29T00:00:60z", 1_709_164_860),
            ("2024-03-01T00:30:00+01:00", 1_709_249_400),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] {
            assert_eq!(date_time(good), Some(seconds), "{good}");
        }
        for bad in [
            "",
            "2026-11-24",
            "2026-13-24T05:50:00Z",
            "2023-02-29T00:00:00Z",
            "2026-11-24 05:50:00Z",
            "2026-11-24T05:50:00",
            "2026-11-24T24:00:00Z",
            "2026-11-24T05:50:00.Z",
            "2026-11-24T05:50:00+0100",
            "+026-11-24T05:50:00Z",
            "2026-11-24T05:50:00+24:00",
            "2026-11-24T05:50:0é0Z",
        ] {
            assert_eq!(date_time(bad), None, "{bad}");
        }
    }
}
