//! Eight octets at a time: the two things that frames are full of, quoted strings and numbers.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Of these octets, the high bit of each that is a quote, a backslash or a control character; above the lowest of them
/// others may have theirs, too.
fn special(eight: u64) -> u64 {
    let (quote, slash) = (eight ^ (ONES * 0x22), eight ^ (ONES * 0x5c));
    // Where a borrow makes an octet look as if it were found, a lower one is.
    let found = (quote.wrapping_sub(ONES) & !quote)
        | (slash.wrapping_sub(ONES) & !slash)
        | (eight.wrapping_sub(ONES * 0x20) & !eight);
    found & HIGH
}

/// How many octets come before a quote, a backslash or a control character.
pub(super) fn plain(octets: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = octets[at..].first_chunk() {
        let found = special(u64::from_le_bytes(*eight));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |octet: &u8| !matches!(octet, b'"' | b'\\' | 0..=0x1f);
    octets[at..].iter().position(|octet| !is_plain(octet)).map_or(octets.len(), |more| at + more)
}

/// Whether no octet is a quote, a backslash, a control character below the space or above 127.
pub(crate) fn is_plain_ascii(octets: &[u8]) -> bool {
    let other = |eight: &[u8; 8]| {
        let eight = u64::from_le_bytes(*eight);
        special(eight) | (eight & HIGH)
    };
    let (eights, rest) = octets.as_chunks();
    if eights.iter().any(|eight| other(eight) != 0) {
        return false;
    }
    // The last eight, of which some are looked at once more.
    match octets.last_chunk() {
        Some(last) => other(last) == 0,
        None => rest.iter().all(|octet| matches!(octet, b' '..=0x7f) && !matches!(octet, b'"' | b'\\')),
    }
}

/// Whether none of the first `len` octets is a quote, a backslash, a control character below the space or above 127.
pub(crate) fn is_plain_ascii_before<const N: usize>(octets: &[u8; N], len: usize) -> bool {
    let mut at = 0;
    while at < len {
        let Some(eight) = octets[at..].first_chunk() else { return is_plain_ascii(&octets[at..len]) };
        let eight = u64::from_le_bytes(*eight);
        // Those at and after the length do not count.
        let counts = u64::MAX >> (64 - 8 * (len - at).min(8));
        if (special(eight) | (eight & HIGH)) & counts != 0 {
            return false;
        }
        at += 8;
    }
    true
}

/// The number of up to seven digits at the beginning of eight octets, and how many digits it has. `None`: there is none,
/// or a longer one, or less room to look.
pub(crate) fn number(octets: &[u8]) -> Option<(u32, usize)> {
    let digits = u64::from_le_bytes(*octets.first_chunk()?) ^ (ONES * 0x30);
    let others = (digits.wrapping_add(ONES * 0x76) | digits) & HIGH;
    let len = others.trailing_zeros() / 8;
    if !(1..=7).contains(&len) {
        return None;
    }
    // Leading zeros in the place of what follows; then neighbours are added up, pairs, and pairs of pairs.
    let digits = digits << (64 - 8 * len);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    Some((u32::try_from(all).ok()?, len as usize))
}

/// The digits of a number that has up to eight, and how many it has; zeros follow them.
pub(crate) fn digits(number: u64) -> Option<([u8; 8], usize)> {
    if number > 99_999_999 {
        return None;
    }
    // Fours, pairs and digits are parted, each time all at once: a division is a multiplication and a shift.
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    let tens = ((fours * 5243) >> 19) & 0x0000_007f_0000_007f;
    let pairs = tens | ((fours - tens * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((pairs - tens * 10) << 8);
    // A number of no digits is written with one.
    let zeros = (digits.trailing_zeros() / 8).min(7);
    let written = (digits | (ONES * 0x30)) >> (8 * zeros);
    Some((written.to_le_bytes(), 8 - zeros as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_every_length_are_read() {
        for number_read in [0, 1, 9, 10, 99, 100, 1234, 65_536, 999_999, 1_234_567, 9_999_999_u32] {
            let text = format!("{number_read} 123456789");
            assert_eq!(number(text.as_bytes()), Some((number_read, text.find(' ').unwrap())));
        }
        for none in ["12345678 ", " 1234567", "1234567", "", "/1234567", ":1234567", "\u{ff}1234567"] {
            assert_eq!(number(none.as_bytes()), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn digits_are_those_that_are_displayed(number in 0..200_000_000_u64, shift in 0..27_u32) {
            let number = number >> shift;
            let written = digits(number).map(|(digits, len)| String::from_utf8_lossy(&digits[..len]).into_owned());
            prop_assert_eq!(written, (number <= 99_999_999).then(|| number.to_string()));
        }

        #[test]
        fn plain_octets_are_counted_as_one_by_one(octets in proptest::collection::vec(any::<u8>(), 0..40), from in 0x20_u8..) {
            // Most are plain, so that there is something to count.
            let octets: Vec<u8> = octets.into_iter().map(|octet| if octet < 250 { octet.max(from) } else { octet - 250 }).collect();
            let one_by_one = octets.iter().take_while(|octet| !matches!(octet, b'"' | b'\\' | 0..=0x1f)).count();
            prop_assert_eq!(plain(&octets), one_by_one);
            prop_assert_eq!(is_plain_ascii(&octets), one_by_one == octets.len() && octets.is_ascii());
            let mut first = [0xff; 22];
            let len = octets.len().min(22);
            first[..len].copy_from_slice(&octets[..len]);
            prop_assert_eq!(is_plain_ascii_before(&first, len), is_plain_ascii(&octets[..len]));
        }

        #[test]
        fn numbers_are_read_as_one_by_one(text in "[0-9]{0,9}[ -~]{0,9}") {
            let len = text.bytes().take_while(u8::is_ascii_digit).count();
            let expected = (text.len() >= 8 && (1..=7).contains(&len)).then(|| (text[..len].parse().unwrap(), len));
            prop_assert_eq!(number(text.as_bytes()), expected);
        }
    }
}
