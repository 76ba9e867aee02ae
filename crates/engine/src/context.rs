//! What the engine is told of sender and text: the context a verdict records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parts::Parts;

/// Known before this event was judged. The same event with the same context gives the same verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Context {
    /// Unsuspicious messages of the sender in this chat that stood for a minute, the same words (or kind of picture) once
    /// a day; counted up to 32.
    pub messages_here: u32,
    /// Whole days since the sender's first message here.
    pub days_here: u32,
    /// The sender's other messages of the last 20 seconds; an album counts once.
    pub recent_messages: u32,
    /// Other senders who wrote the same long text here within a day.
    pub same_text_senders: u32,
    /// Links and mentions in the message before this edit; absent for new messages and unknown ones.
    pub previous_links: Option<u32>,
    /// What the sender's other messages of the last minute hold of an advert.
    pub earlier_parts: Parts,
    /// Whether another message of the same album was to be deleted.
    pub album_deleted: bool,
    /// Whether another message of the same album held what is locked.
    #[serde(default)]
    pub album_locked: bool,
    /// Other messages the sender reacted to within ten minutes; counted up to 32.
    pub recent_reactions: u32,
    /// Others who joined this chat within five minutes; counted up to 32.
    pub recent_joins: u32,
    /// What people here called spam that this is like.
    pub known_spam: Option<KnownSpam>,
    /// The picture people called spam that this one looks like; found in the second round.
    #[serde(default)]
    pub known_picture: Option<KnownSpam>,
    /// What people called spam and this says in other words; found in the second round.
    #[serde(default)]
    pub known_campaign: Option<KnownSpam>,
}

/// The nearest text, picture or meaning that people called spam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct KnownSpam {
    /// In how many of 64 bits this differs from it; for meanings, the thousandths that the cosine lacks.
    pub distance: u32,
    /// Whole days since it was written.
    pub days: u32,
    /// Whether other groups of the workspace said so, and nobody here.
    #[serde(default)]
    pub shared: bool,
}

/// Strength at most where only other groups of the workspace said so: enough for a newcomer's message, never for a sender.
const MOST_SHARED: u16 = 630;

impl KnownSpam {
    /// A strength halved once a half-life, straight in between.
    pub(crate) fn faded(self, near: u32, half_life: u32) -> u16 {
        let half_life = half_life.max(1);
        let (halvings, rest) = (self.days / half_life, self.days % half_life);
        let halved = near.checked_shr(halvings).unwrap_or(0);
        let faded = u16::try_from(halved - halved * rest / (2 * half_life)).unwrap_or(u16::MAX);
        if self.shared { faded.min(MOST_SHARED) } else { faded }
    }

    /// How near it is, how old, and who said so.
    pub(crate) fn told(self, near: &str) -> String {
        let place = if self.shared { ", in other groups of the workspace" } else { "" };
        format!("{near}, {} days old{place}", self.days)
    }
}

impl Context {
    /// Whether the sender has written too few messages here to be known.
    #[must_use]
    pub fn is_newcomer(&self) -> bool {
        self.messages_here < 10
    }

    /// Whether the sender earned that nothing more than their message is touched (docs/detection.md, rule 6).
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.messages_here >= 20 && self.days_here >= 7
    }
}
