//! Commands.

use std::fmt::Write;

use crate::{
    encode::xtext,
    error::EncodeError,
    types::{
        ByMode, Command, FutureRelease, MailAuth, MailParameters, Notify, OriginalRecipient, RcptParameters,
        Ret, XClient,
    },
};

/// Writes one command line with its CRLF.
///
/// ```
/// use mailwright_smtp::{encode, types::{Command, Mail, Mailbox}};
/// let command = Command::Mail(Mail::new(Mailbox::new("joe smith", "example.org")?));
/// let mut out = String::new();
/// encode::command(&command, &mut out)?;
/// assert_eq!(out, "MAIL FROM:<\"joe smith\"@example.org>\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where a free text (of `VRFY`, `EXPN`, `HELP`, `ETRN`, `BURL`, `XCLIENT` or `SOLICIT`) has what would break the
/// line. `out` is then as it was.
pub fn command(command: &Command, out: &mut String) -> Result<(), EncodeError> {
    let start = out.len();
    let result = write(command, out);
    match result {
        Ok(()) => out.push_str("\r\n"),
        Err(_) => out.truncate(start),
    }
    result
}

fn write(command: &Command, out: &mut String) -> Result<(), EncodeError> {
    match command {
        Command::Ehlo(name) => _ = write!(out, "EHLO {name}"),
        Command::Helo(name) => _ = write!(out, "HELO {name}"),
        Command::Lhlo(name) => _ = write!(out, "LHLO {name}"),
        Command::Mail(mail) => {
            _ = write!(out, "MAIL FROM:{}", mail.from);
            mail_parameters(&mail.parameters, out)?;
        }
        Command::Rcpt(rcpt) => {
            _ = write!(out, "RCPT TO:{}", rcpt.to);
            rcpt_parameters(&rcpt.parameters, out);
        }
        Command::Data => out.push_str("DATA"),
        Command::Bdat { size, last } => _ = write!(out, "BDAT {size}{}", if *last { " LAST" } else { "" }),
        Command::Burl(burl) => {
            out.push_str("BURL ");
            word(out, "a URL", &burl.url)?;
            out.push_str(if burl.last { " LAST" } else { "" });
        }
        Command::Rset => out.push_str("RSET"),
        Command::Vrfy { string, smtputf8 } => {
            out.push_str("VRFY ");
            text(out, "the argument of VRFY", string)?;
            out.push_str(if *smtputf8 { " SMTPUTF8" } else { "" });
        }
        Command::Expn { string, smtputf8 } => {
            out.push_str("EXPN ");
            text(out, "the argument of EXPN", string)?;
            out.push_str(if *smtputf8 { " SMTPUTF8" } else { "" });
        }
        Command::Help(None) => out.push_str("HELP"),
        Command::Help(Some(subject)) => {
            out.push_str("HELP ");
            text(out, "the argument of HELP", subject)?;
        }
        Command::Noop => out.push_str("NOOP"),
        Command::Quit => out.push_str("QUIT"),
        Command::StartTls => out.push_str("STARTTLS"),
        Command::Auth { mechanism, initial } => {
            out.push_str("AUTH ");
            word(out, "the name of a mechanism", mechanism)?;
            if let Some(initial) = initial {
                out.push(' ');
                word(out, "an initial response", initial.as_str())?;
            }
        }
        Command::Etrn(node) => {
            out.push_str("ETRN ");
            word(out, "the argument of ETRN", node)?;
        }
        Command::XClient(attributes) => xclient(attributes, out)?,
    }
    Ok(())
}

/// A value without spaces.
fn word(out: &mut String, what: &'static str, value: &str) -> Result<(), EncodeError> {
    if value.contains(' ') {
        return Err(EncodeError { what, why: "it has a space" });
    }
    text(out, what, value)
}

/// A value that keeps to its line.
fn text(out: &mut String, what: &'static str, value: &str) -> Result<(), EncodeError> {
    if value.is_empty() || value.trim_matches(' ') != value {
        return Err(EncodeError { what, why: "it is empty, or begins or ends with a space" });
    }
    if value.contains(char::is_control) {
        return Err(EncodeError { what, why: "it has a control character" });
    }
    out.push_str(value);
    Ok(())
}

