//! `BODY` and `BODYSTRUCTURE`.

use crate::{
    encode::core::Encoder,
    types::{
        Octets,
        response::{BodyExtension, BodyStructure, MultiPart, PartKind, SinglePart},
    },
};

/// What is still to be written.
enum Task<'b> {
    Body(&'b BodyStructure),
    /// The end of a multipart, after its parts.
    Multi(&'b MultiPart),
    /// The end of a message, after its inner structure.
    Message(&'b SinglePart, u64),
}

/// `body = "(" (body-type-1part / body-type-mpart) ")"`; with `extended` also the extension data.
///
/// Iterative: the depth is the message's.
pub(super) fn encode(out: &mut Encoder, body: &BodyStructure, extended: bool) {
    let mut tasks = vec![Task::Body(body)];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Body(BodyStructure::Multi(multi)) => {
                out.byte(b'(');
                tasks.push(Task::Multi(multi));
                tasks.extend(multi.parts.iter().rev().map(Task::Body));
            }
            Task::Body(BodyStructure::Single(part)) => {
                fields(out, part);
                match &part.kind {
                    PartKind::Basic => end_of_single(out, part, extended),
                    PartKind::Text { lines } => {
                        out.spaced(*lines);
                        end_of_single(out, part, extended);
                    }
                    PartKind::Message { envelope, body, lines } => {
                        out.byte(b' ').value(&**envelope).byte(b' ');
                        tasks.push(Task::Message(part, *lines));
                        tasks.push(Task::Body(body));
                    }
                }
            }
            Task::Message(part, lines) => {
                out.spaced(lines);
                end_of_single(out, part, extended);
            }
            Task::Multi(multi) => {
                if !multi.parts.is_empty() {
                    out.byte(b' ');
                }
                out.octets(&multi.subtype);
                if let Some(extension) = multi.extension.as_ref().filter(|_| extended) {
                    parameters(out, &multi.parameters);
                    end(out, extension);
                }
                out.byte(b')');
            }
        }
    }
}

/// `media-type SP body-fields` and `body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP
/// body-fld-octets`
fn fields(out: &mut Encoder, part: &SinglePart) {
    out.byte(b'(').octets(&part.media).byte(b' ').octets(&part.subtype);
    parameters(out, &part.parameters);
    out.spaced_nstring(part.id.as_deref()).spaced_nstring(part.description.as_deref());
    out.byte(b' ').octets(&part.encoding).spaced(part.size);
}

/// `SP body-fld-param` and `body-fld-param = "(" string SP string *(SP string SP string) ")" / nil`
fn parameters(out: &mut Encoder, parameters: &[(Octets, Octets)]) {
    if parameters.is_empty() {
        out.put(" NIL");
        return;
    }
    out.byte(b' ').list(parameters, |out, (name, value)| {
        out.octets(name).byte(b' ').octets(value);
    });
}

/// `body-ext-1part = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]`
fn end_of_single(out: &mut Encoder, part: &SinglePart, extended: bool) {
    if let Some(extension) = part.extension.as_ref().filter(|_| extended) {
        out.spaced_octets(part.md5.as_ref());
        end(out, extension);
    }
    out.byte(b')');
}

/// `SP body-fld-dsp SP body-fld-lang SP body-fld-loc *(SP body-extension)`
fn end(out: &mut Encoder, extension: &BodyExtension) {
    match &extension.disposition {
        None => out.put(" NIL"),
        Some(disposition) => {
            parameters(out.put(" (").octets(&disposition.kind), &disposition.parameters);
            out.byte(b')')
        }
    };
    match &extension.languages[..] {
        [] => out.put(" NIL"),
        [only] => out.byte(b' ').octets(only),
        several => out.byte(b' ').list(several, |out, language| {
            out.octets(language);
        }),
    };
    out.spaced_nstring(extension.location.as_deref());
    for value in &extension.more {
        out.byte(b' ').value(value);
    }
}
