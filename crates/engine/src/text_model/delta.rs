//! What a group's taps teach: weights laid over those of the text model.
//!
//! In: taps. Out: a sparse table of weights, the same bytes for the same taps in whatever order, so that a tap taken back is as
//! if it was never given. Logistic regression, the taps replayed some times over the model's own logits.

use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::features::BUCKETS;
use super::file::TextModel;
use super::lesson::{COMMON, common, lessons};
use super::packing::{Unpack, pack};
use super::tap::{Tap, TapFeatures};

/// First byte of a stored delta: the version of its layout and of the features it weighs.
const LAYOUT: u8 = 1;
/// Times the taps are replayed, and how far each moves the weights of its text.
const PASSES: usize = 10;
const RATE: f32 = 6.0;
/// Milli-logits that all taps together come near to, and never reach, on any text.
pub const MOST_SHIFT: i32 = 4000;
/// Steps of the largest weight.
const STEPS: f32 = 127.0;

/// A stored delta that this version cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeltaError {
    /// Written by another version.
    #[error("what was learned has layout {0}; this version reads layout 1")]
    Layout(u8),
    /// Cut off, or not sorted.
    #[error("what was learned is damaged")]
    Damaged,
}

/// Weights learned from taps.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    /// Which buckets have a weight: 64 a word.
    words: Box<[Word]>,
    /// Of the buckets that have one, in their order.
    weights: Box<[i8]>,
    /// What one step of a weight is worth, in logits.
    step: f32,
    fingerprint: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Word {
    bits: u64,
    /// Weights of the words before.
    before: u32,
}

impl Delta {
    /// Learns the newest [`MOST_TAPS`] taps over the model, and over what others taught: where they contradict it, they win.
    #[must_use]
    pub fn learn(model: &TextModel, others: Option<&Self>, taps: &[Tap]) -> Self {
        let lessons = lessons(taps, |features: &TapFeatures| {
            let logit = model.logit_of(features.buckets(), features.structure()) - model.card().threshold;
            (features, thousandths(logit))
        });
        let mut weights = vec![0.0; BUCKETS];
        for (bucket, weight) in others.into_iter().flat_map(Self::weights) {
            if let Some(known) = weights.get_mut(bucket as usize) {
                *known = weight;
            }
        }
        // What all taps have in common is no knowledge of words: it is learned apart, and left out of the delta. So a group
        // that only ever taps "spam" does not come to find everything suspicious, and where the model takes everything for ham,
        // the words still learn from both, spam and ham.
        let mut common = common(&lessons);
        for _ in 0..PASSES {
            for lesson in &lessons {
                let buckets = lesson.text.buckets();
                let value = 1.0 / real(buckets.len()).sqrt();
                let learned: f32 = buckets.iter().filter_map(|bucket| weights.get(*bucket as usize)).sum();
                let error = lesson.target - squash(lesson.logit + learned * value + common);
                let change = RATE * lesson.weight * error;
                for bucket in buckets {
                    if let Some(weight) = weights.get_mut(*bucket as usize) {
                        *weight += change * value;
                    }
                }
                common += COMMON * change;
            }
        }
        Self::of_weights(&weights)
    }

    /// The buckets that have a weight, in their order, and these in logits.
    pub(crate) fn weights(&self) -> impl Iterator<Item = (u32, f32)> {
        self.buckets().zip(&self.weights).map(|(bucket, steps)| (bucket, self.step * f32::from(*steps)))
    }

    /// Milli-logits that the taps add to a text with these buckets.
    #[must_use]
    pub fn shift(&self, buckets: &[u32]) -> i32 {
        held(self.logit(buckets))
    }

    /// The same before it is held within the most, in logits.
    pub(super) fn logit(&self, buckets: &[u32]) -> f32 {
        let steps: i32 = buckets.iter().map(|bucket| self.weight(*bucket)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a message has at most some ten thousand buckets of 127 steps")]
        let logit = self.step * steps as f32 / real(buckets.len().max(1)).sqrt();
        logit
    }

    /// Whether nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Tells it from any other, in verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// As it is stored: layout, step, then of each weight the distance from the bucket before and its steps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.step.to_le_bytes());
        let mut next = 0;
        for (bucket, weight) in self.buckets().zip(&self.weights) {
            pack(bucket - next, &mut bytes);
            bytes.extend_from_slice(&weight.to_le_bytes());
            next = bucket + 1;
        }
        bytes
    }

