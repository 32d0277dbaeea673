//! LIST and LSUB: of all mailboxes, those the client asks for.

use super::{Event, Mailbox, No, Server, metadata::entry, pattern::Pattern, session::Asked};
use crate::{
    Misuse,
    types::{
        ListSelect, MailboxName, Rights, StatusItem, Tag, command,
        response::{List, ListAttribute, ListExtendedItem, MailboxStatus, Status, StatusValue, Untagged},
    },
};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// A LIST under way.
#[derive(Debug)]
pub(super) struct ListPlan {
    patterns: Vec<Pattern>,
    lsub: bool,
    select: ListSelect,
    /// The command had extended options.
    extended: bool,
    with_subscribed: bool,
    my_rights: bool,
    status: Option<Vec<StatusItem>>,
    /// Names of annotations to be told of each.
    metadata: Vec<Bytes>,
    found: VecDeque<Found>,
    /// Of how many of these, the first ones, the numbers have been asked for.
    counted: usize,
    /// The mailbox just told, whose annotations are to follow.
    listed: Option<MailboxName>,
}

/// Mailboxes whose numbers are asked for at once.
const AT_ONCE: usize = 1000;

/// A name found that is still to be told.
#[derive(Debug)]
struct Found {
    list: List,
    /// Whether there is a mailbox of that name.
    selectable: bool,
    /// What the user may do with it, if that is to be told.
    rights: Option<Rights>,
    status: Option<Vec<StatusValue>>,
}

/// What is known of one name.
#[derive(Debug, Default)]
struct Known {
    mailbox: Option<Mailbox>,
    children: bool,
    subscribed_below: bool,
    special_below: bool,
    /// A mailbox below is selected, and its own name is not asked for.
    unlisted_below: bool,
}

impl Server {
    pub(super) fn list(&mut self, tag: Tag, list: command::List) {
        let extended = list.options.select.is_some() || list.options.returns.is_some();
        let returns = list.options.returns.unwrap_or_default();
        let features = &self.config.features;
        if (returns.my_rights && !features.acl) || (returns.metadata.is_some() && !features.metadata) {
            return self.bad(Some(tag), "this server cannot return that");
        }
        let names = returns.metadata.unwrap_or_default();
        let Some(metadata) = names.iter().map(|name| entry(name, true)).collect() else {
            return self.bad(Some(tag), "no name of an annotation");
        };
        // RFC 9051 §6.3.9: an empty pattern asks for the delimiter.
        if !extended && list.patterns.iter().all(|pattern| pattern.as_str().is_empty()) {
            let root = MailboxName::new("");
            let delimiter = Some(self.config.delimiter);
            self.untagged(&Untagged::List(List::new(vec![ListAttribute::NoSelect], delimiter, root)));
            return self.complete(tag, Status::ok("LIST completed"));
        }
        if returns.status.as_ref().is_some_and(|items| items.contains(&StatusItem::HighestModSeq)) {
            self.mod_seq_enabled();
        }
        let select = list.options.select.unwrap_or_default();
        let plan = ListPlan {
            patterns: self.patterns(&list.reference, &list.patterns),
            lsub: false,
            select,
            extended,
            with_subscribed: select.subscribed || returns.subscribed,
            my_rights: returns.my_rights,
            status: returns.status,
            metadata,
            found: VecDeque::new(),
            counted: 0,
            listed: None,
        };
        self.ask(tag, Asked::Mailboxes(plan), |ticket| Event::Mailboxes { ticket });
    }

    pub(super) fn lsub(&mut self, tag: Tag, reference: &MailboxName, pattern: &MailboxName) {
        let plan = ListPlan {
            patterns: self.patterns(reference, std::slice::from_ref(pattern)),
            lsub: true,
            select: ListSelect { subscribed: true, ..ListSelect::default() },
            extended: false,
            with_subscribed: false,
            my_rights: false,
            status: None,
            metadata: Vec::new(),
            found: VecDeque::new(),
            counted: 0,
            listed: None,
        };
        self.ask(tag, Asked::Mailboxes(plan), |ticket| Event::Mailboxes { ticket });
    }

    fn patterns(&self, reference: &MailboxName, patterns: &[MailboxName]) -> Vec<Pattern> {
        let whole = |pattern: &MailboxName| format!("{}{}", reference.as_str(), pattern.as_str());
        patterns.iter().map(|pattern| Pattern::new(&whole(pattern), self.config.delimiter)).collect()
    }

