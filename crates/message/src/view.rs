//! What a person sees of a message: the text, the HTML, and what is attached.
//!
//! ```
//! use mailwright_message::Message;
//! use mailwright_message::view::{Reason, View};
//!
//! let message = Message::parse(
//!     b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\
//!       --b\r\n\r\nHello.\r\n\
//!       --b\r\nContent-Type: image/png; name=cat.png\r\n\r\npng\r\n--b--\r\n",
//! );
//! let view = View::of(&message);
//! assert_eq!(view.text().unwrap(), "Hello.");
//! assert_eq!(view.attachments().next().unwrap().part.file_name().as_deref(), Some("cat.png"));
//! assert_eq!(view.attachments().next().unwrap().reason, Reason::NotText);
//! ```

mod preview;

use std::borrow::Cow;

use crate::Message;
use crate::part::{Kind, Part};

/// The parts of a message by what they are for.
///
/// Each leaf is in one of the lists, or in none where a better one of its `multipart/alternative` took its place
/// for both text and HTML. Nothing is looked for in messages within the message: those are attachments.
#[derive(Debug, Clone)]
pub struct View<'m, 'a> {
    shown: Vec<Shown<'m, 'a>>,
}

/// A part, what it is for, and why.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'m, 'a> {
    /// The part.
    pub part: Part<'m, 'a>,
    /// What it is for.
    pub role: Role,
    /// Why.
    pub reason: Reason,
}

/// What a part is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Of the message as plain text.
    Text,
    /// Of the message as HTML.
    Html,
    /// Of both: text between images, for one, which has no other form.
    Both,
    /// Shown within the HTML, by its Content-ID.
    Inline,
    /// Kept aside.
    Attachment,
    /// Neither shown nor offered: another form of the same was taken, or it only serves another part.
    Hidden,
}

/// Why a part has its [`Role`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is the first of its form.
    Body,
    /// It follows the body, is text and does not ask to be kept aside.
    MoreText,
    /// Its Content-Disposition says `attachment` (RFC 2183 §2.2).
    Disposition,
    /// It is text, but has the name of a file and comes after the body.
    Named,
    /// It is neither text nor HTML.
    NotText,
    /// It belongs to the root of its `multipart/related` (RFC 2387).
    Related,
    /// It is a message (RFC 2046 §5.2.1).
    Message,
    /// A form that is preferred was there (RFC 2046 §5.1.4).
    Alternative,
    /// It is the signature of another part (RFC 1847 §2.1) or the control part of an encrypted one (§2.2).
    Security,
    /// It is for machines: the second part of a report (RFC 6522 §3).
    Report,
}

impl<'m, 'a> View<'m, 'a> {
    /// Sorts the parts of a message.
    pub fn of(message: &'m Message<'a>) -> Self {
        let mut sorter = Sorter::default();
        let mut shown = Vec::new();
        let mut next = 0;
        while let Some(part) = message.part(next) {
            next += 1;
            let within = sorter.enter(part);
            let (role, reason) = match part.kind() {
                Kind::Multipart => continue,
                Kind::Message => {
                    next = part.index() + part.subtree().len();
                    (Role::Attachment, Reason::Message)
                }
                Kind::Leaf => sorter.judge(part, within),
            };
            shown.push(Shown { part, role, reason });
        }
        Self { shown }
    }

    /// All leaves and all messages in the message, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Shown<'m, 'a>> {
        self.shown.iter()
    }

    /// The parts that make up the message as plain text.
    pub fn text_parts(&self) -> impl Iterator<Item = Part<'m, 'a>> {
        self.with(|role| matches!(role, Role::Text | Role::Both)).map(|shown| shown.part)
    }

    /// The parts that make up the message as HTML; a plain text among them stands for itself.
    pub fn html_parts(&self) -> impl Iterator<Item = Part<'m, 'a>> {
        self.with(|role| matches!(role, Role::Html | Role::Both)).map(|shown| shown.part)
    }

    /// The parts that the HTML shows by their Content-ID.
    pub fn inline(&self) -> impl Iterator<Item = &Shown<'m, 'a>> {
        self.with(|role| role == Role::Inline)
    }

    /// What is kept aside.
    pub fn attachments(&self) -> impl Iterator<Item = &Shown<'m, 'a>> {
        self.with(|role| role == Role::Attachment)
    }

    /// The first plain text. `None`: there is none; see [`html`](Self::html).
    pub fn text(&self) -> Option<Cow<'a, str>> {
        self.text_parts().find(|part| !is_html(*part)).map(|part| part.text())
    }

    /// The first HTML.
    pub fn html(&self) -> Option<Cow<'a, str>> {
        self.html_parts().find(|part| is_html(*part)).map(|part| part.text())
    }

    fn with(&self, accept: impl Fn(Role) -> bool) -> impl Iterator<Item = &Shown<'m, 'a>> {
        self.shown.iter().filter(move |shown| accept(shown.role))
    }
}

