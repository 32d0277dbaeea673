//! The lines that follow the first one of an answer.

use super::{Client, Event, Item};
use crate::{parse, types::Capabilities};

/// What the lines of an answer are.
#[derive(Debug)]
pub(super) enum Kind {
    Sizes,
    UniqueIds,
    Languages,
    Mechanisms,
    Capabilities(Capabilities),
}

impl Client {
    /// One line of an answer that is not a message. Whether it was the last one.
    pub(super) fn answer_line(&mut self, kind: &mut Kind, line: &[u8]) -> bool {
        let line = match line {
            b"." => {
                self.tell(match kind {
                    Kind::Capabilities(all) => Event::Capabilities(std::mem::take(all)),
                    _ => Event::End,
                });
                return true;
            }
            [b'.', stuffed @ ..] => stuffed,
            line => line,
        };
        let line = String::from_utf8_lossy(line);
        let item = match kind {
            Kind::Capabilities(all) => {
                parse::capability(&line, all);
                return false;
            }
            Kind::Sizes => parse::scan_listing(&line).map(|(message, octets)| Item::Size { message, octets }),
            Kind::UniqueIds => {
                parse::unique_id_listing(&line).map(|(message, id)| Item::UniqueId { message, id })
            }
            Kind::Languages => parse::language(&line).map(|(tag, description)| Item::Language {
                tag: tag.into(),
                description: description.into(),
            }),
            Kind::Mechanisms => Some(Item::Mechanism(line.trim().into())).filter(|_| !line.trim().is_empty()),
        };
        self.tell(item.map_or_else(|| Event::Unreadable(line.into()), Event::Item));
        false
    }
}
