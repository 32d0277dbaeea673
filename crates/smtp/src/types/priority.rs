//! The `MT-PRIORITY` parameter of `MAIL`: RFC 6710.

/// A message transfer priority, -9 (last) to 9 (first): RFC 6710 §7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Priority(i8);

impl Priority {
    /// `None` outside -9 to 9.
    pub fn new(value: i8) -> Option<Self> {
        (-9..=9).contains(&value).then_some(Self(value))
    }

    /// -9 to 9.
    pub fn value(self) -> i8 {
        self.0
    }
}
