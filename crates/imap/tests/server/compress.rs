//! COMPRESS: what a hostile client makes of it.

use crate::clerk::Clerk;
use bytes::BufMut;
use mailwright_imap::server::{Error, Server};
use mailwright_testkit::Play;
use mailwright_wire::{Input, Output, Session, Step};

/// A session whose input is compressed from here on.
struct Compressed {
    clerk: Clerk,
    session: Server,
    input: Input,
    deflate: Output,
    /// The largest number of octets that waited for the client.
    waited: usize,
}

impl Compressed {
    fn new() -> Self {
        let mut clerk = Clerk::default();
        clerk.compress = true;
        let session = clerk.begin();
        let mut this = Self { clerk, session, input: Input::new(1 << 20), deflate: Output::new(), waited: 0 };
        this.feed(b"a LOGIN fred blurdybloop\r\nb COMPRESS DEFLATE\r\n").unwrap();
        assert!(this.said().ends_with("b OK DEFLATE active\r\n"));
        this.input.inflate();
        this.deflate.deflate();
        this
    }

    /// Gives these octets as they are. `Ok(true)`: the session is closed.
    fn feed(&mut self, mut octets: &[u8]) -> Result<bool, Error> {
        loop {
            self.waited = self.waited.max(self.session.pending());
            match self.session.poll()? {
                Step::Write(bytes) => self.input.slot().unwrap().put_slice(&bytes),
                Step::Event(event) => self.clerk.event(&mut self.session, event),
                Step::Pause(_) => {}
                Step::Read(_) if octets.is_empty() => return Ok(false),
                Step::Read(_) => {
                    let mut slot = self.session.slot().expect("it wants to read");
                    let n = octets.len().min(slot.remaining_mut());
                    slot.put_slice(&octets[..n]);
                    octets = &octets[n..];
                }
                Step::Close => return Ok(true),
                step => panic!("{step:?}"),
            }
        }
    }

    /// Gives these octets compressed.
    fn say(&mut self, octets: &[u8]) -> Result<bool, Error> {
        self.deflate.put(octets);
        let mut closed = false;
        while let Some(piece) = self.deflate.pop() {
            closed |= self.feed(&piece)?;
        }
        Ok(closed)
    }

    fn said(&mut self) -> String {
        while self.input.refill().unwrap() {}
        String::from_utf8_lossy(&self.input.bytes().split()).into_owned()
    }
}

#[test]
fn it_comes_once_and_after_login() {
    let mut it = Compressed::new();
    it.say(b"c COMPRESS DEFLATE\r\nd COMPRESS LZMA\r\ne NOOP\r\n").unwrap();
    let already = "BAD [COMPRESSIONACTIVE] compression is on already";
    assert_eq!(it.said(), format!("c {already}\r\nd {already}\r\ne OK NOOP completed\r\n"));

    let mut clerk = Clerk::default();
    clerk.compress = true;
    let session = clerk.begin();
    let (input, deflate) = (Input::new(1 << 20), Output::new());
    let mut early = Compressed { clerk, session, input, deflate, waited: 0 };
    early.feed(b"a COMPRESS DEFLATE\r\nb LOGIN fred blurdybloop\r\nc COMPRESS LZMA\r\nd NOOP\r\n").unwrap();
    let said = early.said();
    assert!(said.contains("\r\na BAD log in first\r\n"), "{said}");
    assert!(
        said.ends_with("\r\nc BAD DEFLATE is the one algorithm here\r\nd OK NOOP completed\r\n"),
        "{said}"
    );
}

#[test]
fn limits_are_of_what_comes_out() {
    let mut it = Compressed::new();
    // A line of three million octets takes some three thousand.
    assert_eq!(it.say(&vec![b'x'; 3_000_000]), Ok(true));
    assert!(it.said().starts_with("* BYE [TOOBIG]"));

    let mut it = Compressed::new();
    it.say(&[b"c SEARCH SUBJECT ", &vec![b's'; 70_000][..], b"\r\n"].concat()).unwrap();
    assert_eq!(it.said(), "c BAD line too long\r\n");

    let mut it = Compressed::new();
    for _ in 0..40 {
        it.say(&b"c CAPABILITY\r\n".repeat(100)).unwrap();
        it.said();
    }
    assert!(it.waited < 200_000, "{} octets waited", it.waited);
}

#[test]
fn what_is_no_compressed_stream_ends_the_session() {
    assert!(matches!(Compressed::new().feed(b"\xff\xffc NOOP\r\n"), Err(Error::Corrupt(_))));

    // Empty blocks without end say nothing, and are no progress.
    let mut it = Compressed::new();
    let Ok(Step::Read(before)) = it.session.poll() else { panic!("it reads") };
    for _ in 0..10_000 {
        assert_eq!(it.feed(b"\x00\x00\x00\xff\xff"), Ok(false));
    }
    let Ok(Step::Read(after)) = it.session.poll() else { panic!("it reads") };
    assert_eq!(before, after);

    // A last block, and then more.
    let mut it = Compressed::new();
    assert_eq!(it.feed(b"\x01\x08\x00\xf7\xffc NOOP\r\n"), Ok(false));
    assert_eq!(it.said(), "c OK NOOP completed\r\n");
    assert!(matches!(it.feed(b"\x00\x00\x00\xff\xff"), Err(Error::Corrupt(_))));

    // Cut off within a block.
    let mut it = Compressed::new();
    it.deflate.put(b"c NOOP\r\n");
    let whole = it.deflate.pop().unwrap();
    it.feed(&whole[..whole.len() / 2]).unwrap();
    it.session.eof();
    assert_eq!(it.feed(b""), Ok(true));
}
