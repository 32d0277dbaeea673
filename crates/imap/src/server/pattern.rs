//! Patterns of LIST: `*` for anything, `%` for anything within a level.

/// A pattern, ready to be tried on many names.
///
/// Tried on a name it costs at most the product of both lengths, whatever its wildcards: the places in the pattern at
/// which the name may stand are kept as a set, and nothing is ever tried twice.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    delimiter: char,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    Level,
    Any,
}

impl Pattern {
    pub(super) fn new(text: &str, delimiter: char) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for character in text.chars() {
            let part = match character {
                '%' => Part::Level,
                '*' => Part::Any,
                other => Part::Char(other),
            };
            // Neighbouring wildcards are one, the stronger of them.
            match (parts.last_mut(), part) {
                (Some(last @ (Part::Level | Part::Any)), Part::Any) => *last = Part::Any,
                (Some(Part::Level | Part::Any), Part::Level) => {}
                _ => parts.push(part),
            }
        }
        Self { parts, delimiter }
    }

    /// Whether it has a `%` that is not beside a `*`.
    pub(super) fn has_level(&self) -> bool {
        self.parts.contains(&Part::Level)
    }

    /// Whether it has a `*`.
    pub(super) fn has_any(&self) -> bool {
        self.parts.contains(&Part::Any)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let parts = &self.parts;
        // Longer than the name even if every wildcard stands for nothing.
        if parts.iter().filter(|part| matches!(part, Part::Char(_))).count() > name.chars().count() {
            return false;
        }
        let mut places = vec![false; parts.len() + 1];
        let mut next = places.clone();
        places[0] = true;
        self.skip_wildcards(&mut places);
        // The first level INBOX is the same in any case (RFC 9051 §5.1).
        let inbox = if name.split(self.delimiter).next() == Some("INBOX") { 5 } else { 0 };
        for (at, character) in name.chars().enumerate() {
            next.fill(false);
            let mut any = false;
            for (index, part) in parts.iter().enumerate().filter(|(index, _)| places[*index]) {
                let to = match part {
                    Part::Char(wanted) if *wanted == character => index + 1,
                    Part::Char(wanted) if at < inbox && wanted.eq_ignore_ascii_case(&character) => index + 1,
                    Part::Level if character != self.delimiter => index,
                    Part::Any => index,
                    _ => continue,
                };
                next[to] = true;
                any = true;
            }
            if !any {
                return false;
            }
            std::mem::swap(&mut places, &mut next);
            self.skip_wildcards(&mut places);
        }
        places[parts.len()]
    }

    /// A wildcard may stand for nothing.
    fn skip_wildcards(&self, places: &mut [bool]) {
        for (index, part) in self.parts.iter().enumerate() {
            if places[index] && matches!(part, Part::Level | Part::Any) {
                places[index + 1] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_both_kinds() {
        let matches = |pattern: &str, name: &str| Pattern::new(pattern, '/').matches(name);
        for (pattern, name) in [
            ("*", "a/b/c"),
            ("%", "a"),
            ("a/%", "a/b"),
            ("%/%", "a/b"),
            ("*c", "a/b/c"),
            ("a*", "a"),
            ("%b%", "abc"),
            ("", ""),
            ("inbox", "INBOX"),
            ("inBox/%", "INBOX/a"),
            ("i%", "INBOX"),
            ("*%", "a/b"),
            ("a%*d", "abc/d"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("%", "a/b"),
            ("inboxes", "INBOXES"),
            ("a/%", "a/b/c"),
            ("%/%", "a"),
            ("", "a"),
            ("a", ""),
            ("*x", "a/b/c"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn hostile_patterns_cost_no_more_than_both_lengths() {
        let names: Vec<String> = (0..1_000).map(|n| format!("{}{n:04}", "a".repeat(251))).collect();
        for pattern in ["*a".repeat(60) + "*b", "%a".repeat(60), "%/%/%".to_owned(), "*".repeat(1_000)] {
            let pattern = Pattern::new(&pattern, '/');
            let found = names.iter().filter(|name| pattern.matches(name)).count();
            assert!(found == 0 || found == 1_000);
        }
    }
}
