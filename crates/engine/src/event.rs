//! What an update tells: who, where, when, and every text-bearing field with its place.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::place::Place;
use crate::service::ServiceMessage;

/// What became of reading one update.
#[derive(Debug)]
pub struct Extract<'a> {
    /// Ids of the update, as far as it has them.
    pub summary: Summary,
    /// What is to be judged; absent where there is nothing.
    pub event: Option<Event<'a>>,
}

/// Where an update happened and who did it, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The chat's id.
    pub chat_id: Option<i64>,
    /// The message's id.
    pub message_id: Option<i64>,
    /// Who did it.
    pub sender: Option<Sender>,
    /// Seconds since 1970, of the message or its edit, by Telegram's clock.
    pub date: Option<i64>,
    /// Seconds since 1970 at which the message was sent: of an edit not the edit's. Of what is no message its date.
    pub sent: Option<i64>,
    /// Shared by the messages of one album.
    pub media_group_id: Option<String>,
    /// What Telegram itself tells with it.
    pub service: Option<ServiceMessage>,
}

/// Whether a sender is a person (or bot) or a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// A user or bot.
    User,
    /// A channel or group that writes in its own name.
    Channel,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sender {
    /// User or channel.
    pub kind: SenderKind,
    /// Telegram's id of it.
    pub id: i64,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A new message.
    Message,
    /// An edit of a message.
    Edit,
    /// Somebody set reactions to a message.
    Reaction,
    /// Somebody joined.
    Join,
    /// Somebody outside asks to be let in.
    JoinRequest,
}

impl EventKind {
    /// Whether something was said, and not only done.
    #[must_use]
    pub fn is_message(self) -> bool {
        matches!(self, Self::Message | Self::Edit)
    }
}

/// How a field's words count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The sender's own words, forwarded ones included: forwarding is the sender's act.
    Own,
    /// Quoted words: evidence only as a quote.
    Quoted,
    /// The sender's name or tag.
    Name,
    /// What the sender's profile says, fetched for a second round.
    Profile,
    /// Text shown only, never read as the sender's words.
    Shown,
}

/// One text of the event.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    /// Where it stands.
    pub place: Place,
    /// How its words count.
    pub role: Role,
    /// The original text.
    pub text: Cow<'a, str>,
}

/// An address that is not part of the visible text.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// The address.
    pub url: Cow<'a, str>,
    /// How it counts.
    pub role: Role,
    /// Where it is attached.
    pub place: Place,
    /// Index of the field and its UTF-16 range that shows it, for a hidden link.
    pub shown: Option<Shown>,
}

/// The visible words of a hidden link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Index into [`Event::fields`].
    pub field: usize,
    /// First UTF-16 code unit.
    pub offset: u32,
    /// Number of UTF-16 code units.
    pub length: u32,
}

/// What a message carries beside text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    Photo,
    Video,
    Animation,
    Audio,
    Voice,
    VideoNote,
    Sticker,
    Document,
    Contact,
    Location,
    Venue,
    Poll,
    Checklist,
    Dice,
    Game,
    Giveaway,
    Story,
    Invoice,
    #[expect(clippy::enum_variant_names, reason = "Telegram calls it so")]
    PaidMedia,
    WebAppData,
}

/// What somebody did in a group, with every field that can carry an advert.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Event<'a> {
    /// Telegram's `update_id`.
    pub update_id: i64,
    /// What happened.
    pub kind: EventKind,
    /// The group.
    pub chat_id: i64,
    /// The group's title, as Telegram sent it.
    pub chat_title: Option<Cow<'a, str>>,
    /// The message, or the one reacted to; none where somebody joined.
    pub message_id: Option<i64>,
    /// Seconds since 1970 of the message, of its edit, of what was done.
    pub date: i64,
    /// Who did it.
    pub sender: Sender,
    /// The user's name for links and mentions.
    pub sender_username: Option<Cow<'a, str>>,
    /// Shared by the messages of one album.
    pub media_group_id: Option<Cow<'a, str>>,
    /// What it carries beside text.
    pub media: Option<Media>,
    /// Its texts.
    pub fields: Vec<Field<'a>>,
    /// Addresses behind words and buttons.
    pub targets: Vec<Target<'a>>,
    /// Number of custom emoji, and of different ones.
    pub custom_emoji: CustomEmoji,
    /// A channel's post brought into its discussion group by Telegram.
    pub is_automatic_forward: bool,
    /// Written through an inline bot or by a guest bot.
    pub by_bot: bool,
    /// Forwarded, from wherever.
    pub is_forwarded: bool,
    /// Forwarded from a channel.
    pub forwarded_from_channel: Option<i64>,
    /// Whether it replies to, or quotes, a message of another chat: that chat, 0 where it is unknown.
    pub external_chat: Option<i64>,
    /// The chat whose story it shares.
    pub story_chat: Option<i64>,
    /// Whether a shared contact is the sender.
    pub contact_is_sender: bool,
    /// Seconds since the channel's post that this comments on, where it comments on one.
    pub post_age: Option<i64>,
    /// Whether somebody joined by the link of a folder of chats.
    pub by_folder_link: bool,
    /// Of a join: somebody else let them in, who answers for them; or they asked to be let in, and were.
    pub is_brought: bool,
    /// What was fetched for a second round; its texts and addresses stand among the others.
    pub facts: Option<Box<Facts>>,
}

/// Custom emoji of a message's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomEmoji {
    /// How many.
    pub count: u32,
    /// How many different ones.
    pub different: u32,
    /// Their UTF-16 code units in all.
    pub units: u32,
}

impl Event<'_> {
    /// An event that carries nothing yet.
    pub(crate) fn new(update_id: i64, kind: EventKind, chat_id: i64, date: i64, sender: Sender) -> Self {
        Self {
            update_id,
            kind,
            chat_id,
            chat_title: None,
            message_id: None,
            date,
            sender,
            sender_username: None,
            media_group_id: None,
            media: None,
            fields: Vec::new(),
            targets: Vec::new(),
            custom_emoji: CustomEmoji::default(),
            is_automatic_forward: false,
            by_bot: false,
            is_forwarded: false,
            forwarded_from_channel: None,
            external_chat: None,
            story_chat: None,
            contact_is_sender: false,
            post_age: None,
            by_folder_link: false,
            is_brought: false,
            facts: None,
        }
    }

    /// Whether it shows a photo.
    #[must_use]
    pub fn has_photo(&self) -> bool {
        self.media == Some(Media::Photo)
    }

    /// Takes what was fetched for a second round.
    pub fn take_facts(&mut self, facts: Facts) {
        facts.fields().for_each(|field| self.fields.push(field));
        facts.targets().for_each(|target| self.targets.push(target));
        self.facts = Some(Box::new(facts));
    }

    /// The sender's name as people see it.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        self.fields.iter().find(|field| field.place == Place::SenderName).map(|field| field.text.as_ref())
    }
}
