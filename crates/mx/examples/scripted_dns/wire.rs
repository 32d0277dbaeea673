//! Just enough of the DNS message format (RFC 1035 §4) to answer one question.
use mailwright_mx::{Data, Kind, Name, Query, Record};

/// The parts of a question that its answer repeats.
pub(crate) struct Question {
    pub(crate) query: Option<Query>,
    id: [u8; 2],
    recursion: u8,
    /// Name, type and class as they came, so that a resolver's mixed case is echoed.
    raw: Vec<u8>,
}

#[derive(Clone, Copy)]
pub(crate) enum Code {
    NoError = 0,
    ServFail = 2,
    NxDomain = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// Reads the header and the first question; `None` if it is no query.
pub(crate) fn question(message: &[u8]) -> Option<Question> {
    let header = message.get(..12)?;
    if header[2] & 0x80 != 0 || header[4..6] != [0, 1] {
        return None;
    }
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*message.get(at)?);
        if length > 63 {
            return None;
        }
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).into_owned());
        at += length;
    }
    let raw = message.get(12..at + 4)?.to_vec();
    let kind = kind(u16::from_be_bytes([message[at], message[at + 1]]));
    let query = kind.map(|kind| Query::new(Name::from_dns(&labels.join(".")), kind));
    Some(Question { query, id: [header[0], header[1]], recursion: header[2] & 1, raw })
}

/// Writes an answer; with `truncated` the records stay away and TC is set.
pub(crate) fn answer(
    question: &Question,
    code: Code,
    records: &[Record],
    secure: bool,
    truncated: bool,
) -> Vec<u8> {
    let records = if truncated { &[] } else { records };
    let mut message = question.id.to_vec();
    message.push(0x80 | 0x04 | (u8::from(truncated) << 1) | question.recursion);
    message.push(0x80 | (u8::from(secure) << 5) | code as u8);
    let count = u16::try_from(records.len()).unwrap_or(u16::MAX);
    for number in [1, count, 0, 0] {
        message.extend(number.to_be_bytes());
    }
    message.extend(&question.raw);
    for record in records.iter().take(count.into()) {
        name(&mut message, &record.name);
        message.extend(number(record.data.kind()).to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0]); // class IN, TTL 0: every query reaches the script
        let mut data = Vec::new();
        rdata(&mut data, &record.data);
        message.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
        message.extend(data);
    }
    message
}

fn rdata(out: &mut Vec<u8>, data: &Data) {
    match data {
        Data::Mx { preference, exchange } => {
            out.extend(preference.to_be_bytes());
            name(out, exchange);
        }
        Data::A(address) => out.extend(address.octets()),
        Data::Aaaa(address) => out.extend(address.octets()),
        Data::Cname(target) => name(out, target),
        Data::Txt(text) => {
            for string in text.chunks(255) {
                out.push(u8::try_from(string.len()).unwrap_or(u8::MAX));
                out.extend(string);
            }
        }
        Data::Tlsa(tlsa) => {
            out.extend([tlsa.usage, tlsa.selector, tlsa.matching]);
            out.extend(&tlsa.data);
        }
    }
}

fn name(out: &mut Vec<u8>, name: &Name) {
    for label in name.as_str().split('.').filter(|label| !label.is_empty()) {
        let label = &label.as_bytes()[..label.len().min(63)];
        out.push(u8::try_from(label.len()).unwrap_or(63));
        out.extend(label);
    }
    out.push(0);
}

pub(crate) fn number(kind: Kind) -> u16 {
    match kind {
        Kind::A => 1,
        Kind::Cname => 5,
        Kind::Mx => 15,
        Kind::Txt => 16,
        Kind::Aaaa => 28,
        Kind::Tlsa => 52,
    }
}

fn kind(wanted: u16) -> Option<Kind> {
    [Kind::A, Kind::Cname, Kind::Mx, Kind::Txt, Kind::Aaaa, Kind::Tlsa]
        .into_iter()
        .find(|k| number(*k) == wanted)
}