/// Where a part stands among the multiparts it lies in.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    /// The innermost alternative: its place in [`Sorter::alternatives`].
    alternative: Option<usize>,
    /// In a `multipart/related`, and not its root.
    related: bool,
    security: bool,
    report: bool,
}

/// A multipart that is not over.
struct Around {
    end: usize,
    within: Within,
    form: Form,
    /// How many parts of it have begun.
    begun: usize,
    /// The identifier of the root of a `multipart/related`, where it is not the first part (RFC 2387 §3.2).
    start: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Alternative(usize),
    Related,
    Signed,
    Encrypted,
    Report,
    Mixed,
}

/// Goes through the parts once, in their order.
#[derive(Default)]
struct Sorter {
    around: Vec<Around>,
    /// Which alternatives have given text and HTML.
    alternatives: Vec<(bool, bool)>,
    body: bool,
}

impl Sorter {
    /// Where `part` stands; a multipart is then around what follows.
    fn enter(&mut self, part: Part<'_, '_>) -> Within {
        while self.around.last().is_some_and(|around| around.end <= part.index()) {
            self.around.pop();
        }
        let mut within = Within::default();
        if let Some(around) = self.around.last_mut() {
            within = around.within;
            let first = around.begun == 0;
            around.begun += 1;
            match around.form {
                Form::Alternative(place) => within.alternative = Some(place),
                Form::Related => {
                    within.related |= match &around.start {
                        Some(start) => part.content_id().as_deref() != Some(start),
                        None => !first,
                    };
                }
                Form::Signed => within.security |= !first,
                Form::Encrypted => within.security |= first,
                Form::Report => within.report = !first,
                Form::Mixed => {}
            }
        }
        if part.kind() == Kind::Multipart {
            let content_type = part.content_type();
            let mut start = None;
            let form = match &*content_type.subtype().to_ascii_lowercase() {
                "alternative" => {
                    self.alternatives.push((false, false));
                    Form::Alternative(self.alternatives.len() - 1)
                }
                "related" => {
                    start = content_type.parameter("start").map(|start| bare_id(start).to_owned());
                    // A start that names no part is as if it were not there.
                    start = start.filter(|start| {
                        part.children().any(|child| child.content_id().as_deref() == Some(start))
                    });
                    Form::Related
                }
                "signed" => Form::Signed,
                "encrypted" => Form::Encrypted,
                "report" => Form::Report,
                _ => Form::Mixed,
            };
            let end = part.index() + part.subtree().len();
            self.around.push(Around { end, within, form, begun: 0, start });
        }
        within
    }

    /// What the leaf `part` is for.
    fn judge(&mut self, part: Part<'_, '_>, within: Within) -> (Role, Reason) {
        if part.disposition().is_some_and(|found| found.is("attachment")) {
            return (Role::Attachment, Reason::Disposition);
        }
        if within.security {
            return (Role::Hidden, Reason::Security);
        }
        if within.report {
            return (Role::Attachment, Reason::Report);
        }
        if within.related {
            let role = if part.content_id().is_some() { Role::Inline } else { Role::Attachment };
            return (role, Reason::Related);
        }
        let content_type = part.content_type();
        let (html, plain) = (is_html(part), content_type.is("text", "plain"));
        if !html && !content_type.is_type("text") {
            return (Role::Attachment, Reason::NotText);
        }
        if let Some((text_taken, html_taken)) =
            within.alternative.and_then(|place| self.alternatives.get_mut(place))
        {
            let (role, taken) = if html { (Role::Html, html_taken) } else { (Role::Text, text_taken) };
            if *taken || !(html || plain) {
                return (Role::Hidden, Reason::Alternative);
            }
            *taken = true;
            self.body = true;
            return (role, Reason::Body);
        }
        if !self.body {
            self.body = true;
            return (Role::Both, Reason::Body);
        }
        if part.file_name().is_some() {
            return (Role::Attachment, Reason::Named);
        }
        if html || plain { (Role::Both, Reason::MoreText) } else { (Role::Attachment, Reason::NotText) }
    }
}

fn bare_id(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

fn is_html(part: Part<'_, '_>) -> bool {
    let content_type = part.content_type();
    content_type.is("text", "html") || content_type.is("application", "xhtml+xml")
}
