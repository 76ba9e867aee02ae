//! Making and measuring text models.

use std::collections::HashSet;

use chatwarden_engine::text_model::TextModel;
use chatwarden_training::{Community, Corpus, Meanings, Plan, Recipe, clusters, evaluate, ship};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::encoder::Encoder;

/// Of a hundred rows, how many also come disguised.
const DISGUISED: u32 = 50;

fn refusal(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn read(
    sources: &[(String, PyBackedBytes)],
    core: &HashSet<String>,
    apart: &HashSet<String>,
    seed: u64,
) -> PyResult<(Corpus, Recipe)> {
    let mut corpus = Corpus::default();
    for (name, lines) in sources {
        corpus.add(name, lines).map_err(refusal)?;
    }
    let recipe = Recipe { seed, core: find(&corpus, core), apart: find(&corpus, apart), disguised: DISGUISED };
    Ok((corpus, recipe))
}

/// Indices of the sources with these names.
fn find(corpus: &Corpus, names: &HashSet<String>) -> HashSet<usize> {
    corpus.sources.iter().enumerate().filter(|(_, name)| names.contains(*name)).map(|(index, _)| index).collect()
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn train_text_model(
    python: Python<'_>,
    sources: Vec<(String, PyBackedBytes)>,
    core: HashSet<String>,
    apart: HashSet<String>,
    seed: u64,
) -> PyResult<Bound<'_, PyBytes>> {
    let bytes = python.detach(|| {
        let (corpus, recipe) = read(&sources, &core, &apart, seed)?;
        ship(&corpus, &recipe).and_then(|model| model.to_bytes()).map_err(refusal)
    })?;
    Ok(PyBytes::new(python, &bytes))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn train_prior(
    python: Python<'_>,
    sources: Vec<(String, PyBackedBytes)>,
    core: HashSet<String>,
    seed: u64,
    encoder: Py<Encoder>,
) -> PyResult<Bound<'_, PyBytes>> {
    let bytes = python.detach(|| {
        let (corpus, recipe) = read(&sources, &core, &HashSet::new(), seed)?;
        let meanings = Meanings::of(&corpus, &recipe, encoder.get().inner());
        let prior =
            meanings.learn(&corpus, &|_| true, &recipe).ok_or_else(|| refusal("training came to no numbers"))?;
        Ok::<_, PyErr>(prior.to_bytes())
    })?;
    Ok(PyBytes::new(python, &bytes))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, clippy::too_many_arguments, reason = "PyO3 hands arguments over")]
pub fn evaluate_text_model(
    python: Python<'_>,
    sources: Vec<(String, PyBackedBytes)>,
    core: HashSet<String>,
    apart: HashSet<String>,
    seed: u64,
    within: HashSet<String>,
    communities: Vec<(String, HashSet<String>)>,
    taps: Vec<usize>,
    encoder: Option<Py<Encoder>>,
) -> PyResult<Bound<'_, PyBytes>> {
    let json = python.detach(|| {
        let (corpus, recipe) = read(&sources, &core, &apart, seed)?;
        let encoder = encoder.as_ref().map(|encoder| encoder.get().inner());
        let communities = communities
            .into_iter()
            .map(|(name, sources)| Community { name, sources: find(&corpus, &sources) })
            .collect();
        let plan = Plan { within: find(&corpus, &within), communities, taps };
        let report = evaluate(&corpus, &recipe, &plan, encoder).map_err(refusal)?;
        serde_json::to_vec(&report).map_err(refusal)
    })?;
    Ok(PyBytes::new(python, &json))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn text_clusters(python: Python<'_>, texts: Vec<String>) -> Vec<usize> {
    python.detach(|| clusters(&texts.iter().map(String::as_str).collect::<Vec<_>>()))
}

#[pyfunction]
#[pyo3(signature = (model=None))]
pub fn text_model_card(python: Python<'_>, model: Option<PyBackedBytes>) -> PyResult<(u32, Bound<'_, PyBytes>)> {
    let model = model.map_or_else(TextModel::shipped, |bytes| TextModel::read(&bytes)).map_err(refusal)?;
    let card = serde_json::to_vec(model.card()).map_err(refusal)?;
    Ok((model.fingerprint(), PyBytes::new(python, &card)))
}
