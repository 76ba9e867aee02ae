//! How good the whole engine is on sources its model never saw (docs/detection.md): each row as a newcomer's first
//! message, preset standard. "Punished" means deleted or worse.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chatwarden_encoder::Encoder;
use chatwarden_engine::text_model::{self, ModelError, Prior, TextModel, bin_of};
use chatwarden_engine::{
    BuildError, ChatSettings, Context, Engine, Facts, InvalidUpdate, MessageVerdict, Scratch, SenderVerdict,
    TextThreshold, Update, Verdict, extract,
};
use oorandom::Rand32;
use serde::Serialize;
use serde_json::json;
use thiserror::Error;

use crate::calibration::Calibration;
use crate::clusters::clusters;
use crate::disguise::Disguise;
use crate::folds::{Fold, leave_one_out, within};
use crate::learning::{Community, Curve, curves};
use crate::prior::{Meanings, vectors};
use crate::ranks::Ranks;
use crate::recipe::Recipe;
use crate::rows::{Corpus, Row};

/// Rows of one label and source that are disguised in every way.
const DISGUISED_ROWS: usize = 400;
const BOT: i64 = 7;
const FIRST_ROUND: u8 = 1;
const SECOND_ROUND: u8 = 2;

/// What a judgement of a source came to, in rows.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// How many there are.
    pub rows: usize,
    /// Deleted or worse.
    pub punished: usize,
    /// Put before a human.
    pub reviewed: usize,
    /// Whose sender would be muted or banned.
    pub senders_punished: usize,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        self.rows += 1;
        self.punished += usize::from(verdict.message == MessageVerdict::Delete);
        self.reviewed += usize::from(verdict.message == MessageVerdict::Review);
        self.senders_punished += usize::from(verdict.sender >= SenderVerdict::Mute);
    }

    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.punished += other.punished;
        self.reviewed += other.reviewed;
        self.senders_punished += other.senders_punished;
    }
}

/// A source judged by a model that never saw it.
#[derive(Debug, Clone, Serialize)]
pub struct SourceReport {
    /// The source.
    pub source: String,
    /// Milli-logits, chosen without the source.
    pub threshold: i32,
    /// Spam and ham rightly told apart in a pair, of a thousand pairs; by the text model alone.
    pub area: Option<u32>,
    /// Of a thousand spam messages, those the text model alone finds where one of a hundred good ones is taken for spam.
    pub recall_at_one_percent: Option<u32>,
    /// Good messages.
    pub ham: Tally,
    /// Spam.
    pub spam: Tally,
    /// Spam that holds neither link nor mention.
    pub spam_without_links: Tally,
    /// The same in two rounds, the second by what the messages mean; none without an encoder.
    pub with_meaning: Option<WithMeaning>,
    /// The same source as a group with a threshold of its own; none where it holds too few good messages.
    pub own: Option<OwnThreshold>,
}

/// A source judged with what meanings speak for spam, learned without it, before anybody tapped.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WithMeaning {
    /// Good messages.
    pub ham: Tally,
    /// Spam.
    pub spam: Tally,
    /// Spam that holds neither link nor mention.
    pub spam_without_links: Tally,
}

/// A source judged under the threshold that half of its good messages ask for; the other half is judged, and all spam.
#[derive(Debug, Clone, Serialize)]
pub struct OwnThreshold {
    /// Milli-logits from the shipped threshold.
    pub shift: i32,
    /// Good messages that the threshold was not drawn from: under the shipped one, and under their own.
    pub ham: [Tally; 2],
    /// Spam, the same.
    pub spam: [Tally; 2],
}

/// What a way to hide words changes, over samples of all sources.
#[derive(Debug, Clone, Serialize)]
pub struct DisguiseReport {
    /// The way.
    pub disguise: &'static str,
    /// Spam as it is, and disguised.
    pub spam: [Tally; 2],
    /// The same of good messages.
    pub ham: [Tally; 2],
    /// Spam and good messages disguised, in two rounds, the second by what they mean; none without an encoder.
    pub with_meaning: Option<[Tally; 2]>,
}