    /// Reads a stored delta.
    ///
    /// # Errors
    /// [`DeltaError`] where another version wrote it or bytes are missing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DeltaError> {
        let (layout, rest) = bytes.split_first().ok_or(DeltaError::Damaged)?;
        if *layout != LAYOUT {
            return Err(DeltaError::Layout(*layout));
        }
        let (step, rest) = rest.split_first_chunk().ok_or(DeltaError::Damaged)?;
        let step = f32::from_le_bytes(*step);
        if !step.is_finite() || step < 0.0 {
            return Err(DeltaError::Damaged);
        }
        let mut packed = Unpack(rest);
        let mut table = Table::default();
        let mut next = 0;
        while !packed.0.is_empty() {
            let bucket = packed.number().and_then(|distance| distance.checked_add(next)).ok_or(DeltaError::Damaged)?;
            let [weight] = packed.bytes().ok_or(DeltaError::Damaged)?;
            if bucket as usize >= BUCKETS || weight == 0 {
                return Err(DeltaError::Damaged);
            }
            table.push(bucket, i8::from_le_bytes([weight]));
            next = bucket + 1;
        }
        Ok(table.finish(step))
    }

    /// Weights in logits, one a bucket, in steps of eight bits.
    pub(crate) fn of_weights(weights: &[f32]) -> Self {
        let largest = weights.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
        let step = largest / STEPS;
        let mut table = Table::default();
        if step > 0.0 {
            for (bucket, weight) in (0..).zip(weights) {
                #[expect(clippy::cast_possible_truncation, reason = "within ±127")]
                let steps = (weight / step).round() as i8;
                if steps != 0 {
                    table.push(bucket, steps);
                }
            }
        }
        table.finish(step)
    }

    fn weight(&self, bucket: u32) -> i32 {
        let Some(word) = self.words.get(bucket as usize / 64) else { return 0 };
        let bit = 1u64 << (bucket % 64);
        if word.bits & bit == 0 {
            return 0;
        }
        let index = word.before + (word.bits & (bit - 1)).count_ones();
        self.weights.get(index as usize).copied().map_or(0, i32::from)
    }

    fn buckets(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.words).flat_map(|(index, word)| {
            (0..64).filter(move |bit| word.bits >> bit & 1 == 1).map(move |bit| index * 64 + bit)
        })
    }
}

/// A delta that is being put together, in the order of its buckets.
struct Table {
    words: Box<[Word]>,
    weights: Vec<i8>,
}

impl Default for Table {
    fn default() -> Self {
        Self { words: vec![Word::default(); BUCKETS / 64].into_boxed_slice(), weights: Vec::new() }
    }
}

impl Table {
    fn push(&mut self, bucket: u32, weight: i8) {
        if let Some(word) = self.words.get_mut(bucket as usize / 64) {
            word.bits |= 1 << (bucket % 64);
            self.weights.push(weight);
        }
    }

    fn finish(mut self, step: f32) -> Delta {
        let mut before = 0;
        for word in &mut self.words {
            word.before = before;
            before += word.bits.count_ones();
        }
        let mut delta = Delta { words: self.words, weights: self.weights.into_boxed_slice(), step, fingerprint: 0 };
        let [a, b, c, d, ..] = xxh3_64(&delta.to_bytes()).to_le_bytes();
        delta.fingerprint = u32::from_le_bytes([a, b, c, d]);
        delta
    }
}

/// Milli-logits that so many, of all that was learned, move a text by.
pub(crate) fn within_most(learned: i32) -> i32 {
    held(thousandths(learned))
}

/// The same of logits.
pub(super) fn held(logit: f32) -> i32 {
    let most = thousandths(MOST_SHIFT);
    let share = logit / most;
    #[expect(clippy::cast_possible_truncation, reason = "within the most")]
    let shift = (1000.0 * most * share / (1.0 + share * share).sqrt()).round() as i32;
    shift
}

/// From 0 to 1 as a sigmoid, with heavier tails, and the same on every machine, which a library's exponential is not.
pub(super) fn squash(logit: f32) -> f32 {
    let half = logit / 2.0;
    0.5 + 0.5 * half / (1.0 + half * half).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "logits are within thirty thousand thousandths")]
