//! What can stand on a command line, and that nothing else passes.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;
use mailwright_smtp::{
    encode,
    error::CommandError,
    parse,
    server::Config,
    types::{
        AddressLiteral, BodyType, ByMode, Command, FutureRelease, HelloName, Mail, MailAuth, MailParameters,
        Mailbox, Notify, Rcpt, Ret, ReversePath, XClient,
    },
};

fn mail(parameters: &str) -> Result<MailParameters, CommandError> {
    match parse::command(format!("MAIL FROM:<a@b.example> {parameters}").as_bytes())? {
        Command::Mail(mail) => Ok(mail.parameters),
        other => panic!("{other:?}"),
    }
}

fn rcpt(parameters: &str) -> Result<Rcpt, CommandError> {
    match parse::command(format!("RCPT TO:<a@b.example> {parameters}").as_bytes())? {
        Command::Rcpt(rcpt) => Ok(rcpt),
        other => panic!("{other:?}"),
    }
}

#[test]
fn mailboxes() {
    for (text, local, domain) in [
        ("joe@example.org", "joe", "example.org"),
        ("a.b.c@x", "a.b.c", "x"),
        ("!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", "x"),
        (r#""joe smith"@x"#, "joe smith", "x"),
        (r#""a\"b\\c"@x"#, r#"a"b\c"#, "x"),
        (r#""@"@x"#, "@", "x"),
        (r#"""@x"#, "", "x"),
        (r#"" "@x"#, " ", "x"),
        (r#""a..b"@x"#, "a..b", "x"),
        (r#"".a"@x"#, ".a", "x"),
        (r#""a>b"@x"#, "a>b", "x"),
        ("a@[192.0.2.1]", "a", "[192.0.2.1]"),
        ("a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"),
        ("a@[ipv6:::1]", "a", "[ipv6:::1]"),
        ("a@[x400:c=us]", "a", "[x400:c=us]"),
        ("δοκιμή@παράδειγμα.δοκιμή", "δοκιμή", "παράδειγμα.δοκιμή"),
        ("a@xn--nxasmq6b", "a", "xn--nxasmq6b"),
    ] {
        let mailbox: Mailbox = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((mailbox.local_part(), mailbox.domain()), (local, domain), "{text}");
        assert_eq!(mailbox.to_string(), text);
        assert_eq!(Mailbox::new(local, domain).unwrap(), mailbox);
    }
    // Quotes that are not needed are not kept: it is the same mailbox, RFC 5321 §4.1.2.
    assert_eq!(r#""joe"@x"#.parse::<Mailbox>().unwrap().to_string(), "joe@x");
    assert_eq!(r#""j\oe"@x"#.parse::<Mailbox>().unwrap().to_string(), "joe@x");
}

#[test]
fn not_mailboxes() {
    for (text, at) in [
        ("", 0),
        ("joe", 3),
        ("@x", 0),
        ("joe@", 4),
        ("joe@@x", 4),
        (".a@x", 0),
        ("a.@x", 1),
        ("a..b@x", 1),
        ("a b@x", 1),
        ("a@b c", 3),
        ("a@b.", 3),
        ("a@.b", 2),
        ("a@b..c", 3),
        ("a@-b", 2),
        ("a@b-", 3),
        ("a@b_c", 3),
        ("a@b/c", 3),
        ("a@[192.0.2.256]", 3),
        ("a@[192.0.2.1", 3),
        ("a@[IPv6:1::2::3]", 3),
        ("a@[IPv6:192.0.2.1]", 3),
        ("a@[]", 3),
        ("a@192.0.2.1]", 11),
        (r#""a"b@x"#, 3),
        (r#""a@x"#, 4),
        ("\"a\u{1}\"@x", 2),
        ("\"a\\\u{7f}\"@x", 3),
        ("a\u{202e}b@x", 1),
        ("a\u{85}@x", 1),
        ("a@x\u{2028}", 3),
        ("(comment)a@x", 0),
        ("a@x>b@y", 3),
    ] {
        let error = text.parse::<Mailbox>().expect_err(text);
        assert_eq!(error.at, at, "{text:?}: {error}");
    }
    for (local, domain) in [(64, 255), (255, 1)] {
        let text = format!("{}@{}", "a".repeat(local), "b.".repeat(domain / 2) + "b");
        assert!(text.parse::<Mailbox>().is_ok(), "{local} {domain}");
    }
    assert!(format!("{}@b", "a".repeat(256)).parse::<Mailbox>().is_err());
    assert!(format!("a@{}b", "b.".repeat(128)).parse::<Mailbox>().is_err());
    assert!(format!("a@{}", "b".repeat(64)).parse::<Mailbox>().is_err());
}

#[test]
fn literals_and_names() {
    assert_eq!("[192.0.2.1]".parse(), Ok(AddressLiteral::Ip([192, 0, 2, 1].into())));
    let general = "[tag:x]".parse::<AddressLiteral>().unwrap();
    assert_eq!(general, AddressLiteral::General { tag: "tag".into(), content: "x".into() });
    for text in ["[192.0.2.1]", "[IPv6:2001:db8::1]", "[tag:x]"] {
        assert_eq!(text.parse::<AddressLiteral>().unwrap().to_string(), text);
    }
    for good in ["client.example.org", "[192.0.2.1]", "[IPv6:::1]", "my_laptop", "a"] {
        assert!(good.parse::<HelloName>().is_ok(), "{good}");
    }
    for bad in ["", "a b", "a\r\nMAIL", "a\0", "a(b)", "ä", "a;b", "\u{2028}"] {
        assert!(bad.parse::<HelloName>().is_err(), "{bad}");
    }
    assert!("a".repeat(256).parse::<HelloName>().is_err());
}

#[test]
fn verbs_take_what_they_take_and_no_more() {
    use Command::{Bdat, Data, Noop, Quit, Rset, StartTls};
    for (line, want) in [
        ("DATA", Data),
        ("data  ", Data),
        ("RSET", Rset),
        ("qUiT", Quit),
        ("NOOP anything <>", Noop),
        ("starttls", StartTls),
        ("BDAT 0", Bdat { size: 0, last: false }),
        ("BDAT 18446744073709551615 last", Bdat { size: u64::MAX, last: true }),
        ("BDAT 007  LAST", Bdat { size: 7, last: true }),
        ("HELP", Command::Help(None)),
        ("HELP me now", Command::Help(Some("me now".into()))),
        ("VRFY joe smith", Command::Vrfy { string: "joe smith".into(), smtputf8: false }),
        ("VRFY jürgen SMTPUTF8", Command::Vrfy { string: "jürgen".into(), smtputf8: true }),
        ("EXPN staff", Command::Expn { string: "staff".into(), smtputf8: false }),
        ("ETRN @example.org", Command::Etrn("@example.org".into())),
    ] {
        assert_eq!(parse::command(line.as_bytes()), Ok(want), "{line}");
    }
    for (line, at) in [
        ("RSET junk", 5),
        ("DATA x", 5),
        ("QUIT  x", 6),
        ("STARTTLS x", 9),
        ("EHLO", 4),
        ("EHLO a b", 6),
        ("HELO a,b", 6),
        ("VRFY", 4),
        ("ETRN a b", 5),
        ("AUTH", 4),
        ("AUTH PL\"AIN", 5),
        ("AUTH PLAIN a b", 5),
        ("AUTH ABCDEFGHIJKLMNOPQRSTU", 5),
        ("BURL nonsense", 5),
        ("MAIL", 4),
        ("MAIL <a@b>", 5),
        ("MAIL FROM <a@b>", 5),
        ("MAIL TO:<a@b>", 5),
        ("MAIL FROM:", 10),
        ("MAIL FROM:<a@b", 14),
        ("MAIL FROM:<a@b>SIZE=1", 15),
        ("MAIL FROM:a@b>", 13),
        ("RCPT TO:<>", 9),
        ("RCPT TO:<a>", 10),
        ("RCPT TO:<@x,y:a@b>", 9),
    ] {
        match parse::command(line.as_bytes()) {
            Err(CommandError::Syntax { at: found, .. }) => assert_eq!(found, at, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
    for line in [
        "",
        " ",
        "  NOOP",
        "NOOPE",
        "NO OP",
        "EHLO:a",
        "MAILFROM:<a@b>",
        "DEBUG",
        "WIZ",
        "TURN",
        "EHL",
        "ŇOOP",
    ] {
        assert_eq!(parse::command(line.as_bytes()), Err(CommandError::Unrecognized), "{line}");
    }
    for size in [
        "",
        " ",
        "-1",
        "+1",
        "0x10",
        "1e3",
        "18446744073709551616",
        "99999999999999999999",
        "1 LASTX",
        "1 2",
        "LAST",
    ] {
        let error = parse::command(format!("BDAT {size}").as_bytes());
        assert_eq!(error, Err(CommandError::BadChunk), "{size}");
    }
}

#[test]
fn no_octet_that_is_not_text_is_in_a_command() {
    let verbs = [
        "EHLO a",
        "MAIL FROM:<a@b>",
        "RCPT TO:<a@b>",
        "NOOP a",
        "VRFY a",
        "HELP a",
        "AUTH PLAIN a",
        "XCLIENT NAME=a",
        "DATA",
        "STARTTLS",
        "BDAT 1 LAST",
        "BURL imap://a/b LAST",
        "ETRN @a",
        "MAIL FROM:<@a,@b:\"c d\"@[IPv6:::1]> SIZE=1 BODY=7BIT SMTPUTF8 AUTH=<> RET=FULL ENVID=a+2B BY=1;NT",
        "MAIL FROM:<> REQUIRETLS HOLDUNTIL=2026-11-26T02:45:40Z MT-PRIORITY=-1 SOLICIT=a:b,c AUTH=a@b",
        "MAIL FROM:<> HOLDFOR=1",
        "RCPT TO:<postmaster> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb",
        "RCPT TO:<a@[x:y]> ORCPT=utf-8;\\x{E9}a",
    ];
    for verb in verbs {
        assert!(parse::command(verb.as_bytes()).is_ok(), "{verb}");
        for octet in (0..=31).chain([127, 128, 0xc0, 0xff]) {
            for at in 0..=verb.len() {
                let mut line = verb.as_bytes().to_vec();
                line.insert(at, octet);
                assert_eq!(parse::command(&line), Err(CommandError::Octet { at }), "{verb} {octet} {at}");
            }
        }
    }
    // Nor what others take for the end of a line (libFuzzer).
    assert_eq!(parse::command("HELP a\u{85}".as_bytes()), Err(CommandError::Octet { at: 6 }));
}

#[test]
fn parameters_of_mail() {
    let all = mail(
        "size=1000 BODY=8bitmime SMTPUTF8 AUTH=e+3Dmc2@example.com RET=hdrs ENVID=QQ+2B1 REQUIRETLS BY=-120;NT \
         HOLDFOR=86400  MT-PRIORITY=-9 SOLICIT=net.example:ADV,org.example:ADV:ADLT",
    )
    .unwrap();
    assert_eq!(all.size, Some(1000));
    assert_eq!(all.body, Some(BodyType::EightBitMime));
    assert!(all.smtputf8 && all.require_tls);
    assert_eq!(all.auth, Some(MailAuth::Mailbox("e=mc2@example.com".parse().unwrap())));
    assert_eq!(all.ret, Some(Ret::Hdrs));
    assert_eq!(all.envid.as_ref().unwrap().as_str(), "QQ+1");
    let by = all.by.unwrap();
    assert_eq!((by.seconds, by.mode, by.trace), (-120, ByMode::Notify, true));
    assert_eq!(all.hold, Some(FutureRelease::For(86_400)));
    assert_eq!(all.mt_priority.unwrap().value(), -9);
    assert_eq!(all.solicit.as_deref(), Some("net.example:ADV,org.example:ADV:ADLT"));
    assert_eq!(mail("AUTH=<>").unwrap().auth, Some(MailAuth::Unknown));
    // RFC 1870 §5 has 20 digits, which may pass 64 bits: not bad syntax, but too big for anybody.
    assert_eq!(mail("SIZE=18446744073709551616").unwrap().size, Some(u64::MAX));
    assert_eq!(mail("SIZE=99999999999999999999").unwrap().size, Some(u64::MAX));
    let long = format!("ENVID={}", "x".repeat(101));
    for bad in [
        "SIZE",
        "SIZE=",
        "SIZE=-1",
        "SIZE=+1",
        "SIZE=1k",
        "SIZE=999999999999999999999",
        "BODY=9BIT",
        "BODY",
        "SMTPUTF8=1",
        "AUTH",
        "AUTH=",
        "AUTH=joe",
        "AUTH=a+40",
        "AUTH=a@b+0D+0A",
        "RET=ALL",
        "ENVID=",
        "ENVID=+00",
        "ENVID=+0D+0A",
        "ENVID=+2b",
        "ENVID=+4",
        "ENVID=+ZZ",
        "ENVID=a=b",
        "ENVID=ä",
        "ENVID=+80",
        &long,
        "REQUIRETLS=1",
        "BY=",
        "BY=1",
        "BY=0;R",
        "BY=-1;R",
        "BY=1;X",
        "BY=1234567890;N",
        "BY=1;NTT",
        "BY=+-1;N",
        "HOLDFOR=0",
        "HOLDFOR=1234567890",
        "HOLDUNTIL=tomorrow",
        "MT-PRIORITY=10",
        "MT-PRIORITY=-0",
        "MT-PRIORITY=+1",
        "MT-PRIORITY=",
        "SOLICIT=",
        "SOLICIT=1a",
        "SOLICIT=a,,b",
    ] {
        assert!(matches!(mail(bad), Err(CommandError::BadParameter { .. })), "{bad}: {:?}", mail(bad));
    }
    for twice in [
        "SIZE=1 SIZE=1",
        "BODY=7BIT body=8BITMIME",
        "SMTPUTF8 SMTPUTF8",
        "HOLDFOR=1 HOLDUNTIL=2026-11-24T00:00:00Z",
    ] {
        assert!(matches!(mail(twice), Err(CommandError::RepeatedParameter { .. })), "{twice}");
    }
    for unknown in ["FOO", "FOO=BAR", "XSIZE=1", "=1", "NOTIFY=NEVER"] {
        let error = mail(unknown).unwrap_err();
        assert!(matches!(error, CommandError::UnknownParameter { .. }), "{unknown}");
        assert_eq!(error.reply().code().value(), 555);
    }
}

#[test]
fn parameters_of_rcpt() {
    let taken = rcpt("notify=success,DELAY ORCPT=rfc822;Bob+2Bx@Example.COM").unwrap().parameters;
    assert_eq!(taken.notify, Some(Notify { success: true, failure: false, delay: true }));
    let orcpt = taken.orcpt.unwrap();
    assert_eq!((orcpt.address_type(), orcpt.address()), ("rfc822", "Bob+x@Example.COM"));
    assert_eq!(rcpt("NOTIFY=NEVER").unwrap().parameters.notify, Some(Notify::NEVER));
    // RFC 6533 §3: the two forms are one address.
    for form in ["utf-8;\\x{73}", "UTF-8;j\\x{FC}rgen@x", "utf-8;jürgen@x"] {
        let found = rcpt(&format!("ORCPT={form}"));
        match form {
            "utf-8;\\x{73}" => assert!(found.is_err(), "a letter needs no escape"),
            _ => assert_eq!(found.unwrap().parameters.orcpt.unwrap().address(), "jürgen@x"),
        }
    }
    for bad in [
        "NOTIFY=",
        "NOTIFY=SUCCESS,NEVER",
        "NOTIFY=SOMETIMES",
        "ORCPT=",
        "ORCPT=joe@x",
        "ORCPT=rfc822;",
        "ORCPT=;joe@x",
        "ORCPT=rfc822;a+0D+0Ab",
        "ORCPT=rfc822;+00",
        "ORCPT=rfc822;ä",
        "ORCPT=utf-8;\\x{D800}",
        "ORCPT=utf-8;\\x{0}",
        "ORCPT=utf-8;\\x{}",
        "ORCPT=utf-8;\\y",
        "ORCPT=utf-8;\\x{1111111}",
    ] {
        assert!(matches!(rcpt(bad), Err(CommandError::BadParameter { .. })), "{bad}");
    }
    assert!(matches!(rcpt("SIZE=1"), Err(CommandError::UnknownParameter { .. })));
}

#[test]
fn xclient_attributes() {
    let Command::XClient(x) = parse::command(
        b"XCLIENT NAME=spike.example.com ADDR=IPV6:2001:db8::1 PORT=2525 LOGIN=a+2Bb HELO=[UNAVAILABLE] DESTADDR=192.0.2.1",
    )
    .unwrap() else {
        panic!()
    };
    let want = XClient {
        name: Some("spike.example.com".into()),
        addr: Some("2001:db8::1".parse().unwrap()),
        port: Some(2525),
        login: Some("a+b".into()),
        dest_addr: Some([192, 0, 2, 1].into()),
        ..XClient::default()
    };
    assert_eq!(x, want);
    // All is unknown; a name that only looks as if it were (libFuzzer).
    for (line, written) in [
        ("XCLIENT  PROTO=a PROTO=[TEMPUNAVAIL]", "XCLIENT NAME=[UNAVAILABLE]\r\n"),
        ("XCLIENT NAME=+5Bunavailable]", "XCLIENT NAME=+5Bunavailable]\r\n"),
    ] {
        let command = parse::command(line.as_bytes()).unwrap();
        let mut out = String::new();
        encode::command(&command, &mut out).unwrap();
        assert_eq!(out, written);
        assert_eq!(parse::command(out.trim_end().as_bytes()), Ok(command));
    }
    for bad in [
        "XCLIENT",
        "XCLIENT NAME",
        "XCLIENT ADDR=nowhere",
        "XCLIENT PORT=65536",
        "XCLIENT FOO=1",
        "XCLIENT NAME=+0A",
    ] {
        assert!(parse::command(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn no_reply_echoes_what_could_be_taken_for_another() {
    for line in [
        &b"MAIL FROM:<a@b.example> X\r250=OK\r\n"[..],
        b"MAIL FROM:<a@b.example> X\0Y\r\n",
        b"EHLO a\r250 evil\r\n",
        b"\r250 evil\r\n",
        b"HELP \x1b[2J\r\n",
        b"MAIL FROM:<a@b.example> XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\r\n",
    ] {
        let mut desk = Desk::greeted(Config::new("mx"));
        let reply = desk.replies(line);
        assert!(reply.starts_with('5') || reply.starts_with("214"), "{reply}");
        assert_eq!(reply.matches("\r\n").count(), 1, "{reply}");
        assert!(reply.len() <= 512 && reply.trim_end().chars().all(|c| !c.is_control()));
    }
}

#[test]
fn what_would_break_a_line_is_not_written() {
    for bad in ["a\r\nQUIT", "a\nb", "a\0", "", " a", "a\u{85}b"] {
        for command in [
            Command::Vrfy { string: bad.into(), smtputf8: false },
            Command::Expn { string: bad.into(), smtputf8: true },
            Command::Help(Some(bad.into())),
            Command::Etrn(bad.into()),
            Command::Auth { mechanism: bad.into(), initial: None },
            Command::XClient(XClient { name: Some(bad.into()), ..XClient::default() }),
        ] {
            let mut out = String::from("before");
            let xclient = matches!(command, Command::XClient(_)) && matches!(bad, "" | " a");
            assert_eq!(encode::command(&command, &mut out).is_err(), !xclient, "{command:?}");
            assert!(xclient || out == "before");
        }
        let mut mail = Mail::new(ReversePath::Null);
        mail.parameters.solicit = Some(bad.into());
        assert!(encode::command(&Command::Mail(mail), &mut String::new()).is_err());
        let mut mail = Mail::new(ReversePath::Null);
        mail.parameters.hold = Some(FutureRelease::Until(bad.into()));
        assert!(encode::command(&Command::Mail(mail), &mut String::new()).is_err());
        if !matches!(bad, "" | " a") {
            assert!(Mailbox::new(bad, "x").is_err(), "{bad:?}");
        }
        assert!(Mailbox::new("a", bad).is_err(), "{bad:?}");
    }
}
