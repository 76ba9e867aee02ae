//! Every text and address in a nested object whose shape changes often: blocks of rich messages, media of polls.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lenient::Text;

/// Levels that are looked into; what lies deeper is passed over.
const DEEPEST: u8 = 24;
/// Strings that are kept.
const MOST: usize = 512;

/// The strings under `text`, `url` and their like, in the order a reader meets them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strings<'a> {
    /// What is shown.
    pub texts: Vec<Cow<'a, str>>,
    /// Where links and buttons lead.
    pub urls: Vec<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Strings<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut strings = Self::default();
        Level { strings: &mut strings, depth: 0, key: Key::Text }.deserialize(deserializer)?;
        Ok(strings)
    }
}

/// What the key above a string says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Text,
    Url,
    Other,
}

impl Key {
    fn named(name: &str) -> Self {
        match name {
            "url" | "href" => Self::Url,
            "text" | "caption" | "title" | "credit" | "label" | "summary" | "description" | "expression"
            | "address" | "file_name" | "performer" => Self::Text,
            _ => Self::Other,
        }
    }
}

struct Level<'s, 'a> {
    strings: &'s mut Strings<'a>,
    depth: u8,
    key: Key,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Level<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth >= DEEPEST {
            return IgnoredAny::deserialize(deserializer).map(|_| ());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'a> Level<'_, 'a> {
    fn take(self, string: Cow<'a, str>) {
        let list = match self.key {
            Key::Text => &mut self.strings.texts,
            Key::Url => &mut self.strings.urls,
            Key::Other => return,
        };
        if list.len() < MOST && !string.is_empty() {
            list.push(string);
        }
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Level<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<(), E> {
        self.take(Cow::Borrowed(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.take(Cow::Owned(value.to_owned()));
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Self { strings, depth, key } = self;
        while sequence.next_element_seed(Level { strings: &mut *strings, depth: depth + 1, key })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Text<'de>>()? {
            let key = Key::named(name.0.as_deref().unwrap_or_default());
            map.next_value_seed(Level { strings: &mut *self.strings, depth: self.depth + 1, key })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_addresses_are_found_at_any_level() {
        let json = r#"{"blocks":[{"type":"paragraph","text":["plain ",{"type":"bold","text":"bold"}]},
            {"type":"list","items":[{"blocks":[{"text":{"type":"url","text":"here","url":"https://example.com"}}]}]}]}"#;
        let strings: Strings<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(strings.texts, ["plain ", "bold", "here"]);
        assert_eq!(strings.urls, ["https://example.com"]);
    }

    #[test]
    fn deep_nesting_is_passed_over() {
        let json = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(serde_json::from_str::<Strings<'_>>(&json).unwrap(), Strings::default());
    }
}
