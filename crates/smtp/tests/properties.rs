//! What is written is read back as it was, and what is read is written as it reads.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use mailwright_smtp::{
    encode, parse,
    types::{
        BodyType, Burl, ByMode, Capabilities, Command, DeliverBy, EnhancedStatus, FutureRelease,
        FutureReleaseLimit, Mail, MailAuth, MailParameters, Mailbox, Notify, OriginalRecipient, Priority,
        Rcpt, RcptParameters, Reply, ReplyCode, Ret, ReversePath, SessionLimits, XClient,
    },
};
use proptest::prelude::*;

fn domain() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9]([a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?(\\.[a-z0-9]{1,8}){0,3}",
        "[a-z]{1,5}ü[a-zéß]{1,5}\\.example",
        Just("[192.0.2.1]".to_owned()),
        Just("[IPv6:2001:db8::1]".to_owned()),
        Just("[tag:content]".to_owned()),
    ]
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    let local = prop_oneof!["[a-z0-9.+_-]{0,20}", "[ -~]{0,20}", "[a-zéüßж中 \"\\\\@<>]{0,12}"];
    (local, domain()).prop_map(|(local, domain)| Mailbox::new(&local, &domain).unwrap())
}

fn by() -> impl Strategy<Value = DeliverBy> {
    (-999_999_999..=999_999_999, any::<bool>(), any::<bool>()).prop_map(|(seconds, back, trace)| {
        let mode = if back && seconds > 0 { ByMode::Return } else { ByMode::Notify };
        DeliverBy { seconds, mode, trace }
    })
}

fn mail() -> impl Strategy<Value = Mail> {
    let body =
        prop_oneof![Just(BodyType::SevenBit), Just(BodyType::EightBitMime), Just(BodyType::BinaryMime)];
    let ascii = mailbox().prop_filter("AUTH is ASCII", Mailbox::is_ascii);
    let auth = prop_oneof![Just(MailAuth::Unknown), ascii.prop_map(MailAuth::Mailbox)];
    let hold = prop_oneof![
        (1..=999_999_999_u32).prop_map(FutureRelease::For),
        Just(FutureRelease::Until("2026-11-24T05:50:00Z".into())),
    ];
    let first = (
        proptest::option::of(any::<u64>()),
        proptest::option::of(body),
        any::<bool>(),
        proptest::option::of(auth),
        proptest::option::of(prop_oneof![Just(Ret::Full), Just(Ret::Hdrs)]),
        proptest::option::of("[ -~]{1,33}".prop_map(|id| id.parse().unwrap())),
    );
    let second = (
        any::<bool>(),
        proptest::option::of(by()),
        proptest::option::of(hold),
        proptest::option::of((-9_i8..=9).prop_map(|n| Priority::new(n).unwrap())),
        proptest::option::of("[a-z][a-z:.]{0,8}(,[a-z][a-z]{0,3}){0,2}".prop_map(Into::into)),
    );
    (proptest::option::of(mailbox()), first, second).prop_map(
        |(from, (size, body, smtputf8, auth, ret, envid), (require_tls, by, hold, mt_priority, solicit))| {
            Mail {
                from: ReversePath::from(from),
                parameters: MailParameters {
                    size,
                    body,
                    smtputf8,
                    auth,
                    ret,
                    envid,
                    require_tls,
                    by,
                    hold,
                    mt_priority,
                    solicit,
                },
            }
        },
    )
}

fn rcpt() -> impl Strategy<Value = Rcpt> {
    let notify = any::<(bool, bool, bool)>();
    let notify = notify.prop_map(|(success, failure, delay)| Notify { success, failure, delay });
    let orcpt = prop_oneof![
        "[ -~]{1,40}".prop_map(|address| OriginalRecipient::new("rfc822", &address).unwrap()),
        "[ -~é中\u{10ffff}]{1,20}".prop_map(|address| OriginalRecipient::new("utf-8", &address).unwrap()),
    ];
    (mailbox(), proptest::option::of(notify), proptest::option::of(orcpt))
        .prop_map(|(to, notify, orcpt)| Rcpt { to: to.into(), parameters: RcptParameters { notify, orcpt } })
}

fn xclient() -> impl Strategy<Value = XClient> {
    let text =
        || proptest::option::of("[ -~]{1,20}".prop_filter("a word of the protocol", |t| !t.starts_with('[')));
    (text(), any::<Option<std::net::IpAddr>>(), any::<Option<u16>>(), text(), text()).prop_map(
        |(name, addr, port, helo, login)| XClient {
            name: Some(name.unwrap_or("x".into()).into()),
            addr,
            port,
            helo: helo.map(Into::into),
            login: login.map(Into::into),
            ..XClient::default()
        },
    )
}

