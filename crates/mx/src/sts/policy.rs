//! The policy file (RFC 8461 §3.2) and what it permits.
use std::fmt;
use std::time::Duration;

use super::fields::is_name;
use crate::name::Name;

/// The longest life of a policy; a longer one is cut to it (RFC 8461 §3.2).
pub const MAX_AGE: Duration = Duration::from_hours(8_766);
/// Octets of a policy file (RFC 8461 §3.3 suggests 64 kilobytes).
pub const MAX_BODY: usize = 64 * 1024;

/// A domain's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Policy {
    /// What to do where a host is not as the policy says.
    pub mode: Mode,
    /// The hosts that may take mail; only empty in mode `none`.
    pub mx: Vec<Pattern>,
    /// How long it holds from the time it was fetched.
    pub max_age: Duration,
}

/// What to do where a host is not as the policy says (RFC 8461 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Mode {
    /// Do not deliver there.
    Enforce,
    /// Deliver, and report it (RFC 8460).
    Testing,
    /// As if there were no policy.
    None,
}

/// A host, or all hosts one label below a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Pattern {
    /// Written with `*.` in front.
    pub wildcard: bool,
    /// The name, without the `*.`.
    pub name: Name,
}

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// More than [`MAX_BODY`] octets.
    #[error("the policy is longer than 64 KiB")]
    TooLong,
    /// Not UTF-8.
    #[error("the policy is not UTF-8")]
    NotUtf8,
    /// A line that is no `key: value`.
    #[error("line {0} of the policy is no field")]
    Line(usize),
    /// A field that must be there.
    #[error("the policy has no {0}")]
    Missing(&'static str),
    /// A field whose value is not allowed.
    #[error("line {line} of the policy: {field} cannot be that")]
    Value {
        /// Counted from 1.
        line: usize,
        /// The field.
        field: &'static str,
    },
}

impl Policy {
    /// Reads a policy file.
    ///
    /// ```abnf
    /// sts-policy-record = sts-policy-field *WSP *(sts-policy-term sts-policy-field *WSP) [sts-policy-term]
    /// sts-policy-term   = LF / CRLF
    /// ```
    /// Unknown fields are passed over; of a repeated one, the first counts. Empty lines, which the grammar does not
    /// have, are passed over too.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn parse(body: &[u8]) -> Result<Self, PolicyError> {
        if body.len() > MAX_BODY {
            return Err(PolicyError::TooLong);
        }
        let text = std::str::from_utf8(body).map_err(|_| PolicyError::NotUtf8)?;
        let (mut version, mut mode, mut max_age, mut mx) = (None, None, None, Vec::new());
        for (index, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line).trim_end_matches([' ', '\t']);
            if line.is_empty() {
                continue;
            }
            let number = index + 1;
            let (key, value) = line.split_once(':').ok_or(PolicyError::Line(number))?;
            let value = value.trim_start_matches([' ', '\t']);
            if !is_name(key) || value.is_empty() || value.chars().any(char::is_control) {
                return Err(PolicyError::Line(number));
            }
            let bad = |field| PolicyError::Value { line: number, field };
            match key {
                "version" if version.is_none() => {
                    version = Some((value == "STSv1").then_some(()).ok_or(bad("version"))?);
                }
                "mode" if mode.is_none() => mode = Some(read_mode(value).ok_or(bad("mode"))?),
                "max_age" if max_age.is_none() => max_age = Some(read_age(value).ok_or(bad("max_age"))?),
                "mx" => mx.push(Pattern::parse(value).ok_or(bad("mx"))?),
                _ => {}
            }
        }
        version.ok_or(PolicyError::Missing("version"))?;
        let mode = mode.ok_or(PolicyError::Missing("mode"))?;
        let max_age = max_age.ok_or(PolicyError::Missing("max_age"))?;
        if mx.is_empty() && mode != Mode::None {
            return Err(PolicyError::Missing("mx"));
        }
        Ok(Self { mode, mx, max_age })
    }

    /// Whether mail may go to this host (RFC 8461 §4.1). The name is that of the MX record, not what it is an alias of.
    pub fn permits(&self, host: &Name) -> bool {
        self.mx.iter().any(|pattern| pattern.matches(host))
    }
}

impl Pattern {
    /// `sts-policy-mx-value = ["*."] Domain`
    fn parse(text: &str) -> Option<Self> {
        let (wildcard, name) = match text.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, text),
        };
        // A-labels are required; a U-label is a mistake that would match nothing.
        let name = name.is_ascii().then(|| Name::parse(name).ok()).flatten()?;
        Some(Self { wildcard, name })
    }

    /// A wildcard stands for exactly one label.
    pub fn matches(&self, host: &Name) -> bool {
        if !self.wildcard {
            return self.name == *host;
        }
        host.as_str()
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest == self.name.as_str())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.wildcard { "*." } else { "" }, self.name)
    }
}

