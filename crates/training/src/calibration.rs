//! From raw sums to calibrated log-odds, and the threshold: both learned on rows the judging model had not seen.

use std::collections::HashSet;

use chatwarden_engine::text_model::ModelError;

use crate::folds::Fold;
use crate::recipe::Recipe;
use crate::rows::Corpus;

/// Steps of Newton's method; it settles after some ten.
const STEPS: usize = 40;
/// Rows of good messages a source needs before a threshold is held against it.
const ENOUGH_HAM: usize = 1000;
/// Of a hundred thousand good messages of any source, those that may stand above the threshold.
const MOST_ABOVE: usize = 200;
/// Milli-logits between the thresholds that are tried.
const STEP: usize = 25;

/// What makes a raw sum a verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Slope and shift.
    pub line: (f64, f64),
    /// Calibrated milli-logits from which a text counts as spam.
    pub threshold: i32,
}

impl Calibration {
    /// Learns from the folds of all sources but those `left_out`.
    ///
    /// # Errors
    /// [`ModelError::Number`] where the rows hold not both, spam and ham.
    pub fn learn(
        corpus: &Corpus,
        folds: &[Fold],
        recipe: &Recipe,
        left_out: &HashSet<usize>,
    ) -> Result<Self, ModelError> {
        let is_chosen = |fold: &&Fold| !left_out.contains(&fold.source) && !recipe.apart.contains(&fold.source);
        let chosen: Vec<&Fold> = folds.iter().filter(is_chosen).collect();
        let line = line(&points(corpus, &chosen)).ok_or(ModelError::Number("calibration"))?;
        let sources: Vec<Vec<i32>> =
            chosen.iter().map(|fold| ham(corpus, fold, line)).filter(|ham| ham.len() >= ENOUGH_HAM).collect();
        let above = |ham: &[i32], threshold: i32| ham.iter().filter(|logit| **logit >= threshold).count();
        let is_enough =
            |threshold: &i32| sources.iter().all(|ham| above(ham, *threshold) * 100_000 <= MOST_ABOVE * ham.len());
        let threshold = (0..30_000).step_by(STEP).find(is_enough).ok_or(ModelError::Number("threshold"))?;
        Ok(Self { line, threshold })
    }
}

/// Raw logit, label and weight: each source and label weighs the same.
fn points(corpus: &Corpus, folds: &[&Fold]) -> Vec<(f64, bool, f64)> {
    let mut points = Vec::new();
    for fold in folds {
        for label in [false, true] {
            let of_label = |index: &usize| corpus.rows.get(*index).is_some_and(|row| row.is_spam == label);
            let logits: Vec<i32> =
                fold.logits.iter().filter(|(index, _)| of_label(index)).filter_map(|(_, logit)| *logit).collect();
            let weight = 1.0 / f64::from(u32::try_from(logits.len().max(1)).unwrap_or(u32::MAX));
            points.extend(logits.into_iter().map(|logit| (f64::from(logit) / 1000.0, label, weight)));
        }
    }
    points
}

/// Logistic regression on one value (Platt 1999) by Newton's method.
fn line(points: &[(f64, bool, f64)]) -> Option<(f64, f64)> {
    let (mut slope, mut shift) = (1.0, 0.0);
    for _ in 0..STEPS {
        let (mut gradient, mut curvature) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
        for (value, is_spam, weight) in points {
            let probability = 1.0 / (1.0 + (-(slope * value + shift)).exp());
            let error = weight * (probability - f64::from(u8::from(*is_spam)));
            let spread = weight * probability * (1.0 - probability);
            gradient = [gradient[0] + error * value, gradient[1] + error];
            curvature = [curvature[0] + spread * value * value, curvature[1] + spread * value, curvature[2] + spread];
        }
        let determinant = curvature[0] * curvature[2] - curvature[1] * curvature[1];
        slope -= (curvature[2] * gradient[0] - curvature[1] * gradient[1]) / determinant;
        shift -= (curvature[0] * gradient[1] - curvature[1] * gradient[0]) / determinant;
    }
    let is_steady = slope.is_finite() && shift.is_finite() && slope > 0.0;
    let has = |label| points.iter().any(|(_, is_spam, _)| *is_spam == label);
    (is_steady && has(true) && has(false)).then_some((slope, shift))
}

fn ham(corpus: &Corpus, fold: &Fold, (slope, shift): (f64, f64)) -> Vec<i32> {
    let is_ham = |index: &usize| corpus.rows.get(*index).is_some_and(|row| !row.is_spam);
    let rows = fold.logits.iter().filter(|(index, _)| is_ham(index));
    #[expect(clippy::cast_possible_truncation, reason = "logits are some ten thousands")]
    let calibrated = |logit: i32| (slope * f64::from(logit) + shift * 1000.0).round() as i32;
    rows.map(|(_, logit)| logit.map_or(i32::MIN, calibrated)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_back_the_odds_it_was_drawn_from() {
        let odds = |value: f64| 1.0 / (1.0 + (-(2.0 * value - 1.0)).exp());
        let points: Vec<_> = (-40..=40)
            .map(|step| f64::from(step) / 10.0)
            .flat_map(|value| [(value, true, odds(value)), (value, false, 1.0 - odds(value))])
            .collect();
        let (slope, shift) = line(&points).unwrap();
        assert!((slope - 2.0).abs() < 1e-6 && (shift + 1.0).abs() < 1e-6, "{slope} {shift}");
    }

    #[test]
    fn one_label_alone_has_no_line() {
        assert_eq!(line(&[(1.0, true, 1.0), (2.0, true, 1.0)]), None);
    }
}
