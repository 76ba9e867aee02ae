//! One record: the smallest first date and the newest entries, each the trace of one update.

use thiserror::Error;

/// Entries a record keeps: the newest by date.
pub(crate) const MOST_ENTRIES: usize = 32;
/// Version of the layout, its first byte.
const LAYOUT: u8 = 1;
const ENTRY_SIZE: usize = 4 * 8 + 1 + 4;

/// The trace of one update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// Seconds since 1970, the event's own.
    pub date: i64,
    /// Telegram's `update_id`; of feedback, its number.
    pub update_id: i64,
    /// The message.
    pub message_id: i64,
    /// For a sender: hash of what the message says. For a text: who wrote it, as a hash that means nothing outside the chat.
    /// For feedback: the bits of the sketch.
    pub tag: u64,
    /// Bits of [`Entry::EDIT`], [`Entry::SUSPICIOUS`] and [`Entry::DELETED`]; those above belong to whoever writes the entry.
    pub flags: u8,
    /// Links and mentions in the message.
    pub links: u32,
}

impl Entry {
    /// The update was an edit.
    pub const EDIT: u8 = 1;
    /// The verdict was not to keep the message.
    pub const SUSPICIOUS: u8 = 2;
    /// The verdict was to delete the message.
    pub const DELETED: u8 = 4;
    /// The message held what is locked in the group.
    pub const LOCKED: u8 = 8;
    /// Bits below those that belong to whoever writes the entry.
    pub const OWN_BITS: u32 = 4;

    /// Whether the update was an edit.
    #[must_use]
    pub const fn is_edit(&self) -> bool {
        self.is(Self::EDIT)
    }

    /// Whether it has a flag.
    #[must_use]
    pub const fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// What makes it the trace of one update, and orders it.
    pub(crate) const fn moment(&self) -> (i64, i64) {
        (self.date, self.update_id)
    }

    /// Whether the message was to be reviewed or deleted.
    #[must_use]
    pub const fn is_suspicious(&self) -> bool {
        self.is(Self::SUSPICIOUS)
    }

    /// Whether the message was to be deleted.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.is(Self::DELETED)
    }

    /// Two traces of one update as one: a second round adds to what the first one left. A join, number by number.
    pub(crate) fn joined(self, other: Self) -> Self {
        Self {
            message_id: self.message_id.max(other.message_id),
            tag: self.tag.max(other.tag),
            flags: self.flags | other.flags,
            links: self.links.max(other.links),
            ..self
        }
    }
}

/// What is known of one sender or text. Merging is a join: see the crate's page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Date of the first entry ever; kept when its entry is not.
    first_date: Option<i64>,
    /// Sorted, without duplicates, at most 32: the newest by date.
    entries: Vec<Entry>,
}

/// A stored record this version cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// Written by another version.
    #[error("a context record has layout {0}; this version reads layout 1")]
    Unknown(u8),
    /// Cut off or longer than it says.
    #[error("a context record is damaged")]
    Damaged,
    /// The key is of no known kind.
    #[error("a context record has a key of no known kind")]
    Key,
}

impl Record {
    /// A record of these entries, in any order.
    pub(crate) fn of(first_date: Option<i64>, mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable();
        let oldest = entries.first().map(|entry| entry.date);
        let mut record = Self { first_date: [first_date, oldest].into_iter().flatten().min(), entries };
        record.trim();
        record
    }

    /// Date of the first entry ever.
    #[must_use]
    pub fn first_date(&self) -> Option<i64> {
        self.first_date
    }

    /// The newest entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds one update's trace.
    pub fn add(&mut self, entry: Entry) {
        self.first_date = Some(self.first_date.map_or(entry.date, |first| first.min(entry.date)));
        if let Err(position) = self.entries.binary_search(&entry) {
            self.entries.insert(position, entry);
        }
        self.trim();
    }

    /// Takes everything another record knows.
    pub fn merge(&mut self, other: &Self) {
        self.first_date = match (self.first_date, other.first_date) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        self.entries.extend_from_slice(&other.entries);
        self.entries.sort_unstable();
        self.trim();
    }

    /// Entries of one update become one; of all entries the newest stay. Both are joins, and so is the whole.
    fn trim(&mut self) {
        self.entries.dedup_by(|later, earlier| {
            let is_same = later.moment() == earlier.moment();
            if is_same {
                *earlier = earlier.joined(*later);
            }
            is_same
        });
        let surplus = self.entries.len().saturating_sub(MOST_ENTRIES);
        self.entries.drain(..surplus);
    }

