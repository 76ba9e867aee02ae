//! The verdict and its reasons, as they are written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::event::{EventKind, SenderKind};
use crate::facts::Want;
use crate::guard::Guard;
use crate::place::Span;
use crate::policy::ChatSettings;
use crate::reading::Reading;
use crate::signal::{Group, Kind};
use crate::text_model::{MOST_PRIOR, MOST_SHIFT, WordingScore};

/// The signal that tells of many who join at the same time.
const MASS_JOIN: &str = "mass_join";

/// What to do with the message; of a reaction, with all reactions of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageVerdict {
    /// It stays.
    Keep,
    /// It stays, and a human looks at it. Of a join, where there is nothing to delete, the most.
    Review,
    /// It goes.
    Delete,
}

impl MessageVerdict {
    /// The verdict as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Review => "review",
            Self::Delete => "delete",
        }
    }
}

/// What to do with its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SenderVerdict {
    /// Nothing.
    None,
    /// Must prove to be a person.
    Challenge,
    /// May not write for a time.
    Mute,
    /// Removed, may come back; for admins' rules only.
    Kick,
    /// Banned for a time.
    Ban,
}

impl SenderVerdict {
    /// The verdict as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Challenge => "challenge",
            Self::Mute => "mute",
            Self::Kick => "kick",
            Self::Ban => "ban",
        }
    }
}

/// The engine's decision about one event, with everything it rests on. Holds no word of the message.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "Verdict")]
pub struct Verdict {
    /// `bot-update-round`.
    pub trace_id: String,
    /// The bot that received the update.
    pub bot_id: i64,
    /// Telegram's `update_id`.
    pub update_id: i64,
    /// 1 for the first look, 2 with facts fetched since.
    pub round: u8,
    /// What happened.
    pub event: EventKind,
    /// The group.
    pub chat_id: i64,
    /// The message, or the one reacted to; absent where somebody joined.
    pub message_id: Option<i64>,
    /// User or channel.
    pub sender_kind: SenderKind,
    /// Its id.
    pub sender_id: i64,
    /// The event's own date, seconds since 1970; the only clock the engine knows.
    pub now: i64,
    /// What judged it.
    pub versions: Versions,
    /// Why nothing may be done. It stands before any score: score and contributions then only tell what was seen.
    pub guard: Option<Guard>,
    /// What would have become of the message without the guard.
    #[serde(skip)]
    pub unguarded: MessageVerdict,
    /// What would have become of the message without the group's locks.
    #[serde(skip)]
    pub unlocked: MessageVerdict,
    /// What the text model says of the words; none where they say nothing to it.
    pub wording: Option<WordingScore>,
    /// Milli-logits: bias and contributions.
    pub score: i32,
    /// The score as a probability, in thousandths.
    pub probability: u16,
    /// What to do with the message.
    pub message: MessageVerdict,
    /// What to do with its sender.
    pub sender: SenderVerdict,
    /// The signals that fired, sorted by name.
    pub contributions: Vec<Contribution>,
    /// Signals found that count for nothing in this group.
    pub switched_off: Vec<SwitchedOff>,
    /// What held the verdict back: `cap:GROUP`, `context_alone`, `message_bar`, `sender_bar`, `members_do_too`,
    /// `trusted_sender`, `model_alone`, `rule_keep`.
    pub bounds: Vec<String>,
    /// What was known of sender and text.
    pub context: Context,
    /// What was fetched for a second round.
    pub facts: Vec<Want>,
    /// What could not be looked at.
    pub skipped: Vec<String>,
}

/// What judged an event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Versions {
    /// Of this engine.
    pub engine: &'static str,
    /// Of the group's policy.
    pub policy: u32,
    /// Fingerprint of the text model.
    pub model: u32,
    /// Fingerprint of what the group's feedback taught, where it did.
    pub learned: Option<u32>,
    /// Fingerprint of what the groups of its workspace agree on, where they do.
    pub shared: Option<u32>,
    /// Fingerprint of the rules for all groups, where there are any.
    pub rules: Option<u32>,
    /// Fingerprint of the operator's lists, where there are any.
    pub lists: Option<u32>,
}

/// One signal's part in a score.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Contribution {
    /// The signal's name.
    pub signal: &'static str,
    /// Evidence, context or trust.
    pub kind: Kind,
    /// The group whose cap it shares.
    pub group: Group,
    /// Milli-logits at full strength in this group.
    pub weight: i32,
    /// 1..=1000.
    pub strength: u16,
    /// Milli-logits added to the score, after the cap.
    pub contribution: i32,
    /// Whether good members do this too: alone it costs no sender anything.
    pub members_do_too: bool,
    /// The words that set it off.
    pub spans: Vec<Span>,
    /// Numbers behind it; never words of the message.
    pub detail: Option<String>,
}

/// A signal that was found and has no weight in this group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SwitchedOff {
    /// The signal's name.
    pub signal: &'static str,
    /// 1..=1000.
    pub strength: u16,
    /// Whether good members do this too.
    pub members_do_too: bool,
}

impl From<Contribution> for SwitchedOff {
    fn from(part: Contribution) -> Self {
        Self { signal: part.signal, strength: part.strength, members_do_too: part.members_do_too }
    }
}

/// Letters from which words are enough to mean something.
pub const LETTERS_OF_MEANING: usize = 20;

impl Verdict {
    /// Whether anything in the message itself spoke against it.
    #[must_use]
    pub fn has_evidence(&self) -> bool {
        self.evidence().next().is_some()
    }

    /// Whether that many others came at the same time is all that speaks against somebody who comes.
    #[must_use]
    pub fn is_only_mass_join(&self) -> bool {
        self.has_evidence() && self.evidence().all(|part| part.signal == MASS_JOIN)
    }

    /// Whether what the message means could still delete it: enough words, and not farther from the threshold than meaning may move them,
    /// which is less where nobody taught the group anything.
    #[must_use]
    pub fn may_turn_on_meaning(&self, reading: &Reading<'_>, settings: &ChatSettings) -> bool {
        let is_taught = settings.learned.as_ref().is_some_and(|learned| !learned.is_empty())
            || settings.shared.as_ref().is_some_and(|shared| !shared.is_empty());
        let most = if is_taught { MOST_SHIFT } else { MOST_PRIOR };
        self.wording.is_some_and(|wording| wording.above >= -most)
            && self.event.is_message()
            && self.message != MessageVerdict::Delete
            && reading.has_letters(LETTERS_OF_MEANING)
    }

    fn evidence(&self) -> impl Iterator<Item = &Contribution> {
        let evidence = self.contributions.iter().filter(|part| part.kind == Kind::Evidence);
        evidence.filter(|part| part.contribution > 0 || part.group == Group::Rules)
    }

    /// The verdict as JSON; the same verdict gives the same bytes.
    ///
    /// # Errors
    /// Never for a verdict the engine made; the serialiser's error all the same.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
