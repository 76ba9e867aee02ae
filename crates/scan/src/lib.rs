//! The one batch function of both profiles: parse, deduplicate, read the context, judge, fold forward.
//!
//! In three phases, so that whoever holds the context can read it in one go between them:
//! [`Scanner::prepare`] reads raw updates and names the keys needed; the caller reads the records;
//! [`Scanner::judge`] judges in update order on "context before the batch, folded forward" and gives back what to merge
//! into the records. Nothing fails as a whole: an update that cannot be read is one [`Item`] that says so.

mod action;
mod context;
mod corpus;
mod export;
mod feedback;
mod item;
mod observer;
mod profile;
mod queued;
mod scanner;
mod split;
mod trial;
mod wants;

pub use action::{Action, ActionKind, State};
pub use corpus::{corpus, hostile, known_corpus, longest, rule_corpus};
pub use export::{ExportPart, ExportSplitter};
pub use feedback::{Feedback, Kept, keys, look_at, nearest, records};
pub use item::{Flagged, Item, Status};
pub use observer::{Observer, Stage};
pub use profile::{Stages, profile, run};
pub use scanner::{Outcome, Prepared, Scanner, Sources};
pub use split::{NotAnAnswer, split_updates};
pub use trial::RuleTrial;
