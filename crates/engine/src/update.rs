//! Raw update bytes to a borrowed `Update`.
//!
//! In: one update as Telegram sent it, mended by [`mend`]. Out: its id, the name of its kind, and its content.
//! Fails with [`InvalidUpdate`] only where nothing can be done with the bytes; the text of the error never
//! holds a word of the content.

pub(crate) mod lenient;
pub(crate) mod raw;
pub(crate) mod strings;
mod surrogates;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use thiserror::Error;

use lenient::{Integer, LARGEST_INTEGER, Object};
pub use surrogates::mend;

/// Why an update cannot be read. Names fields and positions, never content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidUpdate {
    /// The bytes are no JSON.
    #[error("not valid JSON (line {line}, column {column})")]
    Syntax {
        /// Line of the failure, from 1.
        line: usize,
        /// Column of the failure, from 1.
        column: usize,
    },
    /// JSON, but no object of the expected shape, or one that names a field twice.
    #[error("not a JSON object of the Bot API's shape (line {line}, column {column})")]
    Shape {
        /// Line of the failure, from 1.
        line: usize,
        /// Column of the failure, from 1.
        column: usize,
    },
    /// No usable `update_id`.
    #[error("update_id must be an integer in 0..2^53")]
    UpdateId,
    /// A message without a field that every message has.
    #[error("{field} must be an integer {limits}")]
    Field {
        /// Path of the field.
        field: &'static str,
        /// What it may hold.
        limits: &'static str,
    },
}

/// One update: its id, its kind by Telegram's name, and what the engine reads of it.
#[derive(Debug)]
pub struct Update<'a> {
    /// Telegram's `update_id`, 0..2^53.
    pub id: i64,
    /// Name of the update's field, `message` for instance; absent where there is none.
    pub kind: Option<Cow<'a, str>>,
    pub(crate) content: Content<'a>,
}

#[derive(Debug)]
pub(crate) enum Content<'a> {
    Message(Box<raw::Message<'a>>),
    Act(Box<raw::Act<'a>>),
    Nothing,
}

impl<'a> Update<'a> {
    /// Reads one mended update.
    ///
    /// # Errors
    /// [`InvalidUpdate`] where the bytes are no JSON object with a usable `update_id`.
    pub fn read(mended: &'a [u8]) -> Result<Self, InvalidUpdate> {
        let parts: Parts<'a> = serde_json::from_slice(mended).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            match error.classify() {
                Category::Data => InvalidUpdate::Shape { line, column },
                Category::Io | Category::Syntax | Category::Eof => InvalidUpdate::Syntax { line, column },
            }
        })?;
        let id = parts.id.0.filter(|id| (0..LARGEST_INTEGER).contains(id)).ok_or(InvalidUpdate::UpdateId)?;
        Ok(Self { id, kind: parts.kind, content: parts.content })
    }

    /// Whether somebody speaks to the bot with it, or tells it of itself: a private message, a command, a button, its own membership, a
    /// group's new id. Commands are judged all the same: spam may begin with "/".
    #[must_use]
    pub fn is_interaction(&self) -> bool {
        match (&self.content, self.kind.as_deref()) {
            (Content::Message(message), Some("message")) => {
                let is_private = message.chat.0.as_ref().and_then(|chat| chat.id.0).is_some_and(|chat| chat > 0);
                let text = message.text.0.as_deref().unwrap_or_default();
                let is_command = text
                    .strip_prefix('/')
                    .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()));
                is_private || is_command || message.migrate_to_chat_id.0.is_some()
            }
            (_, Some("callback_query" | "my_chat_member" | "chat_join_request")) => true,
            _ => false,
        }
    }
}

struct Parts<'a> {
    id: Integer,
    kind: Option<Cow<'a, str>>,
    content: Content<'a>,
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an update")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parts = Parts { id: Integer(None), kind: None, content: Content::Nothing };
        while let Some(key) = map.next_key::<Key<'de>>()? {
            if key.0 == "update_id" {
                parts.id = map.next_value()?;
            } else if parts.kind.as_deref().is_none_or(|kind| !is_known(kind) && is_known(&key.0)) {
                parts.content = content(&key.0, &mut map)?;
                parts.kind = Some(key.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(parts)
    }
}

/// Kinds of update (Bot API 10.3). A field of another name may be a new kind or an addition to a known one, and then
/// stand on either side of it: only where no known kind is found does it tell what the update is.
const KINDS: &[&str] = &[
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
];

fn is_known(kind: &str) -> bool {
    KINDS.contains(&kind)
}

