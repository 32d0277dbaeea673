//! The lines of a transcript file.

/// One line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// `C:` or `C|`: bytes from the client.
    Client(Vec<u8>),
    /// `S:` or `S|`: bytes from the server.
    Server(Vec<u8>),
    /// `A:` the application does something; the words are the player's to understand.
    Act(String),
    /// `T:` the TLS handshake takes place here.
    Tls,
    /// `E:` the peer closes its sending side.
    Eof,
    /// `Z:` the session has closed.
    Closed,
    /// `X:` the session fails with this error text.
    Fails(String),
}

/// A transcript, with the number of each line.
///
/// `C:` and `S:` lines get a CRLF; in `C|` and `S|` lines `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` are escapes and no
/// line end is added. Empty lines, and lines that begin with `#`, are for the reader.
#[derive(Clone, Debug)]
pub struct Script(pub Vec<(usize, Line)>);

impl Script {
    /// Reads a transcript.
    ///
    /// # Panics
    ///
    /// On a line that is none of the known kinds.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
        Self(lines.map(|(n, line)| (n + 1, parse(n + 1, line))).collect())
    }
}

fn parse(n: usize, line: &str) -> Line {
    let (kind, text) = line.split_at_checked(2).unwrap_or((line, ""));
    let text = text.strip_prefix(' ').unwrap_or(text);
    match kind {
        "C:" => Line::Client(format!("{text}\r\n").into_bytes()),
        "S:" => Line::Server(format!("{text}\r\n").into_bytes()),
        "C|" => Line::Client(unescape(text)),
        "S|" => Line::Server(unescape(text)),
        "A:" => Line::Act(text.to_owned()),
        "T:" => Line::Tls,
        "E:" => Line::Eof,
        "Z:" => Line::Closed,
        "X:" => Line::Fails(text.to_owned()),
        _ => panic!("line {n} of the transcript is of no known kind: {line:?}"),
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let (mut out, mut chars) = (Vec::new(), text.chars());
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.next() } else { None };
        match escape {
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Some('r') => out.push(b'\r'),
            Some('n') => out.push(b'\n'),
            Some('t') => out.push(b'\t'),
            Some('0') => out.push(0),
            Some('x') => {
                let hex: String = chars.by_ref().take(2).collect();
                out.push(u8::from_str_radix(&hex, 16).unwrap_or_else(|_| panic!("no hex octet: {hex:?}")));
            }
            Some(other) => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_escapes() {
        let script = Script::parse("# greeting\n\nS: 220 hi\nC| a\\r\\x00\\\\\nA: send 1\nX: no\n");
        let want = [
            (3, Line::Server(b"220 hi\r\n".to_vec())),
            (4, Line::Client(b"a\r\0\\".to_vec())),
            (5, Line::Act("send 1".into())),
            (6, Line::Fails("no".into())),
        ];
        assert_eq!(script.0, want);
    }
}
