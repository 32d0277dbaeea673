//! Addresses that are right, obsolete or wrong, by the tests of isemail.

use mailwright_message::header::address::{Grammar, grammar};

use super::corpus;

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(found, _)| found)
}

/// Its file has control characters as the pictures of them.
fn address(text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    while let Some((before, rest)) = text.split_once("&#x") {
        let (code, after) = rest.split_once(';').unwrap();
        let one = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
        text = format!("{before}{one}{after}");
    }
    let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let mut out = Vec::new();
    for one in text.chars() {
        match u32::from(one) {
            code @ 0x2400..=0x241f => out.push(u8::try_from(code - 0x2400).unwrap()),
            0x2421 => out.push(127),
            _ => out.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

#[test]
fn addresses_fit_the_grammar_that_isemail_says() {
    let Some(corpus) = corpus("the addresses of isemail") else { return };
    let tests = std::fs::read_to_string(corpus.join("isemail/tests.xml")).unwrap();
    // By diagnosis, as each stands for one rule.
    let agreed = [
        (
            "ISEMAIL_DEPREC_CFWS_NEAR_AT",
            "the grammar has CFWS there, the text advises against it (RFC 5322 §3.4.1)",
        ),
        ("ISEMAIL_RFC5322_DOMLIT_OBSDTEXT", "obs-dtext is obsolete (RFC 5322 §4.4)"),
        ("ISEMAIL_RFC5321_IPV6DEPRECATED", "`::` stands for two groups at least (RFC 5321 §4.1.3)"),
        ("ISEMAIL_ERR_DOMAINHYPHENSTART", "a hyphen is atext (RFC 5322 §3.2.3); such a name is no host name"),
        ("ISEMAIL_ERR_DOMAINHYPHENEND", "a hyphen is atext (RFC 5322 §3.2.3); such a name is no host name"),
        ("ISEMAIL_ERR_EXPECTING_QPAIR", "what is not US-ASCII is VCHAR (RFC 6532 §3.2)"),
    ];
    let (mut all, mut met, mut new) = (0, Vec::new(), Vec::new());
    for test in tests.split("<test id=").skip(1) {
        all += 1;
        let address = address(between(test, "<address>", "</address>"));
        let diagnosis = between(test, "<diagnosis>", "</diagnosis>");
        let expected = match between(test, "<category>", "</category>") {
            "ISEMAIL_VALID_CATEGORY" | "ISEMAIL_DNSWARN" | "ISEMAIL_RFC5321" => Some(Grammar::Rfc5321),
            "ISEMAIL_CFWS" | "ISEMAIL_RFC5322" => Some(Grammar::Rfc5322),
            "ISEMAIL_DEPREC" => Some(Grammar::Obsolete),
            _ => None,
        };
        let ours = grammar(&address);
        if ours != expected {
            match agreed.iter().find(|(known, _)| *known == diagnosis) {
                Some((known, _)) => met.push(*known),
                None => new.push(format!("{:?} {diagnosis}: {ours:?}", String::from_utf8_lossy(&address))),
            }
        }
    }
    println!("{all} addresses, {} differ as listed, {} not\n{}", met.len(), new.len(), new.join("\n"));
    assert!(all >= 164 && new.is_empty());
    assert_eq!(
        agreed.iter().find(|(known, _)| !met.contains(known)),
        None,
        "listed, but no longer different"
    );
}
