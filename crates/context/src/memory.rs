//! The store of one process.

use std::collections::HashMap;

use crate::{Key, LayoutError, Record};

/// Context records in memory.
#[derive(Debug, Default)]
pub struct Memory {
    records: HashMap<Key, Record>,
}

impl Memory {
    /// What is known of a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Record> {
        self.records.get(key)
    }

    /// Merges a record into what is known.
    pub fn merge(&mut self, key: Key, record: &Record) {
        self.records.entry(key).or_default().merge(record);
    }

    /// Merges a stored record into what is known.
    ///
    /// # Errors
    /// [`LayoutError`] where key or record are of an unknown layout.
    pub fn load(&mut self, key: &[u8], record: &[u8]) -> Result<(), LayoutError> {
        let key = Key::from_bytes(key).ok_or(LayoutError::Key)?;
        self.merge(key, &Record::from_bytes(record)?);
        Ok(())
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing is known yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}
