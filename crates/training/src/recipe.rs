//! From labelled messages to a model: what is learned from, how much each source counts, the step to eight bits.

use std::collections::HashSet;

use chatwarden_engine::text_model::{ModelCard, ModelError, SourceCount, TextModel};
use oorandom::Rand32;

use crate::calibration::Calibration;
use crate::clusters::clusters;
use crate::disguise::Disguise;
use crate::examples::{Examples, PlainReader};
use crate::fit::{Fit, fit};
use crate::folds::leave_one_out;
use crate::rows::{Corpus, Row};

/// Characters of a window, and from which a text is long enough to be cut into windows.
const WINDOW: usize = 120;
const LONG: usize = 200;
/// Slope and shift of a model that is not calibrated.
const PLAIN: (f64, f64) = (1.0, 0.0);
/// How much a disguised copy, and an advert between harmless lines, count.
pub const COPY: f32 = 0.5;
/// Of a hundred adverts, how many are also put between harmless lines.
const SANDWICHES: u32 = 25;

/// Settings of a training run.
#[derive(Debug, Clone, Default)]
pub struct Recipe {
    /// Where all chance comes from.
    pub seed: u64,
    /// Sources that count double: the ones closest to what is judged.
    pub core: HashSet<usize>,
    /// Sources that no threshold is chosen by: alone in their language, they say nothing of others.
    pub apart: HashSet<usize>,
    /// Of a hundred rows, how many also come disguised.
    pub disguised: u32,
}

/// Which rows to learn from.
pub type Chosen<'c> = &'c dyn Fn(usize) -> bool;

/// Makes examples of the chosen rows, and of what is known by features alone.
#[must_use]
pub fn examples(corpus: &Corpus, chosen: Chosen<'_>, recipe: &Recipe) -> Examples {
    let mut examples = Examples::default();
    let mut groups = Vec::new();
    let mut reader = PlainReader::default();
    let mut random = Rand32::new(recipe.seed);
    let harmless = harmless(corpus, chosen);
    for row in rows(corpus, chosen) {
        let mut add = |text: &str, weight: f32| {
            if examples.add(&reader.read(text), row.is_spam, weight) {
                groups.push((row.source, row.is_spam));
            }
        };
        add(&row.text, 1.0);
        let windows = windows(&row.text);
        let share = if row.is_spam { COPY } else { 1.0 } / real(windows.len());
        for window in &windows {
            add(window, share);
        }
        if random.rand_range(0..100) < recipe.disguised {
            let way = Disguise::drawn(&mut random);
            if way != Disguise::Padding {
                add(&way.apply(&row.text, &mut random, &harmless), COPY);
            }
        }
        if row.is_spam && random.rand_range(0..100) < SANDWICHES {
            add(&Disguise::Padding.apply(&row.text, &mut random, &harmless), COPY);
        }
    }
    for tap in &corpus.taps {
        examples.add_tap(&tap.features, tap.is_spam, 1.0);
        groups.push((tap.source, tap.is_spam));
    }
    let mut weights: Vec<f32> = examples.all().iter().map(|example| example.weight).collect();
    balance(&mut weights, &groups, corpus, recipe);
    for (example, weight) in examples.all_mut().iter_mut().zip(weights) {
        example.weight = weight;
    }
    examples
}

/// What padding is made of.
pub fn harmless<'c>(corpus: &'c Corpus, chosen: Chosen<'c>) -> Vec<&'c str> {
    let short = rows(corpus, chosen).filter(|row| !row.is_spam && row.text.len() < 2 * WINDOW);
    short.map(|row| row.text.as_str()).collect()
}

fn rows<'c>(corpus: &'c Corpus, chosen: Chosen<'c>) -> impl Iterator<Item = &'c Row> {
    corpus.rows.iter().enumerate().filter(move |(index, _)| chosen(*index)).map(|(_, row)| row)
}

