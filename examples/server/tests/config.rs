//! The configuration file: what it means, and what is said of one that is wrong.
#![allow(clippy::unwrap_used)]

use mailwright_server::{Config, Plaintext};
use std::time::Duration;

#[test]
fn every_key_of_the_manual_is_understood() {
    let manual = include_str!("../README.md");
    let example = manual.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let config = Config::parse(example, "manual").unwrap();
    assert_eq!(config.hostname, "mail.example.test");
    assert_eq!(config.listen.smtp, ["127.0.0.1:2525".parse().unwrap()]);
    assert!(config.listen.imap.is_empty(), "what is not named is off");
    assert_eq!(config.auth.plaintext, Plaintext::Loopback);
    assert_eq!(config.delivery.retry[..2], [Duration::from_mins(15), Duration::from_mins(30)]);
    assert_eq!(config.delivery.expire, Duration::from_hours(5 * 24));
    assert_eq!(config.delivery.smarthost.as_deref(), Some("relay.example.test:25"));
    assert_eq!(config.limits.message_size, 50 << 20);
}

#[test]
fn a_service_may_listen_on_several_addresses() {
    let config = Config::parse("[listen]\nimap = ['127.0.0.1:1143', '[::1]:1143']", "x").unwrap();
    assert_eq!(config.listen.imap.len(), 2);
}

#[test]
fn an_error_names_file_line_and_key() {
    for (text, want) in [
        (
            "hostname = 'a'\nhostnam = 'b'",
            "x:2: hostnam: unknown key `hostnam`, expected one of `hostname`, `domains`, \
          `data`, `listen`, `tls`, `auth`, `dns`, `delivery`, `limits`, `trust`",
        ),
        (
            "[listen]\nsmtp = 'localhost'",
            "x:2: smtp: expected an address with a port such as \"127.0.0.1:2525\", or a \
          list of them",
        ),
        (
            "\n[auth]\nplaintext = 'sometimes'",
            "x:3: plaintext: unknown variant `sometimes`, expected one of `never`, \
          `loopback`, `always`",
        ),
        (
            "[delivery]\nretry = ['15m', '1 hour']",
            "x:2: retry: expected a time such as \"15m\", \"4h\" or \"5d\", found \
          \"1 hour\"",
        ),
        ("[delivery]\nretry = []", "x:2: retry: at least one time is needed"),
        ("[delivery]\nsmarthost = 'relay'", "x:2: smarthost: expected host:port, found \"relay\""),
        (
            "[limits]\nmessage_size = '50mb'",
            "x:2: message_size: expected a size such as \"50MiB\", found \"50mb\"",
        ),
        ("domains = []", "x:1: domains: at least one domain is needed"),
        ("[tls]\nkey = 'key.pem'", "x:2: key: the certificate is missing"),
        ("[delivery]\nport = 70000", "x:2: port: invalid value: integer `70000`, expected u16"),
    ] {
        assert_eq!(Config::parse(text, "x").unwrap_err().to_string(), want, "{text}");
    }
    let bad_name = Config::parse("hostname = 'mail example'", "x").unwrap_err().to_string();
    assert!(bad_name.starts_with("x:1: hostname: "), "{bad_name}");
    let no_toml = Config::parse("hostname =", "x").unwrap_err().to_string();
    assert!(no_toml.starts_with("x:1: ") && !no_toml.contains('\n'), "{no_toml}");
}

#[test]
fn passwords_without_tls_are_for_whom_the_operator_says() {
    for (setting, outside) in
        [(Plaintext::Never, [false; 2]), (Plaintext::Loopback, [false, true]), (Plaintext::Always, [true; 2])]
    {
        let allows = ["192.0.2.1", "::ffff:127.0.0.1"].map(|peer| setting.allows(peer.parse().unwrap()));
        assert_eq!(allows, outside, "{setting:?}");
    }
}
