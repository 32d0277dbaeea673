//! Commands, from one whole frame.

mod append;
mod fetch;
mod mailbox;
mod message;
mod metadata;
mod notify;
mod search;
mod select;
mod session;

pub use append::{AppendArguments, AppendPart, AppendPlace, append_arguments};

use super::core::Cursor;
use crate::{
    Limits,
    error::ParseError,
    types::{
        Tag,
        command::{Command, CommandBody},
    },
};
use bytes::Bytes;

pub(crate) type Result<T> = std::result::Result<T, ParseError>;

/// What reading a command needs to know besides its frame.
#[derive(Debug, Clone, Copy)]
pub struct Context<'l> {
    /// Bounds on depth and number.
    pub limits: &'l Limits,
    /// Mailbox names are UTF-8.
    pub utf8: bool,
}

/// A command that could not be read: its tag, where it had one, to answer `BAD` to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// The tag.
    pub tag: Option<Tag>,
    /// What was wrong.
    pub error: ParseError,
}

/// `command = tag SP (command-any / command-auth / command-nonauth / command-select)`
///
/// ```
/// use mailwright_imap::{Limits, parse::command::{Context, command}, types::command::CommandBody};
/// let limits = Limits::default();
/// let read = command(&"a1 noop".into(), Context { limits: &limits, utf8: false }).unwrap();
/// assert_eq!((read.tag.as_str(), read.body), ("a1", CommandBody::Noop));
/// ```
pub fn command(frame: &Bytes, context: Context<'_>) -> std::result::Result<Command, CommandError> {
    let mut input = Cursor::new(frame).utf8(context.utf8);
    let tag = input.tag().map_err(|error| CommandError { tag: None, error })?;
    match body(&mut input, context) {
        Ok(body) => Ok(Command { tag, body }),
        Err(error) => Err(CommandError { tag: Some(tag), error }),
    }
}

fn body(input: &mut Cursor<'_>, context: Context<'_>) -> Result<CommandBody> {
    input.sp()?;
    let uid = is_uid(input);
    let at = input.at();
    let verb = verb(input);
    let read = Verb::named(verb).filter(|verb| !uid || verb.has_uid_form());
    let Some(verb) = read else { return Err(input.error_at(at, "a command")) };
    let command = verb.arguments(input, uid, context)?;
    input.end()?;
    Ok(command)
}

fn is_uid(input: &mut Cursor<'_>) -> bool {
    input.rest().get(..4).is_some_and(|next| next.eq_ignore_ascii_case(b"UID ")) && input.eat_text("UID ")
}

fn verb<'f>(input: &mut Cursor<'f>) -> &'f [u8] {
    let word = input.word();
    input.skip(word.len());
    word
}

/// The name of the command in a frame, without reading its arguments: what framing looks at before a literal.
pub(crate) fn verb_of(frame: &Bytes) -> Option<(Tag, Option<Verb>)> {
    let mut input = Cursor::new(frame);
    let tag = input.tag().ok()?;
    if input.sp().is_err() {
        return Some((tag, None));
    }
    is_uid(&mut input);
    Some((tag, Verb::named(verb(&mut input))))
}