/// A source and label weighs the eighth root of its size, core sources twice that; all spam weighs as much as all ham.
pub fn balance(weights: &mut [f32], groups: &[(usize, bool)], corpus: &Corpus, recipe: &Recipe) {
    let mut sums = vec![[0.0f32; 2]; corpus.sources.len()];
    for (weight, (source, is_spam)) in weights.iter().zip(groups) {
        if let Some(sum) = sums.get_mut(*source).and_then(|sums| sums.get_mut(usize::from(*is_spam))) {
            *sum += weight;
        }
    }
    let shares: Vec<[f32; 2]> = sums
        .iter()
        .enumerate()
        .map(|(source, sums)| {
            let factor = if recipe.core.contains(&source) { 2.0 } else { 1.0 };
            sums.map(|sum| factor * sum.sqrt().sqrt().sqrt())
        })
        .collect();
    let total = |label: usize| shares.iter().filter_map(|share| share.get(label)).sum::<f32>().max(f32::MIN_POSITIVE);
    let totals = [total(0), total(1)];
    let half = real(weights.len()) / 2.0;
    for (weight, (source, is_spam)) in weights.iter_mut().zip(groups) {
        let label = usize::from(*is_spam);
        let of = |table: &[[f32; 2]]| table.get(*source).and_then(|row| row.get(label)).copied().unwrap_or(1.0);
        let total = totals.get(label).copied().unwrap_or(1.0);
        *weight *= of(&shares) / total * half / of(&sums).max(f32::MIN_POSITIVE);
    }
}

/// Pieces of about [`WINDOW`] characters, cut at spaces; none of a text that is not long.
fn windows(text: &str) -> Vec<String> {
    if text.chars().count() < LONG {
        return Vec::new();
    }
    let mut windows = vec![String::new()];
    for word in text.split_inclusive(|character: char| character.is_whitespace() || "，。！？".contains(character))
    {
        if windows.last().is_some_and(|window| window.chars().count() >= WINDOW) {
            windows.push(String::new());
        }
        if let Some(window) = windows.last_mut() {
            window.push_str(word);
        }
    }
    windows
}

/// Eight bits a weight.
///
/// # Errors
/// [`ModelError`] where training came to numbers that are none.
pub fn quantise(fit: &Fit, sources: Vec<SourceCount>) -> Result<TextModel, ModelError> {
    let largest = fit.weights.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
    let scale = largest / 127.0;
    #[expect(clippy::cast_possible_truncation, reason = "within ±127")]
    let weights = fit.weights.iter().map(|weight| (weight / scale).round() as i8).collect();
    let card = ModelCard {
        sources,
        threshold: 0,
        calibration: PLAIN,
        scale: scale.into(),
        bias: fit.bias.into(),
        structure: fit.structure,
    };
    TextModel::new(card, weights)
}

/// A model of the chosen rows, uncalibrated and without a threshold.
///
/// # Errors
/// [`ModelError`] where training came to numbers that are none.
pub fn train(corpus: &Corpus, chosen: Chosen<'_>, recipe: &Recipe) -> Result<TextModel, ModelError> {
    let examples = examples(corpus, chosen, recipe);
    quantise(&fit(&examples, recipe.seed), counts(corpus, chosen))
}

/// The model to ship: of all rows, calibrated on rows that the judging models had not seen.
///
/// # Errors
/// [`ModelError`] where training came to numbers that are none, or the rows hold too little to choose a threshold by.
pub fn ship(corpus: &Corpus, recipe: &Recipe) -> Result<TextModel, ModelError> {
    let texts: Vec<&str> = corpus.rows.iter().map(|row| row.text.as_str()).collect();
    let folds = leave_one_out(corpus, recipe, &clusters(&texts), None)?;
    let calibration = Calibration::learn(corpus, &folds, recipe, &HashSet::new())?;
    train(corpus, &|_| true, recipe)?.tuned(calibration.line, calibration.threshold)
}

fn counts(corpus: &Corpus, chosen: Chosen<'_>) -> Vec<SourceCount> {
    let mut counts: Vec<SourceCount> =
        corpus.sources.iter().map(|name| SourceCount { name: name.clone(), spam: 0, ham: 0 }).collect();
    for row in rows(corpus, chosen) {
        if let Some(count) = counts.get_mut(row.source) {
            *if row.is_spam { &mut count.spam } else { &mut count.ham } += 1;
        }
    }
    for tap in &corpus.taps {
        if let Some(count) = counts.get_mut(tap.source) {
            *if tap.is_spam { &mut count.spam } else { &mut count.ham } += 1;
        }
    }
    counts.retain(|count| count.spam + count.ham > 0);
    counts
}

