//! One line of the answer to `CAPA`.

use std::time::Duration;

use super::number::number;
use crate::types::{Capabilities, Expire, LoginDelay};

/// Reads one line into `into`. What is not understood is kept as it is. RFC 2449 §6.
///
/// ```
/// use mailwright_pop3::{parse, types::{Capabilities, Expire}};
/// let mut capabilities = Capabilities::default();
/// for line in ["TOP", "SASL PLAIN X-ZIMBRA", "EXPIRE 31 USER", "XOIP"] {
///     parse::capability(line, &mut capabilities);
/// }
/// assert!(capabilities.top);
/// assert_eq!(capabilities.sasl.unwrap().len(), 2);
/// assert_eq!(capabilities.expire, Some(Expire::Days { days: 31, per_user: true }));
/// assert_eq!(&*capabilities.other[0], "XOIP");
/// ```
pub fn capability(line: &str, into: &mut Capabilities) {
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let tag = words.next().unwrap_or_default().to_ascii_uppercase();
    let arguments: Vec<&str> = words.collect();
    let per_user = |at: usize| arguments.get(at).is_some_and(|word| word.eq_ignore_ascii_case("USER"));
    let count = || arguments.first().and_then(|word| number(word));
    match tag.as_str() {
        "TOP" => into.top = true,
        "USER" => into.user = true,
        "SASL" => into.sasl = Some(arguments.iter().map(|name| (*name).into()).collect()),
        "RESP-CODES" => into.resp_codes = true,
        "AUTH-RESP-CODE" => into.auth_resp_code = true,
        "PIPELINING" => into.pipelining = true,
        "UIDL" => into.uidl = true,
        "STLS" => into.stls = true,
        "LANG" => into.lang = true,
        "UTF8" => into.utf8 = Some(per_user(0)),
        "IMPLEMENTATION" => into.implementation = Some(arguments.join(" ").into()),
        "LOGIN-DELAY" if count().is_some() => {
            let least = Duration::from_secs(count().unwrap_or_default());
            into.login_delay = Some(LoginDelay { least, per_user: per_user(1) });
        }
        "EXPIRE" if arguments.first().is_some_and(|word| word.eq_ignore_ascii_case("NEVER")) => {
            into.expire = Some(Expire::Never);
        }
        "EXPIRE" if count().is_some() => {
            let days = count().and_then(|days| u32::try_from(days).ok()).unwrap_or(u32::MAX);
            into.expire = Some(Expire::Days { days, per_user: per_user(1) });
        }
        "" => {}
        _ => into.other.push(line.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let all = Capabilities {
            top: true,
            user: true,
            sasl: Some(vec!["PLAIN".into(), "SCRAM-SHA-256".into()]),
            resp_codes: true,
            auth_resp_code: true,
            login_delay: Some(LoginDelay { least: Duration::from_mins(15), per_user: true }),
            pipelining: true,
            expire: Some(Expire::Days { days: 60, per_user: false }),
            uidl: true,
            stls: true,
            implementation: Some("Shlemazle-Plotz-v302".into()),
            utf8: Some(true),
            lang: true,
            other: vec!["X-ONE two".into()],
        };
        for capabilities in [
            all,
            Capabilities::default(),
            Capabilities { expire: Some(Expire::Never), utf8: Some(false), ..Capabilities::default() },
        ] {
            let mut out = mailwright_wire::Output::new();
            crate::encode::capabilities(&capabilities, &mut out);
            let text = String::from_utf8(out.pop().unwrap_or_default().to_vec()).unwrap();
            let mut read = Capabilities::default();
            text.lines().for_each(|line| capability(line, &mut read));
            assert_eq!(read, capabilities);
        }
    }
}
