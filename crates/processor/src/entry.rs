//! Entries of the streams of updates, as Redis gives them.

use chatwarden_streams::{PARTITIONS, Partition};
use redis::Value;

use crate::link::{bytes, list, text};

/// An entry of a stream of updates.
#[derive(Debug)]
pub struct Entry {
    /// Number of its partition.
    pub partition: u8,
    /// Its id in the stream.
    pub id: String,
    /// The sealed update; absent where somebody else wrote the entry.
    pub update: Option<Vec<u8>>,
    /// Sealed facts of a second round.
    pub facts: Option<Vec<u8>>,
    /// How often it was given to somebody, this time included.
    pub deliveries: u32,
}

/// A bot's partitions by their numbers.
pub fn partitions(bot_id: i64) -> Vec<Partition> {
    (0..PARTITIONS).map(|number| Partition::new(bot_id, number)).collect()
}

impl Entry {
    /// The entries of a list; what was deleted meanwhile is none.
    pub fn read_list(partition: u8, values: Value) -> impl Iterator<Item = Self> {
        list(values).into_iter().filter_map(move |value| Self::read(partition, value))
    }

    fn read(partition: u8, value: Value) -> Option<Self> {
        let mut parts = list(value).into_iter();
        let id = text(parts.next()?)?;
        let mut entry = Self { partition, id, update: None, facts: None, deliveries: 1 };
        let mut fields = list(parts.next()?).into_iter();
        while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
            match bytes(name).as_deref() {
                Some(b"u") => entry.update = bytes(value),
                Some(b"f") => entry.facts = bytes(value),
                _ => {}
            }
        }
        Some(entry)
    }
}