    /// The record as it is stored: layout, first date, number of entries, entries, all little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(10 + self.entries.len() * ENTRY_SIZE);
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.first_date.unwrap_or(i64::MIN).to_le_bytes());
        bytes.push(u8::try_from(self.entries.len()).unwrap_or(u8::MAX));
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.date.to_le_bytes());
            bytes.extend_from_slice(&entry.update_id.to_le_bytes());
            bytes.extend_from_slice(&entry.message_id.to_le_bytes());
            bytes.extend_from_slice(&entry.tag.to_le_bytes());
            bytes.push(entry.flags);
            bytes.extend_from_slice(&entry.links.to_le_bytes());
        }
        bytes
    }

    /// Reads a stored record.
    ///
    /// # Errors
    /// [`LayoutError`] where another version wrote it or bytes are missing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LayoutError> {
        let (layout, rest) = bytes.split_first().ok_or(LayoutError::Damaged)?;
        if *layout != LAYOUT {
            return Err(LayoutError::Unknown(*layout));
        }
        let mut reader = Reader(rest);
        let first_date = i64::from_le_bytes(reader.take()?);
        let [count] = reader.take()?;
        let mut record = Self { first_date: Some(first_date).filter(|date| *date != i64::MIN), entries: Vec::new() };
        for _ in 0..count {
            let date = i64::from_le_bytes(reader.take()?);
            let update_id = i64::from_le_bytes(reader.take()?);
            let message_id = i64::from_le_bytes(reader.take()?);
            let tag = u64::from_le_bytes(reader.take()?);
            let [flags] = reader.take()?;
            let links = u32::from_le_bytes(reader.take()?);
            record.entries.push(Entry { date, update_id, message_id, tag, flags, links });
        }
        if !reader.0.is_empty() {
            return Err(LayoutError::Damaged);
        }
        record.entries.sort_unstable();
        record.trim();
        Ok(record)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], LayoutError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(LayoutError::Damaged)?;
        self.0 = rest;
        Ok(*taken)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Few different values, so that entries collide.
    fn entry() -> impl Strategy<Value = Entry> {
        (0..40i64, 0..40i64, 0..3i64, 0..3u64, 0..16u8, 0..3u32).prop_map(
            |(date, update_id, message_id, tag, flags, links)| Entry { date, update_id, message_id, tag, flags, links },
        )
    }

    pub fn record() -> impl Strategy<Value = Record> {
        proptest::collection::vec(entry(), 0..60).prop_map(|entries| {
            let mut record = Record::default();
            for entry in entries {
                record.add(entry);
            }
            record
        })
    }

    fn merged(left: &Record, right: &Record) -> Record {
        let mut merged = left.clone();
        merged.merge(right);
        merged
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn merging_is_a_join(a in record(), b in record(), c in record()) {
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(merged(&a, &a), a);
        }

        #[test]
        fn adding_one_by_one_in_any_order_is_merging(entries in proptest::collection::vec(entry(), 0..60)) {
            let mut forward = Record::default();
            let mut backward = Record::default();
            for entry in &entries {
                forward.add(*entry);
            }
            for entry in entries.iter().rev() {
                backward.add(*entry);
                backward.add(*entry);
            }
            prop_assert_eq!(forward, backward);
        }

        #[test]
        fn a_record_survives_storage(a in record()) {
            prop_assert_eq!(Record::from_bytes(&a.to_bytes()), Ok(a));
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Record::from_bytes(&bytes);
        }
    }

    #[test]
    fn only_the_newest_entries_stay_and_the_first_date_is_remembered() {
        let mut record = Record::default();
        for date in 0..100 {
            record.add(Entry { date, update_id: 1000 - date, message_id: 1, tag: 0, flags: 0, links: 0 });
        }
        assert_eq!(record.entries().len(), MOST_ENTRIES);
        assert_eq!(record.entries().first().map(|entry| entry.date), Some(68));
        assert_eq!(record.first_date(), Some(0));
    }

    #[test]
    fn another_layout_is_refused_by_its_number() {
        assert_eq!(Record::from_bytes(&[9, 0]), Err(LayoutError::Unknown(9)));
        assert_eq!(Record::from_bytes(&[1, 0]), Err(LayoutError::Damaged));
    }
}
