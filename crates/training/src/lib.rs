//! Makes and measures the text model, and what meanings add to it: labelled messages in, model file and figures out (docs/detection.md).
//!
//! Everything is drawn from seeds: the same rows give the same model, byte by byte.

mod calibration;
mod clusters;
pub mod disguise;
mod evaluation;
mod examples;
mod fit;
mod folds;
mod learning;
mod prior;
mod ranks;
mod recipe;
mod rows;

pub use calibration::Calibration;
pub use clusters::clusters;
pub use evaluation::{DisguiseReport, EvaluationError, Newcomer, Plan, Report, SourceReport, Tally, evaluate};
pub use examples::{Example, Examples, PlainReader};
pub use fit::{Fit, fit};
pub use folds::{Fold, leave_one_out};
pub use learning::{Community, Curve, Point, Spread};
pub use prior::Meanings;
pub use ranks::Ranks;
pub use recipe::{Chosen, Recipe, examples, quantise, ship, train};
pub use rows::{Corpus, Row, RowError, TapRow};
