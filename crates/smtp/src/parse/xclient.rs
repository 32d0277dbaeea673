//! The attributes of `XCLIENT`.

use std::net::IpAddr;

use crate::{error::CommandError, parse::xtext, types::XClient};

/// Values are xtext; a value that is not known to the proxy is absent.
///
/// ```abnf
/// xclient-command = "XCLIENT" 1*( SP attribute-name "=" attribute-value )
/// attribute-name  = "NAME" / "ADDR" / "PORT" / "PROTO" / "HELO" / "LOGIN" / "DESTADDR" / "DESTPORT"
/// ```
pub(crate) fn xclient(text: &str) -> Result<XClient, CommandError> {
    let mut x = XClient::default();
    let bad = |name| CommandError::BadParameter { name, expected: "another value" };
    let mut seen = 0;
    for attribute in text.split(' ').filter(|a| !a.is_empty()) {
        let Some((name, value)) = attribute.split_once('=') else {
            return Err(bad("XCLIENT"));
        };
        let value = match value.to_ascii_uppercase().as_str() {
            "[UNAVAILABLE]" | "[TEMPUNAVAIL]" => None,
            _ => Some(xtext::xtext(value).ok_or_else(|| bad("XCLIENT"))?),
        };
        seen += 1;
        match (name.to_ascii_uppercase().as_str(), value) {
            ("NAME", v) => x.name = v.map(Into::into),
            ("PROTO", v) => x.proto = v.map(Into::into),
            ("HELO", v) => x.helo = v.map(Into::into),
            ("LOGIN", v) => x.login = v.map(Into::into),
            ("ADDR", v) => x.addr = v.map(|v| ip(&v).ok_or_else(|| bad("ADDR"))).transpose()?,
            ("DESTADDR", v) => x.dest_addr = v.map(|v| ip(&v).ok_or_else(|| bad("DESTADDR"))).transpose()?,
            ("PORT", v) => x.port = v.map(|v| v.parse().map_err(|_| bad("PORT"))).transpose()?,
            ("DESTPORT", v) => x.dest_port = v.map(|v| v.parse().map_err(|_| bad("DESTPORT"))).transpose()?,
            _ => return Err(CommandError::UnknownParameter { name: "XCLIENT".into() }),
        }
    }
    if seen == 0 { Err(bad("XCLIENT")) } else { Ok(x) }
}

/// `192.0.2.1`, or `IPV6:2001:db8::1`.
fn ip(text: &str) -> Option<IpAddr> {
    match text.split_at_checked(5) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case("IPV6:") => rest.parse().ok().map(IpAddr::V6),
        _ => text.parse().ok().map(IpAddr::V4),
    }
}
