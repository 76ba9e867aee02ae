//! Judges Telegram updates: raw bytes in, verdict out.
//!
//! [`Update::read`] parses, [`extract()`] finds every text with its place, [`Engine::read`] folds and searches them,
//! [`Engine::judge`] gives the verdict. Pure: no I/O, no clock, no globals; the same input gives the same bytes.

mod campaigns;
mod context;
mod event;
mod extract;
mod facts;
mod gate;
mod guard;
mod impersonation;
mod judge;
mod link;
mod lists;
mod locks;
mod nearest;
mod night;
pub mod normalise;
mod parts;
mod phrases;
mod pictures;
mod place;
mod policy;
mod probability;
mod promotion;
mod reading;
mod rejudge;
mod rules;
mod schemas;
mod service;
mod shared;
mod signal;
mod signals;
mod sketch;
#[cfg(test)]
mod testing;
pub mod text_model;
mod update;
mod verdict;

use std::sync::Arc;

use linkify::LinkFinder;
use regex::Regex;
use thiserror::Error;

pub use campaigns::{Campaigns, JudgedMeaning};
pub use context::{Context, KnownSpam};
pub use event::{Event, EventKind, Extract, Field, Role, Sender, SenderKind, Summary};
pub use extract::extract;
pub use facts::{Campaign, Facts, InvalidFacts, Want};
pub use guard::Guard;
pub use judge::BIAS;
pub use lists::{Fault, HostList, ListKind, Lists};
pub use locks::{Content, Locks};
pub use nearest::Nearest;
pub use night::Night;
pub use parts::Parts;
use phrases::PhraseMatcher;
pub use pictures::{KnownPicture, KnownPictures};
pub use place::{Place, Span};
pub use policy::{
    Admin, Asked, ChatSettings, Gate, GateKind, Mode, Policy, PolicyError, Preset, Question, Raid, RaidJoins,
    TextThreshold,
};
pub use reading::{Reading, Scratch};
pub use rejudge::{Preview, Previews, preview, previews};
pub use rules::{AppliesTo, LookAt, Rule, RuleHit, RuleKind, RulePlace, RuleSender, RuleSet, RuleVerdict};
use rules::{RULE, Ruling};
pub use schemas::schemas;
pub use service::ServiceMessage;
pub use shared::{Shared, SharedError, SharedTap, Standing, Voice};
use signal::{Hits, Subject, Wording};
use signals::REGISTRY;
pub use signals::{CatalogueEntry, catalogue};
pub use sketch::Sketch;
use text_model::{Delta, ModelError, Tap, TextModel, WordingScore};
pub use update::{InvalidUpdate, Update, mend};
pub use verdict::{Contribution, LETTERS_OF_MEANING, MessageVerdict, SenderVerdict, Verdict};

/// The version written into verdicts.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Bytes of compiled state a pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

