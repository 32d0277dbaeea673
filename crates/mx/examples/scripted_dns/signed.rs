//! A script answered with DNSSEC (RFC 4035), as a recursive server hands it on to those who validate.
//!
//! One key signs one zone, the root, which holds every name that the script calls `!secure`. A name that it does not is the
//! apex of a zone of its own, delegated without a DS record: provably not signed. `!bogus` names have signatures that do
//! not fit.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_proto::dnssec::crypto::Ed25519SigningKey;
use hickory_proto::dnssec::rdata::sig::SigInput;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, RRSIG};
use hickory_proto::dnssec::{DnssecSigner, SigningKey, TBS};
use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::rdata::tlsa::{CertUsage, Matching, Selector};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, SOA, TLSA, TXT};
use hickory_proto::rr::{DNSClass, Name as WireName, RData, Record as WireRecord, RecordType, SerialNumber};
use mailwright_mx::scripted::{Scene, Scripted};
use mailwright_mx::{Answer, Data, Failure, Name};

use crate::server::Style;
use crate::wire::{self, Question};

const TTL: u32 = 60;
const DAY: u32 = 86_400;

type Error = Box<dyn std::error::Error>;

/// The script, its key, and the names of the signed zone with the types they have.
pub(crate) struct Signed {
    script: Arc<Scripted>,
    signer: DnssecSigner,
    names: BTreeMap<WireName, BTreeSet<RecordType>>,
}

impl Style for Signed {
    fn write(&self, message: &[u8], question: &Question, scene: Option<&Scene>) -> Option<Vec<u8>> {
        // What cannot be signed is not sent: a test then ends in a timeout.
        self.answer(&Message::from_vec(message).ok()?, question, scene).ok()?.to_vec().ok()
    }
}

impl Signed {
    /// With a new key.
    pub(crate) fn new(script: Arc<Scripted>) -> Result<Self, Error> {
        let key = Ed25519SigningKey::from_pkcs8(&Ed25519SigningKey::generate_pkcs8()?)?;
        let public = DNSKEY::from_key(&key.to_public_key()?);
        let signer =
            DnssecSigner::new(public, Box::new(key), WireName::root(), Duration::from_secs(DAY.into()));
        let apex = [RecordType::SOA, RecordType::NS, RecordType::DNSKEY];
        let mut names = BTreeMap::from([(WireName::root(), BTreeSet::from(apex))]);
        for (owner, kind) in script.owners() {
            let (name, kind) = match cut(&script, owner) {
                Some(apex) => (apex, RecordType::NS),
                None => (wire_name(owner), RecordType::from(wire::number(kind))),
            };
            names.entry(name).or_default().insert(kind);
        }
        Ok(Self { script, signer, names })
    }

    /// The key, for those who are to believe it (RFC 4034 §2.2).
    pub(crate) fn anchor(&self) -> String {
        format!(". {TTL} IN DNSKEY {}\n", self.signer.dnskey())
    }

    fn answer(
        &self,
        request: &Message,
        question: &Question,
        scene: Option<&Scene>,
    ) -> Result<Message, Error> {
        let asked = request.queries.first().ok_or("no question")?;
        let (name, kind) = (asked.name().clone(), asked.query_type());
        let mut reply = request.clone().into_response();
        reply.metadata.recursion_available = true;
        reply.edns = Some(Edns::new());
        let failure = match scene.map(|scene| &scene.answer) {
            Some(Answer::Failed(failure)) => Some(*failure),
            _ => None,
        };
        reply.metadata.response_code = match failure {
            None | Some(Failure::Bogus) => ResponseCode::NoError,
            Some(Failure::Refused) => ResponseCode::Refused,
            Some(_) => ResponseCode::ServFail,
        };
        if reply.metadata.response_code != ResponseCode::NoError {
            return Ok(reply);
        }
        if kind == RecordType::DNSKEY && name.is_root() {
            let key = RData::DNSSEC(DNSSECRData::DNSKEY(self.signer.to_dnskey()));
            reply.answers = self.sign(&name, vec![key])?;
            return Ok(reply);
        }
        let apex = cut(&self.script, &Name::from_dns(&name.to_ascii()));
        if kind == RecordType::NS && apex.as_ref() == Some(&name) {
            reply.answers = records(&name, vec![RData::NS(NS(WireName::from_ascii("ns.")?))]);
            return Ok(reply);
        }
        let records = match question.query.as_ref().map(|query| self.script.look_up(query)) {
            Some(Answer::Records(records, _) | Answer::NoSuchName(records, _)) => records,
            _ => Vec::new(),
        };
        let mut end = name;
        for set in records.chunk_by(|a, b| a.name == b.name && a.data.kind() == b.data.kind()) {
            let owner = wire_name(&set[0].name);
            let data = set.iter().map(|record| rdata(&record.data)).collect();
            let signed = self.script.is_signed(&set[0].name);
            reply.answers.extend(if signed { self.sign(&owner, data)? } else { self::records(&owner, data) });
            if let Data::Cname(target) = &set[0].data {
                end = wire_name(target);
            }
        }
        if !records.iter().any(|record| RecordType::from(wire::number(record.data.kind())) == kind) {
            self.deny(&mut reply, &end, kind)?;
        }
        if failure == Some(Failure::Bogus) {
            spoil(&mut reply.answers);
            spoil(&mut reply.authorities);
        }
        Ok(reply)
    }

