//! Makes and measures the text model: labelled messages in, model file and figures out (docs/detection.md).
//!
//! Everything is drawn from seeds: the same rows give the same model, byte by byte.

mod clusters;
pub mod disguise;
mod examples;
mod fit;
mod recipe;
mod rows;

pub use clusters::clusters;
pub use examples::{Example, Examples, PlainReader};
pub use fit::{Fit, fit};
pub use recipe::{Chosen, Recipe, examples, quantise, train};
pub use rows::{Corpus, Row, RowError};
