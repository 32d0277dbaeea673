//! Input made to be slow: each family grows by repeating a piece.

use std::fmt::Write;

/// What to repeat, after what.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    start: String,
    piece: Vec<u8>,
}

impl Family {
    /// About that many octets of it.
    pub(crate) fn of(&self, octets: usize) -> Vec<u8> {
        let times = octets.saturating_sub(self.start.len()) / self.piece.len();
        [self.start.as_bytes(), &self.piece.repeat(times)].concat()
    }

    /// About that many octets of the pieces alone: a value, or a body, without the message around it.
    pub(crate) fn pieces(&self, octets: usize) -> Vec<u8> {
        self.piece.repeat(octets / self.piece.len())
    }
}

fn family(name: &'static str, start: &str, piece: &[u8]) -> Family {
    Family { name, start: start.to_owned(), piece: piece.to_vec() }
}

/// Header fields.
pub(crate) fn headers() -> Vec<Family> {
    [
        ("one long field", "Subject: ", "a"),
        ("continuations", "Subject: a", "\r\n a"),
        ("blank continuations", "Subject: a", "\r\n "),
        ("many fields", "", "a:b\r\n"),
        ("many From fields", "", "From: a@b\r\n"),
        ("many To fields of many", "", "To: a@b, c@d, e@f, g@h\r\n"),
        ("many Content-Type fields", "", "Content-Type: text/plain; charset=utf-8\r\n"),
        ("no colons", "", "a\r\n"),
        ("NUL", "Subject: ", "\0"),
        ("only CR", "Subject: a", "\ra: b"),
        ("blank before the colon", "", "a : b\r\n"),
        ("open encoded words", "Subject: ", "=?a?q?"),
        ("starts of encoded words", "Subject: ", "=?"),
        ("ends of encoded words", "Subject: ", "=?x ?= "),
        ("encoded words", "Subject: ", "=?utf-8?q?a?= "),
        ("encoded words of other charsets", "Subject: ", "=?iso-8859-7?b?4Q==?= =?koi8-r?q?=C1?= "),
        ("encoded words of no charset", "Subject: ", "=?x?q?a?= "),
        ("encoded words in encoded words", "Subject: ", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?= "),
        ("opening comments", "From: ", "("),
        ("comments", "From: ", "(a)"),
        ("comments between atoms", "From: ", "a(b).(c)"),
        ("nested comments that end", "From: ", "(()"),
        ("quotes", "From: ", "\""),
        ("quoted pairs", "From: \"", "\\a"),
        ("backslashes", "From: ", "\\"),
        ("angles", "From: ", "<"),
        ("angles with commas", "From: ", "<a,"),
        ("commas", "From: ", ","),
        ("addresses", "From: ", "a@b,"),
        ("named addresses", "From: ", "\"A B\" <a@b>, "),
        ("groups", "From: ", ":;"),
        ("open groups", "From: ", "a:"),
        ("literals", "From: a@", "["),
        ("routes", "From: <", "@a,"),
        ("words", "From: ", "a "),
        ("at signs", "From: ", "a @ "),
        ("dots", "From: ", "a . "),
        ("parameters", "Content-Type: text/plain", "; a=b"),
        ("continued parameters", "Content-Type: text/plain", "; a*1=b"),
        ("values with blanks", "Content-Type: text/plain; a=", "b "),
        ("values with comments", "Content-Type: text/plain; a=", "b("),
        ("parameters without value", "Content-Type: text/plain", ";a"),
        ("identifiers", "References: ", "<a@b> "),
        ("open identifiers", "References: ", "<a "),
        ("identifiers in quotes", "References: ", "\"<a>\""),
        ("replies", "Subject: ", "re: "),
        ("blobs", "Subject: ", "[a]"),
        ("forwards", "Subject: ", "[fwd: "),
        ("trailers", "Subject: a", "(fwd)"),
        ("results", "Authentication-Results: a", "; b=c"),
        ("hops", "Received: ", "from a (b [1.2.3.4]) "),
        ("semicolons", "Received: a", ";1"),
        ("numbers", "Date: ", "1 "),
        ("comments in dates", "Date: 1", "(a) "),
        ("list commands", "List-Help: ", "<a>, "),
    ]
    .map(|(name, start, piece)| family(name, start, piece.as_bytes()))
    .into()
}

/// Parts and bodies.
pub(crate) fn bodies() -> Vec<Family> {
    let multipart = "Content-Type: multipart/mixed; boundary=a\r\n\r\n";
    let html = "Content-Type: text/html; charset=utf-8\r\n\r\n";
    let encoded = |name: &str| format!("Content-Transfer-Encoding: {name}\r\n\r\n");
    let text = |charset: &str| format!("Content-Type: text/plain; charset={charset}\r\n\r\n");
    let mut all: Vec<Family> = [
        ("parts", multipart, "\r\n--a\r\n\r\nb"),
        ("empty parts", multipart, "--a\r\n"),
        ("lines like delimiters", multipart, "--b\r\n"),
        ("short lines like delimiters", multipart, "--\r\n"),
        ("lines that begin with the boundary", multipart, "--ab\r\n"),
        ("closing delimiters", multipart, "--a--\r\n"),
        ("dashes", multipart, "-"),
        ("nested multiparts", "", "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"),
        ("nested messages", "", "Content-Type: message/rfc822\r\n\r\n"),
        ("alternatives", "Content-Type: multipart/alternative; boundary=a\r\n\r\n", "--a\r\n\r\nb\r\n"),
        ("related", "Content-Type: multipart/related; boundary=a; start=\"<x>\"\r\n\r\n", "--a\r\n\r\nb\r\n"),
        ("empty lines", multipart, "\r\n"),
        ("only LF", multipart, "\n"),
        ("only CR in a body", multipart, "\r"),
        ("tags", html, "<b>"),
        ("open tags", html, "<a "),
        ("open attributes", html, "<a b='"),
        ("attributes", html, "<a b='c' >"),
        ("quotes that nest", html, "<blockquote>x"),
        ("entities", html, "&amp;"),
        ("ampersands", html, "&"),
        ("less than", html, "<"),
        ("comments of HTML", html, "<!--"),
        ("scripts", html, "<script></"),
        ("blanks", html, " "),
        ("words and breaks", html, "a<br>"),
    ]
    .map(|(name, start, piece)| family(name, start, piece.as_bytes()))
    .into();
    for (name, encoding, piece) in [
        ("base64", "base64", &b"QUJD"[..]),
        ("base64 in lines", "base64", b"QUJD\r\n"),
        ("base64 with strays", "base64", b"Q*U!J\0D"),
        ("padding", "base64", b"Q==="),
        ("only padding", "base64", b"="),
        ("escapes", "quoted-printable", b"=3D"),
        ("lower-case escapes", "quoted-printable", b"=e4"),
        ("bad escapes", "quoted-printable", b"=Z"),
        ("equals signs", "quoted-printable", b"="),
        ("soft breaks", "quoted-printable", b"=\r\n"),
        ("trailing blanks", "quoted-printable", b"a \r\n"),
        ("blanks without end", "quoted-printable", b" "),
        ("begin lines", "x-uuencode", b"begin 644 a\r\n"),
        ("bad uuencode", "x-uuencode", b"begin 644 a\r\nM\r\n"),
        ("ybegin lines", "x-yenc", b"=ybegin line=1 size=1 name=a\r\n"),
        ("yEnc escapes", "x-yenc", b"=}"),
    ] {
        all.push(family(name, &encoded(encoding), piece));
    }
    all.push(family(
        "yEnc data",
        &(encoded("x-yenc") + "=ybegin line=128 size=1 name=a\r\n"),
        b"abcdefg=}\r\n",
    ));
    all.push(family("uuencode data", &(encoded("x-uuencode") + "begin 644 a\r\n"), b"#0V%T\r\n"));
    for (name, charset, piece) in [
        ("UTF-8 cut off", "utf-8", &b"\xe2\x82"[..]),
        ("Latin", "iso-8859-1", b"\xe9"),
        ("UTF-16", "utf-16", b"\xd8\0"),
        ("escapes of ISO-2022-JP", "iso-2022-jp", b"\x1b$B\x1b(B"),
        ("open ISO-2022-JP", "iso-2022-jp", b"\x1b$B%F"),
        ("shifts of HZ", "hz-gb-2312", b"~{~}"),
        ("GB18030", "gb18030", b"\x81\x30\x81"),
        ("shifts of ISO-2022-KR", "iso-2022-kr", b"\x0e\x0f"),
        ("UTF-7", "utf-7", b"+AGE-"),
        ("octets above 127", "us-ascii", b"\xff"),
    ] {
        all.push(family(name, &text(charset), piece));
    }
    // A hundred open boundaries, each of which every line could be.
    for (name, width, line) in [("open boundaries", 60, 62), ("short open boundaries", 0, 2)] {
        let mut start = String::new();
        for place in 0..99 {
            let boundary = format!("{}{place:02}", "x".repeat(width));
            write!(start, "Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n--{boundary}\r\n")
                .unwrap_or_default();
        }
        start += "\r\n";
        all.push(family(name, &start, format!("--{}\r\n", "x".repeat(line)).as_bytes()));
    }
    all
}
