//! The message builder: header fields, the usual bodies, the envelope.

use std::borrow::Cow;
use std::collections::HashSet;

use super::address::{IntoAddress, Recipient};
use super::boundary::seed_of;
use super::compose::{Composed, Settings};
use super::field::Value;
use super::part::Part;
use super::{DateTime, Error, Field, MessageId, error::check_text};
use crate::encoding::transfer::TransferEncoding;

/// Builds a message. See the [module](super) for an example.
///
/// Values are checked when they are given; the first mistake is kept and returned by [`Builder::build`].
#[derive(Debug, Clone)]
pub struct Builder<'a> {
    fields: Vec<Field>,
    bcc: Vec<Recipient>,
    body: Option<Box<Part<'a>>>,
    text: Option<Box<Part<'a>>>,
    html: Option<Box<Part<'a>>>,
    related: Vec<Part<'a>>,
    attachments: Vec<Part<'a>>,
    transport: TransferEncoding,
    utf8: bool,
    seed: Option<u128>,
    error: Option<Box<Error>>,
}

/// Room for the headers of a usual message with its parts.
const HEADERS: usize = 2048;

/// From whom and to whom a message is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Address of `Sender`, or else of the only one in `From`. `None`: the null reverse path, as reports have it.
    pub sender: Option<String>,
    /// Addresses of `To`, `Cc` and `Bcc`, each once, in that order.
    pub recipients: Vec<String>,
}

