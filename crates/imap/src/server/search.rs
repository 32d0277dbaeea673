//! SEARCH, SORT and THREAD: what is asked by message number, asked by UID, and told in the form the client wants.

use super::{
    Event, Found, ModSeqOf, No, SearchRequest, Server, SortRequest, ThreadRequest,
    session::{Asked, Selection},
};
use crate::{
    Misuse,
    types::{
        Charset, SearchKey, SearchReturn, SequenceSet, SortKey, Tag, ThreadAlgorithm, Uid, UidSet, command,
        response::{
            Code, Correlator, Esearch, EsearchItem, PartialRange, Search as Numbers, Status, Threads,
            Untagged,
        },
    },
};
use bytes::Bytes;
use std::num::NonZeroU32;

/// A SEARCH under way.
#[derive(Debug)]
pub(super) struct SearchPlan {
    uid: bool,
    returns: Option<SearchReturn>,
    mod_seq: bool,
}

impl Server {
    pub(super) fn search(&mut self, tag: Tag, search: command::Search) {
        if search.source.is_some() {
            return self.bad(Some(tag), "this server searches the selected mailbox only");
        }
        if search.returns.as_ref().is_some_and(|returns| returns.update || returns.context) {
            return self.bad(Some(tag), "this server keeps no search contexts");
        }
        if search.returns.as_ref().is_some_and(|returns| returns.relevancy) {
            return self.bad(Some(tag), "this server does not score what it finds");
        }
        let Some(key) = self.search_key(&tag, search.key, &search.charset) else { return };
        let mod_seq = mentions_mod_seq(&key);
        if mod_seq {
            self.mod_seq_enabled();
        }
        let mut returns = search.returns;
        if returns.is_none() && self.enabled.rev2 {
            // RFC 9051 §6.4.4: SEARCH responses are no more.
            returns = Some(SearchReturn { all: true, ..SearchReturn::default() });
        }
        let mod_seq_of = ModSeqOf::of(returns.as_ref());
        let plan = SearchPlan { uid: search.uid, returns, mod_seq };
        let request = SearchRequest { key, mod_seq_of };
        self.ask(tag, Asked::Search(plan), |ticket| Event::Search { request, ticket });
    }

    pub(super) fn sort(&mut self, tag: Tag, sort: command::Sort) {
        if sort.returns.is_some() {
            return self.bad(Some(tag), "this server returns all that it sorted");
        }
        if sort.criteria.iter().any(|criterion| criterion.key == SortKey::Relevancy) {
            return self.bad(Some(tag), "this server does not score what it finds");
        }
        let Some(key) = self.search_key(&tag, sort.key, &sort.charset) else { return };
        let request = SortRequest { key, criteria: sort.criteria };
        self.ask(tag, Asked::Sort { uid: sort.uid }, |ticket| Event::Sort { request, ticket });
    }

    pub(super) fn thread(&mut self, tag: Tag, thread: command::Thread) {
        if matches!(thread.algorithm, ThreadAlgorithm::Other(_)) {
            return self.bad(Some(tag), "unknown threading algorithm");
        }
        let Some(key) = self.search_key(&tag, thread.key, &thread.charset) else { return };
        let request = ThreadRequest { key, algorithm: thread.algorithm };
        self.ask(tag, Asked::Thread { uid: thread.uid }, |ticket| Event::Thread { request, ticket });
    }

    /// The key by UID only, its strings in UTF-8. `None`: answered already.
    fn search_key(&mut self, tag: &Tag, mut key: SearchKey, charset: &Charset) -> Option<SearchKey> {
        let known = || vec![Bytes::from_static(b"UTF-8"), Bytes::from_static(b"US-ASCII")];
        if matches!(charset, Charset::Other(_)) || !strings_are_utf8(&key) {
            let status = Status::no("strings are UTF-8 here").with(Code::BadCharset(known()));
            self.complete_with(tag.clone(), status, false);
            return None;
        }
        let selection = self.selected()?;
        resolve(&mut key, selection);
        Some(key)
    }

