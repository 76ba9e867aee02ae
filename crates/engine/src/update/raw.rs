//! The Bot API objects the engine reads (Bot API 10.3), each field lenient: unknown or odd ones never break parsing.

use serde::Deserialize;

use super::lenient::{Flag, Integer, List, Object, Present, Text};
use super::strings::Strings;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are Telegram's own")]
pub struct Message<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    pub caption: Text<'a>,
    pub entities: List<Object<Entity<'a>>>,
    pub caption_entities: List<Object<Entity<'a>>>,
    pub message_id: Integer,
    pub date: Integer,
    pub edit_date: Integer,
    pub chat: Object<Chat<'a>>,
    pub from: Object<User<'a>>,
    pub sender_chat: Object<Chat<'a>>,
    pub sender_tag: Text<'a>,
    pub media_group_id: Text<'a>,
    pub migrate_to_chat_id: Integer,
    pub is_automatic_forward: Flag,
    pub forward_origin: Object<Origin<'a>>,
    /// Of a message that is replied to outside: a message's origin and media.
    pub external_reply: Object<Box<Message<'a>>>,
    pub origin: Object<Origin<'a>>,
    pub reply_to_message: Object<RepliedTo>,
    pub quote: Object<Quote<'a>>,
    pub via_bot: Object<User<'a>>,
    pub guest_bot_caller_user: Object<User<'a>>,
    pub guest_bot_caller_chat: Object<Chat<'a>>,
    pub reply_markup: Object<ReplyMarkup<'a>>,
    pub link_preview_options: Object<LinkPreview<'a>>,
    pub contact: Object<Contact<'a>>,
    pub poll: Object<Poll<'a>>,
    pub checklist: Object<Checklist<'a>>,
    pub venue: Object<Venue<'a>>,
    pub story: Object<Story<'a>>,
    pub document: Object<File<'a>>,
    pub audio: Object<File<'a>>,
    pub game: Object<Titled<'a>>,
    pub invoice: Object<Titled<'a>>,
    pub giveaway: Object<Giveaway<'a>>,
    pub giveaway_winners: Object<Giveaway<'a>>,
    pub forum_topic_created: Object<Topic<'a>>,
    pub forum_topic_edited: Object<Topic<'a>>,
    pub poll_option_added: Object<OptionAdded<'a>>,
    pub checklist_tasks_added: Object<Checklist<'a>>,
    pub gift: Object<Gift<'a>>,
    pub gift_upgrade_sent: Object<Gift<'a>>,
    pub unique_gift: Object<Gift<'a>>,
    pub web_app_data: Object<WebAppData<'a>>,
    pub rich_message: Strings<'a>,
    pub photo: Present,
    pub video: Object<File<'a>>,
    pub animation: Object<File<'a>>,
    pub voice: Present,
    pub video_note: Present,
    pub sticker: Present,
    pub location: Present,
    pub dice: Present,
    pub paid_media: Present,
    pub new_chat_members: Present,
    pub left_chat_member: Present,
    pub pinned_message: Present,
    pub new_chat_title: Text<'a>,
    pub new_chat_photo: Present,
    pub delete_chat_photo: Flag,
    pub chat_background_set: Present,
    pub video_chat_scheduled: Present,
    pub video_chat_started: Present,
    pub video_chat_ended: Present,
    pub video_chat_participants_invited: Present,
    pub boost_added: Present,
    pub message_auto_delete_timer_changed: Present,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chat<'a> {
    pub id: Integer,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub title: Text<'a>,
    pub username: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User<'a> {
    pub id: Integer,
    #[serde(borrow)]
    pub first_name: Text<'a>,
    pub last_name: Text<'a>,
    pub username: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entity<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// UTF-16 code units.
    pub offset: Integer,
    /// UTF-16 code units.
    pub length: Integer,
    pub url: Text<'a>,
    pub custom_emoji_id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Origin<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub chat: Object<Chat<'a>>,
    pub sender_chat: Object<Chat<'a>>,
    pub sender_user_name: Text<'a>,
    pub sender_user: Object<User<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Quote<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    pub entities: List<Object<Entity<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReplyMarkup<'a> {
    #[serde(borrow)]
    pub inline_keyboard: List<List<Object<Button<'a>>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Button<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    pub url: Text<'a>,
    pub web_app: Object<LinkPreview<'a>>,
    pub login_url: Object<LinkPreview<'a>>,
    pub copy_text: Object<Worded<'a>>,
}

/// Any object of which only a `url` matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkPreview<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Contact<'a> {
    #[serde(borrow)]
    pub first_name: Text<'a>,
    pub last_name: Text<'a>,
    pub vcard: Text<'a>,
    pub user_id: Integer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Poll<'a> {
    #[serde(borrow)]
    pub question: Text<'a>,
    pub question_entities: List<Object<Entity<'a>>>,
    pub media: Strings<'a>,
    pub options: List<Object<Worded<'a>>>,
    pub explanation: Text<'a>,
    pub explanation_entities: List<Object<Entity<'a>>>,
    pub explanation_media: Strings<'a>,
    pub description: Text<'a>,
    pub description_entities: List<Object<Entity<'a>>>,
}

/// Any object of which a `text` matters, and what is attached to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Worded<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    pub text_entities: List<Object<Entity<'a>>>,
    pub media: Strings<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Topic<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OptionAdded<'a> {
    #[serde(borrow)]
    pub option_text: Text<'a>,
    pub option_text_entities: List<Object<Entity<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Gift<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    pub entities: List<Object<Entity<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Checklist<'a> {
    #[serde(borrow)]
    pub title: Text<'a>,
    pub title_entities: List<Object<Entity<'a>>>,
    pub tasks: List<Object<Worded<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Venue<'a> {
    #[serde(borrow)]
    pub title: Text<'a>,
    pub address: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Story<'a> {
    #[serde(borrow)]
    pub chat: Object<Chat<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are Telegram's own")]
pub struct File<'a> {
    #[serde(borrow)]
    pub file_name: Text<'a>,
    pub title: Text<'a>,
    pub performer: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Titled<'a> {
    #[serde(borrow)]
    pub title: Text<'a>,
    pub description: Text<'a>,
    pub text: Text<'a>,
    pub text_entities: List<Object<Entity<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Giveaway<'a> {
    #[serde(borrow)]
    pub prize_description: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WebAppData<'a> {
    #[serde(borrow)]
    pub data: Text<'a>,
    pub button_text: Text<'a>,
}

/// The message that is replied to: only whether it is a channel's post, and of when.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RepliedTo {
    pub is_automatic_forward: Flag,
    pub date: Integer,
}

/// What every other kind of update says about where it happened and who did it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Act<'a> {
    #[serde(borrow)]
    pub chat: Object<Chat<'a>>,
    pub from: Object<User<'a>>,
    pub user: Object<User<'a>>,
    pub sender_chat: Object<Chat<'a>>,
    pub actor_chat: Object<Chat<'a>>,
    pub old_chat_member: Object<Member<'a>>,
    pub new_chat_member: Object<Member<'a>>,
    pub via_chat_folder_invite_link: Flag,
    pub via_join_request: Flag,
    pub bio: Text<'a>,
    pub new_reaction: Present,
    pub message: Object<ActedOn<'a>>,
    pub message_id: Integer,
    pub date: Integer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are Telegram's own")]
pub struct Member<'a> {
    #[serde(borrow)]
    pub user: Object<User<'a>>,
    pub status: Text<'a>,
    pub is_member: Flag,
}

/// The message a button hangs on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActedOn<'a> {
    #[serde(borrow)]
    pub chat: Object<Chat<'a>>,
    pub message_id: Integer,
}
