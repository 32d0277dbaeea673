//! The messages of RFC 5802 §7, parsed strictly.

/// What the client says about channel binding, and the identity it wants to act as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gs2Header<'a> {
    pub(crate) binding: BindingFlag<'a>,
    /// Still escaped.
    pub(crate) authorization: Option<&'a str>,
    /// The header itself, with both commas: part of what is signed.
    pub(crate) text: &'a str,
}

/// `gs2-cbind-flag`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindingFlag<'a> {
    /// `n`: the client cannot.
    No,
    /// `y`: the client could, but thinks that the server cannot.
    NotOffered,
    /// `p=`: this type is used.
    Used(&'a str),
}

/// `gs2-header = gs2-cbind-flag "," [ authzid ] ","`; returns what follows it too.
pub(crate) fn gs2_header(message: &str) -> Option<(Gs2Header<'_>, &str)> {
    let (flag, rest) = message.split_once(',')?;
    let (authorization, bare) = rest.split_once(',')?;
    let binding = match flag {
        "n" => BindingFlag::No,
        "y" => BindingFlag::NotOffered,
        // cb-name = 1*(ALPHA / DIGIT / "." / "-")
        _ => BindingFlag::Used(flag.strip_prefix("p=").filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        })?),
    };
    let authorization = match authorization {
        "" => None,
        some => Some(some.strip_prefix("a=").filter(|name| !name.is_empty())?),
    };
    Some((Gs2Header { binding, authorization, text: &message[..message.len() - bare.len()] }, bare))
}

/// `client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientFirst<'a> {
    /// Still escaped.
    pub(crate) user: &'a str,
    pub(crate) nonce: &'a str,
}

impl<'a> ClientFirst<'a> {
    pub(crate) fn parse(bare: &'a str) -> Option<Self> {
        let mut attributes = bare.split(',');
        // `m=` stands first where a mandatory extension is used; none is known, so it fails here.
        let user = attributes.next()?.strip_prefix("n=").filter(|user| !user.is_empty())?;
        let nonce = attributes.next()?.strip_prefix("r=").filter(|nonce| is_nonce(nonce))?;
        attributes.all(is_extension).then_some(Self { user, nonce })
    }
}

/// `server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerFirst<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) salt: &'a str,
    pub(crate) iterations: u32,
}

impl<'a> ServerFirst<'a> {
    pub(crate) fn parse(message: &'a str) -> Option<Self> {
        let mut attributes = message.split(',');
        let nonce = attributes.next()?.strip_prefix("r=").filter(|nonce| is_nonce(nonce))?;
        let salt = attributes.next()?.strip_prefix("s=").filter(|salt| !salt.is_empty())?;
        let iterations =
            attributes.next()?.strip_prefix("i=").filter(|count| is_posit_number(count))?.parse().ok()?;
        attributes.all(is_extension).then_some(Self { nonce, salt, iterations })
    }
}

/// `client-final-message = channel-binding "," nonce ["," extensions] "," proof`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientFinal<'a> {
    pub(crate) binding: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) proof: &'a str,
    pub(crate) without_proof: &'a str,
}

impl<'a> ClientFinal<'a> {
    pub(crate) fn parse(message: &'a str) -> Option<Self> {
        let (without_proof, proof) = message.rsplit_once(',')?;
        let proof = proof.strip_prefix("p=")?;
        let mut attributes = without_proof.split(',');
        let binding = attributes.next()?.strip_prefix("c=")?;
        let nonce = attributes.next()?.strip_prefix("r=").filter(|nonce| is_nonce(nonce))?;
        attributes.all(is_extension).then_some(Self { binding, nonce, proof, without_proof })
    }
}

