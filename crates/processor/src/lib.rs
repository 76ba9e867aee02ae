//! The distributed profile's service that judges (`docs/decisions/0009-one-redis-slot-a-partition.md`).
//!
//! In: updates of a bot's partitions in Redis. Out, for each partition of a batch in one transaction: what it adds to the context, actions,
//! what is to be recorded, and the acknowledgement. Two round trips a batch: one reads context and settings, one finishes. Trouble with
//! Redis is waited out; nothing is lost by it, nor by a processor that dies: another one claims what it left.

mod address;
mod batch;
mod chats;
mod config;
mod entry;
mod health;
mod keeper;
mod known;
mod link;
mod lists;
mod metrics;
mod payload;
mod processor;
mod reader;
mod worker;

pub use address::Address;
pub use config::{Config, ConfigError, variable};
pub use processor::{Fatal, Processor};
