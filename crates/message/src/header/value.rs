//! The value of a field by its name: which fields have which form.

use std::borrow::Cow;

use super::Field;
use super::address::AddressList;
use super::authentication_results::AuthenticationResults;
use super::auto_submitted::AutoSubmitted;
use super::content_type::ContentType;
use super::date::DateTime;
use super::disposition::ContentDisposition;
use super::list::{ListId, ListUrls};
use super::received::Received;

/// A value in the form that its field has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Text: of a field that has no other form here, or whose value is not in its form.
    Text(Cow<'a, str>),
    /// Addresses: From, To and their kind.
    Addresses(AddressList<'a>),
    /// A date: Date and its kind.
    Date(DateTime),
    /// Identifiers: Message-ID, References and their kind.
    MessageIds(Vec<Cow<'a, str>>),
    /// Phrases: Keywords, Content-Language.
    Phrases(Vec<Cow<'a, str>>),
    /// A hop, not read yet: Received.
    Received(Received<'a>),
    /// A media type: Content-Type.
    ContentType(ContentType<'a>),
    /// A disposition: Content-Disposition.
    ContentDisposition(ContentDisposition<'a>),
    /// Commands of a list: List-Unsubscribe and its kind.
    ListUrls(ListUrls<'a>),
    /// The identifier of a list: List-ID.
    ListId(ListId<'a>),
    /// What made the message: Auto-Submitted.
    AutoSubmitted(AutoSubmitted),
    /// What a server found: Authentication-Results.
    AuthenticationResults(AuthenticationResults<'a>),
}

#[derive(Clone, Copy)]
enum Form {
    Addresses,
    Date,
    MessageIds,
    Phrases,
    Received,
    ContentType,
    ContentDisposition,
    ListUrls,
    ListId,
    AutoSubmitted,
    AuthenticationResults,
}

impl<'a> Value<'a> {
    /// Reads the value of `field` in the form that its name says.
    pub(super) fn of(field: &Field<'a>) -> Self {
        let text = || Self::Text(field.text());
        let raw = field.raw_value();
        let Some(form) = form(field.name()) else { return text() };
        match form {
            Form::Addresses => Self::Addresses(field.addresses()),
            Form::Date => field.date().map_or_else(text, Self::Date),
            Form::MessageIds => Self::MessageIds(field.message_ids()),
            Form::Phrases => Self::Phrases(field.phrases()),
            Form::Received => Self::Received(field.received()),
            Form::ContentType => {
                ContentType::parse_source(field.source()).map_or_else(text, Self::ContentType)
            }
            Form::ContentDisposition => {
                ContentDisposition::parse(raw).map_or_else(text, Self::ContentDisposition)
            }
            Form::ListUrls => Self::ListUrls(field.list_urls()),
            Form::ListId => field.list_id().map_or_else(text, Self::ListId),
            Form::AutoSubmitted => Self::AutoSubmitted(field.auto_submitted()),
            Form::AuthenticationResults => {
                field.authentication_results().map_or_else(text, Self::AuthenticationResults)
            }
        }
    }
}

/// The form of the field of that name, where it has one.
fn form(name: &[u8]) -> Option<Form> {
    use Form::{
        Addresses, AuthenticationResults, AutoSubmitted, ContentDisposition, ContentType, Date, ListId,
        ListUrls, MessageIds, Phrases, Received,
    };
    // Few names have the same length, so that most fields are told apart by that.
    let known: &[(&[u8], Form)] = match name.len() {
        2 => &[(b"to", Addresses), (b"cc", Addresses)],
        3 => &[(b"bcc", Addresses)],
        4 => &[(b"from", Addresses), (b"date", Date)],
        6 => &[(b"sender", Addresses)],
        7 => &[(b"list-id", ListId), (b"expires", Date)],
        8 => {
            &[(b"received", Received), (b"reply-to", Addresses), (b"keywords", Phrases), (b"reply-by", Date)]
        }
        9 => &[
            (b"list-help", ListUrls),
            (b"list-post", ListUrls),
            (b"resent-to", Addresses),
            (b"resent-cc", Addresses),
            (b"errors-to", Addresses),
        ],
        10 => &[
            (b"references", MessageIds),
            (b"message-id", MessageIds),
            (b"content-id", MessageIds),
            (b"list-owner", ListUrls),
            (b"resent-bcc", Addresses),
        ],
        11 => &[
            (b"in-reply-to", MessageIds),
            (b"return-path", Addresses),
            (b"resent-from", Addresses),
            (b"resent-date", Date),
            (b"expiry-date", Date),
        ],
        12 => &[(b"delivered-to", Addresses), (b"content-type", ContentType), (b"list-archive", ListUrls)],
        13 => &[(b"resent-sender", Addresses), (b"x-original-to", Addresses)],
        14 => &[(b"list-subscribe", ListUrls), (b"auto-submitted", AutoSubmitted)],
        16 => &[(b"list-unsubscribe", ListUrls), (b"content-language", Phrases)],
        17 => &[(b"resent-message-id", MessageIds)],
        19 => &[(b"content-disposition", ContentDisposition)],
        22 => &[(b"authentication-results", AuthenticationResults)],
        _ => return None,
    };
    let first = name[0].to_ascii_lowercase();
    let found = known.iter().find(|(known, _)| known[0] == first && name.eq_ignore_ascii_case(known));
    found.map(|&(_, form)| form)
}