impl Default for Builder<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Builder<'a> {
    /// An empty message.
    pub fn new() -> Self {
        Self {
            fields: Vec::with_capacity(8),
            bcc: Vec::new(),
            body: None,
            text: None,
            html: None,
            related: Vec::new(),
            attachments: Vec::new(),
            transport: TransferEncoding::SevenBit,
            utf8: false,
            seed: None,
            error: None,
        }
    }

    fn fault(mut self, error: Error) -> Self {
        self.error.get_or_insert_with(|| Box::new(error));
        self
    }

    /// Sets a field that a message has once.
    fn set(mut self, field: Result<Field, Error>) -> Self {
        let field = match field {
            Ok(field) => field,
            Err(error) => return self.fault(error),
        };
        match self.fields.iter_mut().find(|own| own.is(field.name())) {
            Some(own) => *own = field,
            None => self.fields.push(field),
        }
        self
    }

    fn recipient(mut self, name: &'static str, recipient: Recipient) -> Self {
        let own = self.fields.iter_mut().find(|own| own.is(name)).map(Field::value_mut);
        match own {
            Some(Value::Addresses(list)) => list.push(recipient),
            _ => return self.set(Ok(Field::known(name, Value::Addresses(vec![recipient])))),
        }
        self
    }

    fn address(self, name: &'static str, address: impl IntoAddress) -> Self {
        match address.into_address() {
            Ok(address) => self.recipient(name, address.into()),
            Err(error) => self.fault(error),
        }
    }

    /// Adds an author to `From`. With more than one, [`Builder::sender`] is needed too (RFC 5322 §3.6.2).
    pub fn from(self, address: impl IntoAddress) -> Self {
        self.address("From", address)
    }

    /// Sets `Sender`, who sent it where that is not the author.
    pub fn sender(self, address: impl IntoAddress) -> Self {
        match address.into_address() {
            Ok(address) => self.set(Field::addresses("Sender", [address])),
            Err(error) => self.fault(error),
        }
    }

    /// Adds to `Reply-To`.
    pub fn reply_to(self, address: impl IntoAddress) -> Self {
        self.address("Reply-To", address)
    }

    /// Adds to `To`.
    pub fn to(self, address: impl IntoAddress) -> Self {
        self.address("To", address)
    }

    /// Adds to `Cc`.
    pub fn cc(self, address: impl IntoAddress) -> Self {
        self.address("Cc", address)
    }

    /// Adds a hidden recipient: to the envelope only, never to the message.
    pub fn bcc(mut self, address: impl IntoAddress) -> Self {
        match address.into_address() {
            Ok(address) => self.bcc.push(address.into()),
            Err(error) => return self.fault(error),
        }
        self
    }

    /// Adds a group, as `undisclosed-recipients:;`, to `To`.
    pub fn to_group(self, group: super::Group) -> Self {
        self.recipient("To", group.into())
    }

    /// Sets `Subject`.
    pub fn subject(self, text: &str) -> Self {
        self.set(check_text("Subject", text).map(|()| Field::known("Subject", Value::Text(text.to_owned()))))
    }

    /// Sets `Date`: no clock is read here.
    pub fn date(self, date: impl Into<DateTime>) -> Self {
        self.set(Ok(Field::known("Date", Value::Date(date.into()))))
    }

    /// Sets `Message-ID`, with or without angle brackets; [`MessageId::generate`] makes one.
    pub fn message_id(self, id: &str) -> Self {
        self.set(MessageId::new(id).map(|id| Field::known("Message-ID", Value::Ids(vec![id]))))
    }

    /// Makes this a reply: `In-Reply-To`, and `References` with the identifiers the message replied to refers to and
    /// its own (RFC 5322 §3.6.4).
    pub fn in_reply_to<'i>(self, id: &str, references: impl IntoIterator<Item = &'i str>) -> Self {
        let parent = match MessageId::new(id) {
            Ok(parent) => parent,
            Err(error) => return self.fault(error),
        };
        let ids: Result<Vec<_>, _> = references.into_iter().map(MessageId::new).collect();
        let references = ids.and_then(|mut ids| {
            ids.retain(|id| *id != parent);
            ids.push(parent.clone());
            Field::ids("References", ids)
        });
        self.set(Field::ids("In-Reply-To", [parent])).set(references)
    }

    /// Adds any other field; one that a message has once replaces that set before (RFC 5322 §3.6). `Bcc` is kept out
    /// of the message; `MIME-Version`, `Content-Type` and `Content-Transfer-Encoding` are the builder's own.
    pub fn field(mut self, field: Field) -> Self {
        const ONCE: [&str; 10] = [
            "From",
            "Sender",
            "Reply-To",
            "To",
            "Cc",
            "Subject",
            "Date",
            "Message-ID",
            "In-Reply-To",
            "References",
        ];
        const OWN: [&str; 3] = ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
        if field.is("Bcc") {
            if let Value::Addresses(list) = field.value() {
                self.bcc.extend(list.iter().cloned());
            }
            return self;
        }
        if ONCE.iter().any(|name| field.is(name)) {
            return self.set(Ok(field));
        }
        if !OWN.iter().any(|name| field.is(name)) {
            self.fields.push(field);
        }
        self
    }

    /// The text body.
    pub fn text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.text = Some(Box::new(Part::text(text)));
        self
    }

    /// The HTML body; with a text body too, the two are alternatives.
    pub fn html(mut self, html: impl Into<Cow<'a, str>>) -> Self {
        self.html = Some(Box::new(Part::html(html)));
        self
    }

    /// Adds something that the HTML body shows, as `<img src="cid:ID">`.
    pub fn related(mut self, content_id: &str, media_type: &str, data: impl Into<Cow<'a, [u8]>>) -> Self {
        self.related.push(Part::data(media_type, data).content_id(content_id).inline());
        self
    }

    /// Adds an attachment.
    pub fn attach(mut self, file_name: &str, media_type: &str, data: impl Into<Cow<'a, [u8]>>) -> Self {
        self.attachments.push(Part::data(media_type, data).attachment(file_name));
        self
    }

    /// Adds a part made otherwise to the attachments, as a forwarded message.
    pub fn attach_part(mut self, part: Part<'a>) -> Self {
        self.attachments.push(part);
        self
    }

    /// The whole body at once, instead of `text`, `html`, `related` and `attach`.
    pub fn body(mut self, body: Part<'a>) -> Self {
        self.body = Some(Box::new(body));
        self
    }

    /// The widest transport to count on: `7bit` (the default), `8bit` or `binary`. Decides whether text and data that
    /// are not US-ASCII are encoded.
    pub fn transport(mut self, transport: TransferEncoding) -> Self {
        self.transport = transport;
        self
    }

    /// Allows UTF-8 in header fields (RFC 6532), and with it addresses outside US-ASCII. Needs SMTPUTF8 on the way.
    pub fn utf8_headers(mut self, allowed: bool) -> Self {
        self.utf8 = allowed;
        self
    }

    /// What boundaries are made from: same message and same seed, same octets. Without one, from the header fields.
    /// The contents are searched in either case, so a guessed seed does no harm.
    pub fn seed(mut self, seed: u128) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Checks the message and lays it out; contents are encoded when it is written.
    ///
    /// # Errors
    /// The first mistake in what was given, `From` or `Date` missing (RFC 5322 §3.6), `Sender` missing with several
    /// authors, [`Error::NeedsUtf8`], [`Error::TooLong`], [`Error::TwoBodies`].
    pub fn build(mut self) -> Result<Composed<'a>, Error> {
        if let Some(error) = self.error.take() {
            return Err(*error);
        }
        let envelope = self.envelope()?;
        if !self.fields.iter().any(|field| field.is("Date")) {
            return Err(Error::Missing("Date"));
        }
        let mut header = Vec::with_capacity(HEADERS);
        for field in &self.fields {
            field.write(self.utf8, &mut header)?;
        }
        let seed = self.seed.unwrap_or_else(|| seed_of(&header));
        let settings = Settings { transport: self.transport, utf8: self.utf8 };
        header.extend_from_slice(b"MIME-Version: 1.0\r\n");
        let root = self.root()?;
        Composed::new(header, root, envelope, seed, settings)
    }

    fn envelope(&self) -> Result<Envelope, Error> {
        let mut authors = addresses_of(&self.fields, "From");
        let author = authors.next().ok_or(Error::Missing("From"))?;
        let sender = match addresses_of(&self.fields, "Sender").next() {
            None if authors.next().is_some() => return Err(Error::Missing("Sender")),
            sender => sender.unwrap_or(author),
        };
        let hidden = self.bcc.iter().flat_map(Recipient::addresses).map(super::Address::addr_spec);
        let all = addresses_of(&self.fields, "To").chain(addresses_of(&self.fields, "Cc")).chain(hidden);
        let recipients = each_once(all);
        Ok(Envelope { sender: Some(sender.to_owned()), recipients })
    }

    /// The usual shapes: mixed of (alternative of text and (related of HTML and what it shows)) and attachments.
    fn root(self) -> Result<Part<'a>, Error> {
        if let Some(body) = self.body {
            let other = self.text.is_some() || self.html.is_some();
            if other || !self.attachments.is_empty() || !self.related.is_empty() {
                return Err(Error::TwoBodies);
            }
            return Ok(*body);
        }
        let html = match (self.html.map(|html| *html), self.related) {
            (html, related) if related.is_empty() => html,
            (Some(html), related) => {
                let parts = std::iter::once(html).chain(related);
                Some(Part::multipart("related", parts).parameter("type", "text/html"))
            }
            (None, related) => Some(Part::multipart("mixed", related)),
        };
        let content = match (self.text.map(|text| *text), html) {
            (Some(text), Some(html)) => Some(Part::multipart("alternative", [text, html])),
            (text, html) => text.or(html),
        };
        if self.attachments.is_empty() {
            return Ok(content.unwrap_or_else(|| Part::text("")));
        }
        Ok(Part::multipart("mixed", content.into_iter().chain(self.attachments)))
    }
}

/// The addresses in their order, each once.
fn each_once<'f>(all: impl Iterator<Item = &'f str>) -> Vec<String> {
    let all: Vec<&str> = all.collect();
    let few = all.len() <= 8;
    let mut seen = HashSet::new();
    let mut is_first =
        |place: usize| if few { !all[..place].contains(&all[place]) } else { seen.insert(all[place]) };
    (0..all.len()).filter(|&place| is_first(place)).map(|place| all[place].to_owned()).collect()
}

fn addresses_of<'f>(fields: &'f [Field], name: &'static str) -> impl Iterator<Item = &'f str> + use<'f> {
    let lists = fields.iter().filter(move |field| field.is(name)).filter_map(|field| match field.value() {
        Value::Addresses(list) => Some(list),
        _ => None,
    });
    lists.flatten().flat_map(Recipient::addresses).map(super::Address::addr_spec)
}
