//! Update to Event: the one extractor that yields every text-bearing field with its place.
//!
//! In: a parsed update. Out: its ids, and an event where there is a group message to judge.
//! Fails with [`InvalidUpdate`] where a message lacks what every message has.

mod act;
mod collector;

use std::borrow::Cow;

use collector::Collector;

use crate::event::{Event, EventKind, Extract, Media, Sender, SenderKind, Summary};
use crate::service::ServiceMessage;
use crate::update::lenient::{Integer, Object};
use crate::update::raw::{Chat, Message, Origin, User};
use crate::update::{Content, InvalidUpdate, Update};

/// The end of 2099. Later dates are no dates: what is reckoned from one (the end of a ban) must be one in every language.
const LATEST_DATE: i64 = 4_102_444_799;

/// Reads ids and event out of an update.
///
/// # Errors
/// [`InvalidUpdate::Field`] where a message has no usable `message_id`, `chat.id` or `date`.
pub fn extract(update: Update<'_>) -> Result<Extract<'_>, InvalidUpdate> {
    match update.content {
        Content::Message(message) => {
            let kind =
                if update.kind.as_deref() == Some("edited_message") { EventKind::Edit } else { EventKind::Message };
            from_message(update.id, kind, *message)
        }
        Content::Act(act) => Ok(act::extract(update.id, update.kind.as_deref(), *act)),
        Content::Nothing if matches!(update.kind.as_deref(), Some("message" | "edited_message")) => {
            Err(InvalidUpdate::Field { field: "message.message_id", limits: "in 1..2^53" })
        }
        Content::Nothing => Ok(Extract { summary: Summary::default(), event: None }),
    }
}

fn user_sender(user: &User<'_>) -> Option<Sender> {
    user.id.0.map(|id| Sender { kind: SenderKind::User, id })
}

fn channel_sender(chat: &Chat<'_>) -> Option<Sender> {
    chat.id.0.map(|id| Sender { kind: SenderKind::Channel, id })
}

/// The caller of a guest bot is the author of what the bot wrote; a channel stands before the user Telegram shows for it.
fn sender(message: &Message<'_>) -> Option<Sender> {
    let chat = |chat: &Object<Chat<'_>>| chat.0.as_ref().and_then(channel_sender);
    let user = |user: &Object<User<'_>>| user.0.as_ref().and_then(user_sender);
    chat(&message.sender_chat)
        .or_else(|| chat(&message.guest_bot_caller_chat))
        .or_else(|| user(&message.guest_bot_caller_user))
        .or_else(|| user(&message.from))
}

fn from_message(update_id: i64, kind: EventKind, message: Message<'_>) -> Result<Extract<'_>, InvalidUpdate> {
    let within = |value: Integer, field, limits| value.0.ok_or(InvalidUpdate::Field { field, limits });
    let chat = message.chat.0.as_ref();
    let chat_id = within(chat.map_or(Integer(None), |chat| chat.id), "message.chat.id", "within ±2^53")?;
    let message_id = within(Integer(message.message_id.0.filter(|id| *id > 0)), "message.message_id", "in 1..2^53")?;
    let (moment, field) = match message.edit_date.0 {
        Some(date) if kind == EventKind::Edit => (Some(date), "message.edit_date"),
        _ => (message.date.0, "message.date"),
    };
    let date = within(
        Integer(moment.filter(|date| (0..=LATEST_DATE).contains(date))),
        field,
        "of seconds since 1970, before the year 2100",
    )?;
    let sender = sender(&message);
    let sent = message.date.0.filter(|date| (0..=LATEST_DATE).contains(date));
    let summary = Summary {
        chat_id: Some(chat_id),
        message_id: Some(message_id),
        sender,
        date: Some(date),
        sent,
        media_group_id: message.media_group_id.0.as_deref().map(str::to_owned),
        service: ServiceMessage::of(&message).filter(|_| kind == EventKind::Message && is_group(chat_id, chat)),
    };
    let Some(sender) = sender.filter(|_| is_group(chat_id, chat)) else {
        return Ok(Extract { summary, event: None });
    };

    let mut collector = Collector::default();
    let media = media(&message);
    let is_forwarded = message.forward_origin.0.is_some();
    let forwarded_from_channel = message.forward_origin.0.as_ref().and_then(forwarded_from_channel);
    let external_chat = message.external_reply.0.as_ref().map(|reply| {
        let origin = reply.origin.0.as_ref().and_then(|origin| origin.chat.0.as_ref());
        reply.chat.0.as_ref().or(origin).and_then(|chat| chat.id.0).unwrap_or(0)
    });
    let story_chat =
        message.story.0.as_ref().map(|story| story.chat.0.as_ref().and_then(|chat| chat.id.0).unwrap_or(0));
    let contact_is_sender = message.contact.0.as_ref().is_some_and(|contact| contact.user_id.0 == Some(sender.id));
    let is_automatic_forward = message.is_automatic_forward.0;
    let by_bot = message.via_bot.0.is_some()
        || message.guest_bot_caller_user.0.is_some()
        || message.guest_bot_caller_chat.0.is_some();
    let chat_title = message.chat.0.as_ref().and_then(|chat| chat.title.0.clone());
    let media_group_id = message.media_group_id.0.clone();
    let sender_username = username(&message);
    let post = message.reply_to_message.0.as_ref().filter(|post| post.is_automatic_forward.0);
    let post_age = post.and_then(|post| post.date.0).map(|posted| date.saturating_sub(posted));
    collector.message(message);
    if !collector.has_content && media.is_none() {
        return Ok(Extract { summary, event: None });
    }
    let event = Event {
        chat_title,
        message_id: Some(message_id),
        sender_username,
        media_group_id,
        media,
        fields: collector.fields,
        targets: collector.targets,
        custom_emoji: collector.custom_emoji,
        is_automatic_forward,
        by_bot,
        is_forwarded,
        forwarded_from_channel,
        external_chat,
        story_chat,
        contact_is_sender,
        post_age,
        ..Event::new(update_id, kind, chat_id, date, sender)
    };
    Ok(Extract { summary, event: Some(event) })
}

fn username<'a>(message: &Message<'a>) -> Option<Cow<'a, str>> {
    let is_channel = message.sender_chat.0.is_some() || message.guest_bot_caller_chat.0.is_some();
    let user = message.guest_bot_caller_user.0.as_ref().or(message.from.0.as_ref()).filter(|_| !is_channel);
    user.and_then(|user| user.username.0.clone())
}

