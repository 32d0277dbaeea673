//! The reply to `EHLO`.

use crate::types::Capabilities;

/// The keyword lines of a reply to `EHLO`, without the first line, which greets.
pub fn capabilities(c: &Capabilities) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |keyword: &str, arguments: &str| {
        let space = if arguments.is_empty() { "" } else { " " };
        lines.push(format!("{keyword}{space}{arguments}"));
    };
    let mut flag = |on: bool, keyword: &str| {
        if on {
            line(keyword, "");
        }
    };
    flag(c.pipelining, "PIPELINING");
    flag(c.eight_bit_mime, "8BITMIME");
    flag(c.smtputf8, "SMTPUTF8");
    flag(c.chunking, "CHUNKING");
    flag(c.binary_mime, "BINARYMIME");
    flag(c.dsn, "DSN");
    flag(c.enhanced_status_codes, "ENHANCEDSTATUSCODES");
    flag(c.starttls, "STARTTLS");
    flag(c.require_tls, "REQUIRETLS");
    flag(c.vrfy, "VRFY");
    flag(c.expn, "EXPN");
    flag(c.help, "HELP");
    flag(c.etrn, "ETRN");
    if let Some(size) = c.size {
        line("SIZE", &if size == 0 { String::new() } else { size.to_string() });
    }
    if !c.auth.is_empty() {
        line("AUTH", &c.auth.join(" "));
    }
    if let Some(least) = c.deliver_by {
        line("DELIVERBY", &if least == 0 { String::new() } else { least.to_string() });
    }
    if let Some(limit) = &c.future_release {
        line("FUTURERELEASE", &format!("{} {}", limit.seconds, limit.until));
    }
    if let Some(policy) = &c.mt_priority {
        line("MT-PRIORITY", policy);
    }
    if let Some(limits) = &c.limits {
        let named = [
            ("MAILMAX", limits.mail_max),
            ("RCPTMAX", limits.rcpt_max),
            ("RCPTDOMAINMAX", limits.rcpt_domain_max),
        ];
        let words: Vec<String> =
            named.iter().filter_map(|(name, value)| value.map(|v| format!("{name}={v}"))).collect();
        line("LIMITS", &words.join(" "));
    }
    if let Some(classes) = &c.no_soliciting {
        line("NO-SOLICITING", classes);
    }
    if let Some(arguments) = &c.burl {
        line("BURL", &arguments.join(" "));
    }
    if let Some(attributes) = &c.xclient {
        line("XCLIENT", &attributes.join(" "));
    }
    for (keyword, arguments) in &c.other {
        line(keyword, arguments);
    }
    lines
}
