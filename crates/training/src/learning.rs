//! How much a group's taps help on a community that the model never saw (docs/guides/learning.md).
//!
//! In: communities, each one source file or several, left out of the training together. Out: what is found after so many taps on
//! spam and as many on ham, drawn at random, over several draws. Near-duplicates of tapped messages are not counted.

use std::collections::HashSet;

use chatwarden_engine::text_model::{
    Delta, FULL_WEIGHT, Head, ModelError, ModelText, PRIOR_UNTIL_TAPS, Tap, TapFeatures, TextModel, Vector, VectorTap,
};
use oorandom::Rand32;
use serde::Serialize;

use crate::calibration::Calibration;
use crate::examples::PlainReader;
use crate::folds::{Fold, apart_from};
use crate::prior::Meanings;
use crate::ranks::Ranks;
use crate::recipe::{Recipe, train};
use crate::rows::Corpus;

/// Draws of taps whose mean is told.
const DRAWS: u64 = 5;

/// Sources that are judged as one group's messages.
#[derive(Debug, Clone)]
pub struct Community {
    /// Its name in reports.
    pub name: String,
    /// Indices of its sources.
    pub sources: HashSet<usize>,
}

/// How a community is learned.
#[derive(Debug, Clone, Serialize)]
pub struct Curve {
    /// The community.
    pub community: String,
    /// Spam that the model reads; where hardly a word stands beside a link it is silent, and no tap changes that.
    pub spam: usize,
    /// Spam on which it is silent: counted nowhere below.
    pub silent: usize,
    /// Good messages, those among them on which the model is silent.
    pub ham: usize,
    /// Whether taps teach a head on the sentence encoder too.
    pub encoder: bool,
    /// One for each number of taps, none first.
    pub points: Vec<Point>,
}

/// After a number of taps. Shares are thousandths.
#[derive(Debug, Clone, Serialize)]
pub struct Point {
    /// On spam, and as many on ham.
    pub taps: usize,
    /// Of the spam, where 1 % of the good messages are taken for it.
    pub recall_at_one_percent: Spread,
    /// Of the spam, at the threshold as shipped.
    pub found: Spread,
    /// Of the good messages, at the same threshold.
    pub falsely: Spread,
    /// The same where somebody only ever called good messages spam, as often.
    pub hostile: Spread,
}

/// Of several draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: u32,
    /// Least of all draws.
    pub least: u32,
    /// Most of all draws.
    pub most: u32,
}

impl Spread {
    fn of(values: &[u32]) -> Self {
        let count = u32::try_from(values.len().max(1)).unwrap_or(u32::MAX);
        Self {
            mean: (values.iter().sum::<u32>() + count / 2) / count,
            least: values.iter().copied().min().unwrap_or(0),
            most: values.iter().copied().max().unwrap_or(0),
        }
    }
}

/// A row of the community, read once.
struct Read {
    text: ModelText,
    /// None without an encoder.
    vector: Option<Vector>,
    /// Milli-logits that its meaning adds before any tap.
    prior: i32,
    is_spam: bool,
    cluster: usize,
}

/// What was tapped.
#[derive(Default)]
struct Given {
    taps: Vec<Tap>,
    /// Of the same texts, with an encoder.
    vectors: Vec<VectorTap>,
    clusters: HashSet<usize>,
}

/// Learns each community after each number of taps; with meanings, a second time by these, before any tap too.
/// `folds` are those of all sources, to choose thresholds by.
///
/// # Errors
/// [`ModelError`] where training failed.
pub fn curves(
    corpus: &Corpus,
    recipe: &Recipe,
    folds: &[Fold],
    clusters: &[usize],
    communities: &[Community],
    taps: &[usize],
    meanings: Option<&Meanings>,
) -> Result<Vec<Curve>, ModelError> {
    let mut curves = Vec::new();
    for community in communities {
        let is_own = |index: usize| corpus.rows.get(index).is_some_and(|row| community.sources.contains(&row.source));
        let is_apart = apart_from(clusters, &is_own);
        let calibration = Calibration::learn(corpus, folds, recipe, &community.sources)?;
        let model = train(corpus, &is_apart, recipe)?.tuned(calibration.line, calibration.threshold)?;
        let mut reader = PlainReader::default();
        let mut rows: Vec<Read> = corpus
            .rows
            .iter()
            .zip(clusters)
            .enumerate()
            .filter(|(index, _)| is_own(*index))
            .map(|(_, (row, cluster))| Read {
                text: reader.read(&row.text),
                vector: None,
                prior: 0,
                is_spam: row.is_spam,
                cluster: *cluster,
            })
            .collect();
        curves.push(curve(&community.name, &model, &rows, recipe.seed, taps));
        let Some(meanings) = meanings else { continue };
        let prior = meanings.learn(corpus, &is_apart, recipe);
        let own = (0..corpus.rows.len()).filter(|index| is_own(*index));
        for (row, index) in rows.iter_mut().zip(own) {
            row.vector = meanings.of_row(index).cloned();
            let prior = prior.as_ref().zip(row.vector.as_ref());
            row.prior = prior.map_or(0, |(prior, vector)| prior.logit(vector));
        }
        curves.push(curve(&community.name, &model, &rows, recipe.seed, taps));
    }
    Ok(curves)
}

fn curve(name: &str, model: &TextModel, rows: &[Read], seed: u64, taps: &[usize]) -> Curve {
    let is_silent = |row: &&Read| model.strongest(&row.text, None, 0).is_none();
    let count = |is_spam| rows.iter().filter(|row| row.is_spam == is_spam).count();
    let silent = rows.iter().filter(|row| row.is_spam).filter(is_silent).count();
    let points = std::iter::once(&0).chain(taps).map(|taps| point(model, rows, seed, *taps)).collect();
    let encoder = rows.iter().any(|row| row.vector.is_some());
    Curve { community: name.to_owned(), spam: count(true) - silent, silent, ham: count(false), encoder, points }
}

