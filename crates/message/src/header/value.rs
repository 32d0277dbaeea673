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
    // Many are made up by somebody; of those one is known, and most need no further look.
    if matches!(name, [b'x' | b'X', b'-', ..]) && name.len() != b"X-Original-To".len() {
        return None;
    }
    // All of it at once to lower case, which takes no look at how long it is.
    let mut lower = [0; 24];
    lower.get_mut(..name.len())?.copy_from_slice(name);
    lower.make_ascii_lowercase();
    // Few names have the same length, so that most fields are told apart by that.
    Some(match (name.len(), &lower[..name.len()]) {
        (2, b"to" | b"cc") => Form::Addresses,
        (3, b"bcc") => Form::Addresses,
        (4, b"from") => Form::Addresses,
        (4, b"date") => Form::Date,
        (6, b"sender") => Form::Addresses,
        (7, b"list-id") => Form::ListId,
        (7, b"expires") => Form::Date,
        (8, b"received") => Form::Received,
        (8, b"reply-to") => Form::Addresses,
        (8, b"keywords") => Form::Phrases,
        (8, b"reply-by") => Form::Date,
        (9, b"list-help" | b"list-post") => Form::ListUrls,
        (9, b"resent-to" | b"resent-cc" | b"errors-to") => Form::Addresses,
        (10, b"references" | b"message-id" | b"content-id") => Form::MessageIds,
        (10, b"list-owner") => Form::ListUrls,
        (10, b"resent-bcc") => Form::Addresses,
        (11, b"in-reply-to") => Form::MessageIds,
        (11, b"return-path" | b"resent-from") => Form::Addresses,
        (11, b"resent-date" | b"expiry-date") => Form::Date,
        (12, b"delivered-to") => Form::Addresses,
        (12, b"content-type") => Form::ContentType,
        (12, b"list-archive") => Form::ListUrls,
        (13, b"resent-sender" | b"x-original-to") => Form::Addresses,
        (14, b"list-subscribe") => Form::ListUrls,
        (14, b"auto-submitted") => Form::AutoSubmitted,
        (16, b"list-unsubscribe") => Form::ListUrls,
        (16, b"content-language") => Form::Phrases,
        (17, b"resent-message-id") => Form::MessageIds,
        (19, b"content-disposition") => Form::ContentDisposition,
        (22, b"authentication-results") => Form::AuthenticationResults,
        _ => return None,
    })
}
