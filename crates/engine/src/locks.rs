//! Kinds of content that a group lets nobody send, or no newcomer: the message goes, its sender is left alone.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::event::{Media, Role, SenderKind};
use crate::night::Night;
use crate::place::Span;
use crate::policy::PolicyError;
use crate::reading::Reading;
use crate::signal::{FULL, Group, Kind, MOST_SPANS};
use crate::verdict::Contribution;

/// The signal's name.
pub(crate) const LOCK: &str = "lock";
/// Messages that a sender's record holds: no more are counted.
const MOST_MESSAGES: u16 = 32;

/// What nobody, or no newcomer, may send (docs/guides/locks.md). Admins and whoever is on the allow list may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Locks {
    /// Deleted from everybody.
    pub from_everyone: BTreeSet<Content>,
    /// Deleted from newcomers.
    pub from_newcomers: BTreeSet<Content>,
    /// Messages that stood here after which a sender is no newcomer to these locks.
    #[schemars(range(min = 1, max = 32))]
    pub newcomer_messages: u16,
}

impl Default for Locks {
    fn default() -> Self {
        Self { from_everyone: BTreeSet::new(), from_newcomers: BTreeSet::new(), newcomer_messages: 3 }
    }
}

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Pictures.
    Photo,
    /// Videos.
    Video,
    /// Moving pictures without sound.
    Gif,
    /// Music and other sound files.
    Audio,
    /// Voice messages.
    Voice,
    /// Round video messages.
    VideoNote,
    /// Stickers.
    Sticker,
    /// Emoji of a set of its own in the text.
    CustomEmoji,
    /// Other files.
    Document,
    /// Shared contacts.
    Contact,
    /// Locations and venues.
    Location,
    /// Polls.
    Poll,
    /// Checklists.
    Checklist,
    /// Dice and the like.
    Dice,
    /// Games.
    Game,
    /// Giveaways.
    Giveaway,
    /// Shared stories.
    Story,
    /// Media that cost stars.
    PaidMedia,
    /// Links of any kind, those behind words and buttons too; `@name` is none.
    Link,
    /// Links into other chats.
    InviteLink,
    /// Forwarded messages.
    Forward,
    /// Replies to messages of other chats, and quotes of them.
    OutsideReply,
    /// What was written through a bot.
    InlineBot,
    /// Messages in the name of a channel.
    Channel,
    /// Messages of any kind.
    Everything,
}

impl Content {
    /// The name as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Gif => "gif",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::VideoNote => "video_note",
            Self::Sticker => "sticker",
            Self::CustomEmoji => "custom_emoji",
            Self::Document => "document",
            Self::Contact => "contact",
            Self::Location => "location",
            Self::Poll => "poll",
            Self::Checklist => "checklist",
            Self::Dice => "dice",
            Self::Game => "game",
            Self::Giveaway => "giveaway",
            Self::Story => "story",
            Self::PaidMedia => "paid_media",
            Self::Link => "link",
            Self::InviteLink => "invite_link",
            Self::Forward => "forward",
            Self::OutsideReply => "outside_reply",
            Self::InlineBot => "inline_bot",
            Self::Channel => "channel",
            Self::Everything => "everything",
        }
    }

    /// Whether a message holds this. `is_kept`: words that a rule of the admins keeps count as no link.
    fn is_in(self, reading: &Reading<'_>, is_kept: &impl Fn(&Span) -> bool) -> bool {
        let event = &reading.event;
        let carries = |media| event.media == Some(media);
        match self {
            Self::Photo => carries(Media::Photo),
            Self::Video => carries(Media::Video),
            Self::Gif => carries(Media::Animation),
            Self::Audio => carries(Media::Audio),
            Self::Voice => carries(Media::Voice),
            Self::VideoNote => carries(Media::VideoNote),
            Self::Sticker => carries(Media::Sticker),
            Self::CustomEmoji => event.custom_emoji.count > 0,
            Self::Document => carries(Media::Document),
            Self::Contact => carries(Media::Contact),
            Self::Location => carries(Media::Location) || carries(Media::Venue),
            Self::Poll => carries(Media::Poll),
            Self::Checklist => carries(Media::Checklist),
            Self::Dice => carries(Media::Dice),
            Self::Game => carries(Media::Game),
            Self::Giveaway => carries(Media::Giveaway),
            Self::Story => carries(Media::Story),
            Self::PaidMedia => carries(Media::PaidMedia),
            Self::Link | Self::InviteLink => self.spans(reading, is_kept).next().is_some(),
            Self::Forward => event.is_forwarded,
            Self::OutsideReply => event.external_chat.is_some_and(|chat| chat != event.chat_id),
            Self::InlineBot => event.by_bot,
            Self::Channel => event.sender.kind == SenderKind::Channel,
            Self::Everything => true,
        }
    }

    /// The words that show it.
    fn spans<'r>(
        self,
        reading: &'r Reading<'_>,
        is_kept: &'r impl Fn(&Span) -> bool,
    ) -> impl Iterator<Item = Span> + 'r {
        let own = reading.links.iter().filter(|link| link.role == Role::Own && !link.span.place.is_fetched());
        let meant = own.filter(move |link| match self {
            Self::Link => true,
            Self::InviteLink => link.is_invite(),
            _ => false,
        });
        meant.map(|link| link.span).filter(move |span| !is_kept(span))
    }
}

