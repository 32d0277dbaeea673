//! The date-time of RFC 3339, as `HOLDUNTIL` has it.

/// Whether this is a date-time. That the month has such a day is checked, that the moment is to come is not.
///
/// ```abnf
/// date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*DIGIT]
///             ("Z" / ("+" / "-") 2DIGIT ":" 2DIGIT)
/// ```
pub(crate) fn is_date_time(text: &str) -> bool {
    if !text.is_ascii() || text.len() < 20 {
        return false;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = text.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) =
        (number(0..4), number(5..7), number(8..10), number(11..13), number(14..16), number(17..19))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => return false,
    };
    let mut zone = &text[19..];
    if let Some(fraction) = zone.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        if end == 0 {
            return false;
        }
        zone = &fraction[end..];
    }
    let at = text.len() - zone.len();
    let zone = match zone.as_bytes() {
        b"Z" | b"z" => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            number(at + 1..at + 3).is_some_and(|h| h < 24) && number(at + 4..at + 6).is_some_and(|m| m < 60)
        }
        _ => false,
    };
    zone && marks.iter().all(|&(at, mark)| text.as_bytes()[at] == mark)
        && matches!(text.as_bytes()[10], b'T' | b't')
        && (1..=days).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
}

#[cfg(test)]
mod tests {
    use super::is_date_time;

    #[test]
    fn rfc_3339() {
        for good in [
            "2026-11-24T05:50:00Z",
            "1985-04-12T23:20:50.52Z",
            "1996-12-19T16:39:57-08:00",
            "2024-02-29T00:00:60z",
        ] {
            assert!(is_date_time(good), "{good}");
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
            assert!(!is_date_time(bad), "{bad}");
        }
    }
}
