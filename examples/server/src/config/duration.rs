//! Durations as people write them: `90s`, `15m`, `4h`, `5d`.

use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

/// Reads a whole number with its unit: `s`, `m`, `h` or `d`.
///
/// # Errors
///
/// What was expected and what was found.
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time such as \"15m\", \"4h\" or \"5d\", found {text:?}");
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u64 = digits.parse().map_err(|_| expected())?;
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(expected()),
    };
    number.checked_mul(unit).map(Duration::from_secs).ok_or_else(expected)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| duration(text).map_err(D::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5d"), Ok(Duration::from_secs(432_000)));
        for bad in [
            "",
            "5",
            "d",
            "5 d",
            "-5m",
            "1h30m",
            "5w",
            "1.5h",
            "99999999999999999999d",
            "999999999999999999d",
        ] {
            assert!(duration(bad).unwrap_err().contains("expected a time"), "{bad}");
        }
    }
}
