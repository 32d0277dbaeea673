//! Rules of the lexical layer.

use super::*;

fn read<T>(text: &'static [u8], parse: impl FnOnce(&mut Cursor<'static>) -> Result<T>) -> Result<T> {
    let mut cursor = Cursor::new(Box::leak(Box::new(Bytes::from_static(text))));
    let value = parse(&mut cursor)?;
    cursor.end().map(|()| value)
}

#[test]
fn a_quoted_string_is_unescaped() {
    assert_eq!(read(b"\"a b\"", Cursor::quoted).unwrap(), "a b");
    assert_eq!(read(br#""a \"b\" \\""#, Cursor::quoted).unwrap(), r#"a "b" \"#);
    assert_eq!(read(b"\"\"", Cursor::quoted).unwrap(), "");
}

#[test]
fn a_quoted_string_has_no_other_escape_and_an_end() {
    assert_eq!(read(br#""a\n""#, Cursor::quoted).unwrap_err().at, 3);
    assert_eq!(
        read(b"\"abc", Cursor::quoted).unwrap_err().to_string(),
        "expected the closing quote at byte 4, found the end"
    );
    assert_eq!(read(b"\"a\0b\"", Cursor::quoted).unwrap_err().at, 2);
}

#[test]
fn a_literal_stands_where_it_was_announced() {
    assert_eq!(read(b"{5}\r\nhello", Cursor::string).unwrap(), "hello");
    assert_eq!(read(b"{05+}\r\nhello", Cursor::string).unwrap(), "hello");
    assert_eq!(read(b"{0}\r\n", Cursor::string).unwrap(), "");
    assert_eq!(read(b"~{3}\r\na\0b", Cursor::string8).unwrap(), "a\0b");
    for wrong in
        [&b"{6}\r\nhello"[..], b"{ 5}\r\nhello", b"{5-}\r\nhello", b"{-1}\r\n", b"{3}\r\na\0b", b"{5}hello"]
    {
        let frame = Bytes::copy_from_slice(wrong);
        assert!(Cursor::new(&frame).string().is_err(), "{}", wrong.escape_ascii());
    }
}

#[test]
fn a_line_announces_a_literal_with_its_last_octets_only() {
    let announced = |line: &[u8]| announced_literal(line).unwrap().map(|l| (l.len, l.non_sync, l.binary));
    assert_eq!(announced(b"a {5}"), Some((5, false, false)));
    assert_eq!(announced(b"a ~{5+}"), Some((5, true, true)));
    assert_eq!(announced(b"a {9223372036854775807}"), Some((i64::MAX.cast_unsigned(), false, false)));
    for none in [&b"a {5} "[..], b"a {}", b"a {+}", b"a 5}", b"}", b"", b"a { 5}", b"a {5-}", b"a {-1}"] {
        assert_eq!(announced(none), None, "{}", none.escape_ascii());
    }
    assert!(announced_literal(b"a {18446744073709551616}").is_err());
}

#[test]
fn sections_of_every_form() {
    let section = |text: &'static [u8]| read(text, Cursor::section);
    assert_eq!(section(b"[]").unwrap(), crate::types::Section::default());
    assert_eq!(section(b"[1.2.MIME]").unwrap().part.0.len(), 2);
    assert!(section(b"[header.fields (From \"To\")]").is_ok());
    assert!(section(b"[2.TEXT]").is_ok());
    for wrong in [&b"[MIME]"[..], b"[0]", b"[1.]", b"[1", b"[HEADER.FIELDS ()]", b"[1TEXT]", b"[.TEXT]"] {
        let frame = Bytes::copy_from_slice(wrong);
        assert!(Cursor::new(&frame).section().is_err(), "{}", wrong.escape_ascii());
    }
}

#[test]
fn a_date_time_has_a_fixed_day() {
    let written = |text: &'static [u8]| read(text, Cursor::date_time).map(|time| time.to_string());
    assert_eq!(written(b"\" 7-Feb-1994 21:52:25 -0800\"").unwrap(), " 7-Feb-1994 21:52:25 -0800");
    assert_eq!(written(b"\"17-jul-1996 02:44:25 +0530\"").unwrap(), "17-Jul-1996 02:44:25 +0530");
    assert_eq!(written(b"\"31-Dec-1998 23:59:60 +0000\"").unwrap(), "31-Dec-1998 23:59:60 +0000");
    assert!(written(b"\"31-Feb-1994 21:52:25 -0800\"").is_err());
    assert!(written(b"\"17-Jul-1996 24:00:00 +0000\"").is_err());
    assert_eq!(read(b"1-Feb-1994", Cursor::date).unwrap(), read(b"\"01-Feb-1994\"", Cursor::date).unwrap());
}
