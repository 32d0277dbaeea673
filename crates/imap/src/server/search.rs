//! SEARCH, SORT and THREAD: what is asked by message number, asked by UID, and told in the form the client wants.

use super::{
    Event, Found, ModSeqOf, No, SearchRequest, Server, SortRequest, Sorted, ThreadRequest,
    context::{Context, Kept},
    session::Asked,
};
use crate::{
    Misuse,
    types::{
        Charset, ModSeq, SearchKey, SearchReturn, SortCriterion, SortKey, Tag, ThreadAlgorithm, UidSet,
        command::{self, SearchSource},
        response::{
            Code, Correlator, Esearch, EsearchItem, PartialRange, Search as Numbers, Status, Threads,
            Untagged,
        },
    },
};
use bytes::Bytes;
use std::num::NonZeroU32;

const ONE_CHARSET: &str = "strings are UTF-8 once UTF8=ACCEPT is enabled";

/// A SEARCH under way.
#[derive(Debug)]
pub(super) struct SearchPlan {
    uid: bool,
    returns: Option<SearchReturn>,
    mod_seq: bool,
    /// What is to be kept up to date.
    keeps: Option<SearchKey>,
    refuses_update: bool,
    /// An `ESEARCH`: the mailbox is told, and nothing where nothing is found.
    named: bool,
    status: Status,
}

/// A SORT under way.
#[derive(Debug)]
pub(super) struct SortPlan {
    uid: bool,
    returns: Option<SearchReturn>,
    /// What is to be kept up to date.
    keeps: Option<(SearchKey, Vec<SortCriterion>)>,
    refuses_update: bool,
}

impl Server {
    pub(super) fn search(&mut self, tag: Tag, search: command::Search) {
        if self.has_one_charset() && search.charset.is_some() {
            return self.bad(Some(tag), ONE_CHARSET);
        }
        let named = search.source.is_some();
        if let Some(sources) = &search.source {
            if !self.can_search_many() {
                return self.bad(Some(tag), "this server searches the selected mailbox only");
            }
            if sources.iter().any(|source| *source != SearchSource::Selected) {
                return self.search_many(tag, search);
            }
            if self.selected().is_none() {
                return self.bad(Some(tag), "select a mailbox first");
            }
        }
        let scores = match self.scores(search.returns.as_ref(), &[], &search.key) {
            Ok(scores) => scores,
            Err(why) => return self.bad(Some(tag), why),
        };
        let update = match self.return_updates(&tag, search.returns.as_ref()) {
            Ok(update) => update,
            Err(why) => return self.bad(Some(tag), why),
        };
        let saves = search.returns.as_ref().is_some_and(|returns| returns.save);
        let charset = search.charset.unwrap_or_default();
        let Some(key) = self.search_key(&tag, search.key, &charset, saves) else { return };
        let mod_seq = mentions_mod_seq(&key);
        if mod_seq {
            self.mod_seq_enabled();
        }
        let mut returns = search.returns;
        if returns.is_none() && self.enabled.rev2 {
            // RFC 9051 §6.4.4: SEARCH responses are no more.
            returns = Some(SearchReturn { all: true, ..SearchReturn::default() });
        }
        let mod_seq_of = mod_seq.then(|| ModSeqOf::of(returns.as_ref()));
        let keeps = (update == Some(true)).then(|| key.clone());
        let refuses_update = update == Some(false);
        let uid = search.uid || named;
        let (key, limit) = self.search_within_limit(key);
        let status = self.limited(Status::ok("SEARCH completed"), limit);
        let plan = SearchPlan { uid, returns, mod_seq, keeps, refuses_update, named, status };
        let request = SearchRequest { key, mod_seq_of, scores };
        self.ask(tag, Asked::Search(plan), |ticket| Event::Search { request, ticket });
    }

