//! From labelled messages to a model: what is learned from, how much each source counts, the step to eight bits.

use std::collections::HashSet;

use chatwarden_engine::text_model::{ModelCard, ModelError, SourceCount, TextModel};
use oorandom::Rand32;

use crate::disguise::Disguise;
use crate::examples::{Examples, PlainReader};
use crate::fit::{Fit, fit};
use crate::rows::{Corpus, Row};

/// Characters of a window, and from which a text is long enough to be cut into windows.
const WINDOW: usize = 120;
const LONG: usize = 200;
/// How much a disguised copy, and an advert between harmless lines, count.
const COPY: f32 = 0.5;
/// Of a hundred adverts, how many are also put between harmless lines.
const SANDWICHES: u32 = 25;

/// Settings of a training run.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Where all chance comes from.
    pub seed: u64,
    /// Sources that count double: the ones closest to what is judged.
    pub core: HashSet<usize>,
    /// Of a hundred rows, how many also come disguised.
    pub disguised: u32,
}

/// Which rows to learn from.
pub type Chosen<'c> = &'c dyn Fn(usize) -> bool;

/// Makes examples of the chosen rows.
#[must_use]
pub fn examples(corpus: &Corpus, chosen: Chosen<'_>, recipe: &Recipe) -> Examples {
    let mut examples = Examples::default();
    let mut groups = Vec::new();
    let mut reader = PlainReader::default();
    let mut random = Rand32::new(recipe.seed);
    let harmless: Vec<&str> =
        rows(corpus, chosen).filter(|row| !row.is_spam && row.text.len() < 2 * WINDOW).map(|row| row.text.as_str()).collect();
    for row in rows(corpus, chosen) {
        let mut add = |text: &str, weight: f32| {
            if examples.add(&reader.read(text), row.is_spam, weight) {
                groups.push((row.source, row.is_spam));
            }
        };
        add(&row.text, 1.0);
        let windows = windows(&row.text);
        let share = if row.is_spam { COPY } else { 1.0 } / real(windows.len());
        windows.iter().for_each(|window| add(window, share));
        if random.rand_range(0..100) < recipe.disguised {
            let way = Disguise::ALL.get(random.rand_range(0..20) as usize).copied().unwrap_or(Disguise::Mixed);
            if way != Disguise::Padding {
                add(&way.apply(&row.text, &mut random, &harmless), COPY);
            }
        }
        if row.is_spam && random.rand_range(0..100) < SANDWICHES {
            add(&Disguise::Padding.apply(&row.text, &mut random, &harmless), COPY);
        }
    }
    balance(&mut examples, &groups, corpus, recipe);
    examples
}

fn rows<'c>(corpus: &'c Corpus, chosen: Chosen<'c>) -> impl Iterator<Item = &'c Row> {
    corpus.rows.iter().enumerate().filter(move |(index, _)| chosen(*index)).map(|(_, row)| row)
}

/// A source and label weighs the fourth root of its size, core sources twice that; all spam weighs as much as all ham.
fn balance(examples: &mut Examples, groups: &[(usize, bool)], corpus: &Corpus, recipe: &Recipe) {
    let mut sums = vec![[0.0f32; 2]; corpus.sources.len()];
    for (example, (source, is_spam)) in examples.all().iter().zip(groups) {
        if let Some(sum) = sums.get_mut(*source).and_then(|sums| sums.get_mut(usize::from(*is_spam))) {
            *sum += example.weight;
        }
    }
    let shares: Vec<[f32; 2]> = sums
        .iter()
        .enumerate()
        .map(|(source, sums)| {
            let factor = if recipe.core.contains(&source) { 2.0 } else { 1.0 };
            sums.map(|sum| factor * sum.sqrt().sqrt())
        })
        .collect();
    let total = |label: usize| shares.iter().filter_map(|share| share.get(label)).sum::<f32>().max(f32::MIN_POSITIVE);
    let totals = [total(0), total(1)];
    let half = real(examples.all().len()) / 2.0;
    for (example, (source, is_spam)) in examples.all_mut().iter_mut().zip(groups) {
        let label = usize::from(*is_spam);
        let of = |table: &[[f32; 2]]| table.get(*source).and_then(|row| row.get(label)).copied().unwrap_or(1.0);
        let total = totals.get(label).copied().unwrap_or(1.0);
        example.weight *= of(&shares) / total * half / of(&sums).max(f32::MIN_POSITIVE);
    }
}

/// Pieces of about [`WINDOW`] characters, cut at spaces; none of a text that is not long.
fn windows(text: &str) -> Vec<String> {
    if text.chars().count() < LONG {
        return Vec::new();
    }
    let mut windows = vec![String::new()];
    for word in text.split_inclusive(|character: char| character.is_whitespace() || "，。！？".contains(character)) {
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
pub fn quantise(fit: &Fit, version: u32, sources: Vec<SourceCount>) -> Result<TextModel, ModelError> {
    let largest = fit.weights.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
    let scale = largest / 127.0;
    #[expect(clippy::cast_possible_truncation, reason = "within ±127")]
    let weights = fit.weights.iter().map(|weight| (weight / scale).round() as i8).collect();
    let card = ModelCard {
        version,
        sources,
        threshold: 0,
        calibration: (1.0, 0.0),
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
    quantise(&fit(&examples, recipe.seed), 1, Vec::new())
}

#[expect(clippy::cast_precision_loss, reason = "some hundred thousand examples")]
fn real(count: usize) -> f32 {
    count as f32
}
