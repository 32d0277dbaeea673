//! The `_mta-sts` TXT record (RFC 8461 §3.1), which says that there is a policy and which.
use super::fields::of_the_only;
use crate::name::Name;
use crate::query::{Answer, Data, Kind, Query};

/// The question for a domain's record.
pub fn record_query(domain: &Name) -> Query {
    Query::new(domain.prefixed("_mta-sts"), Kind::Txt)
}

/// The `id` of the one valid record in an answer; `None`: the domain has no MTA-STS, as far as one can tell.
///
/// ```abnf
/// sts-text-record = sts-version 1*(sts-field-delim sts-field) [sts-field-delim]
/// sts-field-delim = *WSP ";" *WSP
/// sts-version     = %s"v=STSv1"
/// sts-id          = %s"id=" 1*32(ALPHA / DIGIT)
/// ```
pub fn policy_id(answer: &Answer) -> Option<String> {
    let Answer::Records(records, _) = answer else { return None };
    let texts = records.iter().filter_map(|record| match &record.data {
        Data::Txt(text) => std::str::from_utf8(text).ok(),
        _ => None,
    });
    let fields = of_the_only(texts, "v=STSv1")?;
    if !fields.iter().all(|(_, value)| is_field_value(value)) {
        return None;
    }
    // "all entries except for the first SHALL be ignored"
    let id = fields.into_iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
    id.filter(|id| id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric())).map(str::to_owned)
}

/// `sts-ext-value = 1*(%x21-3A / %x3C / %x3E-7E)`
fn is_field_value(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Failure, Record, Security};

    fn id(texts: &[&str]) -> Option<String> {
        let record = |text: &&str| Record {
            name: Name::from_dns("_mta-sts.d.test"),
            data: Data::Txt(text.as_bytes().to_vec()),
            security: Security::Insecure,
        };
        policy_id(&Answer::Records(texts.iter().map(record).collect(), Security::Insecure))
    }

    #[test]
    fn one_valid_record_counts() {
        for (texts, expected) in [
            (&["v=STSv1; id=20160831085700Z;"][..], Some("20160831085700Z")),
            (&["v=STSv1;id=1"], Some("1")),
            (&["v=STSv1 ; id=1 ; x.y=z"], Some("1")),
            (&["v=STSv1; a=b; id=1"], Some("1")),
            (&["v=STSv1; id=1; id=2"], Some("1")),
            (&["v=spf1 -all", "v=STSv1; id=1"], Some("1")),
            (&["v=STSv1; id=1", "v=STSv1; id=2"], None),
            (&["v=STSv1; id=1", "v=STSv1; nonsense"], None),
            (&["v=STSv1"], None),
            (&["v=STSv1;"], None),
            (&["v=STSv1; id="], None),
            (&["v=STSv1; id=a-b"], None),
            (&["v=STSv1; id=123456789012345678901234567890123"], None),
            (&["v=stsv1; id=1"], None),
            (&["V=STSv1; id=1"], None),
            (&[" v=STSv1; id=1"], None),
            (&["v=STSv10; id=1"], None),
            (&["v=STSv1; id=1; é=1"], None),
            (&["v=STSv1; id=1; =1"], None),
            (&[], None),
        ] {
            assert_eq!(id(texts).as_deref(), expected, "{texts:?}");
        }
        assert_eq!(policy_id(&Answer::Failed(Failure::Timeout)), None);
    }
}
