//! Fuzzy search (RFC 6203): words in any order and by their beginnings, and how well they fit.

use super::Searching;
use mailwright_imap::{
    server::No,
    types::{AString, SearchKey},
};
use mailwright_store::{Criterion, Store, Uid, UidSet};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Words of a text that are looked for by themselves; those after them count only within the whole text.
const WORDS: usize = 8;
/// The shortest beginning of a word that is looked for, in characters.
const STEM: usize = 4;
/// What messages score that have the whole text; in a search of all their text, those that have it elsewhere than in
/// their subject.
const WHOLE: u32 = 100;
const IN_BODY: u32 = 90;
/// What they score that have the least of its words, and all.
const PARTS: (u32, u32) = (10, 80);

/// How well messages fit: the sum of their scores, and of how many fuzzy keys these are.
#[derive(Debug, Default)]
pub(crate) struct Scores(Mutex<HashMap<Uid, (u32, u32)>>);

impl Scores {
    fn add(&self, uid: Uid, score: u32) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, keys) = all.entry(uid).or_default();
        (*sum, *keys) = (*sum + score, *keys + 1);
    }

    /// From 1 to 100. What no text was looked for in fits wholly.
    pub(crate) fn of(&self, uid: Uid) -> u8 {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let score = all.get(&uid).map_or(WHOLE, |(sum, keys)| sum / keys);
        u8::try_from(score.clamp(1, 100)).unwrap_or(100)
    }
}

impl<S: Store> Searching<'_, S> {
    /// Those of `among` that more or less have a text, with their scores. `with` makes the key of another text.
    pub(super) async fn words(
        &self,
        text: &str,
        with: impl Fn(AString) -> SearchKey,
        among: UidSet,
        everywhere: bool,
    ) -> Result<UidSet, No> {
        let key = |text: &str| AString::try_from(text).map(&with).map_err(|_| No::new("no text to look for"));
        let whole = self.look(&key(text)?, among.clone()).await?;
        let mut best = whole.clone();
        if everywhere {
            let subject = Criterion::Header { name: "Subject".to_owned(), text: text.to_owned() };
            best = if whole.is_empty() { best } else { self.ask(subject, whole.clone()).await? };
        }
        for uid in whole.iter() {
            self.scores.add(uid, if best.contains(uid) { WHOLE } else { IN_BODY });
        }
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        words.truncate(WORDS);
        // Two points for a word, one for its beginning.
        let rest = among.difference(&whole);
        let mut points: HashMap<Uid, u32> = HashMap::new();
        for word in &words {
            let mut found = UidSet::new();
            if words.len() > 1 {
                found = self.look(&key(word)?, rest.clone()).await?;
                found.iter().for_each(|uid| *points.entry(uid).or_default() += 2);
            }
            if let Some(stem) = stem(word) {
                let found = self.look(&key(stem)?, rest.difference(&found)).await?;
                found.iter().for_each(|uid| *points.entry(uid).or_default() += 1);
            }
        }
        let all = u32::try_from(words.len()).unwrap_or(u32::MAX);
        let mut found = whole;
        // Half of all points is the least.
        for (uid, points) in points.into_iter().filter(|(_, points)| *points >= all) {
            self.scores.add(uid, PARTS.0 + (points - all) * (PARTS.1 - PARTS.0) / all.max(1));
            found.insert(uid);
        }
        Ok(found)
    }
}

/// The beginning of a word that its other forms begin with too, as a rule.
fn stem(word: &str) -> Option<&str> {
    let count = word.chars().count();
    let kept = (count * 2).div_ceil(3).max(STEM);
    (kept < count).then(|| word.char_indices().nth(kept).map_or(word, |(end, _)| &word[..end]))
}

pub(super) type Make = Box<dyn Fn(AString) -> SearchKey + Send + Sync>;

/// The text that a key looks for, and the key for another text.
pub(super) fn text(key: &SearchKey) -> Option<(&str, Make)> {
    let (text, make): (&AString, Make) = match key {
        SearchKey::Bcc(text) => (text, Box::new(SearchKey::Bcc)),
        SearchKey::Body(text) => (text, Box::new(SearchKey::Body)),
        SearchKey::Cc(text) => (text, Box::new(SearchKey::Cc)),
        SearchKey::From(text) => (text, Box::new(SearchKey::From)),
        SearchKey::Header(name, text) => {
            let name = name.clone();
            (text, Box::new(move |text| SearchKey::Header(name.clone(), text)))
        }
        SearchKey::Subject(text) => (text, Box::new(SearchKey::Subject)),
        SearchKey::Text(text) => (text, Box::new(SearchKey::Text)),
        SearchKey::To(text) => (text, Box::new(SearchKey::To)),
        _ => return None,
    };
    Some((text.as_str()?, make))
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn words_lose_their_endings() {
        let stems = ["meetings", "meet", "Gespräche", "Größe", "ab", "searching"].map(stem);
        assert_eq!(stems, [Some("meetin"), None, Some("Gesprä"), Some("Größ"), None, Some("search")]);
    }
}
