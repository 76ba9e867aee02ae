//! Texts that people of several groups called the same, with an index of their near-duplicates.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::SharedTap;
use super::agreement::Agreement;
use crate::nearest::Nearest;
use crate::sketch::Sketch;

/// The newest feedback that is looked at.
const MOST_TAPS: usize = 10_000;
/// Bytes of a text: date, label, sketch.
const ENTRY: usize = 8 + 1 + Sketch::SIZE;

/// A text that is known, and as what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct KnownText {
    date: i64,
    is_spam: bool,
    sketch: Sketch,
}

/// Known texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownTexts {
    /// Sorted, each once.
    texts: Vec<KnownText>,
    by_band: HashMap<u64, Vec<usize>>,
}

impl KnownTexts {
    /// Those whose near-duplicates enough people of the workspace called the same.
    pub fn agreed(taps: &[SharedTap]) -> Self {
        let mut newest: Vec<(&SharedTap, &Sketch)> =
            taps.iter().filter_map(|tap| Some((tap, tap.sketch.as_ref()?))).collect();
        newest.sort_by_key(|(tap, sketch)| (Reverse((tap.given_at, tap.date)), *sketch, tap.is_spam, &tap.voice));
        newest.truncate(MOST_TAPS);
        let is_agreed = |(tap, sketch): &(&SharedTap, &Sketch)| {
            let mut agreement = Agreement::default();
            newest.iter().any(|(other, near)| {
                if other.is_spam == tap.is_spam && sketch.distance(near.bits).is_some() {
                    agreement.add(&other.voice);
                }
                agreement.is_reached()
            })
        };
        let known = newest.iter().filter(|tap| is_agreed(tap));
        Self::new(
            known
                .map(|(tap, sketch)| KnownText { date: tap.date, is_spam: tap.is_spam, sketch: (*sketch).clone() })
                .collect(),
        )
    }

    fn new(texts: BTreeSet<KnownText>) -> Self {
        let texts: Vec<KnownText> = texts.into_iter().collect();
        let mut by_band: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, text) in texts.iter().enumerate() {
            for band in text.sketch.bands {
                by_band.entry(band).or_default().push(index);
            }
        }
        Self { texts, by_band }
    }

    /// What is known of the like of a text, of the time before `now`.
    pub fn nearest(&self, now: i64, sketch: &Sketch) -> Nearest {
        let mut nearest = Nearest::default();
        let alike = sketch.bands.iter().filter_map(|band| self.by_band.get(band)).flatten();
        for text in alike.filter_map(|index| self.texts.get(*index)) {
            if let Some(distance) = sketch.distance(text.sketch.bits) {
                nearest.see(now, text.date, distance, text.is_spam);
            }
        }
        nearest
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Appends them as they are stored.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        for text in &self.texts {
            bytes.extend_from_slice(&text.date.to_le_bytes());
            bytes.push(u8::from(text.is_spam));
            bytes.extend_from_slice(&text.sketch.to_bytes());
        }
    }

    /// Reads what is stored; none where another version wrote it or bytes are missing.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let read = |entry: &[u8]| {
            let (date, rest) = entry.split_first_chunk()?;
            let (is_spam, sketch) = rest.split_first()?;
            let sketch = Sketch::from_bytes(sketch)?;
            Some(KnownText { date: i64::from_le_bytes(*date), is_spam: *is_spam == 1, sketch })
        };
        bytes.chunks(ENTRY).map(read).collect::<Option<_>>().map(Self::new)
    }
}