    /// Whether the result is to be kept up to date, if that is asked for, and can be. `Err`: refused with `BAD`.
    fn return_updates(
        &self,
        tag: &Tag,
        returns: Option<&SearchReturn>,
    ) -> Result<Option<bool>, &'static str> {
        let Some(returns) = returns else { return Ok(None) };
        // RFC 9394 §3.1
        if returns.all && returns.partial.is_some() {
            return Err("ALL or PARTIAL, not both");
        }
        let Some(fetch) = &returns.update else { return Ok(None) };
        // RFC 5465 §7 is part of NOTIFY.
        let can = self.config.features.notify && fetch.iter().all(|item| self.can_fetch(item));
        if !can && !fetch.is_empty() {
            return Err("this server cannot fetch that of new results");
        }
        self.wants_updates(tag).map(Some)
    }

    /// Whether scores are to be told. `Err`: refused with `BAD`.
    pub(super) fn scores(
        &self,
        returns: Option<&SearchReturn>,
        criteria: &[SortCriterion],
        key: &SearchKey,
    ) -> Result<bool, &'static str> {
        let told = returns.is_some_and(|returns| returns.relevancy);
        if !told && criteria.iter().all(|criterion| criterion.key != SortKey::Relevancy) {
            return Ok(false);
        }
        if !self.config.features.fuzzy {
            return Err("this server does not score what it finds");
        }
        let mut is_fuzzy = false;
        key.visit(|key| is_fuzzy |= matches!(key, SearchKey::Fuzzy(_)));
        // RFC 6203 §4
        if is_fuzzy { Ok(told) } else { Err("RELEVANCY is for fuzzy searches") }
    }

    pub(super) fn sort(&mut self, tag: Tag, sort: command::Sort) {
        let scores = match self.scores(sort.returns.as_ref(), &sort.criteria, &sort.key) {
            Ok(scores) => scores,
            Err(why) => return self.bad(Some(tag), why),
        };
        let update = match self.return_updates(&tag, sort.returns.as_ref()) {
            Ok(update) => update,
            Err(why) => return self.bad(Some(tag), why),
        };
        let saves = sort.returns.as_ref().is_some_and(|returns| returns.save);
        let Some(key) = self.search_key(&tag, sort.key, &sort.charset, saves) else { return };
        let keeps = (update == Some(true)).then(|| (key.clone(), sort.criteria.clone()));
        let refuses_update = update == Some(false);
        let plan = SortPlan { uid: sort.uid, returns: sort.returns, keeps, refuses_update };
        let request = SortRequest { key, criteria: sort.criteria, scores };
        self.ask(tag, Asked::Sort(plan), |ticket| Event::Sort { request, ticket });
    }

    pub(super) fn thread(&mut self, tag: Tag, thread: command::Thread) {
        if matches!(thread.algorithm, ThreadAlgorithm::Other(_)) {
            return self.bad(Some(tag), "unknown threading algorithm");
        }
        let Some(key) = self.search_key(&tag, thread.key, &thread.charset, false) else { return };
        // RFC 9738 §3.3
        if let Some(code) = self.selected().and_then(|selection| self.over_limit(selection.view.len().into()))
        {
            let status = Status::no("too many messages for threads").with(code);
            return self.complete_with(tag, status, thread.uid);
        }
        let request = ThreadRequest { key, algorithm: thread.algorithm };
        self.ask(tag, Asked::Thread { uid: thread.uid }, |ticket| Event::Thread { request, ticket });
    }

    /// The key by UID only, its strings in UTF-8. `None`: answered already.
    fn search_key(
        &mut self,
        tag: &Tag,
        mut key: SearchKey,
        charset: &Charset,
        saves: bool,
    ) -> Option<SearchKey> {
        if !self.knows_charset(tag, &key, charset, saves) {
            return None;
        }
        let selection = self.selected()?;
        // A search for numbers that are not there finds nothing.
        key.resolve(|set, uid| match uid {
            true => selection.resolve(set, true).unwrap_or_default(),
            false => selection.resolve_known(set),
        });
        Some(key)
    }

    /// Whether the charset goes without saying (RFC 9755 §3). IMAP4rev2 has two of them (RFC 9051 §6.4.4).
    fn has_one_charset(&self) -> bool {
        self.enabled.utf8 && !self.enabled.rev2
    }

    /// Whether the strings of a key can be read. `false`: answered already. `saves`: the search was to save its result.
    pub(super) fn knows_charset(
        &mut self,
        tag: &Tag,
        key: &SearchKey,
        charset: &Charset,
        saves: bool,
    ) -> bool {
        if self.has_one_charset() && *charset != Charset::Utf8 {
            self.bad(Some(tag.clone()), ONE_CHARSET);
            return false;
        }
        let knows = !matches!(charset, Charset::Other(_)) && key.all_texts(|text| text.as_str().is_some());
        if !knows {
            self.nothing_saved(saves);
            let known = vec![Bytes::from_static(b"UTF-8"), Bytes::from_static(b"US-ASCII")];
            let status = Status::no("strings are UTF-8 here").with(Code::BadCharset(known));
            self.complete_with(tag.clone(), status, false);
        }
        knows
    }

    /// RFC 5182 §2.1: a search that was to save its result and is answered with `NO` leaves nothing saved.
    fn nothing_saved(&mut self, saves: bool) {
        if let Some(selection) = self.selected_mut().filter(|_| saves) {
            selection.saved = UidSet::new();
        }
    }

    pub(super) fn search_answered(&mut self, answer: Result<Found, No>) -> Result<(), Misuse> {
        let (tag, plan) = match self.asked()? {
            (tag, Asked::Search(plan)) => (tag, plan),
            (tag, Asked::Refresh(refresh)) => {
                self.refresh_found(tag, refresh, answer);
                return Ok(());
            }
            (tag, Asked::Deleted) => {
                self.deleted_found(tag, answer);
                return Ok(());
            }
            _ => return Err(Misuse::NotNow("nothing was searched")),
        };
        let saves = plan.returns.as_ref().is_some_and(|returns| returns.save);
        let uid = plan.uid;
        let status = match answer {
            Ok(found) => {
                let status = plan.status.clone();
                self.found(&tag, plan, &found);
                status
            }
            Err(no) => {
                self.nothing_saved(saves);
                no.into()
            }
        };
        self.complete_with(tag, status, uid);
        Ok(())
    }

    fn found(&mut self, tag: &Tag, plan: SearchPlan, found: &Found) {
        let Some(selection) = self.selected_mut() else { return };
        let uids = selection.view.known(&found.uids);
        let scored = found.uids.iter().zip(&found.scores).filter(|(uid, _)| uids.contains(*uid));
        let scores: Vec<u8> = scored.map(|(_, score)| *score).collect();
        let numbers = if plan.uid { uids.clone() } else { selection.view.numbers(&uids) };
        let mod_seq = found.mod_seq.filter(|_| plan.mod_seq && !uids.is_empty());
        let Some(returns) = &plan.returns else {
            let numbers = Numbers { numbers: numbers.iter().collect(), mod_seq };
            return self.untagged(&Untagged::Search(numbers));
        };
        if returns.save {
            selection.saved = saved(&uids, returns);
        }
        let mut correlator = Correlator { tag: Some(correlation(tag)), ..Correlator::default() };
        if plan.named {
            correlator.mailbox = Some(selection.name.clone());
            correlator.uid_validity = Some(selection.uid_validity);
        }
        if shows(returns) && !(plan.named && uids.is_empty()) {
            let mut items = items(returns, &numbers, mod_seq);
            items.extend(relevancy(returns, &scores));
            self.untagged(&Untagged::Esearch(Esearch { correlator, uid: plan.uid, items }));
        }
        if plan.refuses_update {
            self.no_update(tag);
        }
        if let Some(key) = plan.keeps {
            let (tag, uid, fetch) = (tag.clone(), plan.uid, returns.update.clone().unwrap_or_default());
            self.keep(Context { tag, uid, key, result: Kept::Found(uids), fetch });
        }
    }

    pub(super) fn sort_answered(&mut self, answer: Result<Sorted, No>) -> Result<(), Misuse> {
        let (tag, plan) = match self.asked()? {
            (tag, Asked::Sort(plan)) => (tag, plan),
            (tag, Asked::Refresh(refresh)) => {
                self.refresh_sorted(tag, refresh, answer);
                return Ok(());
            }
            _ => return Err(Misuse::NotNow("nothing was sorted")),
        };
        let uid = plan.uid;
        let saves = plan.returns.as_ref().is_some_and(|returns| returns.save);
        let status = match answer {
            Ok(sorted) => {
                self.sorted(&tag, plan, sorted);
                Status::ok("SORT completed")
            }
            Err(no) => {
                self.nothing_saved(saves);
                no.into()
            }
        };
        self.complete_with(tag, status, uid);
        Ok(())
    }

    fn sorted(&mut self, tag: &Tag, plan: SortPlan, sorted: Sorted) {
        let Some(selection) = self.selected_mut() else { return };
        let Sorted { uids, scores } = sorted;
        let mut scores = scores.into_iter();
        let known = uids.into_iter().filter_map(|uid| {
            let score = scores.next().unwrap_or(1);
            Some((uid.value(), (selection.view.number(uid.value())?, score)))
        });
        let (uids, (numbers, scores)): (Vec<u32>, (Vec<u32>, Vec<u8>)) = known.unzip();
        let numbers = if plan.uid { uids.clone() } else { numbers };
        let Some(returns) = &plan.returns else {
            return self.untagged(&Untagged::Sort(Numbers { numbers, mod_seq: None }));
        };
        if returns.save {
            let mut found: UidSet = uids.iter().copied().collect();
            found.normalize();
            selection.saved = saved(&found, returns);
        }
        if shows(returns) {
            let mut items = sorted_items(returns, &numbers);
            items.extend(relevancy(returns, &scores));
            let correlator = Correlator { tag: Some(correlation(tag)), ..Correlator::default() };
            self.untagged(&Untagged::Esearch(Esearch { correlator, uid: plan.uid, items }));
        }
        if plan.refuses_update {
            self.no_update(tag);
        }
        if let Some((key, criteria)) = plan.keeps {
            let (tag, uid, fetch) = (tag.clone(), plan.uid, returns.update.clone().unwrap_or_default());
            self.keep(Context { tag, uid, key, result: Kept::Sorted(criteria, uids), fetch });
        }
    }

    pub(super) fn thread_answered(&mut self, answer: Result<Threads, No>) -> Result<(), Misuse> {
        let (tag, Asked::Thread { uid }) = self.asked()? else {
            return Err(Misuse::NotNow("no threads were asked for"));
        };
        let status = match (answer, self.selected()) {
            (Ok(by_uid), Some(selection)) => {
                let mut threads = Threads::default();
                for node in by_uid.nodes() {
                    let number = node.number.and_then(|found| {
                        let number = NonZeroU32::new(selection.view.number(found.get())?)?;
                        Some(if uid { found } else { number })
                    });
                    threads.push(node.parent, number);
                }
                self.untagged(&Untagged::Thread(threads));
                Status::ok("THREAD completed")
            }
            (Err(no), _) => no.into(),
            (Ok(_), None) => Status::ok("THREAD completed"),
        };
        self.complete_with(tag, status, uid);
        Ok(())
    }
}

