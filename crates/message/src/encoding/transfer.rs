//! `Content-Transfer-Encoding` (RFC 2045 §6): the encodings by name, decoding with faults noted, encoding, choosing.

use std::borrow::Cow;
use std::fmt;

use super::{base64, quoted_printable, uuencode, yenc};

/// How the octets of a body were made fit for transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TransferEncoding {
    /// Lines of at most 998 US-ASCII octets; the default where the field is absent (RFC 2045 §6.1).
    #[default]
    SevenBit,
    /// Lines of at most 998 octets, any octet but NUL.
    EightBit,
    /// Any octets.
    Binary,
    /// RFC 2045 §6.7.
    QuotedPrintable,
    /// RFC 2045 §6.8.
    Base64,
    /// Unix-to-Unix encoding, never registered, still seen (`x-uuencode`).
    UuEncode,
    /// yEnc, the encoding of Usenet binaries (`x-yenc`).
    YEnc,
}

impl TransferEncoding {
    /// The encoding a field value names, compared without case; comments and white space must be gone already.
    ///
    /// Besides the registered names this knows what is seen in mail: `8bits`, `x-uue`, `base-64` and the like.
    /// `None`: unknown, to be treated as `application/octet-stream` (RFC 2045 §6.4).
    ///
    /// ```
    /// use mailwright_message::encoding::transfer::TransferEncoding;
    /// assert_eq!(TransferEncoding::from_name("BASE64"), Some(TransferEncoding::Base64));
    /// assert_eq!(TransferEncoding::from_name("rot13"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: &[(&str, TransferEncoding)] = &[
            ("7bit", TransferEncoding::SevenBit),
            ("8bit", TransferEncoding::EightBit),
            ("base64", TransferEncoding::Base64),
            ("quoted-printable", TransferEncoding::QuotedPrintable),
            ("binary", TransferEncoding::Binary),
            ("x-uuencode", TransferEncoding::UuEncode),
            ("x-uue", TransferEncoding::UuEncode),
            ("uuencode", TransferEncoding::UuEncode),
            ("x-yenc", TransferEncoding::YEnc),
            ("yenc", TransferEncoding::YEnc),
            ("7-bit", TransferEncoding::SevenBit),
            ("7bits", TransferEncoding::SevenBit),
            ("us-ascii", TransferEncoding::SevenBit),
            ("8-bit", TransferEncoding::EightBit),
            ("8bits", TransferEncoding::EightBit),
            ("base-64", TransferEncoding::Base64),
            ("quotedprintable", TransferEncoding::QuotedPrintable),
            ("quoted_printable", TransferEncoding::QuotedPrintable),
        ];
        let name = name.trim();
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, encoding)| encoding)
    }

    /// The name as it is written in the field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::Binary => "binary",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
            Self::UuEncode => "x-uuencode",
            Self::YEnc => "x-yenc",
        }
    }

    /// Whether the octets on the wire are the data: `7bit`, `8bit` and `binary`.
    pub const fn is_identity(self) -> bool {
        matches!(self, Self::SevenBit | Self::EightBit | Self::Binary)
    }
}

impl fmt::Display for TransferEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One way in which encoded data was not as its encoding says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Octets outside the alphabet were skipped (base64, uuencode).
    Stray,
    /// base64 padding is missing, in the wrong place, or has data after it.
    Padding,
    /// The data ends in the middle of a group, escape or file.
    Truncated,
    /// `=` starts neither an escape nor a soft line break (quoted-printable); kept as it stands.
    Escape,
    /// White space at the end of a line was dropped (quoted-printable).
    TrailingSpace,
    /// A line does not hold as much as it says (uuencode), or the sizes disagree (yEnc).
    Length,
    /// The CRC-32 given with the data is not that of the data (yEnc).
    Checksum,
    /// There is no `begin` or `=ybegin` line; the data was left as it is.
    NoBegin,
    /// An octet above 127 (7bit).
    HighBit,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::Stray,
        Self::Padding,
        Self::Truncated,
        Self::Escape,
        Self::TrailingSpace,
        Self::Length,
        Self::Checksum,
        Self::NoBegin,
        Self::HighBit,
    ];

    /// What was found, as a phrase for a log or a report.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Stray => "octets outside the alphabet",
            Self::Padding => "missing or misplaced padding",
            Self::Truncated => "data ends too early",
            Self::Escape => "`=` without an escape or soft line break",
            Self::TrailingSpace => "white space at the end of an encoded line",
            Self::Length => "stated and actual length differ",
            Self::Checksum => "CRC-32 differs",
            Self::NoBegin => "no begin line",
            Self::HighBit => "octet above 127 in 7bit data",
        }
    }
}

