//! Classes of bytes, by table lookup (RFC 9051 §9).

const ATOM: u8 = 1;
const ASTRING: u8 = 2;
const TAG: u8 = 4;
const LIST: u8 = 8;

const TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0x21_u8;
    while byte < 0x7f {
        table[byte as usize] = match byte {
            b'(' | b')' | b'{' | b'"' | b'\\' => 0,
            b'%' | b'*' => LIST,
            b']' => ASTRING | TAG | LIST,
            b'+' => ATOM | ASTRING | LIST,
            _ => ATOM | ASTRING | TAG | LIST,
        };
        byte += 1;
    }
    table
};

/// `ATOM-CHAR = <any CHAR except atom-specials>`
pub(crate) fn is_atom(byte: u8) -> bool {
    TABLE[usize::from(byte)] & ATOM != 0
}

/// `ASTRING-CHAR = ATOM-CHAR / resp-specials`
pub(crate) fn is_astring(byte: u8) -> bool {
    TABLE[usize::from(byte)] & ASTRING != 0
}

/// `<any ASTRING-CHAR except "+">`
pub(crate) fn is_tag(byte: u8) -> bool {
    TABLE[usize::from(byte)] & TAG != 0
}

/// `list-char = ATOM-CHAR / list-wildcards / resp-specials`, and 8-bit octets of names in UTF-8.
pub(crate) fn is_list(byte: u8) -> bool {
    byte >= 0x80 || TABLE[usize::from(byte)] & LIST != 0
}