    /// Says that there is no such record, and proves it where the zone is signed (RFC 4035 §3.1.3).
    fn deny(&self, reply: &mut Message, name: &WireName, kind: RecordType) -> Result<(), Error> {
        let exists = self.script.owners().any(|(owner, _)| name.zone_of(&wire_name(owner)));
        if !exists {
            reply.metadata.response_code = ResponseCode::NXDomain;
        }
        let cut = cut(&self.script, &Name::from_dns(&name.to_ascii()));
        if let Some(apex) = cut.filter(|apex| !(kind == RecordType::DS && apex == name)) {
            reply.authorities = records(&apex, vec![soa()]);
            return Ok(());
        }
        reply.authorities = self.sign(&WireName::root(), vec![soa()])?;
        let mut encloser = name.base_name();
        while !self.names.keys().any(|known| encloser.zone_of(known)) {
            encloser = encloser.base_name();
        }
        let mut owners = BTreeSet::from([self.before(name)]);
        if !exists {
            owners.insert(self.before(&encloser.prepend_label("*")?));
        }
        for owner in owners {
            let mut after = self.names.range(owner.clone()..).skip(1).map(|(next, _)| next.clone());
            let next = after.next().unwrap_or_else(WireName::root);
            let nsec = NSEC::new_cover_self(next, self.names[&owner].iter().copied());
            let nsec = RData::DNSSEC(DNSSECRData::NSEC(nsec));
            reply.authorities.extend(self.sign(&owner, vec![nsec])?);
        }
        Ok(())
    }

    /// The last name of the zone that is not after this one.
    fn before(&self, name: &WireName) -> WireName {
        let before = self.names.range(..=name.clone()).next_back();
        before.map_or_else(WireName::root, |(before, _)| before.clone())
    }

    /// The records with their signature.
    fn sign(&self, owner: &WireName, data: Vec<RData>) -> Result<Vec<WireRecord>, Error> {
        let mut records = records(owner, data);
        let now = u32::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        let input = SigInput {
            type_covered: records[0].record_type(),
            algorithm: self.signer.key().algorithm(),
            num_labels: owner.num_labels(),
            original_ttl: TTL,
            sig_expiration: SerialNumber::new(now + DAY),
            sig_inception: SerialNumber::new(now - DAY),
            key_tag: self.signer.calculate_key_tag()?,
            signer_name: WireName::root(),
        };
        let signed = TBS::from_input(owner, DNSClass::IN, &input, records.iter())?;
        let signature = RRSIG::from_sig(input, self.signer.sign(&signed)?);
        let signature = RData::DNSSEC(DNSSECRData::RRSIG(signature));
        records.push(WireRecord::from_rdata(owner.clone(), TTL, signature));
        Ok(records)
    }
}

/// The apex of the unsigned zone that this name is in, if it is in one.
fn cut(script: &Scripted, name: &Name) -> Option<WireName> {
    let mut apex = None;
    let mut rest = name.as_str();
    while !rest.is_empty() {
        let here = Name::from_dns(rest);
        if script.is_signed(&here) {
            break;
        }
        if script.owners().any(|(owner, _)| *owner == here) {
            apex = Some(wire_name(&here));
        }
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    apex
}

/// Makes every signature one that does not fit.
fn spoil(records: &mut [WireRecord]) {
    for record in records {
        if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data {
            let octets = signature.sig().iter().map(|octet| octet ^ 1).collect();
            let spoilt = RRSIG::from_sig(signature.input().clone(), octets);
            record.data = RData::DNSSEC(DNSSECRData::RRSIG(spoilt));
        }
    }
}

fn records(owner: &WireName, data: Vec<RData>) -> Vec<WireRecord> {
    data.into_iter().map(|data| WireRecord::from_rdata(owner.clone(), TTL, data)).collect()
}

fn soa() -> RData {
    RData::SOA(SOA::new(WireName::root(), WireName::root(), 1, 3600, 600, 86_400, TTL))
}

fn wire_name(name: &Name) -> WireName {
    WireName::from_ascii(format!("{}.", name.as_str())).unwrap_or_else(|_| WireName::root())
}

fn rdata(data: &Data) -> RData {
    match data {
        Data::Mx { preference, exchange } => RData::MX(MX::new(*preference, wire_name(exchange))),
        Data::A(address) => RData::A(A(*address)),
        Data::Aaaa(address) => RData::AAAA(AAAA(*address)),
        Data::Cname(target) => RData::CNAME(CNAME(wire_name(target))),
        Data::Txt(text) => RData::TXT(TXT::from_bytes(text.chunks(255).collect())),
        Data::Tlsa(tlsa) => RData::TLSA(TLSA::new(
            CertUsage::from(tlsa.usage),
            Selector::from(tlsa.selector),
            Matching::from(tlsa.matching),
            tlsa.data.clone(),
        )),
    }
}