    pub(super) fn mailboxes_answered(&mut self, answer: Result<Vec<Mailbox>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Mailboxes(mut plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no mailboxes were asked for"));
        };
        match answer {
            Ok(mailboxes) => {
                let known = self.known(mailboxes, &plan);
                for (name, known) in &known {
                    let found = if plan.lsub { plan.lsub(name, known) } else { plan.list(name, known) };
                    let there = known.mailbox.as_ref().filter(|mailbox| mailbox.exists);
                    if let Some((attributes, child_info)) = found {
                        let name = MailboxName::new(name);
                        let mut list = List::new(attributes, Some(self.config.delimiter), name);
                        list.extended.extend(child_info.map(ListExtendedItem::ChildInfo));
                        let rights = there.and_then(|mailbox| mailbox.rights).filter(|_| plan.my_rights);
                        let selectable = there.is_some();
                        plan.found.push_back(Found { list, selectable, rights, status: None });
                    }
                }
                self.list_on(tag, plan);
            }
            Err(no) => self.complete(tag, no.into()),
        }
        Ok(())
    }

    /// All names, with those above them that are not there themselves.
    fn known(&self, mailboxes: Vec<Mailbox>, plan: &ListPlan) -> BTreeMap<String, Known> {
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for mailbox in mailboxes {
            let name = mailbox.name.as_str().to_owned();
            let unlisted =
                plan.select.recursive_match && plan.selects(Some(&mailbox)) && !plan.is_match(&name);
            let mut above = name.as_str();
            while let Some((parent, _)) = above.rsplit_once(self.config.delimiter) {
                let parent_known = known.entry(parent.to_owned()).or_default();
                parent_known.children |= mailbox.exists;
                parent_known.subscribed_below |= mailbox.subscribed;
                parent_known.special_below |= mailbox.attributes.iter().any(is_special_use);
                parent_known.unlisted_below |= unlisted;
                above = parent;
            }
            known.entry(name).or_default().mailbox = Some(mailbox);
        }
        known
    }

    /// Tells what is found, stopping where numbers or annotations are to be asked for.
    pub(super) fn list_on(&mut self, tag: Tag, mut plan: ListPlan) {
        loop {
            if let Some(mailbox) = plan.listed.take() {
                let entries = plan.metadata.clone();
                return self.list_metadata(tag, mailbox, entries, plan);
            }
            if let Some(items) = plan.status.clone().filter(|_| plan.counted == 0 && !plan.found.is_empty()) {
                let mailboxes: Vec<_> = plan.next_counted().map(|found| found.list.mailbox.clone()).collect();
                plan.counted = plan.found.len().min(AT_ONCE);
                if !mailboxes.is_empty() {
                    let what = Asked::Statuses(plan);
                    return self.ask(tag, what, |ticket| Event::Statuses { mailboxes, items, ticket });
                }
            }
            let Some(Found { list, selectable, rights, status }) = plan.found.pop_front() else { break };
            plan.counted = plan.counted.saturating_sub(1);
            let mailbox = list.mailbox.clone();
            plan.listed = Some(mailbox.clone()).filter(|_| selectable && !plan.metadata.is_empty());
            if plan.lsub {
                self.untagged(&Untagged::Lsub(list));
            } else {
                self.untagged(&Untagged::List(list));
            }
            if let Some(rights) = rights {
                self.tell_my_rights(mailbox.clone(), rights);
            }
            if let Some(values) = status {
                self.untagged(&Untagged::MailboxStatus(MailboxStatus { mailbox, values }));
            }
        }
        self.complete(tag, Status::ok(if plan.lsub { "LSUB completed" } else { "LIST completed" }));
    }