#[expect(clippy::cast_precision_loss, reason = "some hundred thousand examples")]
fn real(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use chatwarden_engine::text_model::TapFeatures;

    use super::*;

    const SPAM: &[&str] = &[
        "earn money from home, write me in private",
        "remote job for everybody, 300 dollars a day, write me",
        "casino bonus for new players, earn money today",
        "urgent: remote earnings for everybody over 18, private message",
        "free bonus in our casino, write for the link",
        "we pay 200 dollars a day for an easy remote job",
    ];
    const HAM: &[&str] = &[
        "the roses need water twice a week in summer",
        "does anybody know a good dentist near the station?",
        "see you at the meeting tomorrow evening",
        "thanks, that fixed the build for me",
        "my tomatoes turned yellow, what can it be?",
        "the bus was late again this morning",
    ];

    fn corpus() -> Corpus {
        let mut corpus = Corpus::default();
        let line = |text: &&str, label: &str| format!("{}\n", serde_json::json!({"text": text, "label": label}));
        let lines: String =
            SPAM.iter().map(|text| line(text, "spam")).chain(HAM.iter().map(|text| line(text, "ham"))).collect();
        corpus.add("authored", lines.as_bytes()).unwrap();
        corpus
    }

    fn recipe() -> Recipe {
        Recipe { seed: 7, disguised: 50, ..Recipe::default() }
    }

    #[test]
    fn the_same_rows_give_the_same_model_byte_by_byte() {
        let corpus = corpus();
        let bytes = || train(&corpus, &|_| true, &recipe()).unwrap().to_bytes().unwrap();
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn what_was_not_seen_is_told_apart_by_what_was() {
        let corpus = corpus();
        let model = train(&corpus, &|_| true, &recipe()).unwrap();
        let mut reader = PlainReader::default();
        let mut logit =
            |text: &str| model.strongest(&reader.read(text), None, 0).map(|strongest| strongest.logit).unwrap();
        assert!(logit("earn 400 dollars a day with a remote job") > logit("the station is near the garden") + 500);
    }

    #[test]
    fn all_spam_weighs_as_much_as_all_ham() {
        let corpus = corpus();
        let examples = examples(&corpus, &|index| index < 9, &recipe());
        let sum = |is_spam| -> f32 {
            examples.all().iter().filter(|example| example.is_spam == is_spam).map(|example| example.weight).sum()
        };
        assert!((sum(true) - sum(false)).abs() < 0.01, "{} {}", sum(true), sum(false));
    }

    #[test]
    fn what_is_known_by_features_alone_is_learned_from() {
        let told = PlainReader::default().read("cheap followers for your channel, order in private");
        let features = TapFeatures::of(&told).unwrap().to_bytes();
        let features = features.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
        let mut corpus = corpus();
        let without = train(&corpus, &|_| true, &recipe()).unwrap();
        let line = serde_json::json!({"features": features, "label": "spam", "people": 3}).to_string();
        corpus.add("feedback", line.as_bytes()).unwrap();
        let with = train(&corpus, &|_| true, &recipe()).unwrap();
        let logit = |model: &TextModel| model.strongest(&told, None, 0).unwrap().logit;
        assert!(logit(&with) > logit(&without) + 300, "{} {}", logit(&with), logit(&without));
        assert_eq!(with.card().sources.last().map(|source| (source.spam, source.ham)), Some((1, 0)));
        for broken in
            [r#"{"label":"spam"}"#, r#"{"label":"spam","features":"zz"}"#, r#"{"label":"spam","features":"0"}"#]
        {
            assert!(Corpus::default().add("feedback", broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_line_that_is_no_message_is_named_without_its_words() {
        let mut corpus = Corpus::default();
        let error =
            corpus.add("file", b"{\"text\":\"a\",\"label\":\"ham\"}\n{\"text\":\"secret\"}\n").unwrap_err().to_string();
        assert!(error.starts_with("file, line 2: ") && !error.contains("secret"), "{error}");
    }
}
