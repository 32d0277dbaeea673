//! Results that are kept up to date (RFC 5267 §4.3): what came into them, and what left.

use super::{
    Event, Found, No, SearchRequest, Server, SortRequest, Sorted,
    session::{Asked, Selection},
    updates::SyncPlan,
};
use crate::types::{
    AString, FetchItem, SearchKey, SequenceSet, SortCriterion, Tag, Uid, UidSet,
    response::{Code, Correlator, Esearch, EsearchItem, Status, Untagged},
};
use bytes::Bytes;
use std::{collections::HashSet, ops::RangeInclusive};

/// Results of a sorted search that are kept up to date at most: their order has to be kept too.
pub(super) const SORTED: usize = 10_000;

/// A search whose result the client keeps, and wants to be told the changes of.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) tag: Tag,
    /// The client has UIDs.
    pub(super) uid: bool,
    /// What is looked for, by UID.
    pub(super) key: SearchKey,
    pub(super) result: Kept,
    /// What to fetch of messages that come into the result.
    pub(super) fetch: Vec<FetchItem>,
}

/// The result as the client has it, by UID.
#[derive(Debug)]
pub(super) enum Kept {
    Found(UidSet),
    Sorted(Vec<SortCriterion>, Vec<u32>),
}

/// Contexts being brought up to date before a command ends.
#[derive(Debug)]
pub(super) struct Refresh {
    /// The context.
    at: usize,
    /// Messages that are new or changed.
    touched: UidSet,
    pub(super) then: SyncPlan,
}

impl Selection {
    pub(super) fn touch(&mut self, uids: &[RangeInclusive<u32>]) {
        if !self.contexts.is_empty() {
            for range in uids {
                self.touched.push(*range.start(), *range.end());
            }
        }
    }
}