impl ModSeqOf {
    /// RFC 4731 §3.2: of the messages returned.
    pub(super) fn of(returns: Option<&SearchReturn>) -> Self {
        let Some(returns) = returns else { return Self::All };
        match (returns.min, returns.max) {
            _ if returns.all || returns.count || returns.partial.is_some() => Self::All,
            (true, true) => Self::Ends,
            (true, false) => Self::First,
            (false, true) => Self::Last,
            (false, false) => Self::All,
        }
    }
}

/// What names a command in an `ESEARCH` response.
pub(super) fn correlation(tag: &Tag) -> Bytes {
    Bytes::copy_from_slice(tag.as_str().as_bytes())
}

/// Whether there is a response, be it an empty one: not where the result is only saved (RFC 9051 §6.4.4.1).
pub(super) fn shows(returns: &SearchReturn) -> bool {
    let shown = returns.min || returns.max || returns.all || returns.count || returns.relevancy;
    shown || returns.partial.is_some() || !returns.save
}

/// What was found, as the client wants it told.
pub(super) fn items(returns: &SearchReturn, numbers: &UidSet, mod_seq: Option<ModSeq>) -> Vec<EsearchItem> {
    let mut items = Vec::new();
    items.extend(numbers.first().filter(|_| returns.min).map(EsearchItem::Min));
    items.extend(numbers.last().filter(|_| returns.max).map(EsearchItem::Max));
    if returns.count {
        items.push(EsearchItem::Count(u32::try_from(numbers.len()).unwrap_or(u32::MAX)));
    }
    if let Some((first, last)) = returns.partial {
        let numbers = Some(page(numbers, first, last)).filter(|page| !page.is_empty());
        let (first, last) = in_front(first, last);
        items.push(EsearchItem::Partial { range: PartialRange { first, last }, numbers });
    }
    if returns.all && !numbers.is_empty() {
        items.push(EsearchItem::All(numbers.clone()));
    }
    items.extend(mod_seq.map(EsearchItem::ModSeq));
    items
}

