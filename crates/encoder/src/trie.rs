//! A double-array trie, as darts-clone lays one out: which keys a text begins with, one look-up a byte.
//!
//! A unit holds the label that leads to it (bits 0–7), whether a key ends there (bit 8) and an offset (bits 10–30, times 256 where
//! bit 9 is set). Its own position `^` the offset is its children's base: a child stands at `base ^ label`, and where a key ends,
//! its value stands at the base itself, with bit 31 set.

use crate::error::EncoderError;

const VALUE: u32 = 1 << 31;
const ENDS: u32 = 1 << 8;
const WIDE: u32 = 1 << 9;
const BLOCK: usize = 256;
/// Offsets that fit without bit 9.
const NARROW: usize = 1 << 21;
/// Units at the end among which room is looked for: further back only single ones are left.
const NEAR: usize = 16 * BLOCK;

/// A trie somebody made.
#[derive(Debug, Clone, Copy)]
pub struct Trie<'a>(&'a [u32]);

impl<'a> Trie<'a> {
    /// A trie over these units; what they are does not matter: a unit that leads nowhere ends the walk.
    pub fn new(units: &'a [u32]) -> Self {
        Self(units)
    }

    /// Length in bytes and value of each key that the text begins with, shortest first.
    pub fn prefixes<'b>(self, text: &'b [u8]) -> impl Iterator<Item = (usize, u32)> + use<'a, 'b> {
        let units = self.0;
        let mut at = units.first().map_or(0, |root| offset(*root));
        let mut walked = text.iter().enumerate();
        std::iter::from_fn(move || {
            for (index, byte) in walked.by_ref() {
                let label = u32::from(*byte);
                let unit = *units.get(at ^ label as usize)?;
                if label == 0 || unit & (VALUE | 0xff) != label {
                    return None;
                }
                at ^= label as usize ^ offset(unit);
                if unit & ENDS != 0 {
                    return Some((index + 1, units.get(at)? & !VALUE));
                }
            }
            None
        })
    }
}

fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & WIDE) >> 6)) as usize
}

/// Makes a trie of keys, which must be sorted, each once, none empty and without a zero byte.
///
/// # Errors
/// [`EncoderError::Pieces`] where they are not, or too many.
pub fn make(keys: &[(&[u8], u32)]) -> Result<Vec<u32>, EncoderError> {
    let are_sorted = keys.windows(2).all(|pair| matches!(pair, [(first, _), (second, _)] if first < second));
    if !are_sorted || keys.iter().any(|(key, value)| key.is_empty() || key.contains(&0) || *value >= VALUE) {
        return Err(EncoderError::Pieces("two are the same, or one holds a zero byte"));
    }
    let mut making = Making { units: Vec::new(), is_taken: Vec::new(), is_base: Vec::new(), first_free: 1 };
    making.grow();
    making.take(0);
    making.place(keys, 0, 0)?;
    Ok(making.units)
}

struct Making {
    units: Vec<u32>,
    is_taken: Vec<bool>,
    /// Bases of some unit's children: two units with one base would be taken for each other.
    is_base: Vec<bool>,
    first_free: usize,
}

#[expect(clippy::indexing_slicing, reason = "positions lie within blocks that were added before")]
impl Making {
    fn grow(&mut self) {
        let length = self.units.len() + BLOCK;
        self.units.resize(length, 0);
        self.is_taken.resize(length, false);
        self.is_base.resize(length, false);
    }

    fn take(&mut self, at: usize) {
        self.is_taken[at] = true;
        while self.first_free < self.is_taken.len() && self.is_taken[self.first_free] {
            self.first_free += 1;
        }
    }

    /// Places what follows in keys that are the same up to `depth`; `at` is their common unit.
    fn place(&mut self, keys: &[(&[u8], u32)], depth: usize, at: usize) -> Result<(), EncoderError> {
        let (value, longer) = match keys.split_first() {
            Some(((key, value), longer)) if key.len() == depth => (Some(*value), longer),
            _ => (None, keys),
        };
        let branches: Vec<_> = longer.chunk_by(|first, second| first.0[depth] == second.0[depth]).collect();
        let labels = value.map(|_| 0).into_iter().chain(branches.iter().map(|branch| branch[0].0[depth]));
        let labels: Vec<u8> = labels.collect();
        let base = self.room(&labels, at)?;
        let offset = base ^ at;
        let bits = if offset < NARROW { offset << 10 } else { (offset >> 8) << 10 | WIDE as usize };
        self.units[at] |= u32::try_from(bits).map_err(|_| EncoderError::Pieces("they are too many"))?;
        for label in &labels {
            let child = base ^ usize::from(*label);
            self.units[child] = u32::from(*label);
            self.take(child);
        }
        if let Some(value) = value {
            self.units[at] |= ENDS;
            self.units[base] = value | VALUE;
        }
        for branch in branches {
            self.place(branch, depth + 1, base ^ usize::from(branch[0].0[depth]))?;
        }
        Ok(())
    }

    /// A base at which all these children are free. A far one can only be written down where it is a multiple of a block away.
    fn room(&mut self, labels: &[u8], from: usize) -> Result<usize, EncoderError> {
        let first = usize::from(*labels.first().ok_or(EncoderError::Pieces("there are none"))?);
        let mut at = self.first_free.max(self.units.len().saturating_sub(NEAR));
        loop {
            while at >= self.units.len() {
                self.grow();
            }
            let base = at ^ first;
            let offset = base ^ from;
            let is_free = !self.is_taken[at]
                && !self.is_base[base]
                && (offset < NARROW || offset % BLOCK == 0)
                && labels.iter().all(|label| !self.is_taken[base ^ usize::from(*label)]);
            if is_free {
                self.is_base[base] = true;
                return Ok(base);
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_the_keys_a_text_begins_with_are_found(
            keys in prop::collection::btree_map("[a-cß▁€]{1,5}", 0..VALUE, 1..60),
            text in "[a-dß▁€\0]{0,9}",
        ) {
            let keys: BTreeMap<String, u32> = keys;
            let sorted: Vec<_> = keys.iter().map(|(key, value)| (key.as_bytes(), *value)).collect();
            let units = make(&sorted).unwrap();
            let found: Vec<_> = Trie::new(&units).prefixes(text.as_bytes()).collect();
            let mut expected: Vec<_> = sorted
                .iter()
                .filter(|(key, _)| text.as_bytes().starts_with(key))
                .map(|(key, value)| (key.len(), *value))
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn units_of_any_kind_are_walked_without_harm(units in prop::collection::vec(any::<u32>(), 0..600), text: Vec<u8>) {
            prop_assert!(Trie::new(&units).prefixes(&text).count() <= text.len());
        }
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        assert!(make(&[(b"a", 1), (b"a", 2)]).is_err());
        assert!(make(&[(b"b", 1), (b"a", 2)]).is_err());
        assert!(make(&[(b"", 1)]).is_err());
        assert!(make(&[(b"a\0", 1)]).is_err());
    }
}
