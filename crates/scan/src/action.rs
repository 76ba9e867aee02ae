//! From a verdict to what is done: the first state of an outcome and its actions.
//!
//! In: a verdict, the chat's settings and what else is of the message's album. Out: state and actions. Fails never.

use crate::item::Item;
use chatwarden_engine::{Asked, ChatSettings, EventKind, MessageVerdict, Mode, SenderKind, SenderVerdict, Verdict};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// By how much the writing is taken for longer than an answer to the gate has time: whoever did not answer is removed in between, and
/// should nobody be there to do that, is free again after it.
const GRACE: i64 = 60 * MINUTE;

/// What a verdict comes to before anybody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The message stays.
    Kept,
    /// It stays, and a human looks at it.
    Review,
    /// Something would have been done, were the group not only observed.
    Observed,
    /// Something would have been done, did no guard stand before the sender.
    Guarded,
    /// Its actions are to be carried out.
    Pending,
}

impl State {
    /// The state as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Review => "review",
            Self::Observed => "observed",
            Self::Guarded => "guarded",
            Self::Pending => "pending",
        }
    }

    /// The state a verdict begins with.
    #[must_use]
    pub fn of(verdict: &Verdict, settings: &ChatSettings) -> Self {
        match verdict.message {
            _ if verdict.guard.is_some() && verdict.unguarded != MessageVerdict::Keep => Self::Guarded,
            // A join leaves no message: what is done about it is done to who joined.
            MessageVerdict::Keep | MessageVerdict::Review
                if verdict.event == EventKind::Join
                    && settings.mode == Mode::Guard
                    && ActionKind::on_sender(verdict, settings).is_some() =>
            {
                Self::Pending
            }
            MessageVerdict::Keep => Self::Kept,
            _ if settings.mode == Mode::Observe => Self::Observed,
            MessageVerdict::Delete => Self::Pending,
            MessageVerdict::Review => Self::Review,
        }
    }
}

/// Something to do in Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Delete the message.
    DeleteMessage,
    /// Take off all the sender's reactions.
    DeleteReactions,
    /// Take the sender's right to write until they have proved to be a person.
    Challenge,
    /// Take the sender's right to write.
    Mute,
    /// Remove the sender, who may come back.
    Kick,
    /// Remove the sender, who may not come back.
    Ban,
}

impl ActionKind {
    /// The kind as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeleteMessage => "delete_message",
            Self::DeleteReactions => "delete_reactions",
            Self::Challenge => "challenge",
            Self::Mute => "mute",
            Self::Kick => "kick",
            Self::Ban => "ban",
        }
    }

    fn on_message(verdict: &Verdict) -> Option<Self> {
        match verdict.event {
            EventKind::Message | EventKind::Edit => Some(Self::DeleteMessage),
            EventKind::Reaction => Some(Self::DeleteReactions),
            EventKind::Join | EventKind::JoinRequest => None,
        }
    }

    fn on_sender(verdict: &Verdict, settings: &ChatSettings) -> Option<Self> {
        match verdict.sender {
            SenderVerdict::None => None,
            // A channel presses no button.
            SenderVerdict::Challenge => {
                let is_asked = settings.policy.gate.ask != Asked::Nobody && verdict.sender_kind == SenderKind::User;
                is_asked.then_some(Self::Challenge)
            }
            SenderVerdict::Mute => Some(Self::Mute),
            SenderVerdict::Kick => Some(Self::Kick),
            SenderVerdict::Ban => Some(Self::Ban),
        }
    }
}

/// One thing to do, and until when it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Made from its cause, so that a cause acts once.
    pub id: String,
    /// What to do.
    pub kind: ActionKind,
    /// The message that caused it, or the one of its album to delete. Of a reaction it would be somebody else's: none.
    pub message_id: Option<i64>,
    /// Seconds since 1970 at which it ends by itself, reckoned from the event's date; none where it does not.
    pub until_date: Option<i64>,
}

