//! Values of responses that no specification we know defines.

use bytes::Bytes;

/// A value of the general grammar for extensions (RFC 9051 §9, `tagged-ext-val` and `body-extension`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NIL`.
    Nil,
    /// A number.
    Number(u64),
    /// A word that is not a number: an atom, a flag, a set of numbers.
    Atom(Bytes),
    /// A quoted string or a literal.
    String(Bytes),
    /// A list in parentheses.
    List(Vec<Value>),
}