fn content<'de, A: MapAccess<'de>>(kind: &str, map: &mut A) -> Result<Content<'de>, A::Error> {
    Ok(match kind {
        "message" | "edited_message" => map
            .next_value::<Object<raw::Message<'de>>>()?
            .0
            .map_or(Content::Nothing, |message| Content::Message(Box::new(message))),
        _ => map.next_value::<Object<raw::Act<'de>>>()?.0.map_or(Content::Nothing, |act| Content::Act(Box::new(act))),
    })
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PartsVisitor)
    }
}

/// A field's name, borrowed where it holds no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::Text::deserialize(deserializer).map(|text| Self(text.0.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<(i64, Option<String>), InvalidUpdate> {
        Update::read(json.as_bytes()).map(|update| (update.id, update.kind.map(Cow::into_owned)))
    }

    #[test]
    fn the_kind_is_telegrams_name_whether_known_or_not() {
        assert_eq!(read(r#"{"update_id":7,"message":{}}"#), Ok((7, Some("message".into()))));
        assert_eq!(read(r#"{"brand_new":{"x":[1]},"update_id":8}"#), Ok((8, Some("brand_new".into()))));
        assert_eq!(read(r#"{"update_id":9}"#), Ok((9, None)));
    }

    #[test]
    fn a_known_kind_wins_over_unknown_fields_on_either_side() {
        for json in [
            r#"{"update_id":1,"x":1,"message":{"text":"a"}}"#,
            r#"{"x":{"message_id":4},"y":[],"message":{"text":"a"},"update_id":1}"#,
            r#"{"message":{"text":"a"},"x":{"message_id":4},"update_id":1}"#,
        ] {
            let update = Update::read(json.as_bytes()).unwrap();
            assert_eq!(update.kind.as_deref(), Some("message"), "{json}");
            assert!(matches!(update.content, Content::Message(_)), "{json}");
        }
        assert_eq!(read(r#"{"update_id":1,"x":1,"chat_member":{}}"#), Ok((1, Some("chat_member".into()))));
        assert_eq!(read(r#"{"update_id":1,"x":1,"y":2}"#), Ok((1, Some("x".into()))));
    }

    #[test]
    fn what_is_said_to_the_bot_is_an_interaction() {
        let is =
            |fields: &str| Update::read(format!(r#"{{"update_id":1,{fields}}}"#).as_bytes()).unwrap().is_interaction();
        assert!(is(r#""message":{"chat":{"id":5},"text":"Hello"}"#));
        assert!(is(r#""message":{"chat":{"id":-5},"text":"/spam"}"#));
        assert!(is(r#""message":{"chat":{"id":-5},"migrate_to_chat_id":-1005}"#));
        assert!(is(r#""callback_query":{"id":"1"}"#));
        assert!(is(r#""my_chat_member":{}"#));
        assert!(is(r#""chat_join_request":{}"#));
        for ordinary in [
            r#""message":{"chat":{"id":-5},"text":"Hello"}"#,
            r#""message":{"chat":{"id":-5},"text":"/ 5 of us"}"#,
            r#""message":{"chat":{"id":-5},"text":"//"}"#,
            r#""edited_message":{"chat":{"id":-5},"text":"/spam"}"#,
            r#""chat_member":{}"#,
            r#""message_reaction":{}"#,
        ] {
            assert!(!is(ordinary), "{ordinary}");
        }
    }

    #[test]
    fn an_absurd_update_id_is_named() {
        for id in ["-1", "1.5", "\"7\"", "null", "9007199254740992", "1e3", "[]"] {
            assert_eq!(read(&format!(r#"{{"update_id":{id},"message":{{}}}}"#)), Err(InvalidUpdate::UpdateId), "{id}");
        }
        assert_eq!(read("{}"), Err(InvalidUpdate::UpdateId));
    }

    #[test]
    fn errors_name_a_position_and_no_content() {
        assert_eq!(read("{\"secret\": tru}").unwrap_err().to_string(), "not valid JSON (line 1, column 15)");
        assert!(matches!(read("[1]"), Err(InvalidUpdate::Shape { .. })));
        assert!(matches!(read(""), Err(InvalidUpdate::Syntax { .. })));
    }

    #[test]
    fn deep_nesting_of_unknown_fields_overflows_nothing() {
        let deep = format!(r#"{{"update_id":1,"message":{{"odd":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&deep).is_ok());
        let deep = format!(r#"{{"update_id":1,"message":{{"text":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&deep).is_ok());
    }

    #[test]
    fn fields_of_a_wrong_type_do_not_break_the_update() {
        let odd =
            r#"{"update_id":1,"message":{"text":5,"chat":[],"from":"x","entities":{"a":1},"poll":true,"photo":3}}"#;
        assert!(read(odd).is_ok());
    }
}
