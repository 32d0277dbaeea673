//! SEARCH, SORT and THREAD.

mod key;

use super::{Context, Cursor, Result, eat_word, fetch};
use crate::types::{
    Charset, SearchReturn, SortCriterion, SortKey, ThreadAlgorithm,
    command::{CommandBody, Search, SearchSource, Sort, SourceMailboxes, Thread},
};

/// `search = "SEARCH" [search-return-opts] SP search-program` and
/// `esearch = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program` (RFC 7377 §3)
pub(super) fn search(
    input: &mut Cursor<'_>,
    uid: bool,
    esearch: bool,
    context: Context<'_>,
) -> Result<CommandBody> {
    input.sp()?;
    let mut source = None;
    if esearch {
        source = Some(Vec::new());
        if input.eat_text("IN (") {
            source = Some(sources(input)?);
            input.sp()?;
        }
    }
    let mut returns = returns(input)?;
    if esearch && returns.is_none() {
        returns = Some(SearchReturn { all: true, ..SearchReturn::default() });
    }
    let charset = charset(input)?;
    let key = key::search_program(input, context)?;
    Ok(CommandBody::Search(Box::new(Search { uid, source, returns, charset, key })))
}

/// `source-mbox = filter-mailboxes *(SP filter-mailboxes)` (RFC 7377 §3), after the opening parenthesis.
fn sources(input: &mut Cursor<'_>) -> Result<Vec<SearchSource>> {
    let mut sources = Vec::new();
    loop {
        sources.push(source(input)?);
        if input.eat(b')') {
            return Ok(sources);
        }
        input.sp()?;
    }
}

fn source(input: &mut Cursor<'_>) -> Result<SearchSource> {
    for (word, source) in [
        ("selected", SearchSource::Selected),
        ("inboxes", SearchSource::Inboxes),
        ("personal", SearchSource::Personal),
        ("subscribed", SearchSource::Subscribed),
    ] {
        if eat_word(input, word) {
            return Ok(source);
        }
    }
    source_mailboxes(input)?.map(SearchSource::Mailboxes).ok_or_else(|| input.error("mailboxes to search"))
}

/// `("subtree" / "subtree-one" / "mailboxes") SP (mailbox / "(" mailbox *(SP mailbox) ")")`
pub(super) fn source_mailboxes(input: &mut Cursor<'_>) -> Result<Option<SourceMailboxes>> {
    let make = if eat_word(input, "subtree-one") {
        SourceMailboxes::SubtreeOne
    } else if eat_word(input, "subtree") {
        SourceMailboxes::Subtree
    } else if eat_word(input, "mailboxes") {
        SourceMailboxes::Exactly
    } else {
        return Ok(None);
    };
    input.sp()?;
    let at = input.at();
    let names =
        if input.peek() == Some(b'(') { input.list(Cursor::mailbox)? } else { vec![input.mailbox()?] };
    if names.is_empty() { Err(input.error_at(at, "names of mailboxes")) } else { Ok(Some(make(names))) }
}

/// `search-return-opts = "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"` with the space after it.
fn returns(input: &mut Cursor<'_>) -> Result<Option<SearchReturn>> {
    if !eat_word(input, "RETURN") {
        return Ok(None);
    }
    input.sp()?;
    let mut options = SearchReturn::default();
    let given = input.list(|input| return_option(input, &mut options))?;
    // RFC 9051 §6.4.4: no option at all means ALL.
    options.all |= given.is_empty();
    input.sp()?;
    Ok(Some(options))
}

/// `search-return-opt = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE" / "PARTIAL" SP partial-range / "RELEVANCY" /
/// modifier-update / "CONTEXT"`
fn return_option(input: &mut Cursor<'_>, options: &mut SearchReturn) -> Result<()> {
    for (word, option) in [
        ("MIN", &mut options.min),
        ("MAX", &mut options.max),
        ("ALL", &mut options.all),
        ("COUNT", &mut options.count),
        ("SAVE", &mut options.save),
        ("RELEVANCY", &mut options.relevancy),
        ("CONTEXT", &mut options.context),
    ] {
        if eat_word(input, word) {
            *option = true;
            return Ok(());
        }
    }
    if eat_word(input, "UPDATE") {
        options.update = Some(fetch::optional_items(input)?);
        return Ok(());
    }
    if eat_word(input, "PARTIAL") {
        input.sp()?;
        options.partial = Some(fetch::partial_range(input)?);
        return Ok(());
    }
    Err(input.error("a return option"))
}

/// `search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)`: the charset.
fn charset(input: &mut Cursor<'_>) -> Result<Option<Charset>> {
    if !eat_word(input, "CHARSET") {
        return Ok(None);
    }
    input.sp()?;
    let charset = named_charset(input)?;
    input.sp()?;
    Ok(Some(charset))
}

fn named_charset(input: &mut Cursor<'_>) -> Result<Charset> {
    let name = input.astring()?;
    Ok(match name.as_bytes() {
        utf8 if utf8.eq_ignore_ascii_case(b"UTF-8") => Charset::Utf8,
        ascii if ascii.eq_ignore_ascii_case(b"US-ASCII") => Charset::UsAscii,
        _ => Charset::Other(name),
    })
}

/// `sort = ["UID" SP] "SORT" [search-return-opts] SP sort-criteria SP search-criteria` (RFC 5256 §5, RFC 5267 §5)
pub(super) fn sort(input: &mut Cursor<'_>, uid: bool, context: Context<'_>) -> Result<CommandBody> {
    input.sp()?;
    let returns = returns(input)?;
    let at = input.at();
    let criteria = input.list(criterion)?;
    if criteria.is_empty() {
        return Err(input.error_at(at, "what to sort by"));
    }
    input.sp()?;
    let charset = named_charset(input)?;
    input.sp()?;
    let key = key::search_program(input, context)?;
    Ok(CommandBody::Sort(Box::new(Sort { uid, returns, criteria, charset, key })))
}

/// `sort-criterion = ["REVERSE" SP] sort-key`
fn criterion(input: &mut Cursor<'_>) -> Result<SortCriterion> {
    let reverse = eat_word(input, "REVERSE");
    if reverse {
        input.sp()?;
    }
    for (word, key) in [
        ("ARRIVAL", SortKey::Arrival),
        ("CC", SortKey::Cc),
        ("DATE", SortKey::Date),
        ("DISPLAYFROM", SortKey::DisplayFrom),
        ("DISPLAYTO", SortKey::DisplayTo),
        ("RELEVANCY", SortKey::Relevancy),
        ("FROM", SortKey::From),
        ("SIZE", SortKey::Size),
        ("SUBJECT", SortKey::Subject),
        ("TO", SortKey::To),
    ] {
        if eat_word(input, word) {
            return Ok(SortCriterion { reverse, key });
        }
    }
    Err(input.error("what to sort by"))
}

/// `thread = ["UID" SP] "THREAD" SP thread-alg SP search-criteria` (RFC 5256 §5)
pub(super) fn thread(input: &mut Cursor<'_>, uid: bool, context: Context<'_>) -> Result<CommandBody> {
    input.sp()?;
    let algorithm = if eat_word(input, "ORDEREDSUBJECT") {
        ThreadAlgorithm::OrderedSubject
    } else if eat_word(input, "REFERENCES") {
        ThreadAlgorithm::References
    } else {
        ThreadAlgorithm::Other(input.atom()?)
    };
    input.sp()?;
    let charset = named_charset(input)?;
    input.sp()?;
    let key = key::search_program(input, context)?;
    Ok(CommandBody::Thread(Box::new(Thread { uid, algorithm, charset, key })))
}
