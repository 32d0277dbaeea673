//! The examples of RFC 5802 §5 and RFC 7677 §3, in both roles, and what an attacker may try on them.

use super::Keys;
use crate::{
    Hash, Nonce, Secret,
    client::{self, Error, Mechanism as _},
    server::{
        Answer, Failure, Mechanism as _, Question, Turn,
        scram::{Scram, Setup},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

struct Vector {
    hash: Hash,
    client_nonce: &'static str,
    server_nonce: &'static str,
    salt: &'static str,
    client_first: &'static str,
    server_first: &'static str,
    client_final: &'static str,
    server_final: &'static str,
}

const RFC_5802: Vector = Vector {
    hash: Hash::Sha1,
    client_nonce: "fyko+d2lbbFgONRv9qkxdawL",
    server_nonce: "3rfcNHYJY1ZVvWVs7j",
    salt: "QSXCR+Q6sek8bf92",
    client_first: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    server_first: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    client_final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    server_final: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
};

const RFC_7677: Vector = Vector {
    hash: Hash::Sha256,
    client_nonce: "rOprNGfwEbeRWgbNEkqO",
    server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    client_first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    client_final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    server_final: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

impl Vector {
    fn client(&self) -> client::Scram {
        client::Scram::new(self.hash, "user", &Secret::new("pencil"), &Nonce::fixed(self.client_nonce), false)
            .unwrap()
    }

    fn setup(&self) -> Setup {
        Setup {
            hash: self.hash,
            plus: false,
            plus_offered: false,
            exporter: None,
            end_point: None,
            nonce: Nonce::fixed(self.server_nonce),
            decoy_key: vec![1; 32].into(),
            decoy_iterations: 4096,
        }
    }

    fn server(&self, plus: bool, plus_offered: bool) -> Scram {
        Scram::new(Setup { plus, plus_offered, exporter: Some(vec![5; 32]), ..self.setup() })
    }

    fn keys(&self) -> Answer {
        let salt = STANDARD.decode(self.salt).unwrap();
        let salted = self.hash.stretch(b"pencil", &salt, 4096);
        Answer::Keys { account: "user".to_owned(), keys: Keys::from_salted(self.hash, salt, 4096, &salted) }
    }

    /// A server that has sent its first message.
    fn server_after_first(&self) -> Scram {
        let mut server = self.server(false, false);
        assert!(
            matches!(server.start(Some(self.client_first.as_bytes())), Turn::Ask(Question::Keys { user, .. }) if user == "user")
        );
        assert_eq!(challenge(server.answer(self.keys())), Ok(self.server_first.to_owned()));
        server
    }
}

fn challenge(turn: Turn) -> Result<String, Failure> {
    match turn {
        Turn::Challenge(data) => Ok(String::from_utf8(data).unwrap()),
        Turn::Failed(failure) => Err(failure),
        _ => panic!("neither a challenge nor a failure"),
    }
}

#[test]
fn both_roles_say_what_the_rfcs_say() {
    for vector in [RFC_5802, RFC_7677] {
        let mut client = vector.client();
        assert_eq!(client.initial().unwrap(), vector.client_first.as_bytes());
        assert_eq!(client.respond(vector.server_first.as_bytes()).unwrap(), vector.client_final.as_bytes());
        assert_eq!(client.respond(vector.server_final.as_bytes()).unwrap(), b"");
        client.finish().unwrap();

        let mut server = vector.server_after_first();
        let signature = challenge(server.respond(vector.client_final.as_bytes()));
        assert_eq!(signature, Ok(vector.server_final.to_owned()));
        assert!(matches!(server.respond(b""), Turn::Proved { account, .. } if account == "user"));
    }
}

#[test]
fn a_replayed_final_message_fails_because_our_nonce_is_new() {
    let mut server = Scram::new(Setup { nonce: Nonce::fixed("another"), ..RFC_7677.setup() });
    let Turn::Ask(_) = server.start(Some(RFC_7677.client_first.as_bytes())) else { panic!() };
    let _ = server.answer(RFC_7677.keys());
    assert_eq!(challenge(server.respond(RFC_7677.client_final.as_bytes())), Err(Failure::Credentials));
}

#[test]
fn a_changed_final_message_fails() {
    let good = RFC_5802.client_final;
    for (bad, want) in [
        (good.replace("p=v0", "p=v1"), Failure::Credentials),
        (good.replace("p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "p=AAAA"), Failure::Credentials),
        (good.replace("p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "p="), Failure::Credentials),
        (good.replace("p=v0", "p=!0"), Failure::Malformed),
        (good.replace("c=biws", "c=eSws"), Failure::ChannelBinding),
        (good.replace("s7j,", "s7k,"), Failure::Credentials),
        (good.replace(",p=", ",m=x,p="), Failure::Malformed),
        (good.replace(",p=", ",x=y,p="), Failure::Credentials),
        (format!("{good},x=y"), Failure::Malformed),
        (String::new(), Failure::Malformed),
    ] {
        let mut server = RFC_5802.server_after_first();
        assert_eq!(challenge(server.respond(bad.as_bytes())), Err(want), "{bad}");
    }
}

#[test]
fn every_single_changed_bit_of_the_proof_fails() {
    let (head, proof) = RFC_5802.client_final.rsplit_once("p=").unwrap();
    let proof = STANDARD.decode(proof).unwrap();
    for bit in 0..proof.len() * 8 {
        let mut proof = proof.clone();
        proof[bit / 8] ^= 1 << (bit % 8);
        let message = format!("{head}p={}", STANDARD.encode(proof));
        let mut server = RFC_5802.server_after_first();
        assert_eq!(challenge(server.respond(message.as_bytes())), Err(Failure::Credentials), "bit {bit}");
    }
}

#[test]
fn a_hidden_offer_of_channel_binding_is_detected() {
    let start =
        |first: &str, plus, offered| match RFC_5802.server(plus, offered).start(Some(first.as_bytes())) {
            Turn::Failed(failure) => Err(failure),
            Turn::Ask(_) => Ok(()),
            _ => panic!(),
        };
    assert_eq!(start("y,,n=user,r=abc", false, true), Err(Failure::ChannelBinding), "downgraded");
    assert_eq!(start("y,,n=user,r=abc", false, false), Ok(()));
    assert_eq!(start("n,,n=user,r=abc", false, true), Ok(()));
    assert_eq!(start("p=tls-exporter,,n=user,r=abc", true, true), Ok(()));
    for flag in ["n", "y", "p=tls-unique", "p=tls-server-end-point"] {
        assert_eq!(
            start(&format!("{flag},,n=user,r=abc"), true, true),
            Err(Failure::ChannelBinding),
            "{flag}"
        );
    }
    assert_eq!(start("p=tls-exporter,,n=user,r=abc", false, true), Err(Failure::ChannelBinding));
}

#[test]
fn binding_data_of_another_channel_fails() {
    let ours = mailwright_wire::TlsInfo { exporter: Some([6; 32]), ..Default::default() };
    for (tls, want) in [
        (mailwright_wire::TlsInfo { exporter: Some([5; 32]), ..Default::default() }, Ok(())),
        (ours, Err(Failure::ChannelBinding)),
    ] {
        let secret = Secret::new("pencil");
        let nonce = Nonce::fixed(RFC_5802.client_nonce);
        let mut client = client::Scram::plus(Hash::Sha1, "user", &secret, &nonce, &tls).unwrap();
        let mut server = RFC_5802.server(true, true);
        let Turn::Ask(_) = server.start(client.initial().as_deref()) else { panic!() };
        let first = challenge(server.answer(RFC_5802.keys())).unwrap();
        let last = client.respond(first.as_bytes()).unwrap();
        assert_eq!(challenge(server.respond(&last)).map(drop), want);
    }
}

#[test]
fn the_client_refuses_a_server_that_cheats() {
    let good = RFC_7677.server_first;
    let with = |count: &str| good.replace("i=4096", count);
    for (bad, want) in [
        (with("i=4095"), Error::Iterations(4095)),
        (with("i=1000001"), Error::Iterations(1_000_001)),
        (with("i=0"), Error::Malformed),
        (with("i=4096,m=x"), Error::Malformed),
        (good.replace("r=rO", "r=sO"), Error::Malformed),
        (good.replace(RFC_7677.server_nonce, ""), Error::Malformed),
        (good.replace("s=W22ZaJ0SNY7soEsUEjb6gQ==", "s="), Error::Malformed),
        (good.replace("s=W22Z", "s=!22Z"), Error::Malformed),
        ("e=other-error".to_owned(), Error::Malformed),
    ] {
        let mut client = RFC_7677.client();
        let _ = client.initial();
        assert_eq!(client.respond(bad.as_bytes()), Err(want), "{bad}");
    }
    let mut client = RFC_7677.client();
    let _ = (client.initial(), client.respond(good.as_bytes()));
    assert_eq!(client.respond(RFC_5802.server_final.as_bytes()), Err(Error::ServerNotProved));
    let mut client = RFC_7677.client();
    let _ = (client.initial(), client.respond(good.as_bytes()));
    assert_eq!(client.finish(), Err(Error::ServerNotProved), "success without a signature");
    assert_eq!(client.respond(b"e=invalid-proof"), Err(Error::Refused("invalid-proof".to_owned())));
}
