//! The text model, stage one: how much a text reads like spam, in microseconds.
//!
//! In: the sender's own words, folded. Out: a calibrated logit for the most suspicious of the whole text and its pieces
//! (docs/detection.md). Character 1- to 4-grams and words, hashed; one weight of eight bits a bucket; logistic regression.
//! `chatwarden train` makes the model file, with these very features.

mod delta;
mod explain;
mod features;
mod file;
mod head;
mod lesson;
mod own_threshold;
mod packing;
mod pieces;
mod prior;
mod structure;
mod tap;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use delta::within_most;
pub use delta::{Delta, DeltaError, MOST_SHIFT};
pub use features::BUCKETS;
pub use file::{ModelCard, ModelError, SourceCount, Strongest, TextModel, WordingScore};
pub use head::{DIMENSIONS, Head, HeadError, Vector, VectorTap};
pub use lesson::MOST_TAPS;
pub use own_threshold::{bin_of, next_threshold, own_threshold};
pub use pieces::{ModelText, Part, Reader};
pub use prior::{MOST_PRIOR, PRIOR_UNTIL_TAPS, Prior};
pub use structure::{STRUCTURE, Structure};
pub use tap::{FULL_WEIGHT, Tap, TapError, TapFeatures};