impl Server {
    /// Whether results are to be kept up to date for a command with this tag. `Err`: refused with `BAD`.
    pub(super) fn wants_updates(&self, tag: &Tag) -> Result<bool, &'static str> {
        let Some(selection) = self.selected() else { return Err("select a mailbox first") };
        // RFC 5267 §4.3: a tag names one context.
        if selection.contexts.iter().any(|context| context.tag == *tag) {
            return Err("the tag is in use by a search that is kept up to date");
        }
        Ok(selection.contexts.len() < self.config.limits.contexts)
    }

    pub(super) fn no_update(&mut self, tag: &Tag) {
        let code = Code::NoUpdate(Bytes::copy_from_slice(tag.as_str().as_bytes()));
        self.untagged(&Untagged::Status(Status::no("too many results to keep up to date").with(code)));
    }

    pub(super) fn keep(&mut self, context: Context) {
        if matches!(&context.result, Kept::Sorted(_, uids) if uids.len() > SORTED) {
            return self.no_update(&context.tag);
        }
        if let Some(selection) = self.selected_mut() {
            selection.contexts.push(context);
        }
    }

    /// `CANCELUPDATE`. Tags that are unknown are of searches that are over.
    pub(super) fn cancel_update(&mut self, tag: Tag, tags: &[AString]) {
        if let Some(selection) = self.selected_mut() {
            selection.contexts.retain(|context| {
                tags.iter().all(|cancelled| cancelled.as_bytes() != context.tag.as_str().as_bytes())
            });
        }
        self.complete(tag, Status::ok("no further updates"));
    }

    /// All news are told: what they mean for the contexts is next, and then the plan goes on. Returns it where they mean
    /// nothing.
    pub(super) fn refresh(&mut self, tag: &Tag, then: SyncPlan) -> Option<SyncPlan> {
        let Some(selection) = self.selected_mut() else { return Some(then) };
        let mut touched = std::mem::take(&mut selection.touched);
        touched.normalize();
        if touched.is_empty() || selection.contexts.is_empty() {
            return Some(then);
        }
        self.refresh_on(tag.clone(), Refresh { at: 0, touched, then });
        None
    }

    fn refresh_on(&mut self, tag: Tag, refresh: Refresh) {
        let Some(context) = self.selected().and_then(|selection| selection.contexts.get(refresh.at)) else {
            return self.fetch_arrived(tag, refresh.then);
        };
        let key = context.key.clone();
        match &context.result {
            Kept::Found(_) => {
                let touched = SearchKey::Uid(SequenceSet::from(&refresh.touched));
                let request = SearchRequest {
                    key: SearchKey::And(vec![touched, key]),
                    mod_seq_of: None,
                    scores: false,
                };
                self.ask(tag, Asked::Refresh(refresh), |ticket| Event::Search { request, ticket });
            }
            Kept::Sorted(criteria, _) => {
                let request = SortRequest { key, criteria: criteria.clone(), scores: false };
                self.ask(tag, Asked::Refresh(refresh), |ticket| Event::Sort { request, ticket });
            }
        }
    }

    pub(super) fn refresh_found(&mut self, tag: Tag, mut refresh: Refresh, answer: Result<Found, No>) {
        let told = self.selected_mut().and_then(|selection| {
            let context = selection.contexts.get_mut(refresh.at)?;
            let Kept::Found(kept) = &mut context.result else { return None };
            let found = selection.view.known(&answer.ok()?.uids).intersection(&refresh.touched);
            let gone = kept.intersection(&refresh.touched).difference(&found);
            let new = found.difference(kept);
            *kept = union(&kept.difference(&gone), &new);
            refresh.then.wants(&new.intersection(&refresh.then.arrived), &context.fetch);
            let shown = |uids: UidSet| if context.uid { uids } else { selection.view.numbers(&uids) };
            let pair = |uids: UidSet| vec![(0, shown(uids))];
            let mut items = Vec::new();
            items.extend((!gone.is_empty()).then(|| EsearchItem::RemoveFrom(pair(gone))));
            items.extend((!new.is_empty()).then(|| EsearchItem::AddTo(pair(new))));
            Some(esearch(&context.tag, context.uid, items))
        });
        self.refreshed(tag, refresh, told);
    }

    pub(super) fn refresh_sorted(&mut self, tag: Tag, mut refresh: Refresh, answer: Result<Sorted, No>) {
        let told = self.selected_mut().and_then(|selection| {
            let context = selection.contexts.get_mut(refresh.at)?;
            let Kept::Sorted(_, kept) = &mut context.result else { return None };
            let sorted = answer.ok()?.uids.into_iter().map(Uid::value);
            let sorted: Vec<u32> = sorted.filter(|uid| selection.view.number(*uid).is_some()).collect();
            if sorted.len() > SORTED {
                return None;
            }
            let shown = |uid: u32| if context.uid { uid } else { selection.view.number(uid).unwrap_or(uid) };
            let removed = changes(kept, &sorted, shown, true);
            let added = changes(&sorted, kept, shown, false);
            let known: HashSet<u32> = kept.iter().copied().collect();
            let arrived = refresh.then.arrived.clone();
            let new = sorted.iter().copied().filter(|uid| arrived.contains(*uid) && !known.contains(uid));
            let mut new: UidSet = new.collect();
            new.normalize();
            refresh.then.wants(&new, &context.fetch);
            *kept = sorted;
            let mut items = Vec::new();
            items.extend((!removed.is_empty()).then_some(EsearchItem::RemoveFrom(removed)));
            items.extend((!added.is_empty()).then_some(EsearchItem::AddTo(added)));
            Some(esearch(&context.tag, context.uid, items))
        });
        self.refreshed(tag, refresh, told);
    }

    /// Tells of one context and goes on with the next. `None`: it cannot be kept any longer.
    fn refreshed(&mut self, tag: Tag, mut refresh: Refresh, told: Option<Esearch>) {
        match told {
            Some(told) => {
                if !told.items.is_empty() {
                    self.untagged(&Untagged::Esearch(told));
                }
                refresh.at += 1;
            }
            None => {
                let lost = self.selected_mut().map(|selection| selection.contexts.remove(refresh.at));
                if let Some(context) = lost {
                    self.no_update(&context.tag);
                }
            }
        }
        self.refresh_on(tag, refresh);
    }

    /// Messages are about to be told as gone: their numbers are still good.
    pub(super) fn leave_contexts(&mut self, gone: &UidSet) {
        let Some(selection) = self.selected_mut() else { return };
        let mut told = Vec::new();
        for context in &mut selection.contexts {
            let shown = |uid: u32| if context.uid { uid } else { selection.view.number(uid).unwrap_or(uid) };
            let removed = match &mut context.result {
                Kept::Found(kept) => {
                    let left = kept.intersection(gone);
                    *kept = kept.difference(&left);
                    let left = if context.uid { left } else { selection.view.numbers(&left) };
                    if left.is_empty() { Vec::new() } else { vec![(0, left)] }
                }
                Kept::Sorted(_, kept) => {
                    let stays: Vec<u32> = kept.iter().copied().filter(|uid| !gone.contains(*uid)).collect();
                    let removed = changes(kept, &stays, shown, true);
                    *kept = stays;
                    removed
                }
            };
            if !removed.is_empty() {
                told.push(esearch(&context.tag, context.uid, vec![EsearchItem::RemoveFrom(removed)]));
            }
        }
        for response in told {
            self.untagged(&Untagged::Esearch(response));
        }
    }
}

