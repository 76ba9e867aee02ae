//! Who must never be punished, as far as the update and the chat's settings tell (docs/detection.md).

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::{Event, Sender, SenderKind};
use crate::policy::ChatSettings;

/// Telegram's own service account.
const TELEGRAM: i64 = 777_000;
/// The account Telegram shows for anonymous admins.
const ANONYMOUS_ADMIN: i64 = 1_087_968_824;
/// The account Telegram shows for channels; who is meant stands in `sender_chat`.
const CHANNEL_BOT: i64 = 136_817_688;

/// Why nothing may be done to a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Writes in the group's own name.
    AnonymousAdmin,
    /// The channel this group discusses, or its post brought here by Telegram.
    LinkedChannel,
    /// Telegram itself.
    Telegram,
    /// Owner, admin, or on the allow list.
    Protected,
    /// This bot.
    OwnBot,
}

/// The guard that stands before an event's sender, if any.
#[must_use]
pub fn guard(event: &Event<'_>, bot_id: i64, settings: &ChatSettings) -> Option<Guard> {
    let Sender { kind, id } = event.sender;
    match kind {
        SenderKind::Channel if id == event.chat_id => Some(Guard::AnonymousAdmin),
        SenderKind::Channel if event.is_automatic_forward || settings.linked_chat_id == Some(id) => {
            Some(Guard::LinkedChannel)
        }
        SenderKind::User if id == TELEGRAM || id == CHANNEL_BOT => Some(Guard::Telegram),
        SenderKind::User if id == ANONYMOUS_ADMIN => Some(Guard::AnonymousAdmin),
        SenderKind::User if id == bot_id => Some(Guard::OwnBot),
        _ if settings.protects(id) => Some(Guard::Protected),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::extract::extract;
    use crate::testing::message;
    use crate::update::Update;

    fn guard_of(fields: Value, settings: &str) -> Option<Guard> {
        let raw = message(fields).to_string();
        let event = extract(Update::read(raw.as_bytes()).unwrap()).unwrap().event.unwrap();
        guard(&event, 7, &ChatSettings::read(settings.as_bytes()).unwrap())
    }

    #[test]
    fn whoever_must_never_be_punished_is_guarded() {
        let user = |id: i64| json!({"text": "hi", "from": {"id": id, "first_name": "R"}});
        let channel = |id: i64| json!({"text": "hi", "sender_chat": {"id": id, "type": "channel"}});
        assert_eq!(guard_of(user(777_000), "{}"), Some(Guard::Telegram));
        assert_eq!(guard_of(user(136_817_688), "{}"), Some(Guard::Telegram));
        assert_eq!(guard_of(user(1_087_968_824), "{}"), Some(Guard::AnonymousAdmin));
        assert_eq!(guard_of(user(7), "{}"), Some(Guard::OwnBot));
        assert_eq!(guard_of(channel(-100_500), "{}"), Some(Guard::AnonymousAdmin));
        assert_eq!(guard_of(channel(-1009), r#"{"linked_chat_id":-1009}"#), Some(Guard::LinkedChannel));
        assert_eq!(guard_of(user(42), r#"{"protected":[50,42,3]}"#), Some(Guard::Protected));
        assert_eq!(guard_of(channel(-1009), r#"{"protected":[-1009]}"#), Some(Guard::Protected));
    }

    #[test]
    fn strangers_are_not() {
        assert_eq!(guard_of(json!({"text": "hi"}), r#"{"protected":[43],"linked_chat_id":-1009}"#), None);
        assert_eq!(guard_of(json!({"text": "hi", "sender_chat": {"id": -8, "type": "channel"}}), "{}"), None);
    }
}
