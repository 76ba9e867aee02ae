//! What Telegram itself writes into a group, by kind, for groups that do not want to see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::update::raw::Message;

/// A kind of service message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceMessage {
    /// Somebody joined, or was added.
    Join,
    /// Somebody left, or was removed.
    Leave,
    /// A message was pinned.
    Pin,
    /// The group has another title.
    Title,
    /// The group has another picture, none any more, or another background.
    Photo,
    /// A video chat is planned, began, ended, or people were invited to it.
    VideoChat,
    /// Somebody boosted the group.
    Boost,
    /// Messages delete themselves after another time.
    DeleteTimer,
}

impl ServiceMessage {
    /// The kind of a message; none of those that people wrote, and of kinds that nobody can choose.
    pub(crate) fn of(message: &Message<'_>) -> Option<Self> {
        let kinds = [
            (message.new_chat_members.0, Self::Join),
            (message.left_chat_member.0, Self::Leave),
            (message.pinned_message.0, Self::Pin),
            (message.new_chat_title.0.is_some(), Self::Title),
            (message.new_chat_photo.0 || message.delete_chat_photo.0 || message.chat_background_set.0, Self::Photo),
            (
                message.video_chat_scheduled.0
                    || message.video_chat_started.0
                    || message.video_chat_ended.0
                    || message.video_chat_participants_invited.0,
                Self::VideoChat,
            ),
            (message.boost_added.0, Self::Boost),
            (message.message_auto_delete_timer_changed.0, Self::DeleteTimer),
        ];
        kinds.into_iter().find(|(is_it, _)| *is_it).map(|(_, kind)| kind)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::extract::extract;
    use crate::testing::message;
    use crate::update::Update;

    fn kind(fields: Value) -> Option<ServiceMessage> {
        let raw = message(fields).to_string();
        extract(Update::read(raw.as_bytes()).unwrap()).unwrap().summary.service
    }

    #[test]
    fn each_kind_is_told_by_its_field() {
        let user = json!({"id": 5, "first_name": "A"});
        let examples = [
            (json!({"new_chat_members": [user]}), ServiceMessage::Join),
            (json!({"left_chat_member": user}), ServiceMessage::Leave),
            (json!({"pinned_message": {"text": "rules"}}), ServiceMessage::Pin),
            (json!({"new_chat_title": "Makers"}), ServiceMessage::Title),
            (json!({"new_chat_photo": [{}]}), ServiceMessage::Photo),
            (json!({"delete_chat_photo": true}), ServiceMessage::Photo),
            (json!({"chat_background_set": {}}), ServiceMessage::Photo),
            (json!({"video_chat_started": {}}), ServiceMessage::VideoChat),
            (json!({"video_chat_ended": {"duration": 5}}), ServiceMessage::VideoChat),
            (json!({"boost_added": {"boost_count": 1}}), ServiceMessage::Boost),
            (
                json!({"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}}),
                ServiceMessage::DeleteTimer,
            ),
        ];
        for (fields, expected) in examples {
            assert_eq!(kind(fields.clone()), Some(expected), "{fields}");
        }
        assert_eq!(kind(json!({"text": "hello"})), None);
        assert_eq!(kind(json!({"group_chat_created": true})), None);
    }
}
