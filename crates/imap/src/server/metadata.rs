//! GETMETADATA and SETMETADATA (RFC 5464), and the metadata that LIST returns (RFC 9590).

use super::{Event, No, Server, list::ListPlan, session::Asked};
use crate::{
    Misuse,
    types::{
        AString, MailboxName, Tag,
        command::{GetMetadata, MetadataDepth, SetMetadata},
        response::{Code, Metadata, MetadataEntries, MetadataProblem, Status, Untagged},
    },
};
use bytes::Bytes;

/// What the client wants of a mailbox's annotations.
#[derive(Debug)]
pub(super) struct MetadataPlan {
    mailbox: Option<MailboxName>,
    entries: Vec<Bytes>,
    depth: MetadataDepth,
    max_size: Option<u64>,
    /// The LIST that goes on after this mailbox.
    rest: Option<ListPlan>,
}

impl Server {
    pub(super) fn get_metadata(&mut self, tag: Tag, get: GetMetadata) {
        let Some(entries) = get.entries.iter().map(|name| entry(name, false)).collect() else {
            return self.bad(Some(tag), "no name of an annotation");
        };
        let GetMetadata { mailbox, max_size, depth, .. } = get;
        self.ask_annotations(tag, MetadataPlan { mailbox, entries, depth, max_size, rest: None });
    }

    /// The annotations of a mailbox just listed.
    pub(super) fn list_metadata(
        &mut self,
        tag: Tag,
        mailbox: MailboxName,
        entries: Vec<Bytes>,
        rest: ListPlan,
    ) {
        let (mailbox, rest) = (Some(mailbox), Some(rest));
        let plan = MetadataPlan { mailbox, entries, depth: MetadataDepth::Zero, max_size: None, rest };
        self.ask_annotations(tag, plan);
    }

    fn ask_annotations(&mut self, tag: Tag, plan: MetadataPlan) {
        let mailbox = plan.mailbox.clone();
        self.ask(tag, Asked::Annotations(plan), |ticket| Event::Annotations { mailbox, ticket });
    }

    pub(super) fn annotations_answered(
        &mut self,
        answer: Result<Vec<(Bytes, Bytes)>, No>,
    ) -> Result<(), Misuse> {
        let (tag, Asked::Annotations(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no annotations were asked for"));
        };
        match (answer, plan) {
            (Ok(found), plan) => {
                let too_long = self.tell_annotations(&plan, found);
                let Some(rest) = plan.rest else {
                    let mut status = Status::ok("GETMETADATA completed");
                    if too_long > 0 {
                        status = status.with(Code::Metadata(MetadataProblem::LongEntries(too_long)));
                    }
                    self.complete(tag, status);
                    return Ok(());
                };
                self.list_on(tag, rest);
            }
            // As with STATUS, what cannot be told of one mailbox does not fail the LIST.
            (Err(_), MetadataPlan { rest: Some(rest), .. }) => self.list_on(tag, rest),
            (Err(no), _) => self.complete(tag, no.into()),
        }
        Ok(())
    }

    /// Tells what was asked for; returns the size of the largest value that is longer than wanted.
    fn tell_annotations(&mut self, plan: &MetadataPlan, found: Vec<(Bytes, Bytes)>) -> u64 {
        let mut too_long = 0;
        let mut values: Vec<(Bytes, Option<Bytes>)> = Vec::new();
        for wanted in &plan.entries {
            let mut any = false;
            for (name, value) in found.iter().filter(|(name, _)| is_within(name, wanted, plan.depth)) {
                any = true;
                let len = value.len() as u64;
                if plan.max_size.is_some_and(|max| len > max) {
                    too_long = too_long.max(len);
                } else if !values.iter().any(|(told, _)| told == name) {
                    values.push((name.clone(), Some(value.clone())));
                }
            }
            if !any && plan.depth == MetadataDepth::Zero {
                values.push((wanted.clone(), None));
            }
        }
        if !values.is_empty() {
            let mailbox = plan.mailbox.clone().unwrap_or_else(|| MailboxName::new(""));
            self.untagged(&Untagged::Metadata(Metadata {
                mailbox,
                entries: MetadataEntries::Values(values),
            }));
        }
        too_long
    }

    pub(super) fn set_metadata(&mut self, tag: Tag, set: SetMetadata) {
        let one = |(name, value): (AString, Option<Bytes>)| Some((entry(&name, true)?, value));
        let Some(changes) = set.entries.into_iter().map(one).collect::<Option<Vec<_>>>() else {
            return self.bad(Some(tag), "no name of an annotation");
        };
        let mailbox = set.mailbox;
        self.ask(tag, Asked::Annotate, |ticket| Event::Annotate { mailbox, changes, ticket });
    }

    pub(super) fn annotate_answered(&mut self, answer: Result<(), No>) -> Result<(), Misuse> {
        let (tag, Asked::Annotate) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be annotated"));
        };
        self.complete(tag, answer.map_or_else(Status::from, |()| Status::ok("SETMETADATA completed")));
        Ok(())
    }
}

/// The name of an entry in lower case (RFC 5464 §3.2). `whole`: with its scope and something in it. `None`: it is none.
pub(super) fn entry(name: &AString, whole: bool) -> Option<Bytes> {
    let name = name.as_str()?.to_ascii_lowercase();
    let path = name.strip_prefix('/')?;
    let fit = |c: char| c.is_ascii_graphic() && !matches!(c, '*' | '%') || c == ' ';
    let mut levels = path.split('/');
    let scoped = matches!(levels.next(), Some("private" | "shared")) && (!whole || path.contains('/'));
    let fits = scoped && path.chars().all(fit) && path.split('/').all(|level| !level.is_empty());
    fits.then(|| Bytes::from(name))
}

fn is_within(name: &[u8], wanted: &[u8], depth: MetadataDepth) -> bool {
    let Some(rest) = name.strip_prefix(wanted) else { return false };
    match (rest, depth) {
        ([], _) => true,
        ([b'/', rest @ ..], MetadataDepth::One) => !rest.contains(&b'/'),
        ([b'/', ..], MetadataDepth::Infinity) => true,
        _ => false,
    }
}
