//! [`Capabilities`] to the lines of the answer to `CAPA`.

use std::fmt::Write as _;

use mailwright_wire::Output;

use crate::types::{Capabilities, Expire, LoginDelay};

/// Writes one line for each capability, without the dot that ends them. RFC 2449 §5.
pub fn capabilities(capabilities: &Capabilities, out: &mut Output) {
    let Capabilities {
        top,
        user,
        sasl,
        resp_codes,
        auth_resp_code,
        login_delay,
        pipelining,
        expire,
        uidl,
        stls,
        implementation,
        utf8,
        lang,
        other,
    } = capabilities;
    let mut line = |present: bool, text: &str| {
        if present {
            let clean: String = text.chars().filter(|c| !c.is_control()).collect();
            let _ = write!(out, "{clean}\r\n");
        }
    };
    line(*top, "TOP");
    line(*uidl, "UIDL");
    line(*user, "USER");
    if let Some(mechanisms) = sasl {
        line(
            true,
            &["SASL"].into_iter().chain(mechanisms.iter().map(AsRef::as_ref)).collect::<Vec<_>>().join(" "),
        );
    }
    line(*resp_codes, "RESP-CODES");
    line(*auth_resp_code, "AUTH-RESP-CODE");
    line(*pipelining, "PIPELINING");
    line(*stls, "STLS");
    if let Some(LoginDelay { least, per_user }) = login_delay {
        line(true, &format!("LOGIN-DELAY {}{}", least.as_secs(), user_argument(*per_user)));
    }
    match expire {
        Some(Expire::Never) => line(true, "EXPIRE NEVER"),
        Some(Expire::Days { days, per_user }) => {
            line(true, &format!("EXPIRE {days}{}", user_argument(*per_user)));
        }
        None => {}
    }
    match utf8 {
        Some(true) => line(true, "UTF8 USER"),
        Some(false) => line(true, "UTF8"),
        None => {}
    }
    line(*lang, "LANG");
    if let Some(implementation) = implementation {
        line(true, &format!("IMPLEMENTATION {implementation}"));
    }
    for capability in other {
        line(true, capability);
    }
}

fn user_argument(per_user: bool) -> &'static str {
    if per_user { " USER" } else { "" }
}
