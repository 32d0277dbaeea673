//! FETCH: from what the view knows, what the store computed at arrival, and only then the message itself.

use super::{
    content::{Octets, Source},
    refusal::no,
    selected::{FlagNames, Selected, imap_uid},
    sets,
    shown::{self, Shown},
};
use bytes::Bytes;
use mailwright_imap::{
    server::{FetchRequest, No},
    tokio::server::Messages,
    types::{
        DateTime, FetchItem, ModSeq, SectionText,
        response::{Code, Data, FetchAttribute, ObjectId},
    },
};
use mailwright_store::{self as store, Entry, Store};
use std::sync::Arc;

/// How many messages are looked up at once.
const AT_ONCE: usize = 200;

/// Messages up to this size come with the look-up.
const SMALL: u64 = 256 << 10;

/// Octets made from one message, of fields of its header say, that are held until they are written.
const MADE: usize = 32 << 20;

/// Octets of one `BINARY` that are looked through for a NUL before they are written.
const WHOLE: u64 = 1 << 20;

/// Writes what is wanted of each message.
pub(super) async fn fetch<S: Store>(
    store: &S,
    shown: &Shown,
    selected: &mut Selected,
    request: FetchRequest,
    out: &mut impl Messages,
) -> Result<(), No> {
    let since = request.changed_since.map(|since| store::ModSeq::new(since.value()));
    if let (Some(known), Some(since)) = (&request.vanished, since) {
        let changes =
            store.changes(selected.mailbox, since, Some(sets::to_store(known))).await.map_err(no)?;
        out.vanished(&sets::to_imap(&changes.vanished));
    }
    if request.mark_seen {
        selected.mark_seen(store, &request.uids).await?;
    }
    let view = selected.shown();
    let uids = sets::to_store(&request.uids);
    let above = since.unwrap_or(store::ModSeq::new(0));
    let gone = selected.gone(&view, &uids).into_iter().filter(|entry| entry.modseq > above);
    let mut entries = in_order(view.changed_among(&uids, above), gone);
    let wants = Wants::of(&request.items);
    let mut next = || entries.by_ref().take(AT_ONCE).collect::<Vec<_>>();
    let mut names = FlagNames::new(view.keywords(), &selected.recent, FetchAttribute::Flags);
    let mut batch = next();
    let mut known = look_up(store, shown, &batch, wants).await?;
    while !batch.is_empty() {
        // The next are looked up while these are written.
        let coming = next();
        let write = async {
            for (entry, (message, body)) in batch.into_iter().zip(known) {
                if wants.derived && message.is_none() {
                    continue; // gone since
                }
                let brought = body.is_some();
                let mut source = Source::new(store, entry, message, body);
                // A look-up brings small messages, and of those what there is room for.
                if wants.body && !brought && !source.open().await? {
                    continue;
                }
                write(&mut source, &mut names, &request.items, out).await?;
            }
            Ok::<_, No>(())
        };
        let looking_up = look_up(store, shown, &coming, wants);
        let (looked_up, written) = tokio::join!(looking_up, write);
        written?;
        (known, batch) = (looked_up?, coming);
    }
    Ok(())
}

/// The messages of both, by UID.
fn in_order(
    here: impl Iterator<Item = Entry>,
    gone: impl IntoIterator<Item = Entry>,
) -> impl Iterator<Item = Entry> {
    let (mut here, mut gone) = (here.peekable(), gone.into_iter().peekable());
    std::iter::from_fn(move || {
        let next = here.peek().map(|entry| entry.uid);
        gone.next_if(|gone| next.is_none_or(|next| gone.uid < next)).or_else(|| here.next())
    })
}

/// What has to be looked up of each message.
#[derive(Debug, Clone, Copy, Default)]
struct Wants {
    /// What was computed of it at arrival.
    derived: bool,
    /// Its octets, if it is small.
    body: bool,
}

impl Wants {
    fn of(items: &[FetchItem]) -> Self {
        let mut wants = Self::default();
        for item in items {
            match item {
                FetchItem::Envelope
                | FetchItem::Body
                | FetchItem::BodyStructure
                | FetchItem::BinarySize(_)
                | FetchItem::Preview { .. }
                | FetchItem::ThreadId => wants.derived = true,
                FetchItem::BodySection { section, partial, .. } => {
                    let fields = matches!(section.text, Some(SectionText::HeaderFields(_)));
                    wants.derived |= section.text.is_some() || !section.part.0.is_empty();
                    wants.body |= !(fields && section.part.0.is_empty()) && partial.is_none();
                }
                FetchItem::Binary { .. } | FetchItem::Rfc822Header | FetchItem::Rfc822Text => {
                    (wants.derived, wants.body) = (true, true);
                }
                FetchItem::Rfc822 => wants.body = true,
                _ => {}
            }
        }
        wants
    }
}

type Known = (Option<Arc<shown::Message>>, Option<Bytes>);

async fn look_up<S: Store>(
    store: &S,
    shown: &Shown,
    batch: &[Entry],
    wants: Wants,
) -> Result<Vec<Known>, No> {
    let ids = batch.iter().map(|entry| entry.message);
    let mut known = vec![(None, None); batch.len()];
    if wants.derived {
        for (place, message) in known.iter_mut().zip(shown.messages(store, ids.clone()).await?) {
            place.0 = message;
        }
    }
    if wants.body {
        for (place, body) in known.iter_mut().zip(shown.bodies(store, ids, SMALL).await?) {
            place.1 = body;
        }
    }
    Ok(known)
}

