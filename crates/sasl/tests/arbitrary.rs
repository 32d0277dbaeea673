//! Whatever a peer sends, there is an answer and no panic; and what cannot be right never is.

#![allow(clippy::unwrap_used, clippy::panic)]

use mailwright_sasl::{
    Hash, Name, Nonce, Secret, Seed,
    client::{self, Mechanism},
    frame,
    scram::Keys,
    server::{Answer, Policy, Step},
};
use mailwright_wire::TlsInfo;
use proptest::prelude::*;

fn tls() -> TlsInfo {
    TlsInfo { exporter: Some([5; 32]), peer_certificates: vec![vec![1]], ..TlsInfo::default() }
}

/// Octets that look like messages of these mechanisms often enough.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "[a-z=,0-9]{0,8}".prop_map(String::into_bytes),
        proptest::sample::select(vec![
            &b"\0"[..],
            b"\x01",
            b"n,,",
            b"y,,",
            b"p=tls-exporter,,",
            b"n=tim,",
            b"r=abc",
            b",p=",
            b"c=biws,",
            b"auth=Bearer x",
            b"user=",
            b"a=x,",
            b"m=1,",
            b"v=",
            b"e=",
            b"s=AAAA,",
            b"i=4096",
            b"\xff",
            b"=2C",
            b"=3D",
            b" ",
            b"=",
        ])
        .prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_server_that_refuses_every_credential_lets_nobody_in(
        which in 0..Name::ALL.len(),
        initial in proptest::option::of(message()),
        messages in proptest::collection::vec(message(), 0..5),
    ) {
        let policy = Policy::new(Seed::new([7; 32])).mechanisms(Name::ALL);
        let mut server = policy.begin(Name::ALL[which].as_str(), Some(&tls())).unwrap();
        let mut messages = messages.into_iter();
        let mut step = server.start(initial.as_deref());
        for _ in 0..20 {
            step = match step {
                Step::Challenge(_) => match messages.next() {
                    Some(message) => server.respond(&message),
                    None => break,
                },
                Step::Ask(_) => server.answer(Answer::refuse()),
                Step::Done(identity) => panic!("{identity:?}"),
                Step::Failed(_) => break,
            };
        }
    }

    #[test]
    fn a_client_trusts_no_server_that_talks_nonsense(messages in proptest::collection::vec(message(), 0..5)) {
        let secret = Secret::new("pencil");
        for hash in Hash::ALL {
            let mut client = client::Scram::new(hash, "tim", &secret, &Nonce::new([1; 18]), true).unwrap();
            let _ = client.initial();
            for message in &messages {
                if client.respond(message).is_err() {
                    break;
                }
            }
            prop_assert!(client.finish().is_err());
        }
    }

    #[test]
    fn base64_frames_are_read_back(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let initial = frame::encode_initial(&octets);
        prop_assert_eq!(frame::initial(initial.as_bytes()).unwrap().to_vec(), octets.clone());
        prop_assert_eq!(frame::challenge(frame::encode(&octets).as_bytes()).unwrap(), octets);
    }

    #[test]
    fn stored_keys_are_read_back_or_refused(text in "[A-Z0-9$:=/+-]{0,60}", salt: [u8; 16]) {
        let _ = text.parse::<Keys>();
        let keys = Keys::derive(Hash::Sha256, &Secret::new("x"), salt, 4096).unwrap();
        prop_assert_eq!(keys.to_text().expose().parse::<Keys>().unwrap(), keys);
    }
}
