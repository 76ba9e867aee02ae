//! Every text-bearing field of a message, each with its place.

use std::borrow::Cow;
use std::mem::take;

use crate::event::{CustomEmoji, Field, Role, Shown, Target};
use crate::place::Place;
use crate::update::lenient::{Integer, List, Object, Text};
use crate::update::raw::{Chat, Entity, LinkPreview, Message, Poll, ReplyMarkup, User, Worded};

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
    pub fn message(&mut self, mut message: Message<'a>) {
        self.worded(take(&mut message.text), take(&mut message.entities), Role::Own, Place::Text);
        self.worded(take(&mut message.caption), take(&mut message.caption_entities), Role::Own, Place::Caption);
        self.carried(&mut message, Role::Own);
        self.done(&mut message);
        if let Some(data) = message.web_app_data.0 {
            self.text(Place::WebAppData, Role::Own, data.data.0);
        }
        for (index, text) in (0u16..=u16::MAX).zip(message.rich_message.texts) {
            self.text(Place::RichMessage(index), Role::Own, Some(text));
        }
        for url in message.rich_message.urls {
            self.target(Place::RichMessage(0), Role::Own, url);
        }
        if let Some(markup) = message.reply_markup.0 {
            self.buttons(markup);
        }
        if let Some(quote) = message.quote.0 {
            self.worded(quote.text, quote.entities, Role::Quoted, Place::Quote);
        }
        if let Some(mut outside) = message.external_reply.0 {
            self.carried(&mut outside, Role::Quoted);
        }
        let channel = message.sender_chat.0.or(message.guest_bot_caller_chat.0);
        self.names(channel, message.guest_bot_caller_user.0.or(message.from.0), message.sender_tag);
        if let Some(origin) = message.forward_origin.0 {
            let title = origin.chat.0.or(origin.sender_chat.0).and_then(|chat| chat.title.0);
            let name = title.or(origin.sender_user_name.0).or_else(|| origin.sender_user.0.and_then(full_name));
            self.text(Place::ForwardOrigin, Role::Shown, name);
        }
        if let Some(bot) = message.via_bot.0 {
            self.text(Place::ViaBot, Role::Shown, bot.username.0);
        }
    }

    /// Takes what a message carries beside its text: its own, or that of an outside message it replies to.
    fn carried(&mut self, message: &mut Message<'a>, role: Role) {
        if let Some(poll) = take(&mut message.poll).0 {
            self.poll(poll, role);
        }
        if let Some(checklist) = take(&mut message.checklist).0 {
            self.worded(checklist.title, checklist.title_entities, role, Place::ChecklistTitle);
            self.tasks(checklist.tasks.0, role);
        }
        if let Some(contact) = take(&mut message.contact).0 {
            self.text(Place::ContactName, role, joined(contact.first_name, contact.last_name));
            self.text(Place::ContactCard, role, contact.vcard.0);
        }
        if let Some(venue) = take(&mut message.venue).0 {
            self.text(Place::VenueTitle, role, venue.title.0);
            self.text(Place::VenueAddress, role, venue.address.0);
        }
        let files = [&mut message.document, &mut message.audio, &mut message.video, &mut message.animation];
        // Telegram repeats an animation as a document: its name is one.
        let mut names: Vec<Cow<'a, str>> = Vec::new();
        for file in files.into_iter().filter_map(|file| take(file).0) {
            let name = file.file_name.filled().filter(|name| !names.contains(name));
            names.extend(name.clone());
            self.text(Place::FileName, role, name);
            self.text(Place::AudioTitle, role, file.title.0);
            self.text(Place::AudioPerformer, role, file.performer.0);
        }
        if let Some(game) = take(&mut message.game).0 {
            self.text(Place::GameTitle, role, game.title.0);
            self.text(Place::GameDescription, role, game.description.0);
            self.worded(game.text, game.text_entities, role, Place::GameText);
        }
        if let Some(invoice) = take(&mut message.invoice).0 {
            self.text(Place::InvoiceTitle, role, invoice.title.0);
            self.text(Place::InvoiceDescription, role, invoice.description.0);
        }
        for giveaway in [&mut message.giveaway, &mut message.giveaway_winners].into_iter().filter_map(|it| take(it).0) {
            self.text(Place::GiveawayPrize, role, giveaway.prize_description.0);
        }
        if let Some(url) = take(&mut message.link_preview_options).0.and_then(|preview| preview.url.filled()) {
            self.target(Place::LinkPreview, role, url);
        }
    }

    /// Takes the words of what members do by service messages: they name topics, add to polls and lists, send gifts.
    fn done(&mut self, message: &mut Message<'a>) {
        for topic in [&mut message.forum_topic_created, &mut message.forum_topic_edited] {
            let name = take(topic).0.and_then(|topic| topic.name.0);
            self.text(Place::TopicName, Role::Own, name);
        }
        if let Some(added) = take(&mut message.poll_option_added).0 {
            self.worded(added.option_text, added.option_text_entities, Role::Own, Place::PollOption(0));
        }
        if let Some(added) = take(&mut message.checklist_tasks_added).0 {
            self.tasks(added.tasks.0, Role::Own);
        }
        let gifts = [&mut message.gift, &mut message.gift_upgrade_sent, &mut message.unique_gift];
        for gift in gifts.into_iter().filter_map(|gift| take(gift).0) {
            self.worded(gift.text, gift.entities, Role::Own, Place::GiftText);
        }
    }

    fn poll(&mut self, poll: Poll<'a>, role: Role) {
        self.worded(poll.question, poll.question_entities, role, Place::PollQuestion);
        let mut media = vec![poll.media];
        for (index, option) in numbered(poll.options.0) {
            self.worded(option.text, option.text_entities, role, Place::PollOption(index));
            media.push(option.media);
        }
        self.worded(poll.explanation, poll.explanation_entities, role, Place::PollExplanation);
        self.worded(poll.description, poll.description_entities, role, Place::PollDescription);
        media.push(poll.explanation_media);
        for (index, media) in (0u16..=u16::MAX).zip(media) {
            for text in media.texts {
                self.text(Place::PollMedia(index), role, Some(text));
            }
            for url in media.urls {
                self.target(Place::PollMedia(index), role, url);
            }
        }
    }

    fn tasks(&mut self, tasks: Vec<Object<Worded<'a>>>, role: Role) {
        for (index, task) in numbered(tasks) {
            self.worded(task.text, task.text_entities, role, Place::ChecklistTask(index));
        }
    }

    fn names(&mut self, channel: Option<Chat<'a>>, user: Option<User<'a>>, tag: Text<'a>) {
        let name = match (channel, user) {
            (Some(channel), _) => channel.title.0,
            (None, Some(user)) => full_name(user),
            (None, None) => None,
        };
        self.text(Place::SenderName, Role::Name, name);
        self.text(Place::SenderTag, Role::Name, tag.0);
    }

    fn text(&mut self, place: Place, role: Role, text: Option<Cow<'a, str>>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.has_content |= role == Role::Own;
            self.fields.push(Field { place, role, text });
        }
    }

    fn target(&mut self, place: Place, role: Role, url: Cow<'a, str>) {
        self.targets.push(Target { url, role, place, shown: None });
    }

    /// Takes a text with what is behind its words.
    fn worded(&mut self, text: Text<'a>, entities: List<Object<Entity<'a>>>, role: Role, place: Place) {
        let Some(text) = text.filled() else { return };
        self.entities(entities, &text, role, place);
        self.text(place, role, Some(text));
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
                self.text(Place::Button(row_index, column), Role::Own, button.text.0);
                let copied = button.copy_text.0.and_then(|copied| copied.text.0);
                self.text(Place::ButtonCopy(row_index, column), Role::Own, copied);
                let page = |page: Object<LinkPreview<'a>>| page.0.and_then(|page| page.url.filled());
                let url = button.url.filled().or_else(|| page(button.web_app)).or_else(|| page(button.login_url));
                if let Some(url) = url {
                    self.target(Place::ButtonUrl(row_index, column), Role::Own, url);
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