impl Action {
    /// Deletes one of Telegram's own messages where the group wants that.
    #[must_use]
    pub(crate) fn on_service<'s>(bot_id: i64, item: &Item, settings: impl Fn(i64) -> &'s ChatSettings) -> Vec<Self> {
        let summary = &item.summary;
        let (Some(service), Some(chat_id), Some(update_id)) = (summary.service, summary.chat_id, item.update_id) else {
            return Vec::new();
        };
        let settings = settings(chat_id);
        if settings.mode == Mode::Observe || !settings.policy.service_messages.contains(&service) {
            return Vec::new();
        }
        let kind = ActionKind::DeleteMessage;
        let id = format!("{bot_id}-{update_id}-1-{}", kind.name());
        vec![Self { id, kind, message_id: summary.message_id, until_date: None }]
    }

    /// What a verdict in this state has done, in the order to do it; `album` goes with the message.
    #[must_use]
    pub fn of(verdict: &Verdict, state: State, settings: &ChatSettings, album: &[i64]) -> Vec<Self> {
        if state != State::Pending {
            return Vec::new();
        }
        // Telegram knows no timed ban of a channel.
        let until = |days: u16| (verdict.sender_kind == SenderKind::User).then(|| verdict.now + i64::from(days) * DAY);
        let message_id = verdict.message_id.filter(|_| verdict.event.is_message());
        let act = |kind: ActionKind| {
            let until_date = match kind {
                ActionKind::DeleteMessage | ActionKind::DeleteReactions => None,
                ActionKind::Challenge if verdict.event == EventKind::Join => {
                    Some(verdict.now + i64::from(settings.policy.gate.minutes) * MINUTE + GRACE)
                }
                ActionKind::Challenge | ActionKind::Mute => until(settings.policy.mute_days),
                // A ban that is lifted at once: should the process die in between, it ends by itself.
                ActionKind::Kick => until(1),
                ActionKind::Ban => until(settings.policy.ban_days),
            };
            Self { id: format!("{}-{}", verdict.trace_id, kind.name()), kind, message_id, until_date }
        };
        let of_album = album.iter().map(|message_id| {
            let kind = ActionKind::DeleteMessage;
            let id = format!("{}-{}-{message_id}", verdict.trace_id, kind.name());
            Self { id, kind, message_id: Some(*message_id), until_date: None }
        });
        let own =
            [ActionKind::on_message(verdict), ActionKind::on_sender(verdict, settings)].into_iter().flatten().map(act);
        own.chain(of_album).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Item, Scanner, Sources};

    const NOW: i64 = 1_780_000_000;
    const BAIT: &str = "Remote work 18+, from 80 $ a day, no experience, write me @manager_job t.me/+AbCdEfGh";

    /// What becomes of one message: its state and its actions.
    fn done(fields: &Value, settings: &str) -> (State, Vec<Action>) {
        let mut message = json!({"message_id": 9, "date": NOW, "chat": {"id": -5}, "from": {"id": 42}});
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let raw = json!({"update_id": 1, "message": message}).to_string();
        let settings = ChatSettings::read(settings.as_bytes()).unwrap();
        let sources = Sources::new([raw.as_bytes()]);
        let scanner = Scanner::new().unwrap();
        let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
        let Item { state, actions, .. } = outcome.items.into_iter().next().unwrap();
        (state.unwrap(), actions)
    }

    fn action(kind: ActionKind, until_date: Option<i64>) -> Action {
        Action { id: format!("7-1-1-{}", kind.name()), kind, message_id: Some(9), until_date }
    }

    #[test]
    fn a_verdict_that_deletes_has_its_actions_in_order_and_their_end() {
        let bait = json!({"text": BAIT});
        let delete = || action(ActionKind::DeleteMessage, None);
        let ban = action(ActionKind::Ban, Some(NOW + 30 * DAY));
        assert_eq!(done(&bait, "{}"), (State::Pending, vec![delete(), ban]));
        let ban = action(ActionKind::Ban, Some(NOW + 90 * DAY));
        assert_eq!(done(&bait, r#"{"policy":{"ban_days":90}}"#), (State::Pending, vec![delete(), ban]));
        let mild = r#"{"policy":{"mute_days":3,"thresholds":{"ban":999},"signals":{"text_model":{"enabled":false}}}}"#;
        let mute = action(ActionKind::Mute, Some(NOW + 3 * DAY));
        assert_eq!(done(&bait, mild), (State::Pending, vec![delete(), mute]));
    }

    #[test]
    fn whoever_is_suspicious_only_is_asked_unless_the_group_asks_nobody() {
        let bait = json!({"text": BAIT});
        let milder = r#""thresholds":{"ban":999,"mute":998},"mute_days":3"#;
        let (_, actions) = done(&bait, &format!(r#"{{"policy":{{{milder}}}}}"#));
        let challenge = action(ActionKind::Challenge, Some(NOW + 3 * DAY));
        assert_eq!(actions, vec![action(ActionKind::DeleteMessage, None), challenge]);
        let nobody = format!(r#"{{"policy":{{{milder},"gate":{{"ask":"nobody"}}}}}}"#);
        assert_eq!(done(&bait, &nobody).1, vec![action(ActionKind::DeleteMessage, None)]);
        let channel = json!({"text": BAIT, "sender_chat": {"id": -9, "type": "channel"}});
        let (_, actions) = done(&channel, &format!(r#"{{"policy":{{{milder}}}}}"#));
        assert_eq!(actions.len(), 1);
    }

    #[test]
    fn whoever_joins_is_asked_for_as_long_as_an_answer_has_time() {
        let user = json!({"id": 42, "first_name": "Robin"});
        let join = json!({"update_id": 1, "chat_member": {"date": NOW, "chat": {"id": -5, "type": "supergroup"}, "from": user,
            "old_chat_member": {"status": "left", "user": user}, "new_chat_member": {"status": "member", "user": user}}});
        let raw = join.to_string();
        let sources = Sources::new([raw.as_bytes()]);
        let scanner = Scanner::new().unwrap();
        let judged = |settings: &str| {
            let settings = ChatSettings::read(settings.as_bytes()).unwrap();
            let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
            let item = outcome.items.into_iter().next().unwrap();
            (item.state.unwrap(), item.flagged.is_some(), item.actions)
        };
        let everyone = r#"{"policy":{"gate":{"ask":"everyone","minutes":10}}}"#;
        let until = Some(NOW + 10 * MINUTE + GRACE);
        let challenge = Action { message_id: None, ..action(ActionKind::Challenge, until) };
        assert_eq!(judged(everyone), (State::Pending, false, vec![challenge]));
        assert_eq!(judged("{}"), (State::Kept, false, vec![]));
        let (state, _, actions) = judged(r#"{"is_raided":true,"policy":{"raid":{"joins":"remove"}}}"#);
        assert_eq!((state, actions.len(), actions[0].kind), (State::Pending, 1, ActionKind::Kick));
    }

    #[test]
    fn what_is_done_to_a_channel_does_not_end_by_itself() {
        let bait = json!({"text": BAIT, "sender_chat": {"id": -9, "type": "channel"}});
        let (state, actions) = done(&bait, "{}");
        assert_eq!(state, State::Pending);
        assert_eq!(actions.len(), 2);
        assert!(actions.iter().all(|action| action.until_date.is_none()));
    }

    #[test]
    fn an_observed_group_gets_no_actions() {
        assert_eq!(done(&json!({"text": BAIT}), r#"{"mode":"observe"}"#), (State::Observed, vec![]));
        assert_eq!(done(&json!({"text": "hello"}), r#"{"mode":"observe"}"#), (State::Kept, vec![]));
    }

    #[test]
    fn a_guard_is_told_only_where_it_was_needed() {
        let protected = r#"{"protected":[42]}"#;
        assert_eq!(done(&json!({"text": BAIT}), protected), (State::Guarded, vec![]));
        assert_eq!(done(&json!({"text": "hello"}), protected), (State::Kept, vec![]));
        let observed = r#"{"protected":[42],"mode":"observe"}"#;
        assert_eq!(done(&json!({"text": BAIT}), observed), (State::Guarded, vec![]));
    }

    /// What becomes of a reaction or a join by somebody of this name, under rules for names.
    fn done_without_message(kind: &str, name: &str, sender: &str) -> (State, Vec<ActionKind>) {
        let person = json!({"id": 42, "first_name": name});
        let mut act = json!({"message_id": 9, "date": NOW, "chat": {"id": -5}, "from": person, "user": person,
            "new_reaction": [{"type": "emoji", "emoji": "🔥"}],
            "old_chat_member": {"status": "left", "user": person},
            "new_chat_member": {"status": "member", "user": person}});
        if kind != "chat_member" {
            act.as_object_mut().unwrap().remove("new_chat_member");
        }
        let raw = json!({"update_id": 1, kind: act}).to_string();
        let verdict = json!({"message": "delete", "sender": sender});
        let rule = json!({"id": "r", "kind": "literal", "pattern": "spammer", "places": ["names"], "verdict": verdict});
        let settings = json!({"policy": {"rules": [rule]}}).to_string();
        let settings = ChatSettings::read(settings.as_bytes()).unwrap();
        let sources = Sources::new([raw.as_bytes()]);
        let scanner = Scanner::new().unwrap();
        let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
        let Item { state, actions, .. } = outcome.items.into_iter().next().unwrap();
        (state.unwrap(), actions.into_iter().map(|action| action.kind).collect())
    }

    #[test]
    fn of_a_reaction_all_reactions_go_and_of_a_join_only_the_sender_can() {
        let banned = |kind| done_without_message(kind, "Spammer", "ban");
        assert_eq!(banned("message_reaction"), (State::Pending, vec![ActionKind::DeleteReactions, ActionKind::Ban]));
        assert_eq!(banned("chat_member"), (State::Pending, vec![ActionKind::Ban]));
        assert_eq!(banned("chat_join_request"), (State::Review, vec![]));
        assert_eq!(done_without_message("chat_member", "Spammer", "none"), (State::Review, vec![]));
        assert_eq!(done_without_message("chat_member", "Robin", "ban"), (State::Kept, vec![]));
    }

    #[test]
    fn telegrams_own_messages_go_where_the_group_wants_it_and_nobody_is_judged_for_them() {
        let pinned = json!({"pinned_message": {"message_id": 3}});
        let raw = json!({"update_id": 1, "message": {"message_id": 9, "date": NOW, "chat": {"id": -5},
            "from": {"id": 42}, "pinned_message": pinned}});
        let raw = raw.to_string();
        let sources = Sources::new([raw.as_bytes()]);
        let scanner = Scanner::new().unwrap();
        let item = |settings: &str| {
            let settings = ChatSettings::read(settings.as_bytes()).unwrap();
            let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
            outcome.items.into_iter().next().unwrap()
        };
        let wanted = item(r#"{"policy":{"service_messages":["pin"]}}"#);
        assert_eq!(wanted.actions, vec![action(ActionKind::DeleteMessage, None)]);
        assert_eq!((wanted.state, wanted.verdict.is_none(), wanted.flagged.is_none()), (None, true, true));
        let [queued] = wanted.queued(7, 1, 5).try_into().unwrap();
        assert_eq!((queued[3].as_str(), queued[8].as_str()), ("7", "bot"));
        assert_eq!(item(r#"{"policy":{"service_messages":["join"]}}"#).actions, vec![]);
        assert_eq!(item(r#"{"mode":"observe","policy":{"service_messages":["pin"]}}"#).actions, vec![]);
    }

    #[test]
    fn what_is_locked_goes_and_leaves_no_trace_of_spam() {
        let sticker = json!({"sticker": {"file_id": "x"}});
        let locks = r#"{"policy":{"locks":{"from_everyone":["sticker"]}}}"#;
        assert_eq!(done(&sticker, locks), (State::Pending, vec![action(ActionKind::DeleteMessage, None)]));
        let observed = r#"{"mode":"observe","policy":{"locks":{"from_everyone":["sticker"]}}}"#;
        assert_eq!(done(&sticker, observed), (State::Observed, vec![]));
    }

    #[test]
    fn a_message_to_look_at_stays() {
        let nickname = json!({"text": "hello", "from": {"id": 42, "first_name": "Earn"}});
        assert_eq!(done(&nickname, "{}"), (State::Review, vec![]));
    }
}
