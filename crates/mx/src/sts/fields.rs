//! The form that the TXT records of MTA-STS and TLSRPT have in common (RFC 8461 §3.1, RFC 8460 §3).

/// The fields of the one text that begins with this version and a semicolon; `None` where there is none, or more than
/// one, or it is not of this form.
///
/// ```abnf
/// record      = version 1*(field-delim field) [field-delim]
/// field-delim = *WSP ";" *WSP
/// field       = name "=" value
/// ```
pub(crate) fn of_the_only<'a>(
    texts: impl Iterator<Item = &'a str>,
    version: &str,
) -> Option<Vec<(&'a str, &'a str)>> {
    // "records that do not begin with "v=STSv1;" are discarded"; white space may come before the semicolon.
    let mut records = texts
        .filter_map(|text| text.strip_prefix(version)?.trim_start_matches([' ', '\t']).strip_prefix(';'));
    let (Some(fields), None) = (records.next(), records.next()) else { return None };
    let fields = fields.trim_matches([' ', '\t']);
    let fields = fields.strip_suffix(';').unwrap_or(fields);
    let field = |field: &'a str| {
        let (name, value) = field.trim_matches([' ', '\t']).split_once('=')?;
        (is_name(name) && !value.is_empty()).then_some((name, value))
    };
    fields.split(';').map(field).collect()
}

/// `ext-name = (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")`
pub(crate) fn is_name(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    name.len() <= 32 && name.bytes().all(rest) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}
