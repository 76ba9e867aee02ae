//! Parts of the rows and the models that judge them: no part is judged by a model that saw it or near-duplicates of it.

use std::collections::HashSet;
use std::thread;

use chatwarden_engine::text_model::{ModelError, Prior, TextModel};
use oorandom::Rand32;

use crate::examples::PlainReader;
use crate::prior::Meanings;
use crate::recipe::{Recipe, train};
use crate::rows::Corpus;

/// A source, or a part of it, and the model that never saw it.
#[derive(Debug)]
pub struct Fold {
    /// Index of the source.
    pub source: usize,
    /// Trained without it, uncalibrated.
    pub model: TextModel,
    /// What meanings speak for spam, learned without it; none without an encoder.
    pub prior: Option<Prior>,
    /// Index of each of its rows, and the model's raw milli-logits; none where the model is silent.
    pub logits: Vec<(usize, Option<i32>)>,
}

/// Parts of one source, each judged by a model that has read the others.
const PARTS: u32 = 5;

/// A fold for each source, by a model without the source.
///
/// # Errors
/// [`ModelError`] where training came to numbers that are none.
pub fn leave_one_out(
    corpus: &Corpus,
    recipe: &Recipe,
    clusters: &[usize],
    meanings: Option<&Meanings>,
) -> Result<Vec<Fold>, ModelError> {
    let of_source = |source: usize| move |index: usize| corpus.rows.get(index).is_some_and(|row| row.source == source);
    let parts: Vec<_> = (0..corpus.sources.len()).map(|source| (source, of_source(source))).collect();
    folds(corpus, recipe, clusters, &parts, meanings)
}

/// Five folds for each of the `sources`, one source after another: their clusters are dealt out at random, none is split.
///
/// # Errors
/// [`ModelError`] where training came to numbers that are none.
pub fn within(
    corpus: &Corpus,
    recipe: &Recipe,
    clusters: &[usize],
    sources: &HashSet<usize>,
) -> Result<Vec<Fold>, ModelError> {
    let mut random = Rand32::new(recipe.seed);
    let dealt: Vec<u32> = clusters.iter().map(|_| random.rand_range(0..PARTS)).collect();
    // A cluster goes where the row that names it was dealt.
    let dealt = &dealt;
    let of_part = |source: usize, part: u32| {
        move |index: usize| {
            let cluster = clusters.get(index).and_then(|cluster| dealt.get(*cluster));
            cluster == Some(&part) && corpus.rows.get(index).is_some_and(|row| row.source == source)
        }
    };
    let chosen = (0..corpus.sources.len()).filter(|source| sources.contains(source));
    let parts: Vec<_> = chosen
        .flat_map(|source| (0..PARTS).map(move |part| (source, part)))
        .map(|(source, part)| (source, of_part(source, part)))
        .collect();
    folds(corpus, recipe, clusters, &parts, None)
}

/// What is neither of a part nor a near-duplicate of what is.
pub fn apart_from<'c>(clusters: &'c [usize], is_own: &'c dyn Fn(usize) -> bool) -> impl Fn(usize) -> bool + 'c {
    let twins: HashSet<usize> =
        clusters.iter().enumerate().filter(|(index, _)| is_own(*index)).map(|(_, cluster)| *cluster).collect();
    move |index| !is_own(index) && clusters.get(index).is_none_or(|cluster| !twins.contains(cluster))
}

/// Two at a time.
fn folds(
    corpus: &Corpus,
    recipe: &Recipe,
    clusters: &[usize],
    parts: &[(usize, impl Fn(usize) -> bool + Sync)],
    meanings: Option<&Meanings>,
) -> Result<Vec<Fold>, ModelError> {
    let mut folds = Vec::new();
    for pair in parts.chunks(2) {
        let made: Vec<Result<Fold, ModelError>> = thread::scope(|scope| {
            let running: Vec<_> = pair
                .iter()
                .map(|(source, is_own)| scope.spawn(move || fold(corpus, recipe, clusters, *source, is_own, meanings)))
                .collect();
            running.into_iter().filter_map(|fold| fold.join().ok()).collect()
        });
        for fold in made {
            folds.push(fold?);
        }
    }
    Ok(folds)
}

fn fold(
    corpus: &Corpus,
    recipe: &Recipe,
    clusters: &[usize],
    source: usize,
    is_own: &dyn Fn(usize) -> bool,
    meanings: Option<&Meanings>,
) -> Result<Fold, ModelError> {
    let is_apart = apart_from(clusters, is_own);
    let model = train(corpus, &is_apart, recipe)?;
    let prior = meanings.and_then(|meanings| meanings.learn(corpus, &is_apart, recipe));
    let mut reader = PlainReader::default();
    let rows = corpus.rows.iter().enumerate().filter(|(index, _)| is_own(*index));
    let logits = rows
        .map(|(index, row)| (index, model.strongest(&reader.read(&row.text), None, 0).map(|strongest| strongest.logit)))
        .collect();
    Ok(Fold { source, model, prior, logits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Corpus {
        let mut corpus = Corpus::default();
        for source in ["one", "other"] {
            let line = |number: u32| {
                let (label, words) = if number % 2 == 0 { ("spam", "earn money") } else { ("ham", "water roses") };
                let text = format!("{words} {source} {number} x{} y{}", number * 7919, number * 104_729);
                format!("{}\n", serde_json::json!({"text": text, "label": label}))
            };
            corpus.add(source, (0..60).map(line).collect::<String>().as_bytes()).unwrap();
        }
        corpus
    }

    #[test]
    fn each_row_of_a_source_is_judged_once_and_its_near_duplicates_with_it() {
        let corpus = corpus();
        let clusters: Vec<usize> = (0..corpus.rows.len()).map(|index| index / 3 * 3).collect();
        let recipe = Recipe { seed: 7, ..Recipe::default() };
        let folds = within(&corpus, &recipe, &clusters, &HashSet::from([1])).unwrap();
        let mut judged: Vec<usize> = folds.iter().flat_map(|fold| &fold.logits).map(|(index, _)| *index).collect();
        judged.sort_unstable();
        assert_eq!(judged, (60..120).collect::<Vec<_>>());
        for fold in &folds {
            assert!(!fold.logits.is_empty() && fold.logits.len() < 60, "{} rows", fold.logits.len());
            for (index, _) in &fold.logits {
                let twins = (0..60).map(|row| row + 60).filter(|row| clusters[*row] == clusters[*index]);
                assert_eq!(twins.filter(|twin| fold.logits.iter().any(|(row, _)| row == twin)).count(), 3);
            }
        }
    }
}
