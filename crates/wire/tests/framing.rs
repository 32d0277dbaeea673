//! Each decoder gives the same answer whole, byte by byte, and cut at every place.

use bytes::{Bytes, BytesMut};
use mailwright_wire::{
    Body, CountDecoder, DotDecoder, DotEncoder, Irregular, LineDecoder, LineError, Output,
};

/// Every way of cutting that the framings are held to.
fn cuts(input: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let bytes = input.chunks(1).collect();
    [vec![input], bytes].into_iter().chain((0..=input.len()).map(move |i| vec![&input[..i], &input[i..]]))
}

#[derive(Debug, PartialEq)]
struct Unstuffed {
    body: Bytes,
    done: bool,
    rest: Bytes,
    irregular: Option<u64>,
}

fn unstuff(chunks: &[&[u8]]) -> Unstuffed {
    let (mut dots, mut buf, mut body, mut done) =
        (DotDecoder::default(), BytesMut::new(), BytesMut::new(), false);
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
    Unstuffed { body: body.freeze(), done, rest: buf.freeze(), irregular: dots.irregular().map(|i| i.at) }
}

#[track_caller]
fn unstuffs(input: &[u8], body: &'static [u8], done: bool, rest: &'static [u8], irregular: Option<u64>) {
    let want = Unstuffed { body: body.into(), done, rest: rest.into(), irregular };
    for chunks in cuts(input) {
        assert_eq!(unstuff(&chunks), want, "{chunks:?}");
    }
}

