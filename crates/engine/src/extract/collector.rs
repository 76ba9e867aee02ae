//! Every text-bearing field of a message, each with its place.

use std::borrow::Cow;

use crate::event::{CustomEmoji, Field, Role, Shown, Target};
use crate::place::Place;
use crate::update::lenient::{Integer, List, Object, Text};
use crate::update::raw::{Chat, Entity, Message, ReplyMarkup, User};

/// Gathers fields and targets in the order a reader meets them.
#[derive(Default)]
pub struct Collector<'a> {
    pub fields: Vec<Field<'a>>,
    pub targets: Vec<Target<'a>>,
    pub custom_emoji: CustomEmoji,
    /// Whether the sender says anything at all.
    pub has_content: bool,
}

impl<'a> Collector<'a> {
    /// Takes every text and address of a message.
    pub fn message(&mut self, message: Message<'a>) {
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
            (None, Some(user)) => full_name(user),
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

/// First and last name.
pub fn full_name(user: User<'_>) -> Option<Cow<'_, str>> {
    joined(user.first_name, user.last_name)
}

fn joined<'a>(first: Text<'a>, last: Text<'a>) -> Option<Cow<'a, str>> {
    match (first.filled(), last.filled()) {
        (Some(first), Some(last)) => Some(Cow::Owned(format!("{first} {last}"))),
        (first, last) => first.or(last),
    }
}