/// As a policy file, which [`Policy::parse`] reads back.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "version: STSv1\nmode: {}", self.mode)?;
        self.mx.iter().try_for_each(|pattern| writeln!(f, "mx: {pattern}"))?;
        writeln!(f, "max_age: {}", self.max_age.as_secs())
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforce => "enforce",
            Self::Testing => "testing",
            Self::None => "none",
        })
    }
}

fn read_mode(value: &str) -> Option<Mode> {
    match value {
        "enforce" => Some(Mode::Enforce),
        "testing" => Some(Mode::Testing),
        "none" => Some(Mode::None),
        _ => None,
    }
}

/// `sts-policy-max-age-value = 1*10(DIGIT)`
fn read_age(value: &str) -> Option<Duration> {
    if value.len() > 10 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    value.parse().ok().map(|seconds| Duration::from_secs(seconds).min(MAX_AGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_the_rfc_says() {
        use PolicyError::{Line, Missing, Value};
        let value = |line, field| Err(Value { line, field });
        for (body, expected) in [
            (
                "version: STSv1\r\nmode: enforce\r\nmx: a.test\r\nmx: *.b.test\r\nmax_age: 60\r\n",
                Ok(Mode::Enforce),
            ),
            ("version: STSv1\nmode: testing\nmx: a.test\nmax_age: 60", Ok(Mode::Testing)),
            ("version:STSv1 \nmode:\ttesting\t\nmx:a.test\nmax_age:60", Ok(Mode::Testing)),
            ("max_age: 60\nmode: none\nversion: STSv1", Ok(Mode::None)),
            ("version: STSv1\nmode: none\nmode: enforce\nmax_age: 60", Ok(Mode::None)),
            ("version: STSv1\nmode: none\nmax_age: 60\nfuture: x: y é", Ok(Mode::None)),
            ("version: STSv1\nmode: enforce\nmax_age: 60", Err(Missing("mx"))),
            ("version: STSv1\nmx: a.test\nmax_age: 60", Err(Missing("mode"))),
            ("version: STSv1\nmode: none", Err(Missing("max_age"))),
            ("mode: none\nmax_age: 60", Err(Missing("version"))),
            ("", Err(Missing("version"))),
            ("version: STSv2\nmode: none\nmax_age: 60", value(1, "version")),
            ("version: STSv1\nmode: Enforce\nmx: a.test\nmax_age: 60", value(2, "mode")),
            ("version: STSv1\nmode: none\nmax_age: 99999999999", value(3, "max_age")),
            ("version: STSv1\nmode: none\nmax_age: 18446744073709551616", value(3, "max_age")),
            ("version: STSv1\nmode: none\nmax_age: -1", value(3, "max_age")),
            ("version: STSv1\nmode: enforce\nmx: *.*.test\nmax_age: 60", value(3, "mx")),
            ("version: STSv1\nmode: enforce\nmx: a*.test\nmax_age: 60", value(3, "mx")),
            ("version: STSv1\nmode: enforce\nmx: é.test\nmax_age: 60", value(3, "mx")),
            ("<html>", Err(Line(1))),
            ("version: STSv1\n: none", Err(Line(2))),
        ] {
            assert_eq!(Policy::parse(body.as_bytes()).map(|policy| policy.mode), expected, "{body:?}");
        }
        assert_eq!(Policy::parse(&vec![b'a'; MAX_BODY + 1]), Err(PolicyError::TooLong));
        assert_eq!(Policy::parse(b"\xff"), Err(PolicyError::NotUtf8));
    }

    #[test]
    fn max_age_is_held_to_a_year() {
        let age = |text| {
            Policy::parse(format!("version: STSv1\nmode: none\nmax_age: {text}").as_bytes()).unwrap().max_age
        };
        assert_eq!(age("0"), Duration::ZERO);
        assert_eq!(age("31557600"), MAX_AGE);
        assert_eq!(age("31557601"), MAX_AGE);
        assert_eq!(age("9999999999"), MAX_AGE);
    }

    #[test]
    fn a_wildcard_is_one_label() {
        let policy =
            Policy::parse(b"version: STSv1\nmode: enforce\nmx: *.Example.com\nmx: mx.b.test\nmax_age: 1")
                .unwrap();
        assert_eq!(Policy::parse(policy.to_string().as_bytes()).as_ref(), Ok(&policy));
        let permits = |name: &str| policy.permits(&Name::parse(name).unwrap());
        assert!(permits("mail.example.com") && permits("MX.b.test"));
        assert!(!permits("example.com") && !permits("foo.bar.example.com") && !permits("b.test"));
    }
}
