//! Sizes as people write them: `512`, `64KiB`, `50MiB`, `2GiB`.

use serde::{Deserialize, Deserializer, de::Error};

/// Reads a whole number of octets with an optional unit: `KiB`, `MiB`, `GiB`, or the decimal `kB`, `MB`, `GB`.
///
/// # Errors
///
/// What was expected and what was found.
pub fn size(text: &str) -> Result<u64, String> {
    let expected = || format!("expected a size such as \"50MiB\", found {text:?}");
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u64 = digits.parse().map_err(|_| expected())?;
    let unit = match text[digits.len()..].trim_start() {
        "" | "B" => 1,
        "kB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(expected()),
    };
    number.checked_mul(unit).ok_or_else(expected)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a size such as \"50MiB\" or a number of octets")]
    enum Size {
        Octets(u64),
        Text(String),
    }
    match Size::deserialize(deserializer)? {
        Size::Octets(octets) => Ok(octets),
        Size::Text(text) => size(&text).map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit() {
        for (text, octets) in [("0", 0), ("50MiB", 50 << 20), ("1 kB", 1000), ("2GiB", 2 << 30)] {
            assert_eq!(size(text), Ok(octets), "{text}");
        }
        for bad in ["", "MiB", "50mib", "-1", "99999999999GiB"] {
            assert!(size(bad).unwrap_err().contains("expected a size"), "{bad}");
        }
    }
}