/// How well what is told fits: of a page where one was asked for, else of all (RFC 6203 §4).
pub(super) fn relevancy(returns: &SearchReturn, scores: &[u8]) -> Option<EsearchItem> {
    let (from, to) = match returns.partial {
        Some((first, last)) => positions(i64::try_from(scores.len()).unwrap_or(i64::MAX), first, last),
        None => (1, i64::MAX),
    };
    let place = |at: i64| usize::try_from(at).unwrap_or(0).min(scores.len());
    let page = scores.get(place(from - 1)..place(to)).unwrap_or_default();
    returns.relevancy.then(|| EsearchItem::Relevancy(page.iter().copied().map(u32::from).collect()))
}

/// Numbers in the order in which they are, ranges only where they ascend (RFC 5267 §3.2).
fn in_order(numbers: &[u32]) -> UidSet {
    let mut set = UidSet::new();
    for number in numbers {
        set.push(*number, *number);
    }
    set
}

/// As [`items`], in the order in which the messages were sorted (RFC 5267 §3.1).
fn sorted_items(returns: &SearchReturn, numbers: &[u32]) -> Vec<EsearchItem> {
    let mut items = Vec::new();
    items.extend(numbers.first().filter(|_| returns.min).copied().map(EsearchItem::Min));
    items.extend(numbers.last().filter(|_| returns.max).copied().map(EsearchItem::Max));
    if returns.count {
        items.push(EsearchItem::Count(u32::try_from(numbers.len()).unwrap_or(u32::MAX)));
    }
    if let Some((first, last)) = returns.partial {
        let (from, to) = positions(i64::try_from(numbers.len()).unwrap_or(i64::MAX), first, last);
        let place = |at: i64| usize::try_from(at).unwrap_or(0).min(numbers.len());
        let page = numbers.get(place(from - 1)..place(to)).unwrap_or_default();
        let numbers = (!page.is_empty()).then(|| in_order(page));
        let (first, last) = in_front(first, last);
        items.push(EsearchItem::Partial { range: PartialRange { first, last }, numbers });
    }
    if returns.all && !numbers.is_empty() {
        items.push(EsearchItem::All(in_order(numbers)));
    }
    items
}

