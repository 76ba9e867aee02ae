//! The store of one process.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::key::oldest_day;
use crate::{Key, LayoutError, Record};

/// Seeded, and short: of the six look-ups for near-duplicates several wait for memory at once.
type Records = HashMap<Key, Record, RandomState>;

/// Context records in memory.
#[derive(Debug, Default)]
pub struct Memory {
    /// What is known for good.
    lasting: Records,
    /// What is of a day, by day: one is forgotten without looking at the others.
    days: BTreeMap<i64, Records>,
}

impl Memory {
    /// What is known of a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Record> {
        match key.day() {
            None => self.lasting.get(key),
            Some(day) => self.days.get(&day)?.get(key),
        }
    }

    /// Merges a record into what is known.
    pub fn merge(&mut self, key: Key, record: &Record) {
        let records = match key.day() {
            None => &mut self.lasting,
            Some(day) => self.days.entry(day).or_default(),
        };
        records.entry(key).or_default().merge(record);
    }

    /// What would be known of a key with a record merged in.
    #[must_use]
    pub fn merged(&self, key: &Key, record: &Record) -> Record {
        let mut merged = self.get(key).cloned().unwrap_or_default();
        merged.merge(record);
        merged
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

    /// Forgets what is known of a key.
    pub fn remove(&mut self, key: &Key) {
        match key.day() {
            None => self.lasting.remove(key),
            Some(day) => self.days.get_mut(&day).and_then(|records| records.remove(key)),
        };
    }

    /// What [`Memory::forget`] would forget.
    pub fn outdated(&self, newest: i64) -> impl Iterator<Item = Key> {
        self.days.range(..oldest_day(newest)).flat_map(|(_, records)| records.keys().copied())
    }

    /// Forgets what no event at `newest` (seconds since 1970) or later asks for.
    pub fn forget(&mut self, newest: i64) {
        self.days = self.days.split_off(&oldest_day(newest));
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lasting.len() + self.days.values().map(HashMap::len).sum::<usize>()
    }

    /// Whether nothing is known yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;

    #[test]
    fn days_before_yesterday_are_named_and_forgotten_and_nothing_else() {
        const DAY: i64 = 86_400;
        let mut memory = Memory::default();
        let mut record = Record::default();
        record.add(Entry { date: 5 * DAY, update_id: 1, message_id: 1, tag: 1, flags: 0, links: 0 });
        let sender = Key::Sender { bot: 7, chat: -5, sender: 42 };
        let texts: Vec<Key> = (0..10).map(|day| Key::text(7, -5, 1, day * DAY)).collect();
        texts.iter().chain([&sender]).for_each(|key| memory.merge(*key, &record));

        let newest = 9 * DAY + 5;
        let outdated: Vec<Key> = memory.outdated(newest).collect();
        memory.forget(newest);

        assert_eq!(outdated, texts[..8]);
        assert_eq!(memory.len(), 3);
        assert!(texts[8..].iter().chain([&sender]).all(|key| memory.get(key) == Some(&record)));
        assert_eq!(memory.outdated(newest).count(), 0);
    }
}