async fn write<S: Store>(
    source: &mut Source<'_, S>,
    names: &mut FlagNames<'_, FetchAttribute>,
    items: &[FetchItem],
    out: &mut impl Messages,
) -> Result<(), No> {
    // What may fail is looked up before the response begins: half a response cannot be taken back.
    let (mut octets, mut room) = (Vec::new(), MADE);
    for item in items {
        let found = sections(source, item).await?;
        if let Some(Octets::Made(made)) = &found {
            room =
                room.checked_sub(made.len()).ok_or_else(|| No::new("too much at once").with(Code::Limit))?;
        }
        octets.push(found);
    }
    let mut shapes = Vec::new();
    for item in items {
        shapes.push(shape(source, item).await?);
    }
    if !imap_uid(source.entry()).is_some_and(|uid| out.begin(uid)) {
        return Ok(()); // the client does not know it
    }
    for ((item, octets), shape) in items.iter().zip(octets).zip(shapes) {
        if *item == FetchItem::Flags {
            out.attribute(names.of(source.entry()));
            continue;
        }
        match shape {
            Shape::Encoded(attribute) => {
                out.encoded(&attribute);
                continue;
            }
            Shape::Made(attribute) => {
                out.attribute(&attribute);
                continue;
            }
            Shape::None => {}
        }
        if let Some(attribute) = plain(source, item) {
            out.attribute(&attribute);
            continue;
        }
        if let FetchItem::BinarySize(part) = item {
            let size = octets.map_or(0, |octets| octets.len());
            out.attribute(&FetchAttribute::BinarySize { part: part.clone(), size });
            continue;
        }
        let octets = octets.unwrap_or(Octets::None);
        let binary = matches!(item, FetchItem::Binary { .. });
        let (data, octets) = match octets {
            Octets::None => (Data::Nil, octets),
            // RFC 3516 §4.3: what has no NUL goes as a plain literal. To know that of more would take memory.
            octets if binary && octets.len() <= WHOLE => {
                (Data::Whole(source.collect(octets).await?), Octets::None)
            }
            octets => (Data::Streamed(octets.len()), octets),
        };
        if let Some(attribute) = FetchAttribute::of_octets(item, data) {
            out.attribute(&attribute);
            source.write(octets, out).await?;
        }
    }
    Ok(out.end().await?)
}

/// The attributes that the view, or the store's record of the message, has as they are.
fn plain<S: Store>(source: &Source<'_, S>, item: &FetchItem) -> Option<FetchAttribute> {
    let entry = source.entry();
    Some(match item {
        FetchItem::InternalDate => FetchAttribute::InternalDate(DateTime::from_unix(entry.received.secs())),
        FetchItem::Rfc822Size => FetchAttribute::Size(entry.size),
        FetchItem::ModSeq => FetchAttribute::ModSeq(ModSeq::new(entry.modseq.value())?),
        FetchItem::EmailId => FetchAttribute::EmailId(ObjectId::new(format!("M{}", entry.message.value()))?),
        FetchItem::ThreadId => {
            let thread = source.message().map(|message| format!("T{}", message.fetched.thread.value()));
            FetchAttribute::ThreadId(thread.and_then(ObjectId::new))
        }
        FetchItem::SaveDate => FetchAttribute::SaveDate(Some(DateTime::from_unix(entry.saved.secs()))),
        FetchItem::Preview { .. } => {
            let preview = source.message().map(|message| message.fetched.derived.preview.clone());
            FetchAttribute::Preview(preview.map(Bytes::from))
        }
        _ => return None,
    })
}

/// Envelope or structure.
enum Shape {
    None,
    /// As it is sent.
    Encoded(Bytes),
    /// Made anew, where nothing was kept of it.
    Made(FetchAttribute),
}

async fn shape<S: Store>(source: &mut Source<'_, S>, item: &FetchItem) -> Result<Shape, No> {
    let kept = match item {
        FetchItem::Envelope => source.message().and_then(shown::Message::envelope),
        FetchItem::BodyStructure => source.message().and_then(shown::Message::structure),
        _ => None,
    };
    if let Some(kept) = kept {
        return Ok(Shape::Encoded(kept));
    }
    let made = match item {
        FetchItem::Envelope => Some(FetchAttribute::Envelope(Box::new(source.envelope().await?.into()))),
        FetchItem::Body => Some(FetchAttribute::Body(Box::new(source.structure().await?.into()))),
        FetchItem::BodyStructure => {
            Some(FetchAttribute::BodyStructure(Box::new(source.structure().await?.into())))
        }
        _ => None,
    };
    Ok(made.map_or(Shape::None, Shape::Made))
}

/// The octets that an item is about.
async fn sections<S: Store>(source: &mut Source<'_, S>, item: &FetchItem) -> Result<Option<Octets>, No> {
    let octets = match item {
        FetchItem::Binary { part, .. } | FetchItem::BinarySize(part) => source.binary(part).await?,
        _ => match item.section() {
            Some(section) => source.section(&section).await?,
            None => return Ok(None),
        },
    };
    Ok(Some(octets.cut(item.partial())))
}
