//! SASL: no octets make an exchange panic, none proves anything to a server that accepts nobody, and none makes a
//! client say its password or trust a server that does not know it.

use mailwright_sasl::{
    Hash, Name, Nonce, Secret, Seed,
    client::{self, Mechanism},
    frame,
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

/// The first octet chooses the mechanism; lines of the rest are what the server sends.
pub fn client(data: &[u8]) {
    const PASSWORD: &str = "correct horse";
    let contains = |said: &[u8]| said.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
    // A server that says it itself gets to hear it, in the nonce that has to be repeated.
    let Some((&which, input)) = data.split_first().filter(|_| !contains(data)) else { return };
    let tls = TlsInfo { exporter: Some([9; 32]), ..TlsInfo::default() };
    let (secret, nonce) = (Secret::new(PASSWORD), Nonce::new([7; 18]));
    let hash = Hash::ALL[usize::from(which / 8) % Hash::ALL.len()];
    let token = Secret::new("token");
    let made: Result<Box<dyn Mechanism>, client::Error> = match which % 8 {
        0 | 1 => client::Scram::new(hash, "ann", &secret, &nonce, which % 8 == 0).map(|m| Box::new(m) as _),
        2 | 3 => client::Scram::plus(hash, "ann", &secret, &nonce, &tls).map(|m| Box::new(m) as _),
        4 => client::CramMd5::new("ann", &secret).map(|m| Box::new(m) as _),
        5 => client::OAuthBearer::new(Some("ann"), &token, None).map(|m| Box::new(m) as _),
        6 => client::XOAuth2::new("ann", &token).map(|m| Box::new(m) as _),
        _ => client::Login::new("ann", &secret).map(|m| Box::new(m) as _),
    };
    let mut mechanism = made.expect("credentials that can be used");
    let name = mechanism.name();
    let keeps_it = !name.is_plaintext();
    let mut said = mechanism.initial().unwrap_or_default();
    for line in input.split(|&b| b == b'\n').take(10) {
        // A count of iterations in the hundreds of thousands is allowed, and only slow.
        if String::from_utf8_lossy(line)
            .split("i=")
            .skip(1)
            .any(|count| count.bytes().take_while(u8::is_ascii_digit).count() > 4)
        {
            return;
        }
        _ = frame::challenge(line);
        match mechanism.respond(line) {
            Ok(response) => said.extend_from_slice(&response),
            Err(_) => break,
        }
    }
    if keeps_it {
        assert!(!contains(&said), "{name}");
    }
    if matches!(name, Name::Scram(_) | Name::ScramPlus(_)) {
        assert!(mechanism.finish().is_err(), "{name}: nobody knows the password");
    }
    assert!(!format!("{mechanism:?}").contains(PASSWORD));
}