#[test]
fn only_crlf_dot_crlf_ends_a_body() {
    unstuffs(b".\r\n", b"", true, b"", None);
    unstuffs(b"..x\r\n.\r\nQUIT\r\n", b".x\r\n", true, b"QUIT\r\n", None);
    unstuffs(b".x\r\n.\r\n", b"x\r\n", true, b"", None);
    unstuffs(b"a\r\n.\rX\r\n.\r\n", b"a\r\n\rX\r\n", true, b"", Some(4));
    unstuffs(b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n", true, b"", Some(1));
    unstuffs(b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n", true, b"", Some(4));
    unstuffs(b"a\r\n.\r\r\n.\r\n", b"a\r\n\r\r\n", true, b"", Some(4));
    unstuffs(b"a\r\r\n.\r\n", b"a\r\r\n", true, b"", Some(1));
    unstuffs(b"a\r\n\0.\r\n.\r\n", b"a\r\n\0.\r\n", true, b"", None);
    unstuffs(b"a\r\n.", b"a\r\n", false, b"", None);
    unstuffs(b"a\r", b"a\r", false, b"", None);
}

/// What RFC 5321 says of the end of a body, written as plainly as can be.
fn reference(input: &[u8]) -> Option<usize> {
    if input.starts_with(b".\r\n") {
        return Some(3);
    }
    input.windows(5).position(|w| w == b"\r\n.\r\n").map(|at| at + 5)
}

/// All strings of up to six octets that smuggling could be made of.
#[test]
fn end_of_body_agrees_with_the_reference_for_every_short_string() {
    const ALPHABET: &[u8] = b"\r\n.\0 a";
    let mut count = 0;
    for len in 1..=6 {
        let mut digits = vec![0; len];
        loop {
            let mut input = b"body".to_vec();
            input.extend(digits.iter().map(|&d: &usize| ALPHABET[d]));
            let whole = unstuff(&[&input]);
            assert_eq!(whole.done.then(|| input.len() - whole.rest.len()), reference(&input), "{input:?}");
            assert_eq!(unstuff(&input.chunks(1).collect::<Vec<_>>()), whole, "{input:?}");
            count += 1;
            let Some(i) = digits.iter().rposition(|&d| d + 1 < ALPHABET.len()) else { break };
            digits[i] += 1;
            digits[i + 1..].fill(0);
        }
    }
    assert_eq!(count, 55_986);
}

#[test]
fn the_end_is_found_wherever_a_buffer_ends() {
    for len in (9..=16).flat_map(|n| (1_usize << n) - 3..=(1 << n) + 3) {
        let mut input = vec![b'x'; len];
        input.extend_from_slice(b"\r\n.\r\n");
        for cut in len - 2..input.len() {
            let got = unstuff(&[&input[..cut], &input[cut..]]);
            assert!(got.done && got.body.len() == len + 2, "{len} cut at {cut}");
        }
    }
}

fn stuff(mut dots: DotEncoder, chunks: &[&[u8]]) -> Result<Bytes, Irregular> {
    let (mut out, mut sent) = (Output::new(), BytesMut::new());
    for chunk in chunks {
        dots.encode(Bytes::copy_from_slice(chunk), &mut out)?;
    }
    dots.end(&mut out)?;
    while let Some(piece) = out.pop() {
        sent.extend_from_slice(&piece);
    }
    Ok(sent.freeze())
}

#[test]
fn stuffing_doubles_each_dot_at_a_line_start_and_completes_the_last_line() {
    for (body, want) in [
        ("", ".\r\n"),
        (".", "..\r\n.\r\n"),
        ("a.b\r\n.c\r\n", "a.b\r\n..c\r\n.\r\n"),
        ("\r\n.\r\n", "\r\n..\r\n.\r\n"),
        ("a", "a\r\n.\r\n"),
    ] {
        for chunks in cuts(body.as_bytes()) {
            assert_eq!(stuff(DotEncoder::new(), &chunks), Ok(Bytes::from(want)), "{chunks:?}");
        }
    }
}

#[test]
fn bare_newlines_are_refused_with_their_place_or_repaired() {
    for (body, at, repaired) in [
        ("a\n.\r\n", 1, "a\r\n..\r\n.\r\n"),
        ("a\r.b", 1, "a\r\n..b\r\n.\r\n"),
        ("ab\r\r\n", 2, "ab\r\n\r\n.\r\n"),
        ("ab\r", 2, "ab\r\n.\r\n"),
        ("\n\r\n", 0, "\r\n\r\n.\r\n"),
    ] {
        for chunks in cuts(body.as_bytes()) {
            assert_eq!(stuff(DotEncoder::new(), &chunks), Err(Irregular { at }), "{chunks:?}");
            assert_eq!(stuff(DotEncoder::repairing(), &chunks), Ok(Bytes::from(repaired)), "{chunks:?}");
        }
    }
}

/// Whatever the content, the end stands once and at the end, and unstuffing gives the content back.
#[test]
fn nothing_that_is_sent_ends_early() {
    const ALPHABET: &[u8] = b"\r\n.a";
    for n in 0..4_usize.pow(7) {
        let body: Vec<u8> = (0..7).map(|i| ALPHABET[n / 4_usize.pow(i) % 4]).collect();
        let repaired = stuff(DotEncoder::repairing(), &[&body]).unwrap();
        assert_eq!(reference(&repaired), Some(repaired.len()), "{body:?}");
        let Ok(sent) = stuff(DotEncoder::new(), &[&body]) else { continue };
        let got = unstuff(&[&sent]);
        assert!(got.done && got.irregular.is_none() && got.body.starts_with(&body), "{body:?}");
        assert!([&b""[..], b"\r\n"].contains(&&got.body[body.len()..]), "{body:?}");
    }
}

fn lines(max: usize, give_up: usize, chunks: &[&[u8]]) -> Vec<Result<Bytes, LineError>> {
    let (mut decoder, mut buf, mut got) = (LineDecoder::with_give_up(max, give_up), BytesMut::new(), vec![]);
    for chunk in chunks {
        buf.extend_from_slice(chunk);
        loop {
            match decoder.decode(&mut buf) {
                Ok(Some(line)) => got.push(Ok(line)),
                Ok(None) => break,
                Err(LineError::Endless) => {
                    got.push(Err(LineError::Endless));
                    return got;
                }
                Err(e) => got.push(Err(e)),
            }
        }
    }
    got
}

#[track_caller]
fn splits(input: &str, want: &[Result<&'static str, LineError>]) {
    let want: Vec<_> = want.iter().map(|r| r.map(Bytes::from)).collect();
    for chunks in cuts(input.as_bytes()) {
        assert_eq!(lines(8, 24, &chunks), want, "{chunks:?}");
    }
}

#[test]
fn a_line_at_the_limit_passes_and_one_over_is_skipped_whole() {
    splits("NOOP\r\n\r\n", &[Ok("NOOP"), Ok("")]);
    splits("123456\r\nNOOP\r\n", &[Ok("123456"), Ok("NOOP")]);
    splits("1234567\r\nNOOP\r\n", &[Err(LineError::TooLong), Ok("NOOP")]);
    splits("1234567890\nNOOP\r\n", &[Err(LineError::TooLong), Ok("NOOP")]);
}

#[test]
fn a_line_without_end_is_given_up_at_its_limit() {
    splits("1234567890123456789012\r\nNOOP\r\n", &[Err(LineError::TooLong), Ok("NOOP")]);
    splits("12345678901234567890123\r\nNOOP\r\n", &[Err(LineError::Endless)]);
    splits("12345678901234567890123456789012345", &[Err(LineError::Endless)]);
}

#[test]
fn a_bare_newline_is_no_line_end() {
    splits("NOOP\nQUIT\r\n", &[Err(LineError::BareNewline), Ok("QUIT")]);
    splits("\n", &[Err(LineError::BareNewline)]);
    splits("A\rB\r\n", &[Ok("A\rB")]);
}

#[test]
fn a_counted_body_takes_its_length_and_no_more() {
    for len in [0, 1, 5, 11] {
        for chunks in cuts(b"hello world") {
            let (mut count, mut buf, mut body, mut done) =
                (CountDecoder::new(len), BytesMut::new(), vec![], false);
            for chunk in &chunks {
                buf.extend_from_slice(chunk);
                while !done {
                    match count.decode(&mut buf) {
                        Some(Body::Data(piece)) => body.extend_from_slice(&piece),
                        Some(Body::End) => done = true,
                        None => break,
                    }
                }
            }
            let at = usize::try_from(len).unwrap();
            assert_eq!((&body[..], &buf[..], done), (&b"hello world"[..at], &b"hello world"[at..], true));
        }
    }
    let mut huge = CountDecoder::new(u64::MAX);
    assert_eq!(huge.decode(&mut BytesMut::from("x")), Some(Body::Data("x".into())));
    assert_eq!(huge.left(), u64::MAX - 1);
}
