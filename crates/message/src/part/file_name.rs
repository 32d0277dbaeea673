//! A name to save a part under that is nothing but a name, whatever the sender wrote.

/// Octets of a name that all usual file systems take.
const LONGEST: usize = 255;

/// Octets of an extension that is kept where the name is cut.
const LONGEST_EXTENSION: usize = 16;

/// What of `name` can be a file name on any usual system: no path, none of the characters or names that one of them keeps
/// for itself, 255 octets at most. `None` where nothing is left.
pub(super) fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Turning the direction of writing makes "exe.jpg" of "gpj.exe" for the eye.
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = |c: char| if c.is_control() || "<>:\"|?*\u{2028}\u{2029}".contains(c) { '_' } else { c };
    let mut safe: String = last.chars().filter(|&c| !turns(c)).map(kept).collect();
    // A dot at the start hides a file, or names a folder; at the end, as a space, Windows drops it.
    safe.truncate(safe.trim_end_matches([' ', '.']).len());
    let safe = safe.trim_start_matches([' ', '.']);
    if safe.is_empty() {
        return None;
    }
    let (stem, extension) = match safe.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= LONGEST_EXTENSION => (stem, extension),
        _ => (safe, ""),
    };
    let dot = if extension.is_empty() { "" } else { "." };
    // Windows keeps these for devices, with whatever extension.
    let device = if is_device(stem.split('.').next().unwrap_or_default()) { "_" } else { "" };
    let room = LONGEST - device.len() - dot.len() - extension.len();
    Some(format!("{device}{}{dot}{extension}", &stem[..stem.floor_char_boundary(room)]))
}

fn is_device(stem: &str) -> bool {
    let stem = stem.trim_end();
    let numbered = |name: &str| {
        let digit =
            stem.get(3..).filter(|rest| rest.len() == 1 && rest.starts_with(|c: char| c.is_ascii_digit()));
        digit.is_some() && stem[..3].eq_ignore_ascii_case(name)
    };
    ["con", "prn", "aux", "nul"].iter().any(|name| stem.eq_ignore_ascii_case(name))
        || numbered("com")
        || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_nothing_else() {
        for (name, kept) in [
            ("a b.txt", "a b.txt"),
            ("Übersicht.pdf", "Übersicht.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\a.exe", "a.exe"),
            ("..", ""),
            (". . .", ""),
            ("/", ""),
            ("", ""),
            (".bashrc", "bashrc"),
            ("a.exe. .", "a.exe"),
            ("a\0b\r\nc:d", "a_b__c_d"),
            ("a\u{202e}gpj.exe", "agpj.exe"),
            ("NUL", "_NUL"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("aux .x", "_aux .x"),
            ("communication.txt", "communication.txt"),
            ("com\u{e9}", "com\u{e9}"),
        ] {
            assert_eq!(safe(name).unwrap_or_default(), kept, "{name}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        for (stem, extension) in [("x", ".pdf"), ("ü", ".tar"), ("con.x", ".doc")] {
            let name = safe(&format!("{}{extension}", stem.repeat(500))).unwrap();
            assert!(name.len() <= LONGEST && name.len() > LONGEST - 3 && name.ends_with(extension), "{name}");
        }
        assert_eq!(safe(&format!("a.{}", "b".repeat(500))).unwrap().len(), LONGEST);
    }
}