/// What [`decode`] met on its way: the set of faults, empty for well-formed data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decoded {
    faults: u16,
}

impl Decoded {
    /// Nothing was wrong.
    pub const CLEAN: Self = Self { faults: 0 };

    /// Whether the data was well-formed.
    pub const fn is_clean(self) -> bool {
        self.faults == 0
    }

    /// Whether `fault` was met.
    pub const fn contains(self, fault: Fault) -> bool {
        self.faults & (1 << fault as u16) != 0
    }

    /// The faults met, each once.
    pub fn faults(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.into_iter().filter(move |&fault| self.contains(fault))
    }

    pub(crate) fn note(&mut self, fault: Fault) {
        self.faults |= 1 << fault as u16;
    }
}

/// Decodes `data`, appending to `out`. Never fails: what can be read is read, and the answer says what was wrong.
///
/// The output is never longer than the input. Identity encodings are copied: to avoid that see [`decoded`].
///
/// ```
/// use mailwright_message::encoding::transfer::{Fault, TransferEncoding, decode};
/// let mut out = Vec::new();
/// assert!(decode(TransferEncoding::Base64, b"SGVs\r\nbG8=\r\n", &mut out).is_clean());
/// assert_eq!(out, b"Hello");
/// out.clear();
/// assert!(decode(TransferEncoding::Base64, b"SGV*sbG8", &mut out).contains(Fault::Stray));
/// assert_eq!(out, b"Hello");
/// ```
pub fn decode(encoding: TransferEncoding, data: &[u8], out: &mut Vec<u8>) -> Decoded {
    match encoding {
        TransferEncoding::SevenBit => {
            let mut decoded = Decoded::CLEAN;
            if !data.is_ascii() {
                decoded.note(Fault::HighBit);
            }
            out.extend_from_slice(data);
            decoded
        }
        TransferEncoding::EightBit | TransferEncoding::Binary => {
            out.extend_from_slice(data);
            Decoded::CLEAN
        }
        TransferEncoding::QuotedPrintable => quoted_printable::decode(data, out),
        TransferEncoding::Base64 => base64::decode(data, out),
        TransferEncoding::UuEncode => uuencode::decode(data, out),
        TransferEncoding::YEnc => yenc::decode(data, out),
    }
}

/// As [`decode`], borrowing where the encoding is an identity.
pub fn decoded(encoding: TransferEncoding, data: &[u8]) -> (Cow<'_, [u8]>, Decoded) {
    if encoding.is_identity() {
        let mut decoded = Decoded::CLEAN;
        if encoding == TransferEncoding::SevenBit && !data.is_ascii() {
            decoded.note(Fault::HighBit);
        }
        return (Cow::Borrowed(data), decoded);
    }
    let mut out = Vec::new();
    let decoded = decode(encoding, data, &mut out);
    (Cow::Owned(out), decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_round_trip() {
        for encoding in [
            TransferEncoding::SevenBit,
            TransferEncoding::EightBit,
            TransferEncoding::Binary,
            TransferEncoding::QuotedPrintable,
            TransferEncoding::Base64,
            TransferEncoding::UuEncode,
            TransferEncoding::YEnc,
        ] {
            let name = encoding.name().to_ascii_uppercase();
            assert_eq!(TransferEncoding::from_name(&name), Some(encoding));
        }
        assert_eq!(TransferEncoding::from_name(" 7bit "), Some(TransferEncoding::SevenBit));
        assert_eq!(TransferEncoding::from_name(""), None);
    }

    #[test]
    fn identity_encodings_borrow_and_7bit_notes_high_octets() {
        let (data, decoded_as) = decoded(TransferEncoding::SevenBit, b"caf\xe9");
        assert!(matches!(data, Cow::Borrowed(_)));
        assert_eq!(decoded_as.faults().collect::<Vec<_>>(), [Fault::HighBit]);
        assert!(decoded(TransferEncoding::EightBit, b"caf\xe9").1.is_clean());
    }
}