/// What to measure beside each source left out and the disguises.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Sources to be judged in parts too, each part by a model that has read the others.
    pub within: HashSet<usize>,
    /// What learns from taps, and after how many of them.
    pub communities: Vec<Community>,
    /// Taps on spam, and as many on ham; none where no learning is to be measured.
    pub taps: Vec<usize>,
}

/// All figures.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// One for each source, by a model that saw nothing of it.
    pub sources: Vec<SourceReport>,
    /// One for each source of [`Plan::within`], by models that saw other parts of it.
    pub within: Vec<SourceReport>,
    /// One for each way to hide words.
    pub disguises: Vec<DisguiseReport>,
    /// One for each community, if taps are asked for.
    pub curves: Vec<Curve>,
}

/// An evaluation that could not be made.
#[derive(Debug, Error)]
pub enum EvaluationError {
    /// Training failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The engine did not start.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A row could not be read as a message.
    #[error(transparent)]
    Update(#[from] InvalidUpdate),
}

/// Judges texts as newcomers' first messages.
#[derive(Debug)]
pub struct Newcomer<'e> {
    engine: Engine,
    settings: ChatSettings,
    scratch: Scratch,
    meaning: Option<(&'e Encoder, &'e Prior)>,
}

impl<'e> Newcomer<'e> {
    /// With this model.
    ///
    /// # Errors
    /// [`BuildError`] where the engine does not start: a defect of the release.
    pub fn new(model: TextModel) -> Result<Self, BuildError> {
        let mut engine = Engine::new()?;
        engine.set_model(Arc::new(model));
        Ok(Self { engine, settings: ChatSettings::default(), scratch: Scratch::default(), meaning: None })
    }

    /// With what meanings speak for spam besides.
    #[must_use]
    pub fn with_meaning(self, encoder: &'e Encoder, prior: &'e Prior) -> Self {
        Self { meaning: Some((encoder, prior)), ..self }
    }

    /// The verdict on a text, in one round.
    ///
    /// # Errors
    /// [`InvalidUpdate`] never, for a text.
    pub fn judge(&mut self, text: &str) -> Result<Verdict, InvalidUpdate> {
        Ok(self.round(text, None)?.0)
    }

    /// The verdict on a text in one round, and that after as many as it takes; the latter only with meanings.
    ///
    /// # Errors
    /// [`InvalidUpdate`] never, for a text.
    pub fn judge_twice(&mut self, text: &str) -> Result<(Verdict, Option<Verdict>), InvalidUpdate> {
        let (first, may_turn) = self.round(text, None)?;
        let Some((encoder, prior)) = self.meaning else { return Ok((first, None)) };
        let vector = if may_turn { vectors(encoder, &[text]).pop().flatten() } else { None };
        let Some(prior) = vector.and_then(|vector| u16::try_from(prior.logit(&vector)).ok()) else {
            return Ok((first.clone(), Some(first)));
        };
        let second = self.round(text, Some(Facts { prior: Some(prior), ..Facts::default() }))?.0;
        let stricter = if second.message > first.message { second } else { first.clone() };
        Ok((first, Some(stricter)))
    }

    /// A verdict, and whether what the text means could change it.
    fn round(&mut self, text: &str, facts: Option<Facts>) -> Result<(Verdict, bool), InvalidUpdate> {
        let message = json!({"message_id": 1, "date": 1, "chat": {"id": -100, "type": "supergroup"},
            "from": {"id": 42, "first_name": "Robin"}, "text": text});
        let raw = json!({"update_id": 1, "message": message}).to_string();
        let mut event = extract(Update::read(raw.as_bytes())?)?.event.ok_or(InvalidUpdate::UpdateId)?;
        let round = if facts.is_some() { SECOND_ROUND } else { FIRST_ROUND };
        event.facts = facts.map(Box::new);
        let reading = self.engine.read(event, &mut self.scratch);
        let verdict = self.engine.judge(&reading, BOT, round, &self.settings, Context::default());
        let may_turn = verdict.may_turn_on_meaning(&reading, &self.settings);
        Ok((verdict, may_turn))
    }

    fn tally(&mut self, tally: &mut Tally, text: &str) -> Result<(), InvalidUpdate> {
        tally.count(&self.judge(text)?);
        Ok(())
    }
}

