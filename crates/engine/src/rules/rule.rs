//! A rule as an admin writes it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{MessageVerdict, SenderVerdict};

/// What to look for, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in verdicts: letters, digits, `_`, `-` and `.`; no two rules share one.
    #[schemars(length(min = 1, max = 64), pattern(r"^[A-Za-z0-9_.-]+$"))]
    pub id: String,
    /// How the pattern is read.
    pub kind: RuleKind,
    /// What to look for. Words are matched whole, in any case and disguise.
    #[schemars(length(min = 1, max = 500))]
    pub pattern: String,
    /// Where to look.
    #[serde(default = "own_words")]
    #[schemars(length(min = 1))]
    pub places: BTreeSet<RulePlace>,
    /// Which form of the words to look at.
    #[serde(default)]
    pub look_at: LookAt,
    /// Whose messages it is for.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// What to do where it matches.
    pub verdict: RuleVerdict,
    /// What the admins want to remember of it.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub note: Option<String>,
    /// Seconds since 1970 from which it no longer counts, by the messages' own dates.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub expires_at: Option<i64>,
    /// Whether it counts at all.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// How a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Words, as they are.
    Literal,
    /// Words in which `*` stands for any characters but spaces, `?` for one; a `*` between spaces stands for up to five
    /// words. A backslash takes the meaning away.
    Wildcard,
    /// A regular expression in Rust's syntax.
    Regex,
}

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RulePlace {
    /// The sender's own words, in every field that can hold some; forwarded words count as own, quoted ones do not.
    Own,
    /// The sender's name and tag.
    Names,
    /// Addresses, those behind words and buttons included; `@name` counts as `t.me/name`.
    Links,
}

/// Which form of the words to look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookAt {
    /// Lower case, single spaces, no accents, no disguise: what the reader reads.
    #[default]
    Folded,
    /// Character by character as it was sent.
    Original,
}

/// Whose messages a rule is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// All but those whom nothing touches: admins, the allow list.
    #[default]
    Everyone,
    /// Senders with fewer than ten messages here.
    Newcomers,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleVerdict {
    /// What to do with the message. `keep`: what it matches counts against nobody, and the score does not delete the message.
    pub message: MessageVerdict,
    /// What to do with its sender; more than none only together with `delete`.
    #[serde(default)]
    pub sender: RuleSender,
}

/// What a rule does to a sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSender {
    /// Nothing.
    #[default]
    None,
    /// May not write for the policy's `mute_days`.
    Mute,
    /// Removed, may come back.
    Kick,
    /// Banned for the policy's `ban_days`.
    Ban,
}

impl From<RuleSender> for SenderVerdict {
    fn from(sender: RuleSender) -> Self {
        match sender {
            RuleSender::None => Self::None,
            RuleSender::Mute => Self::Mute,
            RuleSender::Kick => Self::Kick,
            RuleSender::Ban => Self::Ban,
        }
    }
}

fn own_words() -> BTreeSet<RulePlace> {
    BTreeSet::from([RulePlace::Own])
}

const fn yes() -> bool {
    true
}
