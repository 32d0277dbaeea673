//! Questions and answers as hickory-proto's types, for those who bring their own transport (RFC 1035 §4).
use hickory_proto::op::{Message, MessageType, Query as WireQuery, ResponseCode};
use hickory_proto::rr::{DNSClass, Name as WireName, RData, Record as WireRecord, RecordType};

use crate::dane::Tlsa;
use crate::name::Name;
use crate::query::{Answer, Data, Failure, Kind, Query, Record, Security};

impl Query {
    /// This question for a DNS message; `None` if the name cannot be one there.
    ///
    /// ```
    /// use hickory_proto::op::Message;
    /// use mailwright_mx::{Answer, Kind, Name, Query};
    ///
    /// let query = Query::new(Name::parse("example.test")?, Kind::Mx);
    /// let mut message = Message::query();
    /// message.queries.push(query.to_wire().expect("a name of the DNS"));
    /// // Sent, answered and received somehow:
    /// message.metadata.message_type = hickory_proto::op::MessageType::Response;
    /// assert_eq!(Answer::from_wire(&query, &message, false), Answer::empty());
    /// # Ok::<(), mailwright_mx::NameError>(())
    /// ```
    pub fn to_wire(&self) -> Option<WireQuery> {
        let name = WireName::from_ascii(format!("{}.", self.name.as_str())).ok()?;
        Some(WireQuery::query(name, record_type(self.kind)))
    }
}

impl Answer {
    /// What a response says to a question. The response is the whole one: an answer that was cut off (TC) is asked for
    /// again over TCP by the caller, and is [`Failure::Malformed`] here.
    ///
    /// `trusted`: the way to the name server is safe and the name server validates, as one on this machine may; then its
    /// AD bit counts (RFC 7672 §2.1.1). Only the answer section is looked at, so nothing is learnt that was not asked.
    pub fn from_wire(query: &Query, message: &Message, trusted: bool) -> Self {
        let metadata = &message.metadata;
        let asked = |wire: &WireQuery| {
            wire.query_class() == DNSClass::IN
                && wire.query_type() == record_type(query.kind)
                && Name::from_dns(&wire.name().to_ascii()) == query.name
        };
        let answers_it = matches!(message.queries.as_slice(), [one] if asked(one));
        if metadata.message_type != MessageType::Response || metadata.truncation || !answers_it {
            return Self::Failed(Failure::Malformed);
        }
        let security = if trusted && metadata.authentic_data { Security::Secure } else { Security::Insecure };
        let records = || message.answers.iter().filter_map(|wire| record(wire, security)).collect();
        match metadata.response_code {
            ResponseCode::NoError => Self::Records(records(), security),
            ResponseCode::NXDomain => Self::NoSuchName(records(), security),
            code => Self::Failed(code_failure(code)),
        }
    }
}

pub(crate) fn code_failure(code: ResponseCode) -> Failure {
    match code {
        ResponseCode::Refused | ResponseCode::NotAuth => Failure::Refused,
        ResponseCode::FormErr => Failure::Malformed,
        _ => Failure::ServerFailure,
    }
}

pub(crate) fn record_type(kind: Kind) -> RecordType {
    match kind {
        Kind::Mx => RecordType::MX,
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Cname => RecordType::CNAME,
        Kind::Txt => RecordType::TXT,
        Kind::Tlsa => RecordType::TLSA,
    }
}

/// A record of a type that mail needs.
pub(crate) fn record(record: &WireRecord, security: Security) -> Option<Record> {
    let data = match &record.data {
        RData::MX(mx) => {
            Data::Mx { preference: mx.preference, exchange: Name::from_dns(&mx.exchange.to_ascii()) }
        }
        RData::A(a) => Data::A(a.0),
        RData::AAAA(aaaa) => Data::Aaaa(aaaa.0),
        RData::CNAME(target) => Data::Cname(Name::from_dns(&target.0.to_ascii())),
        RData::TXT(text) => Data::Txt(text.txt_data.concat()),
        RData::TLSA(tlsa) => Data::Tlsa(Tlsa {
            usage: u8::from(tlsa.cert_usage),
            selector: u8::from(tlsa.selector),
            matching: u8::from(tlsa.matching),
            data: tlsa.cert_data.clone(),
        }),
        _ => return None,
    };
    let class = record.dns_class == DNSClass::IN;
    class.then(|| Record { name: Name::from_dns(&record.name.to_ascii()), data, security })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response with this code and these records after the question.
    fn response(query: &Query, code: ResponseCode, records: &[(&str, RData)]) -> Message {
        let mut message = Message::query();
        message.metadata.message_type = MessageType::Response;
        message.metadata.response_code = code;
        message.metadata.authentic_data = true;
        message.queries.push(query.to_wire().unwrap());
        for (name, data) in records {
            let name = WireName::from_ascii(name).unwrap();
            message.answers.push(WireRecord::from_rdata(name, 60, data.clone()));
        }
        message
    }

    #[test]
    fn a_response_is_read_for_its_question_alone() {
        let query = Query::new(Name::from_dns("d.test"), Kind::A);
        let other = Query::new(Name::from_dns("e.test"), Kind::A);
        let address = ("D.test.", RData::A("192.0.2.1".parse().unwrap()));
        let good = response(&query, ResponseCode::NoError, &[address]);
        let Answer::Records(records, security) = Answer::from_wire(&query, &good, true) else {
            panic!("{good:?}")
        };
        assert_eq!((records.len(), security), (1, Security::Secure));
        assert_eq!((records[0].name.as_str(), records[0].security), ("d.test", Security::Secure));
        let Answer::Records(_, security) = Answer::from_wire(&query, &good, false) else {
            panic!("{good:?}")
        };
        assert_eq!(security, Security::Insecure, "the AD bit of somebody is nothing");

        let malformed = Answer::Failed(Failure::Malformed);
        assert_eq!(Answer::from_wire(&other, &good, true), malformed);
        for spoil in [
            |m: &mut Message| m.metadata.truncation = true,
            |m: &mut Message| m.metadata.message_type = MessageType::Query,
            |m: &mut Message| m.queries.clear(),
            |m: &mut Message| m.queries.push(m.queries[0].clone()),
        ] {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert_eq!(Answer::from_wire(&query, &bad, true), malformed);
        }
        for (code, expected) in [
            (ResponseCode::NXDomain, Answer::NoSuchName(Vec::new(), Security::Secure)),
            (ResponseCode::ServFail, Answer::Failed(Failure::ServerFailure)),
            (ResponseCode::Refused, Answer::Failed(Failure::Refused)),
            (ResponseCode::FormErr, malformed),
        ] {
            assert_eq!(Answer::from_wire(&query, &response(&query, code, &[]), true), expected);
        }
    }
}
