//! What holds of every input, whatever its octets: functions that a fuzzer may call too. Each panics where it does not.

use mailwright_message::header::content_type::ContentType;
use mailwright_message::imap::{BodyStructure, Envelope};
use mailwright_message::incremental::{Event, Outliner, Parser};
use mailwright_message::view::View;
use mailwright_message::{Kind, Limits, Message};

/// Everything that can be asked of a message is answered, and ranges lie in each other.
pub(crate) fn answers_everything(raw: &[u8]) {
    let message = Message::parse(raw);
    for part in message.parts() {
        assert!(part.range().end <= raw.len());
        assert!(part.header_range().end <= part.body_range().start);
        if let Some(parent) = part.parent() {
            assert!(parent.body_range().start <= part.range().start);
            assert!(part.range().end <= parent.body_range().end);
        }
        assert_eq!(part.children().count() > 0, part.kind() != Kind::Leaf);
        part.decoded();
        part.text();
        part.file_name();
        for field in part.header().iter() {
            field.value();
            field.text();
            field.addresses();
            field.date();
            field.message_ids();
            field.phrases();
            ContentType::parse(field.raw_value());
        }
    }
    let view = View::of(&message);
    view.text();
    view.html();
    let envelope = Envelope::of(&message);
    assert_eq!(Envelope::from_bytes(&envelope.to_bytes()), Ok(envelope));
    let structure = BodyStructure::of(&message);
    assert_eq!(BodyStructure::from_bytes(&structure.to_bytes()), Ok(structure));
}

/// One part as both parsers see it: parent, kind, header, body.
type Seen = (Option<usize>, Kind, std::ops::Range<usize>, std::ops::Range<usize>, usize, Option<usize>);

/// The incremental parser finds the same parts and octets, however the message is cut.
pub(crate) fn split_equals_whole(raw: &[u8], cuts: impl Iterator<Item = usize>, limits: &Limits) {
    let message = Message::parse_with(raw, limits);
    let whole: Vec<Seen> = message
        .parts()
        .map(|part| {
            let lines = part.body().split(|&octet| octet == b'\n').count() - 1;
            let epilogue = part.epilogue_range().map(|range| range.start);
            let parent = part.parent().map(|parent| parent.index());
            (parent, part.kind(), part.header_range(), part.body_range(), lines, epilogue)
        })
        .collect();
    let mut seen: Vec<Option<Seen>> = Vec::new();
    let mut parents = Vec::new();
    let mut data: Vec<Vec<u8>> = Vec::new();
    let mut sink = |event: Event<'_>| match event {
        Event::Begin { part, parent, .. } => {
            assert_eq!(part, parents.len());
            parents.push(parent);
            seen.push(None);
            data.push(Vec::new());
        }
        Event::Data { part, octets } => data[part].extend_from_slice(octets),
        Event::Around { .. } => {}
        Event::End { part, kind, header, body, lines, epilogue, .. } => {
            let place = |offset: u64| usize::try_from(offset).unwrap();
            let range = |range: std::ops::Range<u64>| place(range.start)..place(range.end);
            let epilogue = epilogue.map(|epilogue| place(epilogue.min(body.end)));
            seen[part] = Some((parents[part], kind, range(header), range(body), place(lines), epilogue));
        }
    };
    let mut parser = Parser::new(limits.clone());
    let mut outliner = Outliner::new(limits.clone());
    let mut start = 0;
    for end in cuts.chain([raw.len()]) {
        let end = end.clamp(start, raw.len());
        parser.push(&raw[start..end], &mut sink);
        outliner.push(&raw[start..end]);
        start = end;
    }
    parser.finish(&mut sink);
    let outline = outliner.finish();
    assert_eq!(outline.envelope(), Envelope::of(&message));
    assert_eq!(outline.body_structure(), BodyStructure::of(&message));
    assert_eq!(View::of(&outline.message()).preview(100), View::of(&message).preview(100));
    let seen: Vec<Seen> = seen.into_iter().map(|part| part.expect("every part ends")).collect();
    assert_eq!(seen, whole);
    for (part, data) in message.parts().zip(&data) {
        // Of a multipart that never was one, only what is around its delimiters is told.
        if part.kind() == Kind::Leaf && !part.content_type().is_type("multipart") {
            assert_eq!(data, part.body(), "body of part {}", part.index());
        }
    }
}