impl Locks {
    pub(crate) fn check(&self, path: &str) -> Result<(), PolicyError> {
        if !(1..=MOST_MESSAGES).contains(&self.newcomer_messages) {
            return Err(PolicyError::new(format!("{path}locks.newcomer_messages: must be within 1..={MOST_MESSAGES}")));
        }
        Ok(())
    }

    /// What of a message is locked, as the verdict tells it; none where it may stand.
    pub(crate) fn find(
        &self,
        reading: &Reading<'_>,
        context: &Context,
        night: Option<&Night>,
        is_kept: &impl Fn(&Span) -> bool,
    ) -> Option<Contribution> {
        let is_new = context.messages_here < u32::from(self.newcomer_messages);
        let by_day = self.from_everyone.iter().chain(self.from_newcomers.iter().filter(|_| is_new));
        let by_night = night
            .into_iter()
            .flat_map(|night| night.from_everyone.iter().chain(night.from_newcomers.iter().filter(|_| is_new)));
        let found_in = |content: &Content| content.is_in(reading, is_kept);
        let mut found: BTreeSet<Content> = by_day.copied().filter(found_in).collect();
        let is_only_at_night = found.is_empty();
        if is_only_at_night {
            found.extend(by_night.copied().filter(found_in));
        }
        if found.is_empty() && !context.album_locked {
            return None;
        }
        let mut names: Vec<&str> = found.iter().map(|one| one.name()).collect();
        if names.is_empty() {
            names.push("album");
        }
        let of_everyone = |one: &Content| {
            self.from_everyone.contains(one) || night.is_some_and(|night| night.from_everyone.contains(one))
        };
        let is_of_newcomers = !found.is_empty() && !found.iter().any(of_everyone);
        let from = if is_of_newcomers { ", of newcomers" } else { "" };
        let when = if is_only_at_night && !found.is_empty() { ", at night" } else { "" };
        let spans = found.iter().flat_map(|one| one.spans(reading, is_kept)).take(MOST_SPANS).collect();
        Some(Contribution {
            signal: LOCK,
            kind: Kind::Evidence,
            group: Group::Rules,
            weight: 0,
            strength: FULL,
            contribution: 0,
            members_do_too: true,
            spans,
            detail: Some(format!("{}{from}{when}", names.join(", "))),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::ChatSettings;
    use crate::testing::{judge_with, message};
    use crate::verdict::{MessageVerdict, SenderVerdict, Verdict};

    fn judged(fields: Value, policy: &Value, messages_here: u32) -> Verdict {
        let settings = json!({"policy": policy}).to_string();
        let settings = ChatSettings::read(settings.as_bytes()).unwrap();
        let context = Context { messages_here, days_here: messages_here, ..Context::default() };
        judge_with(&message(fields), &settings, context)
    }

    fn told(verdict: &Verdict) -> Option<&str> {
        let lock = verdict.contributions.iter().find(|part| part.signal == LOCK);
        lock.and_then(|part| part.detail.as_deref())
    }

    #[test]
    fn what_is_locked_is_deleted_and_its_sender_left_alone() {
        let locks = json!({"locks": {"from_everyone": ["sticker"]}});
        let verdict = judged(json!({"sticker": {"file_id": "x"}}), &locks, 30);
        assert_eq!((verdict.message, verdict.sender), (MessageVerdict::Delete, SenderVerdict::None));
        assert_eq!((verdict.unlocked, told(&verdict)), (MessageVerdict::Keep, Some("sticker")));
        assert_eq!(judged(json!({"photo": [{}]}), &locks, 0).message, MessageVerdict::Keep);
        let off = json!({"locks": {"from_everyone": ["sticker"]}, "signals": {"lock": {"enabled": false}}});
        assert_eq!(judged(json!({"sticker": {}}), &off, 0).message, MessageVerdict::Keep);
    }

    #[test]
    fn what_is_locked_for_newcomers_is_free_after_their_first_messages() {
        let locks = json!({"locks": {"from_newcomers": ["photo", "link"], "newcomer_messages": 5}});
        let picture = |messages_here| judged(json!({"photo": [{}], "caption": "our garden"}), &locks, messages_here);
        assert_eq!(picture(4).message, MessageVerdict::Delete);
        assert_eq!(told(&picture(4)), Some("photo, of newcomers"));
        assert_eq!(picture(5).message, MessageVerdict::Keep);
    }

    #[test]
    fn every_kind_of_content_is_found_and_plain_words_are_none() {
        let chat = json!({"id": -77, "type": "channel", "title": "C"});
        let user = json!({"id": 5, "first_name": "A"});
        let examples = [
            ("photo", json!({"photo": [{}]})),
            ("video", json!({"video": {}})),
            ("gif", json!({"animation": {}, "document": {}})),
            ("audio", json!({"audio": {}})),
            ("voice", json!({"voice": {}})),
            ("video_note", json!({"video_note": {}})),
            ("sticker", json!({"sticker": {}})),
            (
                "custom_emoji",
                json!({"text": "🙂", "entities": [{"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "1"}]}),
            ),
            ("document", json!({"document": {"file_name": "a.pdf"}})),
            ("contact", json!({"contact": {"first_name": "A"}})),
            ("location", json!({"location": {}})),
            ("poll", json!({"poll": {"question": "Tea?"}})),
            ("checklist", json!({"checklist": {"title": "To do"}})),
            ("dice", json!({"dice": {}})),
            ("game", json!({"game": {"title": "G"}})),
            ("giveaway", json!({"giveaway": {}})),
            ("story", json!({"story": {"chat": chat}})),
            ("paid_media", json!({"paid_media": {}})),
            ("link", json!({"text": "see garden.example/plan"})),
            ("invite_link", json!({"text": "come to t.me/+AbCdEfGh12345678"})),
            ("forward", json!({"text": "hello", "forward_origin": {"type": "user", "sender_user": user}})),
            ("outside_reply", json!({"text": "yes", "external_reply": {"chat": chat}})),
            ("inline_bot", json!({"text": "hello", "via_bot": user})),
            ("channel", json!({"text": "hello", "sender_chat": chat})),
        ];
        for (kind, fields) in examples {
            let locks = json!({"locks": {"from_everyone": [kind]}});
            assert_eq!(told(&judged(fields, &locks, 0)), Some(kind), "{kind}");
            assert_eq!(told(&judged(json!({"text": "hello @neighbour"}), &locks, 0)), None, "{kind}");
        }
        let locks = json!({"locks": {"from_everyone": ["everything"]}});
        assert_eq!(told(&judged(json!({"text": "hello"}), &locks, 0)), Some("everything"));
    }

    #[test]
    fn whoever_is_guarded_may_send_it_and_nothing_is_told_of_it() {
        let settings = br#"{"protected":[42],"policy":{"locks":{"from_everyone":["sticker"]}}}"#;
        let settings = ChatSettings::read(settings).unwrap();
        let verdict = judge_with(&message(json!({"sticker": {}})), &settings, Context::default());
        assert_eq!((verdict.message, told(&verdict)), (MessageVerdict::Keep, None));
        assert!(!verdict.has_evidence());
    }

    #[test]
    fn a_link_that_a_rule_keeps_is_free() {
        let rule = json!({"id": "ours", "kind": "literal", "pattern": "garden.example", "places": ["links"],
            "verdict": {"message": "keep"}});
        let policy = json!({"rules": [rule], "locks": {"from_everyone": ["link"]}});
        assert_eq!(judged(json!({"text": "see garden.example/plan"}), &policy, 0).message, MessageVerdict::Keep);
        let both = json!({"text": "see garden.example/plan and other.example"});
        assert_eq!(judged(both, &policy, 0).message, MessageVerdict::Delete);
    }

    #[test]
    fn the_rest_of_an_album_goes_with_what_is_locked() {
        let settings = ChatSettings::read(br#"{"policy":{"locks":{"from_everyone":["link"]}}}"#).unwrap();
        let context = Context { album_locked: true, ..Context::default() };
        let verdict = judge_with(&message(json!({"photo": [{}], "media_group_id": "a"})), &settings, context);
        assert_eq!((verdict.message, told(&verdict)), (MessageVerdict::Delete, Some("album")));
    }

    #[test]
    fn an_unknown_kind_and_an_odd_number_are_refused_by_name() {
        let refusal = |json: &str| ChatSettings::read(json.as_bytes()).unwrap_err().to_string();
        assert!(
            refusal(r#"{"policy":{"locks":{"from_everyone":["smell"]}}}"#)
                .starts_with("policy.locks.from_everyone[0]: unknown variant `smell`")
        );
        assert_eq!(
            refusal(r#"{"policy":{"locks":{"newcomer_messages":0}}}"#),
            "policy.locks.newcomer_messages: must be within 1..=32"
        );
    }
}
