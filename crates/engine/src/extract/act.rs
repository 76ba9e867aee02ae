//! Reactions, joins and join requests: what somebody does without a message.

use super::{LATEST_DATE, channel_sender, is_group, user_sender};
use crate::event::{Event, EventKind, Extract, Field, Role, Summary};
use crate::extract::collector::full_name;
use crate::place::Place;
use crate::update::raw::{Act, Member};

/// Reads ids and event out of an update that is no message.
pub fn extract<'a>(update_id: i64, kind: Option<&str>, act: Act<'a>) -> Extract<'a> {
    let summary = summary(&act);
    let kind = kind.and_then(|kind| event_kind(kind, &act));
    let event = kind.and_then(|kind| event(update_id, kind, &summary, act));
    Extract { summary, event }
}

fn summary(act: &Act<'_>) -> Summary {
    let on = act.message.0.as_ref();
    let chat = act.chat.0.as_ref().or_else(|| on.and_then(|on| on.chat.0.as_ref()));
    let member = act.new_chat_member.0.as_ref().and_then(|member| member.user.0.as_ref());
    let user = member.or(act.user.0.as_ref()).or(act.from.0.as_ref());
    let channel = act.actor_chat.0.as_ref().or(act.sender_chat.0.as_ref());
    let date = act.date.0.filter(|date| (0..=LATEST_DATE).contains(date));
    Summary {
        chat_id: chat.and_then(|chat| chat.id.0),
        message_id: act.message_id.0.or_else(|| on.and_then(|on| on.message_id.0)),
        sender: channel.and_then(channel_sender).or_else(|| user.and_then(user_sender)),
        date,
        sent: date,
        media_group_id: None,
        service: None,
    }
}

/// What happened, by Telegram's name of the update. Reactions taken back, leaving and changes of rights are nothing to judge.
fn event_kind(kind: &str, act: &Act<'_>) -> Option<EventKind> {
    let is_in = |member: Option<&Member<'_>>| {
        let status = member.and_then(|member| member.status.0.as_deref());
        match status {
            Some("creator" | "administrator" | "member") => true,
            Some("restricted") => member.is_some_and(|member| member.is_member.0),
            _ => false,
        }
    };
    let (old, new) = (act.old_chat_member.0.as_ref(), act.new_chat_member.0.as_ref());
    match kind {
        "message_reaction" if act.new_reaction.0 => Some(EventKind::Reaction),
        "chat_member" if is_in(new) && !is_in(old) => Some(EventKind::Join),
        "chat_join_request" => Some(EventKind::JoinRequest),
        _ => None,
    }
}

