//! Framing: the same answer however the input is cut, and nothing that is sent ends early.

use bytes::{Bytes, BytesMut};
use mailwright_wire::{Body, DotDecoder, DotEncoder, LineDecoder, LineError, Output, proxy};

/// The first two octets choose where to cut; the rest is the input.
pub fn framing(data: &[u8]) {
    let Some((&[a, b], input)) = data.split_first_chunk::<2>() else { return };
    let cut = usize::from(u16::from_be_bytes([a, b])).min(input.len());
    let cuts = [&input[..cut], &input[cut..]];
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    for way in [&cuts[..], &bytes] {
        assert_eq!(lines(&[input]), lines(way));
        assert_eq!(unstuff(&[input]), unstuff(way));
    }
    stuffed(input);
    proxied(input);
}

/// A header is read whole or not at all: no shorter input is one, or is refused.
fn proxied(input: &[u8]) {
    if let Ok(Some((header, len))) = proxy::header(input) {
        assert!((0..len).all(|end| proxy::header(&input[..end]) == Ok(None)));
        assert_eq!(proxy::header(&input[..len]), Ok(Some((header, len))));
    }
}

fn lines(chunks: &[&[u8]]) -> Vec<Result<Bytes, LineError>> {
    let (mut decoder, mut buf, mut got) = (LineDecoder::with_give_up(32, 96), BytesMut::new(), vec![]);
    for chunk in chunks {
        buf.extend_from_slice(chunk);
        loop {
            match decoder.decode(&mut buf) {
                Ok(None) => break,
                Err(LineError::Endless) => {
                    got.push(Err(LineError::Endless));
                    return got;
                }
                line => got.push(line.map(Option::unwrap_or_default)),
            }
        }
        assert!(buf.len() <= 32, "a line over the maximum is not kept");
    }
    got
}

/// The body, whether it has ended, where the first bare newline is, and what follows.
fn unstuff(chunks: &[&[u8]]) -> (Vec<u8>, bool, Option<u64>, Vec<u8>) {
    let (mut dots, mut buf, mut body, mut done) = (DotDecoder::default(), BytesMut::new(), vec![], false);
    for chunk in chunks {
        buf.extend_from_slice(chunk);
        while !done {
            match dots.decode(&mut buf) {
                Some(Body::Data(piece)) => body.extend_from_slice(&piece),
                Some(Body::End) => done = true,
                None => break,
            }
        }
    }
    (body, done, dots.irregular().map(|i| i.at), buf.to_vec())
}

fn stuffed(body: &[u8]) {
    for (mut dots, repairs) in [(DotEncoder::new(), false), (DotEncoder::repairing(), true)] {
        let mut out = Output::new();
        let whole = dots.encode(Bytes::copy_from_slice(body), &mut out).and_then(|()| dots.end(&mut out));
        if whole.is_err() {
            assert!(!repairs, "what is repaired is never refused");
            continue;
        }
        let sent: Vec<u8> = std::iter::from_fn(|| out.pop()).flatten().collect();
        let (got, done, irregular, rest) = unstuff(&[&sent]);
        assert!(done && irregular.is_none() && rest.is_empty(), "one end, and it is the last thing sent");
        if !repairs {
            assert!(got.starts_with(body) && [&b""[..], b"\r\n"].contains(&&got[body.len()..]));
        }
    }
}