    pub(super) fn statuses_answered(
        &mut self,
        answer: Result<Vec<Option<Vec<StatusValue>>>, No>,
    ) -> Result<(), Misuse> {
        let (tag, Asked::Statuses(mut plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no status was asked for"));
        };
        // RFC 9051 §6.3.9.8: a mailbox whose numbers cannot be told does not fail the LIST.
        for (found, status) in plan.next_counted().zip(answer.unwrap_or_default()) {
            found.status = status;
        }
        self.list_on(tag, plan);
        Ok(())
    }

    pub(super) fn status_answered(&mut self, answer: Result<Vec<StatusValue>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Status(mailbox)) = self.asked()? else {
            return Err(Misuse::NotNow("no status was asked for"));
        };
        match answer {
            Ok(values) => {
                self.untagged(&Untagged::MailboxStatus(MailboxStatus { mailbox, values }));
                self.complete(tag, Status::ok("STATUS completed"));
            }
            Err(no) => self.complete(tag, no.into()),
        }
        Ok(())
    }
}

/// The attributes of a mailbox that is to be told, and the criteria of `CHILDINFO`, where there are any.
type Listed = Option<(Vec<ListAttribute>, Option<Vec<Bytes>>)>;

impl ListPlan {
    /// The next mailboxes whose numbers are asked for.
    fn next_counted(&mut self) -> impl Iterator<Item = &mut Found> {
        self.found.iter_mut().take(AT_ONCE).filter(|found| found.selectable)
    }

    fn is_match(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether the selection options are true of a mailbox.
    fn selects(&self, mailbox: Option<&Mailbox>) -> bool {
        let subscribed = mailbox.is_some_and(|mailbox| mailbox.subscribed);
        let special = mailbox.is_some_and(|mailbox| mailbox.attributes.iter().any(is_special_use));
        (!self.select.subscribed || subscribed) && (!self.select.special_use || special)
    }

    fn list(&self, name: &str, known: &Known) -> Listed {
        let mailbox = known.mailbox.as_ref();
        let exists = mailbox.is_some_and(|mailbox| mailbox.exists);
        let subscribed = mailbox.is_some_and(|mailbox| mailbox.subscribed);
        let mut child_info = Vec::new();
        if self.select.recursive_match {
            if self.select.subscribed && known.subscribed_below {
                child_info.push(Bytes::from_static(b"SUBSCRIBED"));
            }
            if self.select.special_use && known.special_below {
                child_info.push(Bytes::from_static(b"SPECIAL-USE"));
            }
        }
        // Without a selection by subscription, names that nothing stands for are not told.
        let there = exists || known.children || (self.select.subscribed && subscribed);
        // RFC 9051 §6.3.9.6: it is not told for what is below it alone where all of that is told.
        let told = (there && self.selects(mailbox)) || (known.unlisted_below && !child_info.is_empty());
        if !told || !self.is_match(name) {
            return None;
        }
        let mut attributes = mailbox.map(|mailbox| mailbox.attributes.clone()).unwrap_or_default();
        if !exists {
            if self.extended {
                attributes.push(ListAttribute::NonExistent);
            } else {
                attributes.push(ListAttribute::NoSelect);
            }
        }
        if self.with_subscribed && subscribed {
            attributes.push(ListAttribute::Subscribed);
        }
        let children = if known.children { ListAttribute::HasChildren } else { ListAttribute::HasNoChildren };
        attributes.push(children);
        Some((attributes, Some(child_info).filter(|criteria| !criteria.is_empty())))
    }

    /// RFC 3501 §6.3.9: with `%`, a name above a subscribed one is told as `\Noselect`.
    fn lsub(&self, name: &str, known: &Known) -> Listed {
        let subscribed = known.mailbox.as_ref().is_some_and(|mailbox| mailbox.subscribed);
        if !(subscribed || known.subscribed_below) || !self.is_match(name) {
            return None;
        }
        if subscribed {
            let exists = known.mailbox.as_ref().is_some_and(|mailbox| mailbox.exists);
            let attributes = if exists { Vec::new() } else { vec![ListAttribute::NoSelect] };
            return Some((attributes, None));
        }
        // With `*` the subscribed name itself is told, and this one is not; without a wildcard neither is meant.
        let ends_within = |pattern: &Pattern| pattern.has_level() && !pattern.has_any();
        self.patterns.iter().all(ends_within).then(|| (vec![ListAttribute::NoSelect], None))
    }
}

fn is_special_use(attribute: &ListAttribute) -> bool {
    use ListAttribute::{All, Archive, Drafts, Flagged, Important, Junk, Sent, Trash};
    matches!(attribute, All | Archive | Drafts | Flagged | Important | Junk | Sent | Trash)
}
