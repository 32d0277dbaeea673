//! Where reports on TLS go: the `_smtp._tls` record (RFC 8460 §3).
use crate::name::Name;
use crate::query::{Answer, Data, Kind, Query};
use crate::sts::fields;

/// A place for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The address of a `mailto:` URI, percent-decoded; what a URI may say besides is left out.
    Mail(String),
    /// An `https:` URI, to be sent a POST.
    Https(String),
}

/// The question for a domain's record.
pub fn record_query(domain: &Name) -> Query {
    Query::new(domain.prefixed("_smtp._tls"), Kind::Txt)
}

/// Where the one valid record in an answer wants reports, in its order; empty: the domain wants none, as far as one can
/// tell. URIs of other schemes are passed over.
///
/// ```abnf
/// tlsrpt-record  = tlsrpt-version 1*(field-delim tlsrpt-field) [field-delim]
/// tlsrpt-version = %s"v=TLSRPTv1"
/// tlsrpt-rua     = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri)
/// ```
///
/// ```
/// use mailwright_mx::tlsrpt::{Destination, destinations};
/// use mailwright_mx::{Answer, Data, Name, Record, Security};
///
/// let text = b"v=TLSRPTv1; rua=mailto:reports@example.test";
/// let record = Record {
///     name: Name::parse("_smtp._tls.example.test")?,
///     data: Data::Txt(text.to_vec()),
///     security: Security::Insecure,
/// };
/// let answer = Answer::Records(vec![record], Security::Insecure);
/// assert_eq!(destinations(&answer), [Destination::Mail("reports@example.test".into())]);
/// # Ok::<(), mailwright_mx::NameError>(())
/// ```
pub fn destinations(answer: &Answer) -> Vec<Destination> {
    let Answer::Records(records, _) = answer else { return Vec::new() };
    let texts = records.iter().filter_map(|record| match &record.data {
        Data::Txt(text) => std::str::from_utf8(text).ok(),
        _ => None,
    });
    let Some(fields) = fields::of_the_only(texts, "v=TLSRPTv1") else { return Vec::new() };
    let Some(rua) = fields.into_iter().find(|(name, _)| *name == "rua").map(|(_, value)| value) else {
        return Vec::new();
    };
    rua.split(',').filter_map(|uri| destination(uri.trim_matches([' ', '\t']))).collect()
}

fn destination(uri: &str) -> Option<Destination> {
    let (scheme, rest) = uri.split_once(':')?;
    if scheme.eq_ignore_ascii_case("mailto") {
        let address = percent_decoded(rest.split('?').next().unwrap_or_default())?;
        let fit = address.contains('@') && !address.chars().any(|c| c.is_control() || c == ' ');
        return fit.then_some(Destination::Mail(address));
    }
    (scheme.eq_ignore_ascii_case("https") && rest.len() > 2 && rest.starts_with("//"))
        .then(|| Destination::Https(uri.to_owned()))
}

/// `pct-encoded = "%" HEXDIG HEXDIG` (RFC 3986 §2.1)
fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        out.push(match octet {
            b'%' => {
                let mut digit = || char::from(octets.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            octet => octet,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Record, Security};

    fn found(texts: &[&str]) -> Vec<String> {
        let record = |text: &&str| Record {
            name: Name::from_dns("_smtp._tls.d.test"),
            data: Data::Txt(text.as_bytes().to_vec()),
            security: Security::Insecure,
        };
        let answer = Answer::Records(texts.iter().map(record).collect(), Security::Insecure);
        let text = |destination| match destination {
            Destination::Mail(address) => address,
            Destination::Https(uri) => uri,
        };
        destinations(&answer).into_iter().map(text).collect()
    }

    #[test]
    fn one_valid_record_counts() {
        for (texts, expected) in [
            (&["v=TLSRPTv1;rua=mailto:reports@example.com"][..], &["reports@example.com"][..]),
            (&["v=TLSRPTv1; rua=https://r.test/v1/tlsrpt ; x=y;"], &["https://r.test/v1/tlsrpt"]),
            (&["v=TLSRPTv1; rua=mailto:a@b.test , https://r.test/"], &["a@b.test", "https://r.test/"]),
            (&["v=TLSRPTv1; rua=mailto:a%2Cb@c.test?subject=x"], &["a,b@c.test"]),
            (&["v=TLSRPTv1; rua=MAILTO:a@b.test,ftp://x.test"], &["a@b.test"]),
            (&["v=TLSRPTv1; rua=mailto:nobody"], &[]),
            (&["v=TLSRPTv1; rua=mailto:a@b.test%0d%0aX:y"], &[]),
            (&["v=TLSRPTv1; rua=mailto:a@b.test%4"], &[]),
            (&["v=TLSRPTv1; rua=https://"], &[]),
            (&["v=TLSRPTv1;"], &[]),
            (&["v=tlsrptv1; rua=mailto:a@b.test"], &[]),
            (&["v=TLSRPTv1; rua=mailto:a@b.test", "v=TLSRPTv1; rua=mailto:c@d.test"], &[]),
            (&["v=spf1 -all", "v=TLSRPTv1; rua=mailto:a@b.test"], &["a@b.test"]),
            (&[], &[]),
        ] {
            assert_eq!(found(texts), expected, "{texts:?}");
        }
    }
}
