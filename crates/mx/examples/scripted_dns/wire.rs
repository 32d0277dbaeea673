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

/// Writes an answer that may be kept for so many seconds. Where there is no record and it may be kept at all, an SOA
/// record says so (RFC 2308 §5).
pub(crate) fn answer(question: &Question, code: Code, records: &[Record], secure: bool, ttl: u32) -> Vec<u8> {
    let count = u16::try_from(records.len()).unwrap_or(u16::MAX);
    let absent = u16::from(count == 0 && ttl > 0);
    let mut message = head(question, code, [count, absent], secure, false);
    for record in records.iter().take(count.into()) {
        name(&mut message, &record.name);
        let mut data = Vec::new();
        rdata(&mut data, &record.data);
        rest(&mut message, number(record.data.kind()), ttl, &data);
    }
    if absent > 0 {
        let numbers = [1, 3_600, 600, 86_400, ttl].map(u32::to_be_bytes);
        message.extend([0xc0, 12]); // the name that was asked
        rest(&mut message, 6, ttl, &[&[0, 0][..], numbers.as_flattened()].concat());
    }
    message
}

/// Says no more than a code.
pub(crate) fn refuse(question: &Question, code: Code) -> Vec<u8> {
    head(question, code, [0, 0], false, false)
}

/// Says that the answer is too long for this way.
pub(crate) fn cut_off(question: &Question) -> Vec<u8> {
    head(question, Code::NoError, [0, 0], false, true)
}

/// The header and the question.
fn head(question: &Question, code: Code, counts: [u16; 2], secure: bool, truncated: bool) -> Vec<u8> {
    let mut message = question.id.to_vec();
    message.push(0x80 | 0x04 | (u8::from(truncated) << 1) | question.recursion);
    message.push(0x80 | (u8::from(secure) << 5) | code as u8);
    for number in [1, counts[0], counts[1], 0] {
        message.extend(number.to_be_bytes());
    }
    message.extend(&question.raw);
    message
}

/// What follows the owner of a record.
fn rest(out: &mut Vec<u8>, kind: u16, ttl: u32, data: &[u8]) {
    out.extend(kind.to_be_bytes());
    out.extend([0, 1]);
    out.extend(ttl.to_be_bytes());
    out.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(data);
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