/// Trains a model without each source and judges the source with it. With an encoder, a second time by what messages mean, and taps
/// teach a head on it too.
///
/// # Errors
/// [`EvaluationError`] where training failed.
pub fn evaluate(
    corpus: &Corpus,
    recipe: &Recipe,
    plan: &Plan,
    encoder: Option<&Encoder>,
) -> Result<Report, EvaluationError> {
    let texts: Vec<&str> = corpus.rows.iter().map(|row| row.text.as_str()).collect();
    let clusters = clusters(&texts);
    let meanings = encoder.map(|encoder| Meanings::of(corpus, recipe, encoder));
    let folds = leave_one_out(corpus, recipe, &clusters, meanings.as_ref())?;
    let mut report = left_out(corpus, recipe, &folds, encoder)?;
    let parts = within(corpus, recipe, &clusters, &plan.within)?;
    for parts in parts.chunk_by(|left, right| left.source == right.source) {
        let Some(first) = parts.first() else { continue };
        let calibration = Calibration::learn(corpus, &folds, recipe, &HashSet::from([first.source]))?;
        let mut found = SourceReport::new(corpus, parts, calibration);
        for part in parts {
            found.judge(corpus, part, &mut newcomer(part, calibration, None)?)?;
        }
        report.within.push(found);
    }
    if !plan.taps.is_empty() {
        report.curves = curves(corpus, recipe, &folds, &clusters, &plan.communities, &plan.taps, meanings.as_ref())?;
    }
    Ok(report)
}

fn left_out(
    corpus: &Corpus,
    recipe: &Recipe,
    folds: &[Fold],
    encoder: Option<&Encoder>,
) -> Result<Report, EvaluationError> {
    let mut report = Report { sources: Vec::new(), within: Vec::new(), disguises: disguises(), curves: Vec::new() };
    let harmless: Vec<&str> =
        corpus.rows.iter().filter(|row| !row.is_spam && row.text.len() < 240).map(|row| row.text.as_str()).collect();
    for fold in folds {
        let calibration = Calibration::learn(corpus, folds, recipe, &HashSet::from([fold.source]))?;
        let mut newcomer = newcomer(fold, calibration, encoder)?;
        let mut found = SourceReport::new(corpus, std::slice::from_ref(fold), calibration);
        found.judge(corpus, fold, &mut newcomer)?;
        found.own = own_threshold(corpus, fold, &mut newcomer)?;
        report.sources.push(found);
        for label in [false, true] {
            let rows = sample(corpus, fold, label);
            let mut plain = Tally::default();
            for row in &rows {
                newcomer.tally(&mut plain, &row.text)?;
            }
            for (index, disguise) in Disguise::ALL.iter().enumerate() {
                let Some(found) = report.disguises.get_mut(index) else { continue };
                let [as_it_is, hidden] = if label { &mut found.spam } else { &mut found.ham };
                as_it_is.add(&plain);
                let mut random = Rand32::new(recipe.seed + u64::try_from(index).unwrap_or(0));
                for row in &rows {
                    let text = disguise.apply(&row.text, &mut random, &harmless);
                    let (first, last) = newcomer.judge_twice(&text)?;
                    hidden.count(&first);
                    if let Some(last) = last {
                        let [spam, ham] = found.with_meaning.get_or_insert_default();
                        if label { spam } else { ham }.count(&last);
                    }
                }
            }
        }
    }
    Ok(report)
}

fn disguises() -> Vec<DisguiseReport> {
    let empty = |disguise: &Disguise| DisguiseReport {
        disguise: disguise.name(),
        spam: <[Tally; 2]>::default(),
        ham: <[Tally; 2]>::default(),
        with_meaning: None,
    };
    Disguise::ALL.iter().map(empty).collect()
}

fn newcomer<'e>(
    fold: &'e Fold,
    calibration: Calibration,
    encoder: Option<&'e Encoder>,
) -> Result<Newcomer<'e>, EvaluationError> {
    let newcomer = Newcomer::new(fold.model.clone().tuned(calibration.line, calibration.threshold)?)?;
    Ok(match encoder.zip(fold.prior.as_ref()) {
        Some((encoder, prior)) => newcomer.with_meaning(encoder, prior),
        None => newcomer,
    })
}

