//! Functions of the module that need no engine.

use std::collections::BTreeMap;

use chatwarden_engine::text_model::TapFeatures;
use chatwarden_engine::{Policy, Preview, RuleSet, Sketch};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBytes, PyDict};

use crate::PolicyError;
use crate::measure::{measure, measure_known};

#[pyfunction]
pub fn validate_policy<'py>(python: Python<'py>, policy: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let policy = Policy::read(policy).map_err(|error| PolicyError::new_err(error.to_string()))?;
    json(python, &policy)
}

/// Message's and sender's answer under the first policy, then under the second.
type Previewed = (&'static str, &'static str, &'static str, &'static str);
/// Where they differ, with the positions of those verdicts; and how many there are of which that cannot be told.
type Changes = (Vec<(Previewed, Vec<usize>)>, usize);

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn preview(python: Python<'_>, verdicts: PyBackedStr, before: &[u8], after: &[u8]) -> PyResult<Changes> {
    let read = |policy| Policy::read(policy).map_err(|error| PolicyError::new_err(error.to_string()));
    let (before, after) = (read(before)?, read(after)?);
    let found = python.detach(|| chatwarden_engine::previews(verdicts.lines(), &before, &after));
    let named = |Preview { before, after }| (before.0.name(), before.1.name(), after.0.name(), after.1.name());
    let changes = found.changes.into_iter().map(|(preview, positions)| (named(preview), positions));
    Ok((changes.collect(), found.left_out))
}

#[pyfunction]
pub fn signals(python: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
    json(python, &chatwarden_engine::catalogue())
}

#[pyfunction]
pub fn schemas(python: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let schemas = PyDict::new(python);
    for (name, schema) in chatwarden_engine::schemas().map_err(|error| failed(&error))? {
        schemas.set_item(name, PyBytes::new(python, &schema))?;
    }
    Ok(schemas)
}

#[pyfunction]
pub fn split_updates<'py>(python: Python<'py>, body: &[u8]) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let updates = chatwarden_scan::split_updates(body).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(updates.into_iter().map(|update| PyBytes::new(python, update)).collect())
}

#[pyfunction]
#[expect(clippy::type_complexity, reason = "a pair of what may be missing")]
pub fn look_at_texts<'py>(
    python: Python<'py>,
    texts: &[u8],
) -> PyResult<(Option<Bound<'py, PyBytes>>, Option<Bound<'py, PyBytes>>)> {
    let looked = python.detach(|| chatwarden_scan::look_at(texts));
    let kept = looked.map_err(|error| PyValueError::new_err(format!("{:?} error", error.classify())))?;
    let bytes = |kept: Option<Vec<u8>>| kept.map(|kept| PyBytes::new(python, &kept));
    Ok((bytes(kept.features), bytes(kept.sketch)))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn next_threshold(policy: &[u8], counts: BTreeMap<i32, u64>) -> PyResult<Option<i32>> {
    let policy = Policy::read(policy).map_err(|error| PolicyError::new_err(error.to_string()))?;
    Ok(policy.text_threshold.next(&counts))
}

#[pyfunction]
pub fn check_kept(features: Option<&[u8]>, sketch: &[u8]) -> PyResult<()> {
    if let Some(features) = features {
        TapFeatures::from_bytes(features).map_err(|error| PyValueError::new_err(error.to_string()))?;
    }
    let read = Sketch::from_bytes(sketch).map(|_| ());
    read.ok_or_else(|| PyValueError::new_err("the sketch is damaged, or of another version"))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn sketch_clusters(python: Python<'_>, sketches: Vec<PyBackedBytes>) -> Vec<usize> {
    python.detach(|| {
        let sketches: Vec<_> = sketches.iter().map(|sketch| Sketch::from_bytes(sketch)).collect();
        let mut first: Vec<usize> = Vec::with_capacity(sketches.len());
        for (index, sketch) in sketches.iter().enumerate() {
            let is_alike = |other: &Option<Sketch>| {
                let pair = sketch.as_ref().zip(other.as_ref());
                pair.is_some_and(|(sketch, other)| sketch.distance(other.bits).is_some())
            };
            let alike = sketches.iter().take(index).zip(&first).find(|(other, _)| is_alike(other));
            first.push(alike.map_or(index, |(_, first)| *first));
        }
        first
    })
}

#[pyfunction]
pub fn corpus(python: Python<'_>, seed: u64, count: usize) -> Vec<Bound<'_, PyBytes>> {
    chatwarden_scan::corpus(seed, count).iter().map(|update| PyBytes::new(python, update)).collect()
}

#[pyfunction]
pub fn rule_corpus(python: Python<'_>, seed: u64, count: usize, expressions: usize) -> Bound<'_, PyBytes> {
    PyBytes::new(python, &chatwarden_scan::rule_corpus(seed, count, expressions))
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn profile<'py>(
    python: Python<'py>,
    bot_id: i64,
    updates: Vec<PyBackedBytes>,
    repeats: u32,
    rules: &[u8],
    known: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let rules = python.detach(|| RuleSet::read(rules));
    let rules = rules.map_err(|error| PolicyError::new_err(error.to_string()))?;
    let figures = python.detach(|| measure(bot_id, &updates, repeats, rules, known)).map_err(|error| failed(&error))?;
    let named = PyDict::new(python);
    for (name, figure) in figures {
        named.set_item(name, figure)?;
    }
    Ok(named)
}

#[pyfunction]
pub fn look_at_picture(python: Python<'_>, picture: &[u8]) -> PyResult<(u64, Vec<String>)> {
    let looked = python.detach(|| chatwarden_pictures::look(picture));
    let picture = looked.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok((picture.hash, picture.links))
}

#[pyfunction]
pub fn profile_known(python: Python<'_>, bot_id: i64, count: usize, repeats: u32) -> PyResult<(f64, f64)> {
    let figures = python.detach(|| measure_known(bot_id, count, repeats));
    figures.ok_or_else(|| failed(&"a stored text was not found, or one that is not stored was"))
}

fn failed(error: &impl ToString) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

fn json<'py>(python: Python<'py>, value: &impl serde::Serialize) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = serde_json::to_vec(value).map_err(|error| failed(&error))?;
    Ok(PyBytes::new(python, &bytes))
}