fn event<'a>(update_id: i64, kind: EventKind, summary: &Summary, act: Act<'a>) -> Option<Event<'a>> {
    let chat_id = summary.chat_id.filter(|chat_id| is_group(*chat_id, act.chat.0.as_ref()))?;
    let actor = act.from.0.as_ref().and_then(user_sender);
    let mut event = Event {
        is_brought: kind == EventKind::Join
            && (act.via_join_request.0 || actor.is_some_and(|actor| Some(actor) != summary.sender)),
        message_id: summary.message_id,
        by_folder_link: act.via_chat_folder_invite_link.0,
        ..Event::new(update_id, kind, chat_id, summary.date?, summary.sender?)
    };
    event.chat_title = act.chat.0.and_then(|chat| chat.title.0);
    let user = act.new_chat_member.0.and_then(|member| member.user.0).or(act.user.0).or(act.from.0);
    let name = match (act.actor_chat.0, user) {
        (Some(channel), _) => channel.title.0,
        (None, Some(user)) => {
            event.sender_username.clone_from(&user.username.0);
            full_name(user)
        }
        (None, None) => None,
    };
    let texts = [(Place::SenderName, Role::Name, name), (Place::Bio, Role::Profile, act.bio.0)];
    let texts = texts.into_iter().filter_map(|(place, role, text)| Some(Field { place, role, text: text? }));
    event.fields.extend(texts.filter(|field| !field.text.is_empty()));
    Some(event)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::update::Update;

    fn with_extract<T>(kind: &str, mut act: Value, look: impl FnOnce(Extract<'_>) -> T) -> T {
        let common = json!({"chat": {"id": -5, "type": "supergroup", "title": "Gardeners"}, "date": 5});
        for (name, value) in common.as_object().unwrap() {
            act.as_object_mut().unwrap().entry(name).or_insert_with(|| value.clone());
        }
        let raw = json!({"update_id": 1, kind: act}).to_string();
        look(crate::extract(Update::read(raw.as_bytes()).unwrap()).unwrap())
    }

    fn kind(kind: &str, act: Value) -> Option<EventKind> {
        with_extract(kind, act, |extract| extract.event.map(|event| event.kind))
    }

    fn membership(old: Value, new: Value) -> Value {
        let member = |mut member: Value| {
            member.as_object_mut().unwrap().insert("user".into(), json!({"id": 4, "first_name": "Robin"}));
            member
        };
        json!({"from": {"id": 3}, "old_chat_member": member(old), "new_chat_member": member(new)})
    }

    #[test]
    fn updates_tell_who_and_where() {
        let of = |kind: &str, act: Value| {
            with_extract(kind, act, |extract| (extract.summary.chat_id, extract.summary.sender.map(|sender| sender.id)))
        };
        let join = membership(json!({"status": "left"}), json!({"status": "member"}));
        let press = json!({"from": {"id": 3}, "message": {"chat": {"id": -5}, "message_id": 9}});
        assert_eq!(of("message_reaction", json!({"user": {"id": 3}, "message_id": 9})), (Some(-5), Some(3)));
        assert_eq!(of("message_reaction", json!({"actor_chat": {"id": -3}, "message_id": 9})), (Some(-5), Some(-3)));
        assert_eq!(of("chat_member", join), (Some(-5), Some(4)));
        assert_eq!(of("callback_query", press), (Some(-5), Some(3)));
    }

    #[test]
    fn who_comes_in_joins_and_nobody_else() {
        let join = |old: Value, new: Value| kind("chat_member", membership(old, new)) == Some(EventKind::Join);
        let of = |status: &str| json!({"status": status});
        let restricted = |is_member: bool| json!({"status": "restricted", "is_member": is_member});
        assert!(join(of("left"), of("member")) && join(of("kicked"), of("member")));
        assert!(join(of("left"), restricted(true)) && join(restricted(false), of("member")));
        assert!(!join(of("member"), of("administrator")) && !join(of("member"), of("left")));
        assert!(!join(restricted(true), of("member")) && !join(of("kicked"), of("left")));
        assert!(!join(of("left"), restricted(false)));
    }

    #[test]
    fn whom_somebody_else_lets_in_is_brought() {
        let brought = |by: i64, on_request: bool| {
            let mut act = membership(json!({"status": "left"}), json!({"status": "member"}));
            let fields = act.as_object_mut().unwrap();
            fields.insert("from".into(), json!({"id": by, "first_name": "Sam"}));
            fields.insert("via_join_request".into(), json!(on_request));
            with_extract("chat_member", act, |extract| extract.event.unwrap().is_brought)
        };
        assert!(brought(3, false));
        assert!(brought(4, true));
        assert!(!brought(4, false));
    }

    #[test]
    fn reactions_count_when_set_and_not_when_taken_back() {
        let reaction = |new: Value| json!({"user": {"id": 3, "first_name": "R"}, "message_id": 9, "new_reaction": new});
        assert_eq!(kind("message_reaction", reaction(json!([{"type": "emoji"}]))), Some(EventKind::Reaction));
        assert_eq!(kind("message_reaction", reaction(json!([]))), None);
        assert_eq!(kind("message_reaction_count", json!({"message_id": 9})), None);
    }

    #[test]
    fn a_request_brings_name_and_bio_and_no_message() {
        let user = json!({"id": 3, "first_name": "Robin", "last_name": "Rose", "username": "robin_rose"});
        with_extract("chat_join_request", json!({"from": user, "bio": "I like roses"}), |extract| {
            let event = extract.event.unwrap();
            let texts: Vec<(Place, &str)> =
                event.fields.iter().map(|field| (field.place, field.text.as_ref())).collect();
            assert_eq!(texts, [(Place::SenderName, "Robin Rose"), (Place::Bio, "I like roses")]);
            assert_eq!((event.kind, event.message_id), (EventKind::JoinRequest, None));
            assert_eq!(event.sender_username.as_deref(), Some("robin_rose"));
            assert_eq!(event.chat_title.as_deref(), Some("Gardeners"));
        });
    }

    #[test]
    fn what_lacks_a_date_or_happens_elsewhere_is_not_judged() {
        let request = |chat: Value, date: Value| {
            kind("chat_join_request", json!({"from": {"id": 3}, "chat": chat, "date": date}))
        };
        assert_eq!(request(json!({"id": -5, "type": "supergroup"}), json!(5)), Some(EventKind::JoinRequest));
        assert_eq!(request(json!({"id": -5, "type": "channel"}), json!(5)), None);
        assert_eq!(request(json!({"id": -5}), json!("x")), None);
        assert_eq!(request(json!({}), json!(5)), None);
    }
}
