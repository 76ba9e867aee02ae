//! For the tests: a text as the model reads it, and models without a training.

use super::{BUCKETS, ModelCard, ModelText, Reader, STRUCTURE, SourceCount, TextModel};
use crate::event::{Field, Role};
use crate::normalise::Normaliser;
use crate::place::Place;

/// A message that is only text.
pub fn read(text: &str) -> ModelText {
    let folded = Normaliser::default().normalise(text);
    Reader::default().read(&[Field { place: Place::Text, role: Role::Own, text: text.into() }], &[folded])
}

/// A model's card.
pub fn card() -> ModelCard {
    let source = SourceCount { name: "authored".into(), spam: 1, ham: 2 };
    ModelCard {
        sources: vec![source],
        threshold: 1500,
        calibration: (2.0, -0.5),
        scale: 0.01,
        bias: -1.0,
        structure: [0.0; STRUCTURE],
    }
}

/// A model that knows no word.
pub fn blank_model() -> TextModel {
    TextModel::new(card(), vec![0; BUCKETS]).unwrap()
}
