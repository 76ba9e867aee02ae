//! What is known of one key while a batch is judged: the record before it, and what the batch added so far.

use std::cmp::Ordering;

use crate::record::MOST_ENTRIES;
use crate::{Entry, Record};

/// Two records read as if they were merged, without merging them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'r> {
    /// Known before the batch.
    pub before: Option<&'r Record>,
    /// Added by the batch.
    pub added: Option<&'r Record>,
}

impl<'r> Known<'r> {
    /// Date of the first entry ever.
    #[must_use]
    pub fn first_date(self) -> Option<i64> {
        [self.before, self.added].into_iter().flatten().filter_map(Record::first_date).min()
    }

    /// The newest entries, newest first.
    pub fn entries(self) -> impl Iterator<Item = Entry> + use<'r> {
        let entries = |record: Option<&'r Record>| record.map(Record::entries).unwrap_or_default();
        let (mut before, mut added) = (entries(self.before), entries(self.added));
        let next = move || {
            let (left, right) = (before.last(), added.last());
            let order = match (left, right) {
                (Some(left), Some(right)) => left.moment().cmp(&right.moment()),
                (left, right) => left.is_some().cmp(&right.is_some()),
            };
            if order != Ordering::Less {
                before = before.split_last().map_or(before, |(_, rest)| rest);
            }
            if order != Ordering::Greater {
                added = added.split_last().map_or(added, |(_, rest)| rest);
            }
            match order {
                Ordering::Less => right.copied(),
                Ordering::Greater => left.copied(),
                Ordering::Equal => Some(left?.joined(*right?)),
            }
        };
        std::iter::from_fn(next).take(MOST_ENTRIES)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::tests::record;

    proptest! {
        #[test]
        fn two_records_read_together_are_their_union(before in record(), added in record()) {
            let mut union = before.clone();
            union.merge(&added);
            let known = Known { before: Some(&before), added: Some(&added) };
            prop_assert!(known.entries().eq(union.entries().iter().rev().copied()));
            prop_assert_eq!(known.first_date(), union.first_date());
            let alone = Known { before: Some(&before), added: None };
            prop_assert!(alone.entries().eq(before.entries().iter().rev().copied()));
        }
    }
}
