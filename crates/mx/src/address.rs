//! Which addresses mail may go to, and address literals.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is. Only [`Reach::Public`] is used for relaying unless the caller allows the others:
/// a name server that answers `127.0.0.1` must not turn a mail server against the machine it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Reach {
    /// Routed in the Internet, as far as one can tell from the number.
    Public,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// `10/8`, `172.16/12`, `192.168/16`, `100.64/10` (RFC 1918, RFC 6598), `fc00::/7` (RFC 4193).
    Private,
    /// `169.254/16` (RFC 3927), `fe80::/10`.
    LinkLocal,
    /// `0.0.0.0/8`, `::`: "this network".
    Unspecified,
    /// `224/4`, `ff00::/8`.
    Multicast,
    /// `255.255.255.255`, and the rest of `240/4`, which nobody may use.
    Reserved,
    /// `::ffff:0:0/96`: an IPv4 address has no business in an AAAA record.
    Mapped,
}

impl Reach {
    /// Sorts an address. An address of the well-known NAT64 prefix `64:ff9b::/96` (RFC 6052 §2.1) is judged by the
    /// IPv4 address inside it, so that networks with only IPv6 work and nothing is smuggled.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(v4: Ipv4Addr) -> Self {
        match v4.octets() {
            [0, ..] => Self::Unspecified,
            [127, ..] => Self::Loopback,
            [169, 254, ..] => Self::LinkLocal,
            [100, second, ..] if second & 0xc0 == 64 => Self::Private,
            [224..=239, ..] => Self::Multicast,
            [240..=255, ..] => Self::Reserved,
            _ if v4.is_private() => Self::Private,
            _ => Self::Public,
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        let first = v6.segments()[0];
        let [.., a, b, c, d] = v6.octets();
        match v6.segments()[..6] {
            [0x64, 0xff9b, 0, 0, 0, 0] => Self::of_v4(Ipv4Addr::new(a, b, c, d)),
            [0, 0, 0, 0, 0, 0xffff] => Self::Mapped,
            _ if v6.is_loopback() => Self::Loopback,
            _ if v6.is_unspecified() => Self::Unspecified,
            _ if first & 0xffc0 == 0xfe80 => Self::LinkLocal,
            // fec0::/10 was "site local" (RFC 3879) and is treated as what it was meant to be.
            _ if first & 0xffc0 == 0xfec0 || first & 0xfe00 == 0xfc00 => Self::Private,
            _ if first & 0xff00 == 0xff00 => Self::Multicast,
            _ => Self::Public,
        }
    }

    /// In words, for an explanation.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Unspecified => "an address of no host",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
            Self::Mapped => "an IPv4 address inside an IPv6 one",
        }
    }
}

/// Reads an address literal with its brackets; `None` if it is not one of the two forms in use.
///
/// ```abnf
/// address-literal      = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
/// IPv6-address-literal = "IPv6:" IPv6-addr
/// ```
/// RFC 5321 §4.1.3. No general address literal has ever been registered, so there is none to read.
///
/// ```
/// use mailwright_mx::address_literal;
/// assert_eq!(address_literal("[192.0.2.7]"), Some("192.0.2.7".parse().unwrap()));
/// assert_eq!(address_literal("[IPv6:2001:db8::1]"), Some("2001:db8::1".parse().unwrap()));
/// assert_eq!(address_literal("192.0.2.7"), None);
/// ```
pub fn address_literal(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    match inside.split_at_checked(5) {
        Some((tag, v6)) if tag.eq_ignore_ascii_case("IPv6:") => v6.parse().ok().map(IpAddr::V6),
        _ => inside.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_sorted() {
        for (text, reach) in [
            ("192.0.2.1", Reach::Public),
            ("8.8.8.8", Reach::Public),
            ("127.0.0.1", Reach::Loopback),
            ("127.255.0.9", Reach::Loopback),
            ("10.0.0.1", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("172.31.255.255", Reach::Private),
            ("172.32.0.1", Reach::Public),
            ("192.168.0.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("100.128.0.1", Reach::Public),
            ("169.254.1.1", Reach::LinkLocal),
            ("0.0.0.0", Reach::Unspecified),
            ("224.0.0.1", Reach::Multicast),
            ("255.255.255.255", Reach::Reserved),
            ("240.0.0.1", Reach::Reserved),
            ("::1", Reach::Loopback),
            ("::", Reach::Unspecified),
            ("fe80::1", Reach::LinkLocal),
            ("febf::1", Reach::LinkLocal),
            ("fec0::1", Reach::Private),
            ("fc00::1", Reach::Private),
            ("fdff::1", Reach::Private),
            ("ff02::1", Reach::Multicast),
            ("::ffff:127.0.0.1", Reach::Mapped),
            ("64:ff9b::7f00:1", Reach::Loopback),
            ("64:ff9b::a00:1", Reach::Private),
            ("64:ff9b::808:808", Reach::Public),
            ("2001:db8::1", Reach::Public),
        ] {
            assert_eq!(Reach::of(text.parse().unwrap()), reach, "{text}");
        }
    }

    #[test]
    fn only_the_two_registered_literals_are_read() {
        for text in
            ["[]", "[", "[192.0.2.1", "[192.0.2]", "[2001:db8::1]", "[IPv6:192.0.2.1]", "[x:y]", "[é:aa]"]
        {
            assert_eq!(address_literal(text), None, "{text}");
        }
        assert!(address_literal("[ipv6:::1]").is_some());
    }
}
