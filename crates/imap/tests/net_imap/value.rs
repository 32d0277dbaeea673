//! Plain values: what the expectations say, and what we read, in one form.

use saphyr::{ScalarOwned, ScalarStyle, YamlOwned};
use std::collections::BTreeMap;

pub(crate) type Map = BTreeMap<String, Value>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Nil,
    Text(String),
    List(Vec<Value>),
    Map(Map),
}

impl From<&YamlOwned> for Value {
    fn from(yaml: &YamlOwned) -> Self {
        match yaml {
            YamlOwned::Tagged(_, inner) => Self::from(&**inner),
            YamlOwned::Sequence(items) => Self::List(items.iter().map(Self::from).collect()),
            YamlOwned::Mapping(map) => Self::Map(
                map.iter().map(|(key, value)| (Self::from(key).text(), Self::from(value))).collect(),
            ),
            YamlOwned::Value(ScalarOwned::Null) => Self::Nil,
            YamlOwned::Value(ScalarOwned::String(text)) => Self::Text(text.clone()),
            YamlOwned::Value(ScalarOwned::Boolean(yes)) => Self::Text(yes.to_string()),
            YamlOwned::Value(ScalarOwned::Integer(number)) => Self::Text(number.to_string()),
            YamlOwned::Representation(text, ScalarStyle::Plain, _) if text.is_empty() => Self::Nil,
            YamlOwned::Representation(text, ..) => Self::Text(text.clone()),
            other => Self::Text(format!("{other:?}")),
        }
    }
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => format!("{other:?}"),
        }
    }

    pub(crate) fn of(text: impl std::fmt::Display) -> Self {
        Self::Text(text.to_string())
    }

    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self::Text(String::from_utf8_lossy(bytes).into_owned())
    }

    pub(crate) fn maybe<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Nil, make)
    }

    pub(crate) fn list<T>(items: impl IntoIterator<Item = T>, make: impl Fn(T) -> Self) -> Self {
        Self::List(items.into_iter().map(make).collect())
    }

    pub(crate) fn map<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Self::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::Text(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.values().all(Self::is_nothing),
        }
    }

    /// Whether all that is wanted is here, and nothing else.
    pub(crate) fn agrees_with(&self, want: &Self) -> Result<(), String> {
        match (self, want) {
            (got, want) if got.is_nothing() && want.is_nothing() => Ok(()),
            (Self::Text(got), Self::Text(want)) if same(got, want) => Ok(()),
            (Self::List(got), Self::List(want)) if got.len() == want.len() => {
                got.iter().zip(want).try_for_each(|(got, want)| got.agrees_with(want))
            }
            // What net-imap could not read, it keeps: so do we.
            (_, Self::Map(want)) if want.contains_key("parse_error") => {
                self.agrees_with(want.get("unparsed_data").unwrap_or(&Self::Nil))
            }
            (Self::List(_), Self::Map(want)) if want.get("ivars").is_some_and(Self::is_nothing) => {
                self.agrees_with(want.get("internal").unwrap_or(&Self::Nil))
            }
            (Self::Map(got), Self::Map(want)) => {
                let ignored = ["raw_data", ":raw_data"];
                let names = got.keys().chain(want.keys()).filter(|name| !ignored.contains(&name.as_str()));
                for name in names {
                    let bare = |name: &str| name.trim_start_matches(':').to_ascii_lowercase();
                    let named = |map: &Map| {
                        let found = map.iter().find(|(key, _)| bare(key) == bare(name));
                        found.map_or(Self::Nil, |(_, value)| value.clone())
                    };
                    named(got).agrees_with(&named(want)).map_err(|error| format!("{name}: {error}"))?;
                }
                Ok(())
            }
            (got, want) => Err(format!("read {got:?}, expected {want:?}")),
        }
    }
}

/// Equal but for case and the colon of a symbol; a set of numbers also but for how its ranges are written.
fn same(got: &str, want: &str) -> bool {
    let bare = |text: &str| text.strip_prefix([':', '\\']).unwrap_or(text).to_ascii_lowercase();
    bare(got) == bare(want) || ranges(want).is_some_and(|want| ranges(got) == Some(want))
}

/// The numbers of a set in order, as ranges that do not follow on from one another.
fn ranges(set: &str) -> Option<Vec<(u32, u32)>> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    for range in set.split(',') {
        let (a, b) = range.split_once(':').unwrap_or((range, range));
        let (a, b) = (a.parse::<u32>().ok()?, b.parse::<u32>().ok()?);
        let (first, last) = (a.min(b), a.max(b));
        match all.last_mut() {
            Some(before) if before.1 + 1 == first => before.1 = last,
            _ => all.push((first, last)),
        }
    }
    Some(all)
}