macro_rules! verbs {
    ($($name:literal => $verb:ident,)*) => {
        /// The names of the commands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Verb { $(#[doc = $name] $verb,)* }

        impl Verb {
            const ALL: &[(&'static str, Self)] = &[$(($name, Self::$verb),)*];
        }
    };
}

verbs! {
    "APPEND" => Append,
    "AUTHENTICATE" => Authenticate,
    "CANCELUPDATE" => CancelUpdate,
    "CAPABILITY" => Capability,
    "CHECK" => Check,
    "CLOSE" => Close,
    "COMPARATOR" => Comparator,
    "COMPRESS" => Compress,
    "COPY" => Copy,
    "CREATE" => Create,
    "DELETE" => Delete,
    "DELETEACL" => DeleteAcl,
    "ENABLE" => Enable,
    "ESEARCH" => Esearch,
    "EXAMINE" => Examine,
    "EXPUNGE" => Expunge,
    "FETCH" => Fetch,
    "GENURLAUTH" => GenUrlAuth,
    "GETACL" => GetAcl,
    "GETJMAPACCESS" => GetJmapAccess,
    "GETMETADATA" => GetMetadata,
    "GETQUOTA" => GetQuota,
    "GETQUOTAROOT" => GetQuotaRoot,
    "ID" => Id,
    "IDLE" => Idle,
    "LANGUAGE" => Language,
    "LIST" => List,
    "LISTRIGHTS" => ListRights,
    "LOGIN" => Login,
    "LOGOUT" => Logout,
    "LSUB" => Lsub,
    "MOVE" => Move,
    "MYRIGHTS" => MyRights,
    "NAMESPACE" => Namespace,
    "NOOP" => Noop,
    "NOTIFY" => Notify,
    "RENAME" => Rename,
    "REPLACE" => Replace,
    "RESETKEY" => ResetKey,
    "SEARCH" => Search,
    "SELECT" => Select,
    "SETACL" => SetAcl,
    "SETMETADATA" => SetMetadata,
    "SETQUOTA" => SetQuota,
    "SORT" => Sort,
    "STARTTLS" => StartTls,
    "STATUS" => Status,
    "STORE" => Store,
    "SUBSCRIBE" => Subscribe,
    "THREAD" => Thread,
    "UNAUTHENTICATE" => Unauthenticate,
    "UNSELECT" => Unselect,
    "UNSUBSCRIBE" => Unsubscribe,
    "URLFETCH" => UrlFetch,
}

/// Where in the table the verbs with a first letter begin, `A` to `Z` and one past.
const FIRST: [usize; 27] = {
    let mut first = [0; 27];
    let (mut letter, mut index) = (0, 0);
    while letter < first.len() {
        while index < Verb::ALL.len() && ((Verb::ALL[index].0.as_bytes()[0] - b'A') as usize) < letter {
            index += 1;
        }
        first[letter] = index;
        letter += 1;
    }
    first
};

impl Verb {
    /// By first letter, then by comparing the few that share it.
    fn named(word: &[u8]) -> Option<Self> {
        let letter = usize::from(word.first()?.to_ascii_uppercase().checked_sub(b'A')?);
        let range = *FIRST.get(letter)?..*FIRST.get(letter + 1)?;
        let found = Self::ALL[range].iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word));
        found.map(|(_, verb)| *verb)
    }

    fn has_uid_form(self) -> bool {
        use Verb::{Copy, Expunge, Fetch, Move, Replace, Search, Sort, Store, Thread};
        matches!(self, Copy | Expunge | Fetch | Move | Replace | Search | Sort | Store | Thread)
    }

    /// Whether its message is a literal that streams.
    pub(crate) fn streams(self) -> bool {
        matches!(self, Self::Append | Self::Replace)
    }

    fn arguments(self, input: &mut Cursor<'_>, uid: bool, context: Context<'_>) -> Result<CommandBody> {
        Ok(match self {
            Self::Capability => CommandBody::Capability,
            Self::Noop => CommandBody::Noop,
            Self::Logout => CommandBody::Logout,
            Self::Id => session::id(input)?,
            Self::StartTls => CommandBody::StartTls,
            Self::Login => session::login(input)?,
            Self::Authenticate => session::authenticate(input)?,
            Self::Enable => session::enable(input)?,
            Self::Compress => session::compress(input)?,
            Self::Language => session::language(input)?,
            Self::Comparator => session::comparator(input)?,
            Self::Unauthenticate => CommandBody::Unauthenticate,
            Self::GetJmapAccess => CommandBody::GetJmapAccess,
            Self::Select => CommandBody::Select(select::select(input)?),
            Self::Examine => CommandBody::Examine(select::select(input)?),
            Self::Create => mailbox::create(input)?,
            Self::Delete => CommandBody::Delete(mailbox::name(input)?),
            Self::Rename => mailbox::rename(input)?,
            Self::Subscribe => CommandBody::Subscribe(mailbox::name(input)?),
            Self::Unsubscribe => CommandBody::Unsubscribe(mailbox::name(input)?),
            Self::List => mailbox::list(input)?,
            Self::Lsub => mailbox::lsub(input)?,
            Self::Namespace => CommandBody::Namespace,
            Self::Status => mailbox::status(input)?,
            Self::Append => CommandBody::Append(append::append(input, context)?),
            Self::Replace => append::replace(input, uid, context)?,
            Self::Idle => CommandBody::Idle,
            Self::Check => CommandBody::Check,
            Self::Close => CommandBody::Close,
            Self::Unselect => CommandBody::Unselect,
            Self::Expunge => message::expunge(input, uid)?,
            Self::Search | Self::Esearch => search::search(input, uid, self == Self::Esearch, context)?,
            Self::Sort => search::sort(input, uid, context)?,
            Self::Thread => search::thread(input, uid, context)?,
            Self::Fetch => fetch::fetch(input, uid)?,
            Self::Store => message::store(input, uid, context)?,
            Self::Copy => CommandBody::Copy(message::copy(input, uid)?),
            Self::Move => CommandBody::Move(message::copy(input, uid)?),
            Self::GetQuota => metadata::get_quota(input)?,
            Self::GetQuotaRoot => CommandBody::GetQuotaRoot(mailbox::name(input)?),
            Self::SetQuota => metadata::set_quota(input)?,
            Self::GetMetadata => metadata::get_metadata(input)?,
            Self::SetMetadata => metadata::set_metadata(input)?,
            Self::GetAcl => CommandBody::GetAcl(mailbox::name(input)?),
            Self::SetAcl => metadata::set_acl(input)?,
            Self::DeleteAcl => metadata::delete_acl(input)?,
            Self::ListRights => metadata::list_rights(input)?,
            Self::MyRights => CommandBody::MyRights(mailbox::name(input)?),
            Self::Notify => CommandBody::Notify(notify::notify(input)?),
            Self::CancelUpdate => session::cancel_update(input)?,
            Self::GenUrlAuth => session::gen_url_auth(input)?,
            Self::ResetKey => session::reset_key(input)?,
            Self::UrlFetch => session::url_fetch(input)?,
        })
    }
}

/// `SP item *(SP item)` up to the end of the line.
fn rest_of<'f, T>(
    input: &mut Cursor<'f>,
    mut item: impl FnMut(&mut Cursor<'f>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while !input.is_at_end() {
        input.sp()?;
        items.push(item(input)?);
    }
    Ok(items)
}

/// Whether a word in any case is next, followed by something that is no part of a word; takes it.
fn eat_word(input: &mut Cursor<'_>, word: &str) -> bool {
    let found = input.word().eq_ignore_ascii_case(word.as_bytes());
    input.skip(if found { word.len() } else { 0 });
    found
}

#[cfg(test)]
mod tests;