fn esearch(tag: &Tag, uid: bool, items: Vec<EsearchItem>) -> Esearch {
    let tag = Some(Bytes::copy_from_slice(tag.as_str().as_bytes()));
    Esearch { correlator: Correlator { tag, ..Correlator::default() }, uid, items }
}

fn union(one: &UidSet, other: &UidSet) -> UidSet {
    let mut all = one.clone();
    other.ranges().iter().for_each(|range| all.push(*range.start(), *range.end()));
    all.normalize();
    all
}

/// Those of `list` that `other` has not, with the positions at which they are taken out one after the other
/// (`removes`), or put in.
fn changes(list: &[u32], other: &[u32], shown: impl Fn(u32) -> u32, removes: bool) -> Vec<(u32, UidSet)> {
    let known: HashSet<u32> = other.iter().copied().collect();
    let mut pairs: Vec<(u32, UidSet)> = Vec::new();
    let (mut position, mut joins) = (1, false);
    for uid in list {
        if known.contains(uid) {
            (position, joins) = (position + 1, false);
            continue;
        }
        let uid = shown(*uid);
        match pairs.last_mut() {
            Some((_, set)) if joins => set.push(uid, uid),
            _ => pairs.push((position, [uid].into_iter().collect())),
        }
        (position, joins) = (position + u32::from(!removes), true);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a client does with pairs.
    fn apply(list: &mut Vec<u32>, pairs: &[(u32, UidSet)], removes: bool) {
        for (position, set) in pairs {
            let at = *position as usize - 1;
            for (offset, uid) in set.iter().enumerate() {
                if removes {
                    assert_eq!(list.remove(at), uid);
                } else {
                    list.insert(at + offset, uid);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_client_that_follows_has_the_new_result(
            order in Just((1..30_u32).collect::<Vec<_>>()).prop_shuffle(),
            before in proptest::collection::hash_set(1..30_u32, 0..30),
            after in proptest::collection::hash_set(1..30_u32, 0..30),
        ) {
            let old: Vec<u32> = order.iter().copied().filter(|uid| before.contains(uid)).collect();
            let new: Vec<u32> = order.iter().copied().filter(|uid| after.contains(uid)).collect();
            let mut client = old.clone();
            apply(&mut client, &changes(&old, &new, |uid| uid, true), true);
            apply(&mut client, &changes(&new, &old, |uid| uid, false), false);
            prop_assert_eq!(client, new);
        }
    }
}
