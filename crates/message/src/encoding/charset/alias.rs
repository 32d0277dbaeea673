//! Charset labels that mail has and the WHATWG Encoding Standard lacks, or gives a meaning of the web.

use super::Kind;

/// The charset of `label` where the standard's table must not or cannot answer.
pub(super) fn lookup(label: &str) -> Option<Kind> {
    use encoding_rs as e;
    const ALIASES: &[(&str, Kind)] = &[
        ("us-ascii", Kind::Ascii),
        ("ascii", Kind::Ascii),
        ("ansi_x3.4-1968", Kind::Ascii),
        ("iso646-us", Kind::Ascii),
        ("iso-ir-6", Kind::Ascii),
        ("646", Kind::Ascii),
        ("us", Kind::Ascii),
        ("utf-16", Kind::Utf16),
        ("utf16", Kind::Utf16),
        ("ucs-2", Kind::Utf16),
        ("iso-10646-ucs-2", Kind::Utf16),
        ("utf16le", Kind::Standard(e::UTF_16LE)),
        ("utf16be", Kind::Standard(e::UTF_16BE)),
        ("hz-gb-2312", Kind::Hz),
        ("hz", Kind::Hz),
        ("iso-2022-kr", Kind::Iso2022Kr),
        ("csiso2022kr", Kind::Iso2022Kr),
        ("utf8mb4", Kind::Standard(e::UTF_8)),
        ("utf-8mb4", Kind::Standard(e::UTF_8)),
        ("utf_8", Kind::Standard(e::UTF_8)),
        ("utf 8", Kind::Standard(e::UTF_8)),
        ("latin-1", Kind::Standard(e::WINDOWS_1252)),
        ("latin1-1252", Kind::Standard(e::WINDOWS_1252)),
        ("iso8859_1", Kind::Standard(e::WINDOWS_1252)),
        ("iso_8859_1", Kind::Standard(e::WINDOWS_1252)),
        ("ansi", Kind::Standard(e::WINDOWS_1252)),
        ("ansi-1252", Kind::Standard(e::WINDOWS_1252)),
        ("8859-1", Kind::Standard(e::WINDOWS_1252)),
        ("latin-2", Kind::Standard(e::ISO_8859_2)),
        ("iso8859_2", Kind::Standard(e::ISO_8859_2)),
        ("latin-9", Kind::Standard(e::ISO_8859_15)),
        ("latin9", Kind::Standard(e::ISO_8859_15)),
        ("iso-latin-9", Kind::Standard(e::ISO_8859_15)),
        ("iso8859_15", Kind::Standard(e::ISO_8859_15)),
        ("cp932", Kind::Standard(e::SHIFT_JIS)),
        ("ms932", Kind::Standard(e::SHIFT_JIS)),
        ("windows-932", Kind::Standard(e::SHIFT_JIS)),
        ("shift-jisx0213", Kind::Standard(e::SHIFT_JIS)),
        ("eucjp", Kind::Standard(e::EUC_JP)),
        ("euc_jp", Kind::Standard(e::EUC_JP)),
        ("eucjp-ms", Kind::Standard(e::EUC_JP)),
        ("cp51932", Kind::Standard(e::EUC_JP)),
        ("iso2022jp", Kind::Standard(e::ISO_2022_JP)),
        ("iso-2022-jp-ms", Kind::Standard(e::ISO_2022_JP)),
        ("iso-2022-jp-1", Kind::Standard(e::ISO_2022_JP)),
        ("cp50220", Kind::Standard(e::ISO_2022_JP)),
        ("cp50221", Kind::Standard(e::ISO_2022_JP)),
        ("cp50222", Kind::Standard(e::ISO_2022_JP)),
        ("jis", Kind::Standard(e::ISO_2022_JP)),
        ("cp936", Kind::Standard(e::GBK)),
        ("ms936", Kind::Standard(e::GBK)),
        ("windows-936", Kind::Standard(e::GBK)),
        ("euc-cn", Kind::Standard(e::GBK)),
        ("euccn", Kind::Standard(e::GBK)),
        ("gb2312-80", Kind::Standard(e::GBK)),
        ("gb_2312", Kind::Standard(e::GBK)),
        ("gb-2312", Kind::Standard(e::GBK)),
        ("gb-18030", Kind::Standard(e::GB18030)),
        ("cp54936", Kind::Standard(e::GB18030)),
        ("cp950", Kind::Standard(e::BIG5)),
        ("ms950", Kind::Standard(e::BIG5)),
        ("windows-950", Kind::Standard(e::BIG5)),
        ("big5-eten", Kind::Standard(e::BIG5)),
        ("big-5", Kind::Standard(e::BIG5)),
        ("cp949", Kind::Standard(e::EUC_KR)),
        ("ms949", Kind::Standard(e::EUC_KR)),
        ("uhc", Kind::Standard(e::EUC_KR)),
        ("euckr", Kind::Standard(e::EUC_KR)),
        ("euc_kr", Kind::Standard(e::EUC_KR)),
        ("ksc5601", Kind::Standard(e::EUC_KR)),
        ("ks_c_5601", Kind::Standard(e::EUC_KR)),
        ("koi8r", Kind::Standard(e::KOI8_R)),
        ("koi8u", Kind::Standard(e::KOI8_U)),
        ("tis620", Kind::Standard(e::WINDOWS_874)),
        ("cp874", Kind::Standard(e::WINDOWS_874)),
    ];
    if let Some(&(_, kind)) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(label)) {
        return Some(kind);
    }
    windows_code_page(label)
}

/// `cp1252`, `cp-1252`, `win-1252`, `windows1252`, `x-cp1252`, `ms1252`, `1252`.
fn windows_code_page(label: &str) -> Option<Kind> {
    use encoding_rs as e;
    let digits = label.len().checked_sub(4)?;
    let number = label.get(digits..).filter(|number| number.starts_with("125"))?;
    let prefix = label.get(..digits)?.trim_end_matches(['-', '_']).to_ascii_lowercase();
    if !matches!(prefix.as_str(), "" | "cp" | "win" | "windows" | "x-cp" | "ms" | "x-windows" | "ibm") {
        return None;
    }
    Some(Kind::Standard(match number {
        "1250" => e::WINDOWS_1250,
        "1251" => e::WINDOWS_1251,
        "1252" => e::WINDOWS_1252,
        "1253" => e::WINDOWS_1253,
        "1254" => e::WINDOWS_1254,
        "1255" => e::WINDOWS_1255,
        "1256" => e::WINDOWS_1256,
        "1257" => e::WINDOWS_1257,
        "1258" => e::WINDOWS_1258,
        _ => return None,
    }))
}
