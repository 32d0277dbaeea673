//! Networks: `10.0.0.0/8`, `2001:db8::/32`, or one address.

use serde::Deserialize;
use std::{net::IpAddr, str::FromStr};

/// All addresses that begin with the same bits.
///
/// ```
/// let network: mailwright_server::Network = "192.0.2.0/24".parse().unwrap();
/// assert!(network.contains("192.0.2.200".parse().unwrap()));
/// assert!(!network.contains("192.0.3.1".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    /// With IPv4 addresses mapped into IPv6, RFC 4291 §2.5.5.2.
    first: u128,
    mask: u128,
}

impl Network {
    /// Whether this address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        mapped(address) & self.mask == self.first
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (address, bits) = match text.split_once('/') {
                Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
                None => (text.parse().ok()?, None),
            };
            let width = if address.is_ipv4() { 32 } else { 128 };
            let host_bits = width - bits.unwrap_or(width).min(width);
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            (bits.unwrap_or(0) <= width).then(|| Self { first: mapped(address) & mask, mask })
        };
        read()
            .ok_or_else(|| format!("expected an address or a network such as \"10.0.0.0/8\", found {text:?}"))
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_begins_alike() {
        for (network, inside, outside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
            ("10.1.2.3/8", "10.255.0.1", "11.0.0.1"),
            ("0.0.0.0/0", "255.255.255.255", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "192.0.2.1", ""),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network:?} {inside}");
            assert!(
                outside.is_empty() || !network.contains(outside.parse().unwrap()),
                "{network:?} {outside}"
            );
        }
        for bad in ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
