//! Messages as what a model learns from: features, label, weight.

use std::ops::Range;

use chatwarden_engine::normalise::Normaliser;
use chatwarden_engine::text_model::{ModelText, Reader, STRUCTURE, TapFeatures};
use chatwarden_engine::{Field, Place, Role};

/// Reads a bare text as the engine reads a message that is only text.
#[derive(Debug, Default)]
pub struct PlainReader {
    normaliser: Normaliser,
    reader: Reader,
}

impl PlainReader {
    /// Its features.
    pub fn read(&mut self, text: &str) -> ModelText {
        let folded = self.normaliser.normalise(text);
        let field = Field { place: Place::Text, role: Role::Own, text: text.into() };
        self.reader.read(&[field], &[folded])
    }
}

/// What a model learns from; features lie one after another.
#[derive(Debug, Default)]
pub struct Examples {
    buckets: Vec<u32>,
    examples: Vec<Example>,
}

/// One thing to learn.
#[derive(Debug, Clone)]
pub struct Example {
    buckets: Range<usize>,
    /// Structure features at their share.
    pub structure: [f32; STRUCTURE],
    /// Spam or ham.
    pub is_spam: bool,
    /// How much it counts.
    pub weight: f32,
}

impl Examples {
    /// Takes a whole text in. A text that is silent to the model teaches nothing.
    pub fn add(&mut self, text: &ModelText, is_spam: bool, weight: f32) -> bool {
        let Some(whole) = text.parts().first().filter(|whole| !whole.is_silent()) else { return false };
        let start = self.buckets.len();
        self.buckets.extend_from_slice(text.buckets(whole));
        let buckets = start..self.buckets.len();
        self.examples.push(Example { buckets, structure: whole.structure.values(), is_spam, weight });
        true
    }

    /// Takes in what is kept of a whole text.
    pub fn add_tap(&mut self, tap: &TapFeatures, is_spam: bool, weight: f32) {
        let start = self.buckets.len();
        self.buckets.extend_from_slice(tap.buckets());
        let buckets = start..self.buckets.len();
        self.examples.push(Example { buckets, structure: tap.structure(), is_spam, weight });
    }

    /// All examples.
    #[must_use]
    pub fn all(&self) -> &[Example] {
        &self.examples
    }

    /// All examples, to weigh them.
    pub fn all_mut(&mut self) -> &mut [Example] {
        &mut self.examples
    }

    /// An example's buckets.
    #[must_use]
    pub fn buckets(&self, example: &Example) -> &[u32] {
        self.buckets.get(example.buckets.clone()).unwrap_or_default()
    }
}
