//! The `BODY` parameter of `MAIL`.

/// What octets the content may have: RFC 6152 §3 and RFC 3030 §3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BodyType {
    /// `7BIT`: lines of US-ASCII. What a message is where nothing is declared.
    #[default]
    SevenBit,
    /// `8BITMIME`: lines of any octets.
    EightBitMime,
    /// `BINARYMIME`: any octets, line ends mean nothing; travels by `BDAT` only.
    BinaryMime,
}

impl BodyType {
    /// The word of the parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SevenBit => "7BIT",
            Self::EightBitMime => "8BITMIME",
            Self::BinaryMime => "BINARYMIME",
        }
    }
}