    pub(super) fn search_answered(&mut self, answer: Result<Found, No>) -> Result<(), Misuse> {
        let (tag, Asked::Search(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was searched"));
        };
        let saves = plan.returns.as_ref().is_some_and(|returns| returns.save);
        let status = match answer {
            Ok(found) => {
                self.found(&tag, &plan, &found);
                Status::ok("SEARCH completed")
            }
            Err(no) => {
                // RFC 5182 §2.1: a search that fails leaves nothing saved.
                if let Some(selection) = self.selected_mut().filter(|_| saves) {
                    selection.saved = UidSet::new();
                }
                no.into()
            }
        };
        self.complete_with(tag, status, plan.uid);
        Ok(())
    }

    fn found(&mut self, tag: &Tag, plan: &SearchPlan, found: &Found) {
        let Some(selection) = self.selected_mut() else { return };
        let uids = selection.view.known(&found.uids);
        let numbers = if plan.uid { uids.clone() } else { selection.view.numbers(&uids) };
        let mod_seq = found.mod_seq.filter(|_| plan.mod_seq && !uids.is_empty());
        let Some(returns) = &plan.returns else {
            let numbers = Numbers { numbers: numbers.iter().collect(), mod_seq };
            return self.untagged(&Untagged::Search(numbers));
        };
        if returns.save {
            selection.saved = saved(&uids, returns);
        }
        let mut items = Vec::new();
        if let Some(first) = numbers.first().filter(|_| returns.min) {
            items.push(EsearchItem::Min(first));
        }
        if let Some(last) = numbers.last().filter(|_| returns.max) {
            items.push(EsearchItem::Max(last));
        }
        if returns.count {
            items.push(EsearchItem::Count(u32::try_from(numbers.len()).unwrap_or(u32::MAX)));
        }
        if let Some((first, last)) = returns.partial {
            let numbers = Some(page(&numbers, first, last)).filter(|page| !page.is_empty());
            // Positions from the front are told in order, whatever the client wrote.
            let (first, last) = if first > 0 { (first.min(last), first.max(last)) } else { (first, last) };
            items.push(EsearchItem::Partial { range: PartialRange { first, last }, numbers });
        }
        if returns.all && !numbers.is_empty() {
            items.push(EsearchItem::All(numbers));
        }
        items.extend(mod_seq.map(EsearchItem::ModSeq));
        let only_save = returns.save
            && !(returns.min || returns.max || returns.all || returns.count || returns.partial.is_some());
        if only_save {
            return;
        }
        let tag = Some(Bytes::copy_from_slice(tag.as_str().as_bytes()));
        let correlator = Correlator { tag, ..Correlator::default() };
        self.untagged(&Untagged::Esearch(Esearch { correlator, uid: plan.uid, items }));
    }

    pub(super) fn sort_answered(&mut self, answer: Result<Vec<Uid>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Sort { uid }) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was sorted"));
        };
        let status = match (answer, self.selected()) {
            (Ok(sorted), Some(selection)) => {
                let number = |found: Uid| {
                    let number = selection.view.number(found.value())?;
                    Some(if uid { found.value() } else { number })
                };
                let numbers = sorted.into_iter().filter_map(number).collect();
                self.untagged(&Untagged::Sort(Numbers { numbers, mod_seq: None }));
                Status::ok("SORT completed")
            }
            (Err(no), _) => no.into(),
            (Ok(_), None) => Status::ok("SORT completed"),
        };
        self.complete_with(tag, status, uid);
        Ok(())
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
    fn of(returns: Option<&SearchReturn>) -> Self {
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

/// The numbers at the positions `first` to `last` of a result, from 1; negative ones count from its end
/// (RFC 9394 §3.1).
pub(super) fn page(numbers: &UidSet, first: i64, last: i64) -> UidSet {
    let len = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
    let position = |n: i64| if n < 0 { len + n + 1 } else { n };
    let (from, to) = (position(first.min(last)).max(1), position(first.max(last)));
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

/// Visits every key, without recursion.
pub(super) fn visit(key: &SearchKey, mut each: impl FnMut(&SearchKey)) {
    let mut stack = vec![key];
    while let Some(key) = stack.pop() {
        each(key);
        match key {
            SearchKey::Not(key) | SearchKey::Fuzzy(key) => stack.push(key),
            SearchKey::Or(one, other) => stack.extend([&**one, &**other]),
            SearchKey::And(keys) => stack.extend(keys),
            _ => {}
        }
    }
}

fn mentions_mod_seq(key: &SearchKey) -> bool {
    let mut found = false;
    visit(key, |key| found |= matches!(key, SearchKey::ModSeq(_)));
    found
}

fn strings_are_utf8(key: &SearchKey) -> bool {
    let mut all = true;
    visit(key, |key| match key {
        SearchKey::Bcc(text)
        | SearchKey::Body(text)
        | SearchKey::Cc(text)
        | SearchKey::From(text)
        | SearchKey::Header(_, text)
        | SearchKey::Subject(text)
        | SearchKey::Text(text)
        | SearchKey::To(text) => all &= text.as_str().is_some(),
        _ => {}
    });
    all
}

/// The messages with UIDs from `first`, if there is one, to `last`.
fn known(first: Option<u32>, last: u32, selection: &Selection) -> SearchKey {
    let mut set = UidSet::new();
    if let Some(first) = first {
        set.push(first, last);
    }
    SearchKey::Uid(SequenceSet::from(&selection.view.known(&set)))
}

/// Puts UIDs in the place of message numbers, `*` and `$`.
fn resolve(key: &mut SearchKey, selection: &Selection) {
    let mut stack = vec![key];
    while let Some(key) = stack.pop() {
        match key {
            SearchKey::Not(key) | SearchKey::Fuzzy(key) => stack.push(key),
            SearchKey::Or(one, other) => stack.extend([&mut **one, &mut **other]),
            SearchKey::And(keys) => stack.extend(keys),
            SearchKey::Sequence(set) => {
                // A search for numbers that are not there finds nothing.
                *key = SearchKey::Uid(SequenceSet::from(&selection.resolve_known(set)));
            }
            SearchKey::UidAfter(uid) => *key = known(uid.value().checked_add(1), u32::MAX, selection),
            SearchKey::UidBefore(uid) => *key = known(Some(1), uid.value() - 1, selection),
            SearchKey::Uid(set) => {
                *set = SequenceSet::from(&selection.resolve(set, true).unwrap_or_default());
            }
            _ => {}
        }
    }
}