/// `server-final-message = (server-error / verifier) ["," extensions]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerFinal<'a> {
    Verifier(&'a str),
    Error(&'a str),
}

impl<'a> ServerFinal<'a> {
    pub(crate) fn parse(message: &'a str) -> Option<Self> {
        let mut attributes = message.split(',');
        let first = attributes.next()?;
        let parsed = match first.strip_prefix("v=") {
            Some(verifier) => Self::Verifier(verifier),
            None => Self::Error(first.strip_prefix("e=")?),
        };
        attributes.all(is_extension).then_some(parsed)
    }
}

/// `printable = %x21-2B / %x2D-7E`
fn is_nonce(nonce: &str) -> bool {
    !nonce.is_empty() && nonce.bytes().all(|b| matches!(b, 0x21..=0x2B | 0x2D..=0x7E))
}

/// `posit-number = %x31-39 *DIGIT`
fn is_posit_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

/// `attr-val = ALPHA "=" value`, where `value = 1*value-char` and has neither NUL nor comma.
///
/// Unknown ones are ignored; `m` must never be, RFC 5802 §5.1.
fn is_extension(attribute: &str) -> bool {
    let octets = attribute.as_bytes();
    octets.len() > 2
        && octets[0].is_ascii_alphabetic()
        && octets[0] != b'm'
        && octets[1] == b'='
        && !octets.contains(&0)
}

/// Undoes the escapes of `saslname`: `=2C` and `=3D`. Any other `=` is a fault.
pub(crate) fn unescape(name: &str) -> Option<String> {
    let mut parts = name.split('=');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escaped, rest) = part.split_at_checked(2)?;
        out.push(match escaped {
            "2C" => ',',
            "3D" => '=',
            _ => return None,
        });
        out.push_str(rest);
    }
    (!out.contains('\0')).then_some(out)
}

/// Writes a `saslname`.
pub(crate) fn escape(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_nothing_else_is() {
        assert_eq!(escape("a=b,c"), "a=3Db=2Cc");
        assert_eq!(unescape("a=3Db=2Cc").as_deref(), Some("a=b,c"));
        for bad in ["a=", "a=2", "a=2c", "=4D", "a=\u{e9}", "a\0b"] {
            assert_eq!(unescape(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn mandatory_extensions_fail_and_optional_ones_are_ignored() {
        assert!(ClientFirst::parse("n=user,r=abc").is_some());
        assert!(ClientFirst::parse("n=user,r=abc,x=1").is_some());
        for bad in [
            "m=x,n=user,r=abc",
            "n=user,r=abc,m=x",
            "n=user,r=abc,x=",
            "n=user,r=abc,",
            "n=,r=abc",
            "n=user,r=",
            "r=a,n=user",
        ] {
            assert_eq!(ClientFirst::parse(bad), None, "{bad}");
        }
        for bad in [
            "m=1,r=a,s=b,i=4096",
            "r=a,s=b,i=4096,m=1",
            "r=a,s=,i=4096",
            "r=a,s=b,i=0",
            "r=a,s=b,i=+5",
            "r=a,s=b,i=",
            "r=a,s=b,i=99999999999",
        ] {
            assert_eq!(ServerFirst::parse(bad), None, "{bad}");
        }
        assert_eq!(ServerFirst::parse("r=a,s=b,i=4096,x=y").map(|m| m.iterations), Some(4096));
        assert_eq!(ClientFinal::parse("c=biws,r=a,m=1,p=x"), None);
        assert_eq!(ClientFinal::parse("c=biws,r=a,p=x,y=z"), None);
    }

    #[test]
    fn gs2_header_is_one_of_three() {
        let flag = |text| gs2_header(text).map(|(header, _)| header.binding);
        assert_eq!(flag("n,,x"), Some(BindingFlag::No));
        assert_eq!(flag("y,,x"), Some(BindingFlag::NotOffered));
        assert_eq!(flag("p=tls-exporter,a=b,x"), Some(BindingFlag::Used("tls-exporter")));
        for bad in ["", "n", "n,", "z,,x", "p=,,x", "p,,x", "p=a b,,x", "n,b,x", "n,a=,x", "F,n,,x"] {
            assert_eq!(flag(bad), None, "{bad}");
        }
    }
}
