//! The one look that ingest takes at an update: what kind it is, and where it happened.
//!
//! In: raw bytes. Out: what could be seen; nothing where the bytes are odd. Judging reads them again, and tells what is wrong.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What an update shows at a glance.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Peeked {
    /// Telegram's `update_id`, where it is an integer.
    pub update_id: Option<i64>,
    /// Telegram's name of the update's field, `message` for instance.
    pub kind: Option<String>,
    /// The chat in which it happened; of a button, that of its message.
    pub chat: Option<i64>,
}

/// Looks at an update.
#[must_use]
pub fn peek(raw: &[u8]) -> Peeked {
    serde_json::from_slice(raw).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Peeked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UpdateVisitor)
    }
}

struct UpdateVisitor;

impl<'de> Visitor<'de> for UpdateVisitor {
    type Value = Peeked;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an update")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Peeked, A::Error> {
        let mut peeked = Peeked::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "update_id" {
                peeked.update_id = serde_json::from_str(map.next_value::<&RawValue>()?.get()).ok();
            } else if peeked.kind.is_none() {
                peeked.chat = chat_of(map.next_value()?);
                peeked.kind = Some(key);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(peeked)
    }
}

#[derive(serde::Deserialize)]
struct Act<'a> {
    #[serde(borrow)]
    chat: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(serde::Deserialize)]
struct Chat {
    id: i64,
}

/// The chat of an act, or of the message it is about.
fn chat_of(act: &RawValue) -> Option<i64> {
    let Act { chat, message } = serde_json::from_str(act.get()).ok()?;
    match (chat, message) {
        (Some(chat), _) => Some(serde_json::from_str::<Chat>(chat.get()).ok()?.id),
        (None, Some(message)) => chat_of(message),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(raw: &str) -> (Option<String>, Option<i64>) {
        let Peeked { kind, chat, .. } = peek(raw.as_bytes());
        (kind, chat)
    }

    #[test]
    fn kind_and_chat_are_seen() {
        let kind = |kind: &str| Some(kind.to_owned());
        let message = r#"{"message_id":5,"text":"a \" {","chat":{"title":"}","id":-100,"type":"supergroup"}}"#;
        assert_eq!(seen(&format!(r#"{{"update_id":1,"message":{message}}}"#)), (kind("message"), Some(-100)));
        assert_eq!(seen(&format!(r#"{{"message":{message},"update_id":1}}"#)), (kind("message"), Some(-100)));
        let button = format!(r#"{{"update_id":1,"callback_query":{{"id":"7","message":{message}}}}}"#);
        assert_eq!(seen(&button), (kind("callback_query"), Some(-100)));
        assert_eq!(seen(r#"{"update_id":1,"inline_query":{"id":"7"}}"#), (kind("inline_query"), None));
        assert_eq!(seen(r#"{"update_id":1}"#), (None, None));
    }

    #[test]
    fn the_updates_number_is_seen_wherever_it_stands() {
        let number = |raw: &str| peek(raw.as_bytes()).update_id;
        assert_eq!(number(r#"{"update_id":5,"message":{}}"#), Some(5));
        assert_eq!(number(r#"{"message":{"update_id":6},"update_id":5}"#), Some(5));
        assert_eq!(number(r#"{"update_id":"5"}"#), None);
        assert_eq!(number("{}"), None);
    }

    #[test]
    fn odd_bytes_show_what_they_show() {
        for raw in ["", "{", "[]", "7", "null", r#"{"message":"#, "\u{0}"] {
            assert_eq!(seen(raw), (None, None), "{raw}");
        }
        for act in
            ["7", "{}", r#"{"chat":7}"#, r#"{"chat":{"id":"x"}}"#, r#"{"message":[]}"#, r#"{"chat":{"id":1e99}}"#]
        {
            assert_eq!(seen(&format!(r#"{{"message":{act}}}"#)), (Some("message".to_owned()), None), "{act}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = peek(&bytes);
        }
    }
}
