//! What is wrong with a configuration file, in one line.

use std::fmt;

/// What is wrong with a configuration file: `file:line: key: what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    file: String,
    line: Option<usize>,
    key: Option<String>,
    what: String,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ": {key}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl ConfigError {
    /// The file itself cannot be read.
    pub(super) fn file(file: &str, error: &std::io::Error) -> Self {
        Self { file: file.into(), line: None, key: None, what: error.to_string() }
    }

    /// What the parser says.
    pub(super) fn toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map(|span| line_of(text, span.start));
        let key = at.and_then(|line| key_of(text.lines().nth(line - 1)?));
        let what = error.message().lines().collect::<Vec<_>>().join("; ");
        let what = match what.strip_prefix("unknown field ") {
            Some(rest) => format!("unknown key {rest}"),
            None => what,
        };
        Self { file: file.into(), line: at, key, what }
    }

    /// A value is well formed and yet cannot be used. `source` is the file's name and text.
    pub(super) fn at_key(source: Option<&(String, String)>, key: &str, what: String) -> Self {
        let (file, line) = match source {
            Some((file, text)) => (
                file.clone(),
                text.lines().position(|line| key_of(line).as_deref() == Some(key)).map(|n| n + 1),
            ),
            None => ("default configuration".into(), None),
        };
        Self { file, line, key: Some(key.into()), what }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|&&b| b == b'\n').count()
}

/// The key that a line sets.
fn key_of(line: &str) -> Option<String> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim().trim_matches(['"', '\'']);
    (!key.is_empty() && !key.starts_with('#')).then(|| key.to_owned())
}
