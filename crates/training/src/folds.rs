//! Leave one source out: each source is judged by a model that saw neither it nor near-duplicates of it.

use std::collections::HashSet;
use std::thread;

use chatwarden_engine::text_model::{ModelError, TextModel};

use crate::clusters::clusters;
use crate::examples::PlainReader;
use crate::recipe::{Recipe, train};
use crate::rows::Corpus;

/// A source and the model that never saw it.
#[derive(Debug)]
pub struct Fold {
    /// Index of the source.
    pub source: usize,
    /// Trained on the other sources, uncalibrated.
    pub model: TextModel,
    /// Index of each of the source's rows, and the model's raw milli-logits; none where the model is silent.
    pub logits: Vec<(usize, Option<i32>)>,
}

/// A fold for each source, two at a time.
///
/// # Errors
/// [`ModelError`] where training came to numbers that are none.
pub fn leave_one_out(corpus: &Corpus, recipe: &Recipe) -> Result<Vec<Fold>, ModelError> {
    let texts: Vec<&str> = corpus.rows.iter().map(|row| row.text.as_str()).collect();
    let clusters = clusters(&texts);
    let sources: Vec<usize> = (0..corpus.sources.len()).collect();
    let mut folds = Vec::new();
    for pair in sources.chunks(2) {
        let made: Vec<Result<Fold, ModelError>> = thread::scope(|scope| {
            let work = |source: &usize| {
                let (source, clusters) = (*source, &clusters);
                scope.spawn(move || fold(corpus, recipe, clusters, source))
            };
            let running: Vec<_> = pair.iter().map(work).collect();
            running.into_iter().filter_map(|fold| fold.join().ok()).collect()
        });
        for fold in made {
            folds.push(fold?);
        }
    }
    Ok(folds)
}

fn fold(corpus: &Corpus, recipe: &Recipe, clusters: &[usize], source: usize) -> Result<Fold, ModelError> {
    let is_own = |index: usize| corpus.rows.get(index).is_some_and(|row| row.source == source);
    let twins: HashSet<usize> =
        clusters.iter().enumerate().filter(|(index, _)| is_own(*index)).map(|(_, cluster)| *cluster).collect();
    let is_apart = |index: usize| !is_own(index) && clusters.get(index).is_none_or(|cluster| !twins.contains(cluster));
    let model = train(corpus, &is_apart, recipe)?;
    let mut reader = PlainReader::default();
    let rows = corpus.rows.iter().enumerate().filter(|(index, _)| is_own(*index));
    let logits = rows
        .map(|(index, row)| (index, model.strongest(&reader.read(&row.text), None).map(|strongest| strongest.logit)))
        .collect();
    Ok(Fold { source, model, logits })
}