fn mail_parameters(p: &MailParameters, out: &mut String) -> Result<(), EncodeError> {
    if let Some(size) = p.size {
        _ = write!(out, " SIZE={size}");
    }
    if let Some(body) = p.body {
        _ = write!(out, " BODY={}", body.as_str());
    }
    if p.smtputf8 {
        out.push_str(" SMTPUTF8");
    }
    match &p.auth {
        None => {}
        Some(MailAuth::Unknown) => out.push_str(" AUTH=<>"),
        Some(MailAuth::Mailbox(mailbox)) if mailbox.is_ascii() => {
            out.push_str(" AUTH=");
            xtext::xtext(out, &mailbox.to_string());
        }
        // xtext carries ASCII only, and the parameter is advice: who cannot be named is not known.
        Some(MailAuth::Mailbox(_)) => out.push_str(" AUTH=<>"),
    }
    match p.ret {
        None => {}
        Some(Ret::Full) => out.push_str(" RET=FULL"),
        Some(Ret::Hdrs) => out.push_str(" RET=HDRS"),
    }
    if let Some(envid) = &p.envid {
        out.push_str(" ENVID=");
        xtext::xtext(out, envid.as_str());
    }
    if p.require_tls {
        out.push_str(" REQUIRETLS");
    }
    if let Some(by) = &p.by {
        let mode = if by.mode == ByMode::Notify { 'N' } else { 'R' };
        _ = write!(out, " BY={};{mode}{}", by.seconds, if by.trace { "T" } else { "" });
    }
    match &p.hold {
        None => {}
        Some(FutureRelease::For(seconds)) => _ = write!(out, " HOLDFOR={seconds}"),
        Some(FutureRelease::Until(moment)) => {
            out.push_str(" HOLDUNTIL=");
            word(out, "HOLDUNTIL", moment)?;
        }
    }
    if let Some(priority) = p.mt_priority {
        _ = write!(out, " MT-PRIORITY={}", priority.value());
    }
    if let Some(classes) = &p.solicit {
        out.push_str(" SOLICIT=");
        word(out, "SOLICIT", classes)?;
    }
    Ok(())
}

fn rcpt_parameters(p: &RcptParameters, out: &mut String) {
    if let Some(notify) = p.notify {
        out.push_str(" NOTIFY=");
        notify_words(notify, out);
    }
    if let Some(orcpt) = &p.orcpt {
        original_recipient(orcpt, out);
    }
}

fn notify_words(notify: Notify, out: &mut String) {
    let words = [(notify.success, "SUCCESS"), (notify.failure, "FAILURE"), (notify.delay, "DELAY")];
    let words: Vec<&str> = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    out.push_str(&if words.is_empty() { "NEVER".into() } else { words.join(",") });
}

fn original_recipient(orcpt: &OriginalRecipient, out: &mut String) {
    _ = write!(out, " ORCPT={};", orcpt.address_type());
    if orcpt.address_type().eq_ignore_ascii_case("utf-8") {
        xtext::utf8_address(out, orcpt.address());
    } else {
        xtext::xtext(out, orcpt.address());
    }
}

fn xclient(x: &XClient, out: &mut String) -> Result<(), EncodeError> {
    out.push_str("XCLIENT");
    let ip = |ip: &std::net::IpAddr| {
        if ip.is_ipv6() { format!("IPV6:{ip}") } else { ip.to_string() }
    };
    let attributes = [
        ("NAME", x.name.as_deref().map(Into::into)),
        ("ADDR", x.addr.as_ref().map(ip)),
        ("PORT", x.port.map(|p| p.to_string())),
        ("PROTO", x.proto.as_deref().map(Into::into)),
        ("HELO", x.helo.as_deref().map(Into::into)),
        ("LOGIN", x.login.as_deref().map(Into::into)),
        ("DESTADDR", x.dest_addr.as_ref().map(ip)),
        ("DESTPORT", x.dest_port.map(|p| p.to_string())),
    ];
    let start = out.len();
    for (name, value) in attributes {
        let Some(value) = value else { continue };
        if let Some(at) = value.bytes().position(|b| !matches!(b, b' '..=b'~')) {
            let why = if value.as_bytes()[at].is_ascii() {
                "it has a control character"
            } else {
                "it is not ASCII"
            };
            return Err(EncodeError { what: "an attribute of XCLIENT", why });
        }
        _ = write!(out, " {name}=");
        // Or a name such as `[UNAVAILABLE]` would be none.
        let value = value.strip_prefix('[').inspect(|_| out.push_str("+5B")).unwrap_or(&value);
        xtext::xtext(out, value);
    }
    if out.len() == start {
        out.push_str(" NAME=[UNAVAILABLE]");
    }
    Ok(())
}
