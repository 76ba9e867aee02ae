//! Who must never be punished, as far as the update and the chat's settings tell (TELEGRAM.md, guards).

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::{Event, Sender, SenderKind};
use crate::policy::ChatSettings;

/// Telegram's own service account.
const TELEGRAM: i64 = 777_000;
/// The account Telegram shows for anonymous admins.
const ANONYMOUS_ADMIN: i64 = 1_087_968_824;

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
        SenderKind::User if id == TELEGRAM => Some(Guard::Telegram),
        SenderKind::User if id == ANONYMOUS_ADMIN => Some(Guard::AnonymousAdmin),
        SenderKind::User if id == bot_id => Some(Guard::OwnBot),
        _ if settings.protects(id) => Some(Guard::Protected),
        _ => None,
    }
}