fn command() -> impl Strategy<Value = Command> {
    let text = || {
        "[a-zé!-~]([ -~é]{0,10}[!-~])?"
            .prop_filter("reads as its parameter", |t| !t.to_uppercase().ends_with("SMTPUTF8"))
    };
    let name = || "[a-zA-Z0-9.-]{1,30}".prop_map(|name| name.parse().unwrap());
    prop_oneof![
        name().prop_map(Command::Ehlo),
        name().prop_map(Command::Helo),
        name().prop_map(Command::Lhlo),
        mail().prop_map(Command::Mail),
        mail().prop_map(Command::Mail),
        rcpt().prop_map(Command::Rcpt),
        rcpt().prop_map(Command::Rcpt),
        any::<(u64, bool)>().prop_map(|(size, last)| Command::Bdat { size, last }),
        any::<bool>().prop_map(|last| Command::Burl(Burl { url: "imap://u@x/m;uid=20".into(), last })),
        (text(), any::<bool>())
            .prop_map(|(string, smtputf8)| Command::Vrfy { string: string.into(), smtputf8 }),
        (text(), any::<bool>())
            .prop_map(|(string, smtputf8)| Command::Expn { string: string.into(), smtputf8 }),
        proptest::option::of(text()).prop_map(|t| Command::Help(t.map(Into::into))),
        "[!-~]{1,20}".prop_map(|node| Command::Etrn(node.into())),
        "[A-Z0-9_-]{1,20}".prop_map(|mechanism| Command::Auth { mechanism: mechanism.into(), initial: None }),
        xclient().prop_map(Command::XClient),
        Just(Command::Data),
        Just(Command::Rset),
        Just(Command::Noop),
        Just(Command::Quit),
        Just(Command::StartTls),
    ]
}

fn capabilities() -> impl Strategy<Value = Capabilities> {
    let flags = proptest::collection::vec(any::<bool>(), 13);
    let words = |n| proptest::collection::vec("[A-Z0-9-]{1,9}".prop_map(Into::into), n);
    let release = (1..=999_999_999_u32)
        .prop_map(|seconds| FutureReleaseLimit { seconds, until: "2027-01-01T00:00:00Z".into() });
    let limits = any::<(Option<u32>, Option<u32>, Option<u32>)>().prop_map(|(a, b, c)| SessionLimits {
        mail_max: a,
        rcpt_max: b,
        rcpt_domain_max: c,
    });
    (
        flags,
        any::<Option<u64>>(),
        proptest::collection::btree_set("[A-Z]{1,9}", 0..4),
        any::<Option<u32>>(),
        proptest::option::of(release),
        proptest::option::of(limits),
        proptest::option::of(words(0..3)),
        proptest::option::of("[a-z.:]{0,9}"),
    )
        .prop_map(|(f, size, auth, deliver_by, future_release, limits, burl, classes)| Capabilities {
            pipelining: f[0],
            eight_bit_mime: f[1],
            smtputf8: f[2],
            chunking: f[3],
            binary_mime: f[4],
            dsn: f[5],
            enhanced_status_codes: f[6],
            starttls: f[7],
            require_tls: f[8],
            vrfy: f[9],
            expn: f[10],
            help: f[11],
            etrn: f[12],
            size,
            auth: auth.into_iter().map(Into::into).collect(),
            deliver_by,
            future_release,
            limits,
            burl,
            no_soliciting: classes.clone().map(Into::into),
            mt_priority: classes.map(Into::into),
            other: vec![("X-OTHER".into(), "a b".into())],
            ..Capabilities::default()
        })
}

proptest! {
    #[test]
    fn a_mailbox_that_is_written_reads_as_itself(mailbox in mailbox()) {
        let text = mailbox.to_string();
        let back: Mailbox = text.parse().unwrap();
        prop_assert_eq!(back.local_part(), mailbox.local_part());
        prop_assert_eq!(back.domain(), mailbox.domain());
        prop_assert_eq!(back.to_string(), text);
    }

    #[test]
    fn a_command_that_is_written_reads_as_itself(command in command()) {
        let mut line = String::new();
        encode::command(&command, &mut line).unwrap();
        prop_assert_eq!(line.matches(['\r', '\n']).count(), 2);
        prop_assert!(line.ends_with("\r\n"));
        prop_assert_eq!(parse::command(line.trim_end_matches("\r\n").as_bytes()), Ok(command));
    }

    #[test]
    fn a_command_that_reads_is_written_as_it_reads(line in "(MAIL FROM:|RCPT TO:|EHLO |VRFY |BDAT |AUTH |)[ -~é]{0,40}") {
        if let Ok(command) = parse::command(line.as_bytes()) {
            let mut out = String::new();
            encode::command(&command, &mut out).unwrap();
            prop_assert_eq!(parse::command(out.trim_end_matches("\r\n").as_bytes()), Ok(command));
        }
    }

    #[test]
    fn no_line_makes_the_parsers_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        _ = parse::command(&line);
        _ = parse::reply_line(&line);
        _ = parse::capabilities(String::from_utf8_lossy(&line).lines());
    }

    #[test]
    fn capabilities_that_are_written_read_as_they_were(capabilities in capabilities()) {
        let lines = encode::capabilities(&capabilities);
        let back = parse::capabilities(std::iter::once("mx").chain(lines.iter().map(String::as_str)));
        prop_assert_eq!(back, capabilities);
    }

    #[test]
    fn a_reply_never_breaks_its_lines(code in 200_u16..600, class in 0_usize..3, text in "\\PC{0,20}[\r\n\0 -~é]{0,600}") {
        let code = ReplyCode::new(code).unwrap();
        let status = [EnhancedStatus::success(0, 0), EnhancedStatus::transient(2, 2), EnhancedStatus::permanent(1, 10)][class];
        let reply = Reply::new(code, status, &text);
        let mut out = String::new();
        encode::reply(&reply, &mut out);
        let lines: Vec<&str> = out.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        for (n, line) in lines.iter().enumerate() {
            prop_assert!(line.len() <= 510 && !line.contains(char::is_control), "{line:?}");
            let parsed = parse::reply_line(line.as_bytes()).unwrap();
            prop_assert_eq!((parsed.code, parsed.last), (code, n + 1 == lines.len()));
        }
    }
}