pub(super) fn thousandths(number: i32) -> f32 {
    number as f32 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a message has at most some ten thousand buckets")]
fn real(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text_model::lesson::MOST_TAPS;
    use crate::text_model::tap::FULL_WEIGHT;
    use crate::text_model::testing::{blank_model, read};

    fn tap(text: &str, is_spam: bool) -> Tap {
        Tap { features: TapFeatures::of(&read(text)).unwrap(), is_spam, weight: FULL_WEIGHT, given_at: 5 }
    }

    fn shift(delta: &Delta, text: &str) -> i32 {
        let text = read(text);
        delta.shift(text.buckets(&text.parts()[0]))
    }

    fn learn(taps: &[Tap]) -> Delta {
        Delta::learn(&blank_model(), None, taps)
    }

    #[test]
    fn what_was_tapped_moves_what_is_like_it() {
        let delta = learn(&[
            tap("we sell cheap followers for your channel", true),
            tap("how do I prune an old apple tree", false),
        ]);
        assert!(shift(&delta, "cheap followers for channels, we sell") > 500);
        assert!(shift(&delta, "the old apple tree needs pruning") < -500);
    }

    #[test]
    fn the_same_taps_in_any_order_give_the_same_bytes() {
        let mut taps: Vec<Tap> =
            (0..40).map(|number| tap(&format!("some words number {number} x{number}"), number % 3 == 0)).collect();
        let forward = learn(&taps).to_bytes();
        taps.reverse();
        taps.rotate_left(7);
        assert_eq!(learn(&taps).to_bytes(), forward);
    }

    #[test]
    fn contradicting_taps_cancel_and_nothing_is_learned_of_nothing() {
        let taps = [tap("buy followers here", true), tap("buy followers here", false)];
        assert!(learn(&taps).is_empty());
        assert_eq!(learn(&taps), learn(&[]));
        assert_eq!(shift(&learn(&[]), "buy followers here"), 0);
    }

    #[test]
    fn of_two_against_one_the_two_are_learned() {
        let taps = [tap("buy followers here", true), tap("buy followers here", true), tap("buy followers here", false)];
        assert_eq!(learn(&taps), learn(&taps[..1]));
    }

    #[test]
    fn only_the_newest_taps_are_learned() {
        let newest = |number: i64| Tap { given_at: 100 + number, ..tap(&format!("topic {number} of the group"), true) };
        let taps: Vec<Tap> = (0..i64::try_from(MOST_TAPS).unwrap()).map(newest).collect();
        let with_older = [&[tap("an older message", false)], taps.as_slice()].concat();
        assert_eq!(learn(&with_older), learn(&taps));
    }

    #[test]
    fn however_many_taps_there_are_a_text_moves_within_bounds() {
        let taps: Vec<Tap> =
            (0..300).map(|number| tap(&format!("good morning everybody {number} times a{number}"), true)).collect();
        let moved = shift(&learn(&taps), "good morning everybody");
        assert!((0..4000).contains(&moved), "{moved}");
    }

    #[test]
    fn a_lighter_tap_moves_less() {
        let light = Tap { weight: 100, ..tap("we sell cheap followers", true) };
        let [light, full] =
            [light, tap("we sell cheap followers", true)].map(|tap| shift(&learn(&[tap]), "we sell cheap followers"));
        assert!(0 < light && light < full, "{light} {full}");
    }

    #[test]
    fn damaged_bytes_and_other_layouts_are_refused() {
        let bytes = learn(&[tap("we sell cheap followers", true)]).to_bytes();
        assert!(matches!(Delta::from_bytes(&bytes[..bytes.len() - 1]), Err(DeltaError::Damaged)));
        assert!(matches!(Delta::from_bytes(&bytes[..4]), Err(DeltaError::Damaged)));
        assert!(matches!(Delta::from_bytes(&[2, 0, 0, 0, 0]), Err(DeltaError::Layout(2))));
        assert!(matches!(Delta::from_bytes(&[1, 0, 0, 0xc0, 0x7f]), Err(DeltaError::Damaged)), "not a number");
        let beyond = [&bytes[..5], &[0xff, 0xff, 0x7f, 1]].concat();
        assert!(matches!(Delta::from_bytes(&beyond), Err(DeltaError::Damaged)));
    }

    proptest! {
        #[test]
        fn a_delta_comes_back_from_its_bytes_as_it_was(weights in proptest::collection::btree_map(0..BUCKETS, -9.0f32..9.0, 0..300)) {
            let mut all = vec![0.0; BUCKETS];
            for (bucket, weight) in &weights {
                all[*bucket] = *weight;
            }
            let delta = Delta::of_weights(&all);
            prop_assert_eq!(&Delta::from_bytes(&delta.to_bytes()).unwrap(), &delta);
            for (bucket, weight) in weights {
                let kept = delta.step * f32::from(i16::try_from(delta.weight(u32::try_from(bucket).unwrap())).unwrap());
                prop_assert!((kept - weight).abs() <= delta.step);
            }
        }

        #[test]
        fn foreign_bytes_never_fail(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Delta::from_bytes(&[&[LAYOUT, 0, 0, 0, 0], bytes.as_slice()].concat());
            let _ = TapFeatures::from_bytes(&[&[LAYOUT], bytes.as_slice()].concat());
        }
    }
}
