//! Which certificate lets a mail through: opportunistic TLS, DANE (RFC 7672 §3) and MTA-STS (RFC 8461 §4.2).
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/chain.rs"]
mod chain;

use std::net::SocketAddr;
use std::sync::Arc;

use chain::{Chain, trusting};
use mailwright_delivery::transport::smtp::Smtp;
use mailwright_delivery::transport::{Fault, Link, Peer, Protection, Transport};
use mailwright_delivery::{Config, Step};
use mailwright_mx::Name;
use mailwright_mx::dane::Tlsa;
use rustls::RootCertStore;
use sha2::{Digest, Sha256, Sha512};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn chain(expired: bool) -> Chain {
    chain::chain("mx.test", expired)
}

/// Serves `STARTTLS` with this chain, or without any TLS.
async fn serve(chain: Option<&Chain>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = chain.map(Chain::acceptor);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                stream.write_all(b"220 mx.test\r\n").await.unwrap();
                if talk(&mut stream, acceptor.is_some()).await
                    && let Some(acceptor) = acceptor
                    && let Ok(inside) = acceptor.accept(stream.into_inner()).await
                {
                    talk(&mut BufReader::new(inside), false).await;
                }
            });
        }
    });
    address
}

/// Answers until the end, or until TLS is to begin.
async fn talk<I: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<I>, offer: bool) -> bool {
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|length| length > 0) {
        let (reply, upgrade): (&[u8], bool) = match &line.to_ascii_uppercase()[..4] {
            "EHLO" if offer => (b"250-mx.test\r\n250 STARTTLS\r\n", false),
            "STAR" if offer => (b"220 2.0.0 go on\r\n", true),
            "STAR" => (b"502 5.5.1 no TLS\r\n", false),
            "QUIT" => (b"221 2.0.0 bye\r\n", false),
            _ => (b"250 mx.test\r\n", false),
        };
        if stream.write_all(reply).await.is_err() {
            return false;
        }
        if upgrade {
            return true;
        }
        line.clear();
    }
    false
}

async fn connect(
    address: SocketAddr,
    protection: Protection,
    roots: Option<Arc<RootCertStore>>,
) -> Result<Option<String>, Fault> {
    let mut config = Config::new("here.test".parse().unwrap());
    config.roots = roots;
    let link = Smtp::new(&config).connect(&Peer { host: "mx.test".into(), address, protection }).await?;
    Ok(link.tls())
}

fn dane(usage: u8, selector: u8, matching: u8, data: &[u8], reference: &str) -> Protection {
    let data = match matching {
        0 => data.to_vec(),
        1 => Sha256::digest(data).to_vec(),
        _ => Sha512::digest(data).to_vec(),
    };
    let records = vec![Tlsa { usage, selector, matching, data }];
    Protection::Dane { records, references: vec![Name::parse(reference).unwrap()] }
}

#[tokio::test]
async fn dane_lets_through_what_matches_and_nothing_else() {
    let (good, old) = (chain(false), chain(true));
    let (good_at, old_at) = (serve(Some(&good)).await, serve(Some(&old)).await);
    for (what, address, protection, passes) in [
        ("EE key SHA-256", good_at, dane(3, 1, 1, &good.leaf_spki, "mx.test"), true),
        ("EE key SHA-512", good_at, dane(3, 1, 2, &good.leaf_spki, "mx.test"), true),
        ("EE key whole", good_at, dane(3, 1, 0, &good.leaf_spki, "mx.test"), true),
        ("EE certificate", good_at, dane(3, 0, 1, &good.leaf, "mx.test"), true),
        ("EE: names do not count", good_at, dane(3, 1, 1, &good.leaf_spki, "other.test"), true),
        ("EE: dates do not count", old_at, dane(3, 1, 1, &old.leaf_spki, "mx.test"), true),
        ("EE of another key", good_at, dane(3, 1, 1, &old.leaf_spki, "mx.test"), false),
        ("EE never matches the authority", good_at, dane(3, 0, 1, &good.root, "mx.test"), false),
        ("EE: key taken for a certificate", good_at, dane(3, 0, 1, &good.leaf_spki, "mx.test"), false),
        ("TA certificate", good_at, dane(2, 0, 1, &good.root, "mx.test"), true),
        ("TA key", good_at, dane(2, 1, 1, &good.root_spki, "mx.test"), true),
        ("TA: names count", good_at, dane(2, 0, 1, &good.root, "other.test"), false),
        ("TA: dates count", old_at, dane(2, 0, 1, &old.root, "mx.test"), false),
        ("TA of another chain", good_at, dane(2, 0, 1, &old.root, "mx.test"), false),
        ("unusable records: encrypted, unchecked", good_at, Protection::Encrypted, true),
    ] {
        let result = connect(address, protection, None).await;
        match result {
            Ok(tls) => assert!(passes && tls.is_some(), "{what}: {tls:?}"),
            Err(fault) => assert!(!passes && fault.step == Step::Tls, "{what}: {fault:?}"),
        }
    }
}

#[tokio::test]
async fn two_records_are_a_key_roll_over() {
    let (now, next) = (chain(false), chain(false));
    let address = serve(Some(&now)).await;
    let record = |chain: &Chain| Tlsa {
        usage: 3,
        selector: 1,
        matching: 1,
        data: Sha256::digest(&chain.leaf_spki).to_vec(),
    };
    let protection = Protection::Dane { records: vec![record(&next), record(&now)], references: Vec::new() };
    assert!(connect(address, protection, None).await.is_ok());
}

#[tokio::test]
async fn mta_sts_takes_a_known_authority_and_the_name_of_the_host() {
    let (good, old) = (chain(false), chain(true));
    let trusting = |chain: &Chain| Some(trusting(&[chain]));
    let (good_at, old_at) = (serve(Some(&good)).await, serve(Some(&old)).await);
    assert!(
        connect(good_at, Protection::Verified, trusting(&good)).await.unwrap().unwrap().contains("MTA-STS")
    );
    for (address, roots) in [(good_at, trusting(&old)), (old_at, trusting(&old)), (good_at, None)] {
        assert_eq!(connect(address, Protection::Verified, roots).await.unwrap_err().step, Step::Tls);
    }
}

#[tokio::test]
async fn required_tls_is_never_given_up_for_plaintext() {
    let chain = chain(false);
    let address = serve(None).await;
    for protection in [Protection::Encrypted, dane(3, 1, 1, &chain.leaf_spki, "mx.test")] {
        assert_eq!(connect(address, protection, None).await.unwrap_err().step, Step::Tls);
    }
    assert_eq!(connect(address, Protection::Opportunistic, None).await.unwrap(), None);
    let encrypted = serve(Some(&chain)).await;
    assert!(connect(encrypted, Protection::Opportunistic, None).await.unwrap().is_some());
}
