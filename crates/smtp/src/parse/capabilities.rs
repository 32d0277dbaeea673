//! The reply to `EHLO`.

use crate::types::{Capabilities, FutureReleaseLimit, SessionLimits};

/// Understands the text lines of a reply to `EHLO`, the first of which greets.
///
/// Lenient: what cannot be understood is kept in [`Capabilities::other`], and `AUTH=` (an old form) is `AUTH`.
pub fn capabilities<'a>(lines: impl IntoIterator<Item = &'a str>) -> Capabilities {
    let mut c = Capabilities::default();
    for line in lines.into_iter().skip(1) {
        keyword(&mut c, line.trim());
    }
    c
}

/// ```abnf
/// ehlo-line    = ehlo-keyword *( SP ehlo-param )
/// ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// ```
fn keyword(c: &mut Capabilities, line: &str) {
    let (name, arguments) = line.split_once([' ', '=']).unwrap_or((line, ""));
    let (name, arguments) = (name.trim_end().to_ascii_uppercase(), arguments.trim());
    let words = || arguments.split_ascii_whitespace();
    match name.as_str() {
        "" => {}
        "PIPELINING" => c.pipelining = true,
        "8BITMIME" => c.eight_bit_mime = true,
        "SMTPUTF8" => c.smtputf8 = true,
        // A limit past 64 bits is none.
        "SIZE" => c.size = Some(words().next().and_then(|n| n.parse().ok()).unwrap_or(0)),
        "CHUNKING" => c.chunking = true,
        "BINARYMIME" => c.binary_mime = true,
        "DSN" => c.dsn = true,
        "ENHANCEDSTATUSCODES" => c.enhanced_status_codes = true,
        "STARTTLS" => c.starttls = true,
        "AUTH" => {
            for mechanism in words().map(str::to_ascii_uppercase) {
                if !c.offers_auth(&mechanism) {
                    c.auth.push(mechanism.into());
                }
            }
        }
        "REQUIRETLS" => c.require_tls = true,
        "DELIVERBY" => {
            c.deliver_by = Some(arguments.split(',').next().and_then(|n| n.parse().ok()).unwrap_or(0));
        }
        "FUTURERELEASE" => match (words().next().map(str::parse), words().nth(1)) {
            (Some(Ok(seconds)), Some(until)) => {
                c.future_release = Some(FutureReleaseLimit { seconds, until: until.into() });
            }
            _ => c.other.push((name.into(), arguments.into())),
        },
        "MT-PRIORITY" => c.mt_priority = Some(arguments.into()),
        "LIMITS" => c.limits = Some(limits(arguments)),
        "NO-SOLICITING" => c.no_soliciting = Some(arguments.into()),
        "BURL" => c.burl = Some(words().map(Into::into).collect()),
        "VRFY" => c.vrfy = true,
        "EXPN" => c.expn = true,
        "HELP" => c.help = true,
        "ETRN" => c.etrn = true,
        "XCLIENT" => c.xclient = Some(words().map(Into::into).collect()),
        _ => c.other.push((name.into(), arguments.into())),
    }
}

/// ```abnf
/// limits-param = limit-name-value *( SP limit-name-value )
/// limit-name-value = limit-name "=" limit-value
/// ```
fn limits(arguments: &str) -> SessionLimits {
    let mut limits = SessionLimits::default();
    for (name, value) in arguments.split_ascii_whitespace().filter_map(|p| p.split_once('=')) {
        let value = value.parse().ok();
        match name.to_ascii_uppercase().as_str() {
            "MAILMAX" => limits.mail_max = value,
            "RCPTMAX" => limits.rcpt_max = value,
            "RCPTDOMAINMAX" => limits.rcpt_domain_max = value,
            _ => {}
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_keyword_is_none_of_it() {
        for line in ["SIZE", " size ", "SIZE =", "SIZE\r=", "SIZE\u{85}="] {
            assert_eq!(capabilities(["mx", line]).size, Some(0), "{line:?}");
        }
    }
}
