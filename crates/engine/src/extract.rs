//! Update to Event: the one extractor that yields every text-bearing field with its place.
//!
//! In: a parsed update. Out: its ids, and an event where there is a group message to judge.
//! Fails with [`InvalidUpdate`] where a message lacks what every message has.

use std::borrow::Cow;

use crate::event::{
    CustomEmoji, Event, EventKind, Extract, Field, Media, Role, Sender, SenderKind, Shown, Summary, Target,
};
use crate::place::Place;
use crate::update::lenient::{Integer, List, Object, Text};
use crate::update::raw::{Act, Chat, Entity, Message, Origin, ReplyMarkup, User};
use crate::update::{Content, InvalidUpdate, Update};

/// Dates beyond this (year 9999) are no dates.
const LATEST_DATE: i64 = 253_402_300_799;

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
        Content::Act(act) => Ok(Extract { summary: from_act(&act), event: None }),
        Content::Nothing if matches!(update.kind.as_deref(), Some("message" | "edited_message")) => {
            Err(InvalidUpdate::Field { field: "message.message_id", limits: "in 1..2^53" })
        }
        Content::Nothing => Ok(Extract { summary: Summary::default(), event: None }),
    }
}

fn from_act(act: &Act<'_>) -> Summary {
    let on = act.message.0.as_ref();
    let chat = act.chat.0.as_ref().or_else(|| on.and_then(|on| on.chat.0.as_ref()));
    let member = act.new_chat_member.0.as_ref().and_then(|member| member.user.0.as_ref());
    let user = member.or(act.user.0.as_ref()).or(act.from.0.as_ref());
    let channel = act.actor_chat.0.as_ref().or(act.sender_chat.0.as_ref());
    Summary {
        chat_id: chat.and_then(|chat| chat.id.0),
        message_id: act.message_id.0.or_else(|| on.and_then(|on| on.message_id.0)),
        sender: channel.and_then(channel_sender).or_else(|| user.and_then(user_sender)),
        date: act.date.0.filter(|date| (0..=LATEST_DATE).contains(date)),
        media_group_id: None,
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
    let moment = if kind == EventKind::Edit { message.edit_date.0.or(message.date.0) } else { message.date.0 };
    let date = within(
        Integer(moment.filter(|date| (0..=LATEST_DATE).contains(date))),
        "message.date",
        "of seconds since 1970",
    )?;
    let sender = sender(&message);
    let summary = Summary {
        chat_id: Some(chat_id),
        message_id: Some(message_id),
        sender,
        date: Some(date),
        media_group_id: message.media_group_id.0.as_deref().map(str::to_owned),
    };
    let Some(sender) = sender.filter(|_| is_group(chat_id, chat)) else {
        return Ok(Extract { summary, event: None });
    };

    let mut collector = Collector::default();
    let media = media(&message);
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
    collector.message(message);
    if !collector.has_content && media.is_none() {
        return Ok(Extract { summary, event: None });
    }
    let event = Event {
        update_id,
        kind,
        chat_id,
        chat_title,
        message_id,
        date,
        sender,
        media_group_id,
        media,
        fields: collector.fields,
        targets: collector.targets,
        custom_emoji: collector.custom_emoji,
        is_automatic_forward,
        by_bot,
        forwarded_from_channel,
        external_chat,
        story_chat,
        contact_is_sender,
    };
    Ok(Extract { summary, event: Some(event) })
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
        (message.video.0, Media::Video),
        (message.animation.0, Media::Animation),
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

/// Gathers fields and targets in the order a reader meets them.
#[derive(Default)]
struct Collector<'a> {
    fields: Vec<Field<'a>>,
    targets: Vec<Target<'a>>,
    custom_emoji: CustomEmoji,
    has_content: bool,
}

impl<'a> Collector<'a> {
    fn message(&mut self, message: Message<'a>) {
        self.body(message.text, message.entities, Place::Text);
        self.body(message.caption, message.caption_entities, Place::Caption);
        if let Some(poll) = message.poll.0 {
            self.own(Place::PollQuestion, poll.question);
            for (index, option) in numbered(poll.options.0) {
                self.own(Place::PollOption(index), option.text);
            }
            self.own(Place::PollExplanation, poll.explanation);
            self.own(Place::PollDescription, poll.description);
        }
        if let Some(checklist) = message.checklist.0 {
            self.own(Place::ChecklistTitle, checklist.title);
            for (index, task) in numbered(checklist.tasks.0) {
                self.own(Place::ChecklistTask(index), task.text);
            }
        }
        if let Some(contact) = message.contact.0 {
            self.text(Place::ContactName, Role::Own, joined(contact.first_name, contact.last_name));
            self.own(Place::ContactCard, contact.vcard);
        }
        if let Some(venue) = message.venue.0 {
            self.own(Place::VenueTitle, venue.title);
            self.own(Place::VenueAddress, venue.address);
        }
        for file in [message.document.0, message.audio.0].into_iter().flatten() {
            self.own(Place::FileName, file.file_name);
            self.own(Place::AudioTitle, file.title);
            self.own(Place::AudioPerformer, file.performer);
        }
        if let Some(game) = message.game.0 {
            self.own(Place::GameTitle, game.title);
            self.own(Place::GameDescription, game.description);
        }
        if let Some(invoice) = message.invoice.0 {
            self.own(Place::InvoiceTitle, invoice.title);
            self.own(Place::InvoiceDescription, invoice.description);
        }
        if let Some(giveaway) = message.giveaway.0 {
            self.own(Place::GiveawayPrize, giveaway.prize_description);
        }
        if let Some(data) = message.web_app_data.0 {
            self.own(Place::WebAppData, data.data);
        }
        for (index, text) in (0u16..=u16::MAX).zip(message.rich_message.texts) {
            self.text(Place::RichMessage(index), Role::Own, Some(text));
        }
        for url in message.rich_message.urls {
            self.targets.push(Target { url, role: Role::Own, place: Place::RichMessage(0), shown: None });
        }
        if let Some(markup) = message.reply_markup.0 {
            self.buttons(markup);
        }
        if let Some(url) = message.link_preview_options.0.and_then(|preview| preview.url.filled()) {
            self.targets.push(Target { url, role: Role::Own, place: Place::LinkPreview, shown: None });
        }
        if let Some(quote) = message.quote.0 {
            self.quote(quote.text, quote.entities);
        }
        self.names(message.sender_chat, message.from, message.sender_tag);
        if let Some(origin) = message.forward_origin.0 {
            let title = origin.chat.0.or(origin.sender_chat.0).and_then(|chat| chat.title.0);
            self.text(Place::ForwardOrigin, Role::Shown, title.or(origin.sender_user_name.0));
        }
        if let Some(bot) = message.via_bot.0 {
            self.text(Place::ViaBot, Role::Shown, bot.username.0);
        }
    }

    fn names(&mut self, sender_chat: Object<Chat<'a>>, from: Object<User<'a>>, tag: Text<'a>) {
        let name = match (sender_chat.0, from.0) {
            (Some(channel), _) => channel.title.0,
            (None, Some(user)) => joined(user.first_name, user.last_name),
            (None, None) => None,
        };
        self.text(Place::SenderName, Role::Name, name);
        self.text(Place::SenderTag, Role::Name, tag.0);
    }

    fn own(&mut self, place: Place, text: Text<'a>) {
        self.text(place, Role::Own, text.0);
    }

    fn text(&mut self, place: Place, role: Role, text: Option<Cow<'a, str>>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.has_content |= role == Role::Own;
            self.fields.push(Field { place, role, text });
        }
    }

    fn body(&mut self, text: Text<'a>, entities: List<Object<Entity<'a>>>, place: Place) {
        let Some(text) = text.filled() else { return };
        self.entities(entities, &text, Role::Own, place);
        self.own(place, Text(Some(text)));
    }

    fn quote(&mut self, text: Text<'a>, entities: List<Object<Entity<'a>>>) {
        let Some(text) = text.filled() else { return };
        self.entities(entities, &text, Role::Quoted, Place::Quote);
        self.text(Place::Quote, Role::Quoted, Some(text));
    }

    /// Takes the entities of the text that is pushed next.
    fn entities(&mut self, entities: List<Object<Entity<'a>>>, text: &str, role: Role, place: Place) {
        if entities.0.is_empty() {
            return;
        }
        let units = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        let mut emoji = Vec::new();
        for entity in entities.0.into_iter().filter_map(|entity| entity.0) {
            let offset = clamp(entity.offset).min(units);
            let length = clamp(entity.length).min(units - offset);
            match entity.kind.0.as_deref() {
                Some("text_link") => {
                    if let Some(url) = entity.url.filled() {
                        let shown = Shown { field: self.fields.len(), offset, length };
                        self.targets.push(Target { url, role, place, shown: Some(shown) });
                    }
                }
                Some("custom_emoji") if role == Role::Own => {
                    self.custom_emoji.units = self.custom_emoji.units.saturating_add(length);
                    emoji.push(entity.custom_emoji_id.0.unwrap_or_default());
                }
                _ => {}
            }
        }
        let count = |emoji: &Vec<_>| u32::try_from(emoji.len()).unwrap_or(u32::MAX);
        self.custom_emoji.count += count(&emoji);
        emoji.sort_unstable();
        emoji.dedup();
        self.custom_emoji.different += count(&emoji);
    }

    fn buttons(&mut self, markup: ReplyMarkup<'a>) {
        for (row_index, row) in markup.inline_keyboard.0.into_iter().enumerate() {
            let Ok(row_index) = u16::try_from(row_index) else { return };
            for (column, button) in numbered(row.0) {
                self.own(Place::Button(row_index, column), button.text);
                let web_app = button.web_app.0.and_then(|web_app| web_app.url.filled());
                if let Some(url) = button.url.filled().or(web_app) {
                    let place = Place::ButtonUrl(row_index, column);
                    self.targets.push(Target { url, role: Role::Own, place, shown: None });
                }
            }
        }
    }
}

fn numbered<T>(objects: Vec<Object<T>>) -> impl Iterator<Item = (u16, T)> {
    (0u16..=u16::MAX).zip(objects).filter_map(|(index, object)| Some((index, object.0?)))
}

fn clamp(integer: Integer) -> u32 {
    integer.0.and_then(|value| u32::try_from(value).ok()).unwrap_or(0)
}

fn joined<'a>(first: Text<'a>, last: Text<'a>) -> Option<Cow<'a, str>> {
    match (first.filled(), last.filled()) {
        (Some(first), Some(last)) => Some(Cow::Owned(format!("{first} {last}"))),
        (first, last) => first.or(last),
    }
}
