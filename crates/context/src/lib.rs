//! What is known of senders and texts, and what people said of them: keys, layout, the store in memory, and the form in Redis.
//! Nobody else knows any of it.
//!
//! A record is a join (ARCHITECTURE.md, "Context is a join"): merging is commutative, associative and idempotent,
//! so that an update delivered twice counts once and several workers may fold the same sender in any order.

mod key;
mod known;
mod memory;
mod record;
mod sorted_set;

pub use key::Key;
pub use known::Known;
pub use memory::Memory;
pub use record::{Entry, LayoutError, Record};
pub use sorted_set::{Command, StoredRecord};
