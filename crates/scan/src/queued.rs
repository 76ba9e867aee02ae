//! An item's actions as the distributed profile's queue takes them: `ACTION_FIELDS` of `crates/streams/lua/queue.lua`.
//!
//! The body is read by `pipeline/queue/redis.py`; of the embedded profile `pipeline/record.py` makes the same.

use chatwarden_engine::{Sender, SenderKind};
use serde::Serialize;

use crate::action::Action;
use crate::item::{Item, Status};

/// What never changes of an action, as JSON. Times are seconds since 1970.
#[derive(Debug, Serialize)]
struct Body<'a> {
    bot_id: i64,
    chat_id: i64,
    kind: &'static str,
    sender_kind: SenderKind,
    sender_id: i64,
    date: i64,
    message_id: Option<i64>,
    message_date: Option<i64>,
    trace_id: &'a str,
    until_date: Option<i64>,
}

impl Item {
    /// The fields of each of its actions, in the queue's order. `due` is in milliseconds since 1970.
    #[must_use]
    pub fn queued(&self, bot_id: i64, round: u8, due: i64) -> Vec<[String; 10]> {
        let summary = &self.summary;
        // What Telegram itself wrote has nobody to be guarded: the bot tidies up, and that is nobody's verdict.
        let is_service = self.status == Status::Ignored;
        let own = Sender { kind: SenderKind::User, id: bot_id };
        let sender = if is_service { Some(own) } else { summary.sender };
        let requested_by = if is_service { "bot" } else { "verdict" };
        let (Some(update_id), Some(chat_id), Some(sender), Some(date)) =
            (self.update_id, summary.chat_id, sender, summary.date)
        else {
            return Vec::new();
        };
        let trace_id = format!("{bot_id}-{update_id}-{round}");
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let fields = |action: &Action| {
            let body = Body {
                bot_id,
                chat_id,
                kind: action.kind.name(),
                sender_kind: sender.kind,
                sender_id: sender.id,
                date,
                message_id: action.message_id,
                message_date: summary.sent,
                trace_id: &trace_id,
                until_date: action.until_date,
            };
            Some([
                action.id.clone(),
                chat_id.to_string(),
                action.kind.name().to_owned(),
                sender.id.to_string(),
                number(action.message_id),
                trace_id.clone(),
                number(action.until_date.map(|until| until * 1000)),
                due.to_string(),
                requested_by.to_owned(),
                serde_json::to_string(&body).ok()?,
            ])
        };
        self.actions.iter().filter_map(fields).collect()
    }
}

#[cfg(test)]
mod tests {
    use chatwarden_engine::ChatSettings;
    use serde_json::json;

    use crate::{Scanner, Sources};

    #[test]
    fn an_edits_actions_hold_when_the_message_was_sent() {
        let (sent, edited) = (1_780_000_000_i64, 1_780_000_600_i64);
        let raw = json!({"update_id": 1, "edited_message": {"message_id": 9, "date": sent, "edit_date": edited,
            "chat": {"id": -5, "type": "supergroup"}, "from": {"id": 42, "first_name": "R"},
            "text": "Remote work 18+, from 80 $ a day, no experience, write me @manager_job t.me/+AbCdEfGh"}});
        let raw = raw.to_string();
        let (scanner, sources) = (Scanner::new().unwrap(), Sources::new([raw.as_bytes()]));
        let settings = ChatSettings::default();
        let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
        let [delete, ban] = outcome.items[0].queued(7, 1, 5).try_into().unwrap();
        let body = r#"{"bot_id":7,"chat_id":-5,"kind":"delete_message","sender_kind":"user","sender_id":42,"date":1780000600,"message_id":9,"message_date":1780000000,"trace_id":"7-1-1","until_date":null}"#;
        assert_eq!(
            delete,
            ["7-1-1-delete_message", "-5", "delete_message", "42", "9", "7-1-1", "", "5", "verdict", body]
        );
        assert_eq!(&ban[..3], ["7-1-1-ban", "-5", "ban"]);
        assert_eq!(ban[6], ((edited + 30 * 86_400) * 1000).to_string());
    }
}