/// Positions are told from the end that they are counted from, whatever the client wrote.
fn in_front(first: i64, last: i64) -> (i64, i64) {
    if first > 0 { (first.min(last), first.max(last)) } else { (first.max(last), first.min(last)) }
}

/// Where a page of so many results begins and ends, from 1; negative positions count from the end (RFC 9394 §3.1).
fn positions(len: i64, first: i64, last: i64) -> (i64, i64) {
    let position = |n: i64| if n < 0 { len + n + 1 } else { n };
    (position(first.min(last)).max(1), position(first.max(last)))
}

/// What `SAVE` keeps: all that was found, unless only an end of it was asked for (RFC 9051 §6.4.4.1).
fn saved(uids: &UidSet, returns: &SearchReturn) -> UidSet {
    if returns.all || returns.count || !(returns.min || returns.max || returns.partial.is_some()) {
        return uids.clone();
    }
    let ends = [uids.first().filter(|_| returns.min), uids.last().filter(|_| returns.max)];
    let mut kept: UidSet = ends.into_iter().flatten().collect();
    if let Some((first, last)) = returns.partial {
        page(uids, first, last).ranges().iter().for_each(|range| kept.push(*range.start(), *range.end()));
        kept.normalize();
    }
    kept
}

/// The numbers on a page of a result.
pub(super) fn page(numbers: &UidSet, first: i64, last: i64) -> UidSet {
    let (from, to) = positions(i64::try_from(numbers.len()).unwrap_or(i64::MAX), first, last);
    let mut page = UidSet::new();
    let mut before = 0;
    for range in numbers.ranges() {
        let count = i64::from(range.end() - range.start()) + 1;
        let (low, high) = ((from - before).max(1), (to - before).min(count));
        if low <= high {
            let at = |position: i64| range.start() + u32::try_from(position - 1).unwrap_or(0);
            page.push(at(low), at(high));
        }
        before += count;
    }
    page
}

pub(super) fn mentions_mod_seq(key: &SearchKey) -> bool {
    let mut found = false;
    key.visit(|key| found |= matches!(key, SearchKey::ModSeq(_)));
    found
}