fn point(model: &TextModel, rows: &[Read], seed: u64, taps: usize) -> Point {
    let draws = if taps == 0 { 1 } else { DRAWS };
    let mut shares = <[Vec<u32>; 4]>::default();
    for draw in 0..draws {
        let mut random = Rand32::new(seed + draw);
        let given = draw_taps(rows, taps, &[true, false], &mut random);
        let ranks = ranks(model, rows, &given);
        let mut against = draw_taps(rows, taps, &[false], &mut random);
        for tap in &mut against.taps {
            tap.is_spam = true;
        }
        for tap in &mut against.vectors {
            tap.is_spam = true;
        }
        let misled = self::ranks(model, rows, &against);
        let (Some(ranks), Some(misled)) = (ranks, misled) else { continue };
        let threshold = model.card().threshold;
        let ([falsely, found], [hostile, _]) = (ranks.shares_from(threshold), misled.shares_from(threshold));
        for (all, share) in shares.iter_mut().zip([ranks.recall_at_one_percent(), found, falsely, hostile]) {
            all.push(share);
        }
    }
    let [recall_at_one_percent, found, falsely, hostile] = shares.map(|shares| Spread::of(&shares));
    Point { taps, recall_at_one_percent, found, falsely, hostile }
}

/// What the model makes of the rows after these taps; those of the tapped clusters and spam it is silent on left out.
fn ranks(model: &TextModel, rows: &[Read], given: &Given) -> Option<Ranks> {
    let delta = Delta::learn(model, None, &given.taps);
    let head = Head::learn(&given.vectors);
    let (mut ham, mut spam) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| !given.clusters.contains(&row.cluster)) {
        let prior = if given.taps.len() < PRIOR_UNTIL_TAPS { row.prior } else { 0 };
        let meaning = prior + row.vector.as_ref().map_or(0, |vector| head.logit(vector));
        let logit = model.strongest(&row.text, Some(&delta), meaning).map(|strongest| strongest.logit);
        match (row.is_spam, logit) {
            (true, None) => {}
            (true, Some(logit)) => spam.push(logit),
            (false, logit) => ham.push(logit.unwrap_or(i32::MIN)),
        }
    }
    Ranks::new(ham, spam)
}

/// So many taps on messages of each label, no two on near-duplicates, and the clusters they are of.
fn draw_taps(rows: &[Read], taps: usize, labels: &[bool], random: &mut Rand32) -> Given {
    let mut given = Given::default();
    let mut order: Vec<&Read> = rows.iter().collect();
    for last in (1..order.len()).rev() {
        let limit = u32::try_from(last + 1).unwrap_or(u32::MAX);
        order.swap(last, random.rand_range(0..limit) as usize);
    }
    for is_spam in labels.iter().copied() {
        let of_label = order.iter().filter(|row| row.is_spam == is_spam);
        let mut wanted = taps;
        for row in of_label {
            let Some(features) = TapFeatures::of(&row.text) else { continue };
            if wanted == 0 {
                break;
            }
            if given.clusters.insert(row.cluster) {
                wanted -= 1;
                given.taps.push(Tap { features, is_spam, weight: FULL_WEIGHT, given_at: 0 });
                let vector = row.vector.clone();
                given.vectors.extend(vector.map(|vector| VectorTap {
                    vector,
                    is_spam,
                    weight: FULL_WEIGHT,
                    given_at: 0,
                }));
            }
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    const THINGS: &[&str] = &["the roses", "a bench", "my old fence", "two pots", "some apples", "the hose"];

    fn read(text: &str, is_spam: bool, cluster: usize) -> Read {
        Read { text: PlainReader::default().read(text), vector: None, prior: 0, is_spam, cluster }
    }

    /// Adverts of a kind the shipped model does not know, and everyday talk; a bare link last.
    fn rows() -> Vec<Read> {
        let mut rows = Vec::new();
        for (number, thing) in (0..120).zip(THINGS.iter().cycle()) {
            rows.push(read(&format!("zorblax tokens for {thing} number {number}, zorblax now"), true, 2 * number));
            rows.push(read(&format!("who has seen {thing} on day {number}, it was here"), false, 2 * number + 1));
        }
        rows.push(read("https://t.me/some_name", true, 500));
        rows
    }

    #[test]
    fn more_is_found_after_taps_and_what_no_tap_can_change_is_counted_apart() {
        let model = TextModel::shipped().unwrap();
        let found = curve("gardeners", &model, &rows(), 7, &[20]);
        assert_eq!((found.spam, found.silent, found.ham), (120, 1, 120));
        let [before, after] = found.points.as_slice() else { panic!("{:?}", found.points) };
        assert!(before.recall_at_one_percent.mean < 900 && after.recall_at_one_percent.mean > 950, "{found:?}");
        assert!(after.recall_at_one_percent.least <= after.recall_at_one_percent.mean);
    }

    #[test]
    fn no_two_taps_are_on_near_duplicates_and_none_is_on_what_says_nothing() {
        let mut rows = rows();
        for row in &mut rows {
            row.cluster /= 20;
        }
        let Given { taps, clusters, .. } = draw_taps(&rows, 1000, &[true, false], &mut Rand32::new(7));
        assert_eq!(taps.len(), clusters.len());
        assert!(!clusters.contains(&25), "a bare link was tapped");
    }
}
