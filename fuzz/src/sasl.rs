//! SASL: no octets make an exchange panic, and none proves anything to a server that accepts nobody.

use mailwright_sasl::{
    Name, Seed, frame,
    server::{Answer, Policy, Step},
};
use mailwright_wire::TlsInfo;

/// The first octet chooses the mechanism; lines of the rest are what the client sends.
pub fn server(data: &[u8]) {
    let Some((&which, input)) = data.split_first() else { return };
    let tls = TlsInfo { exporter: Some([9; 32]), peer_certificates: vec![vec![1]], ..TlsInfo::default() };
    let policy = Policy::new(Seed::new([7; 32])).mechanisms(Name::ALL);
    let name = Name::ALL[usize::from(which) % Name::ALL.len()];
    let Ok(mut exchange) = policy.begin(name.as_str(), Some(&tls)) else { return };
    let mut lines = input.split(|&b| b == b'\n');
    let mut step = exchange.start(lines.next());
    for line in lines.by_ref().take(20) {
        _ = frame::response(line);
        loop {
            match step {
                Step::Ask(_) => step = exchange.answer(Answer::refuse()),
                Step::Challenge(_) => break,
                Step::Done(identity) => panic!("{identity:?} was proved by nothing"),
                Step::Failed(_) => return,
            }
        }
        step = exchange.respond(line);
    }
}