impl SourceReport {
    /// Of the folds of one source, whose rows are yet to be judged. Where several models judge, their logits are ranked together.
    fn new(corpus: &Corpus, folds: &[Fold], calibration: Calibration) -> Self {
        let (mut ham, mut spam) = (Vec::new(), Vec::new());
        for (index, logit) in folds.iter().flat_map(|fold| &fold.logits) {
            let is_spam = corpus.rows.get(*index).is_some_and(|row| row.is_spam);
            if is_spam { &mut spam } else { &mut ham }.push(logit.unwrap_or(i32::MIN));
        }
        let ranks = Ranks::new(ham, spam);
        let name = folds.first().and_then(|fold| corpus.sources.get(fold.source));
        Self {
            source: name.cloned().unwrap_or_default(),
            threshold: calibration.threshold,
            area: ranks.as_ref().map(Ranks::area),
            recall_at_one_percent: ranks.as_ref().map(Ranks::recall_at_one_percent),
            ham: Tally::default(),
            spam: Tally::default(),
            spam_without_links: Tally::default(),
            with_meaning: None,
            own: None,
        }
    }

    fn judge(&mut self, corpus: &Corpus, fold: &Fold, newcomer: &mut Newcomer<'_>) -> Result<(), InvalidUpdate> {
        for row in fold.logits.iter().filter_map(|(index, _)| corpus.rows.get(*index)) {
            let (first, last) = newcomer.judge_twice(&row.text)?;
            let has_link = ["http", "t.me", "@", "www."].iter().any(|mark| row.text.contains(mark));
            let is_linkless_spam = row.is_spam && !has_link;
            if row.is_spam { &mut self.spam } else { &mut self.ham }.count(&first);
            if is_linkless_spam {
                self.spam_without_links.count(&first);
            }
            let Some(last) = last else { continue };
            let found = self.with_meaning.get_or_insert_default();
            if row.is_spam { &mut found.spam } else { &mut found.ham }.count(&last);
            if is_linkless_spam {
                found.spam_without_links.count(&last);
            }
        }
        Ok(())
    }
}

fn own_threshold(
    corpus: &Corpus,
    fold: &Fold,
    newcomer: &mut Newcomer<'_>,
) -> Result<Option<OwnThreshold>, InvalidUpdate> {
    let rows = fold.logits.iter().filter_map(|(index, _)| corpus.rows.get(*index));
    let (spam, ham): (Vec<&Row>, Vec<&Row>) = rows.partition(|row| row.is_spam);
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for row in ham.iter().step_by(2) {
        if let Some(wording) = newcomer.judge(&row.text)?.wording {
            *counts.entry(bin_of(wording.above)).or_default() += 1;
        }
    }
    let mut threshold = TextThreshold::default();
    while let Some(shift) = threshold.next(&counts) {
        threshold.shift = shift;
    }
    if text_model::own_threshold(&counts).is_none() {
        return Ok(None);
    }
    let mut own = OwnThreshold { shift: threshold.shift, ham: Default::default(), spam: Default::default() };
    for (index, shift) in [0, threshold.shift].into_iter().enumerate() {
        newcomer.settings.policy.text_threshold.shift = shift;
        let judged = ham.iter().skip(1).step_by(2).chain(&spam);
        for row in judged {
            let tallies = if row.is_spam { &mut own.spam } else { &mut own.ham };
            if let Some(tally) = tallies.get_mut(index) {
                newcomer.tally(tally, &row.text)?;
            }
        }
    }
    newcomer.settings.policy.text_threshold.shift = 0;
    Ok(Some(own))
}

/// Every so many rows of one label.
fn sample<'c>(corpus: &'c Corpus, fold: &Fold, label: bool) -> Vec<&'c Row> {
    let rows: Vec<&Row> = fold
        .logits
        .iter()
        .filter_map(|(index, _)| corpus.rows.get(*index))
        .filter(|row| row.is_spam == label)
        .collect();
    let step = rows.len().div_ceil(DISGUISED_ROWS).max(1);
    rows.into_iter().step_by(step).collect()
}