/// Private chats (positive ids) and channels are nobody's group.
fn is_group(chat_id: i64, chat: Option<&Chat<'_>>) -> bool {
    let kind = chat.and_then(|chat| chat.kind.0.as_deref());
    chat_id < 0 && !matches!(kind, Some("channel" | "private"))
}

fn forwarded_from_channel(origin: &Origin<'_>) -> Option<i64> {
    let chat = origin.chat.0.as_ref().or(origin.sender_chat.0.as_ref());
    chat.and_then(|chat| chat.id.0)
}

fn media(message: &Message<'_>) -> Option<Media> {
    // Telegram repeats an animation as a document and a venue as a location: the richer kind comes first.
    let kinds = [
        (message.photo.0, Media::Photo),
        (message.video.0.is_some(), Media::Video),
        (message.animation.0.is_some(), Media::Animation),
        (message.audio.0.is_some(), Media::Audio),
        (message.voice.0, Media::Voice),
        (message.video_note.0, Media::VideoNote),
        (message.sticker.0, Media::Sticker),
        (message.document.0.is_some(), Media::Document),
        (message.contact.0.is_some(), Media::Contact),
        (message.venue.0.is_some(), Media::Venue),
        (message.location.0, Media::Location),
        (message.poll.0.is_some(), Media::Poll),
        (message.checklist.0.is_some(), Media::Checklist),
        (message.dice.0, Media::Dice),
        (message.game.0.is_some(), Media::Game),
        (message.giveaway.0.is_some(), Media::Giveaway),
        (message.story.0.is_some(), Media::Story),
        (message.invoice.0.is_some(), Media::Invoice),
        (message.paid_media.0, Media::PaidMedia),
        (message.web_app_data.0.is_some(), Media::WebAppData),
    ];
    kinds.into_iter().find(|(is_there, _)| *is_there).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::message;

    fn with_extract<T>(update: &Value, look: impl FnOnce(Extract<'_>) -> T) -> T {
        let raw = update.to_string();
        look(extract(Update::read(raw.as_bytes()).unwrap()).unwrap())
    }

    fn places(fields: Value) -> Vec<String> {
        with_extract(&message(fields), |extract| {
            extract.event.unwrap().fields.iter().map(|field| field.place.to_string()).collect()
        })
    }

    #[test]
    fn every_text_has_its_place() {
        let keyboard =
            json!({"inline_keyboard": [[{"text": "a", "url": "https://a.example"}], [{"text": "b"}, {"text": "c"}]]});
        let poll = json!({"question": "q", "options": [{"text": "x"}, 7, {"text": "y"}], "explanation": "e"});
        assert_eq!(
            places(
                json!({"caption": "c", "poll": poll, "reply_markup": keyboard, "quote": {"text": "q"}, "sender_tag": "t"})
            ),
            [
                "caption",
                "poll.question",
                "poll.option:0",
                "poll.option:2",
                "poll.explanation",
                "button:0:0",
                "button:1:0",
                "button:1:1",
                "quote",
                "sender_name",
                "sender_tag"
            ]
        );
        assert_eq!(
            places(
                json!({"contact": {"first_name": "A", "last_name": "B", "vcard": "V"}, "document": {"file_name": "f.pdf"},
                "rich_message": {"blocks": [{"text": "r"}]}})
            ),
            ["contact.name", "contact.vcard", "file_name", "rich_message:0", "sender_name"]
        );
    }

    #[test]
    fn private_chats_channels_and_service_messages_are_not_judged() {
        for fields in [
            json!({"text": "/start", "chat": {"id": 42, "type": "private"}}),
            json!({"text": "news", "chat": {"id": -5, "type": "channel"}}),
            json!({"new_chat_members": [{"id": 4, "first_name": "R"}]}),
            json!({"pinned_message": {"text": "rules"}}),
        ] {
            assert!(with_extract(&message(fields), |extract| extract.event.is_none()));
        }
    }

    #[test]
    fn the_caller_of_a_guest_bot_and_the_channel_are_the_senders() {
        let sender = |fields: Value| with_extract(&message(fields), |extract| extract.summary.sender.unwrap().id);
        assert_eq!(sender(json!({"text": "a", "guest_bot_caller_user": {"id": 9}})), 9);
        assert_eq!(sender(json!({"text": "a", "sender_chat": {"id": -9}})), -9);
    }

    #[test]
    fn a_message_without_its_ids_is_refused_by_the_field() {
        let refusal = |fields: Value| {
            let raw = message(fields).to_string();
            extract(Update::read(raw.as_bytes()).unwrap()).unwrap_err().to_string()
        };
        assert!(refusal(json!({"chat": {"id": "x"}})).starts_with("message.chat.id"));
        assert!(refusal(json!({"message_id": -1})).starts_with("message.message_id"));
        assert!(refusal(json!({"date": 1e300})).starts_with("message.date"));
    }

    #[test]
    fn a_date_beyond_the_century_is_refused_before_anything_is_reckoned_from_it() {
        let read = |update: &Value| {
            let raw = update.to_string();
            extract(Update::read(raw.as_bytes()).unwrap()).map(|extract| extract.summary.date)
        };
        let refusal = "must be an integer of seconds since 1970, before the year 2100";
        for date in [253_402_300_799i64, 4_102_444_800, -1] {
            let error = read(&message(json!({"text": "a", "date": date}))).unwrap_err().to_string();
            assert_eq!(error, format!("message.date {refusal}"));
        }
        assert_eq!(read(&message(json!({"text": "a", "date": 4_102_444_799i64}))), Ok(Some(4_102_444_799)));
        let edit = json!({"update_id": 1, "edited_message": {
            "message_id": 1, "date": 5, "edit_date": 4_102_444_800i64, "chat": {"id": -5}, "text": "a",
        }});
        assert_eq!(read(&edit).unwrap_err().to_string(), format!("message.edit_date {refusal}"));
        let join = json!({"update_id": 1, "chat_member": {"chat": {"id": -5}, "date": 4_102_444_800i64}});
        assert_eq!(read(&join), Ok(None));
    }
}