/// A signal's phrases or patterns that do not compile: a defect of the release, found by any test.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The phrases of all signals.
    #[error("the signals' phrases do not compile: {0}")]
    Phrases(#[from] aho_corasick::BuildError),
    /// A signal's regular expression.
    #[error("a signal's pattern does not compile: {0}")]
    Pattern(#[from] regex::Error),
    /// The text model that is built in.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Everything that is compiled once: phrases, patterns, the finder of links. A clone shares it.
#[derive(Debug, Clone)]
pub struct Engine {
    finder: Arc<LinkFinder>,
    matcher: Arc<PhraseMatcher>,
    /// For each signal of the registry, its patterns.
    patterns: Arc<[Vec<Regex>]>,
    rules: Arc<RuleSet>,
    lists: Arc<Lists>,
    model: Arc<TextModel>,
}

impl Engine {
    /// Compiles the signals.
    ///
    /// # Errors
    /// [`BuildError`] where a signal's phrases or patterns do not compile.
    pub fn new() -> Result<Self, BuildError> {
        let compile = |pattern: &&str| regex::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build();
        let patterns = REGISTRY
            .iter()
            .map(|definition| definition.patterns.iter().map(compile).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Arc<[_]>, _>>()?;
        Ok(Self {
            finder: Arc::new(link::finder()),
            matcher: Arc::new(PhraseMatcher::new()?),
            patterns,
            rules: Arc::default(),
            lists: Arc::default(),
            model: Arc::new(TextModel::shipped()?),
        })
    }

    /// Takes rules that count in every group, beside the group's own.
    pub fn set_rules(&mut self, rules: Arc<RuleSet>) {
        self.rules = rules;
    }

    /// Takes lists of known hosts and names.
    pub fn set_lists(&mut self, lists: Arc<Lists>) {
        self.lists = lists;
    }

    /// Takes another text model than the one that is built in.
    pub fn set_model(&mut self, model: Arc<TextModel>) {
        self.model = model;
    }

    /// Fingerprint of the text model that judges.
    #[must_use]
    pub fn model(&self) -> u32 {
        self.model.fingerprint()
    }

    /// Learns a group's taps over the text model, and over what the groups of its workspace agree on.
    #[must_use]
    pub fn learn(&self, shared: Option<&Shared>, taps: &[Tap]) -> Delta {
        Delta::learn(&self.model, shared.map(Shared::wording), taps)
    }

    /// Finds what the groups of a workspace agree on.
    #[must_use]
    pub fn share(&self, taps: &[SharedTap]) -> Shared {
        Shared::learn(&self.model, taps)
    }

    /// Reads a message: folds its texts, then finds links, mentions and phrases.
    #[must_use]
    pub fn read<'a>(&self, event: Event<'a>, scratch: &mut Scratch) -> Reading<'a> {
        let mut reading = Reading::fold(event, scratch);
        self.find(&mut reading);
        reading
    }

    /// The second half of [`Engine::read`], for whoever measures the halves apart.
    pub fn find(&self, reading: &mut Reading<'_>) {
        reading.find(&self.finder, &self.matcher);
    }

    /// Judges a message under the chat's settings and what is known of its sender. `round` is 1 for the first look.
    #[must_use]
    pub fn judge(
        &self,
        reading: &Reading<'_>,
        bot_id: i64,
        round: u8,
        settings: &ChatSettings,
        context: Context,
    ) -> Verdict {
        let mut findings = Vec::new();
        let wording = self.wording(reading, settings);
        for (signal, (definition, patterns)) in REGISTRY.iter().zip(&*self.patterns).enumerate() {
            let subject = Subject {
                event: &reading.event,
                context: &context,
                settings,
                lists: &self.lists,
                reading,
                wording,
                signal,
                patterns,
            };
            let mut hits = Hits::default();
            (definition.detect)(&subject, &mut hits);
            if hits.strength > 0 {
                findings.push((signal, hits));
            }
        }
        let ruling = self.ruling(reading, settings, context);
        let mut verdict = judge::judge(reading, bot_id, round, settings, context, findings, ruling);
        verdict.versions.model = self.model.fingerprint();
        verdict.wording = wording.map(|wording| wording.score);
        verdict.versions.learned = settings.wording().map(Delta::fingerprint);
        verdict.versions.shared = settings.shared.as_deref().map(Shared::fingerprint);
        verdict.versions.rules = self.rules.fingerprint;
        verdict.versions.lists = self.lists.fingerprint;
        verdict
    }

    fn wording(&self, reading: &Reading<'_>, settings: &ChatSettings) -> Option<Wording<'_>> {
        let told = |facts: &Facts| facts.meaning.unwrap_or_default() + facts.prior.map_or(0, i32::from);
        let meaning = reading.event.facts.as_deref().map(told).unwrap_or_default();
        let strongest = self.model.strongest(&reading.model_text, settings.wording(), meaning)?;
        let score = WordingScore {
            above: strongest.logit.saturating_sub(self.model.card().threshold),
            learned: strongest.learned,
            is_hidden: reading.are_words_hidden(),
        };
        Some(Wording { part: strongest.part, score, model: &self.model })
    }

    fn ruling(&self, reading: &Reading<'_>, settings: &ChatSettings, context: Context) -> Ruling {
        if !settings.policy.is_enabled(RULE) {
            return Ruling::default();
        }
        let (mut hits, own_cut) = settings.rules.find(reading, context, "");
        let (shared, shared_cut) = self.rules.find(reading, context, "shared/");
        hits.extend(shared);
        Ruling::new(hits, own_cut || shared_cut)
    }
}
