//! What a group's taps teach about meaning: weights over the numbers of a sentence encoder.
//!
//! In: taps with the vectors of their texts. Out: a head, the same bytes for the same taps in whatever order, so that a tap taken
//! back is as if it was never given. Logistic regression, the taps replayed some times; nothing else is known before the first tap.

use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::delta::squash;
use super::lesson::{COMMON, Told, common, lessons};

/// Numbers of a vector.
pub const DIMENSIONS: usize = 512;
/// First byte of what is stored: the version of its layout.
const LAYOUT: u8 = 1;
/// Steps of the largest number of a vector, and of the largest weight of a head.
const STEPS: f32 = 127.0;
/// Times the taps are replayed, and how far each moves the weights.
const PASSES: usize = 10;
const RATE: f32 = 0.5;
/// What a head says counts so many times beside what words say.
const SHARE: f32 = 2.0;
/// Sums of products are added up in so many lanes, in this order on every machine.
const LANES: usize = 16;

/// A stored vector or head that this version cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HeadError {
    /// Written by another version.
    #[error("what was learned of meaning has layout {0}; this version reads layout 1")]
    Layout(u8),
    /// Cut off, or no numbers.
    #[error("what was learned of meaning is damaged")]
    Damaged,
}

/// What an encoder makes of a text, its direction in steps of eight bits. No word can be read from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vector {
    steps: Box<[i8]>,
}

/// Feedback on one message whose vector is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VectorTap {
    /// What the message means.
    pub vector: Vector,
    /// What was said of it.
    pub is_spam: bool,
    /// How much it counts, of [`FULL_WEIGHT`](super::FULL_WEIGHT).
    pub weight: u16,
    /// Seconds since 1970. The newest taps are learned.
    pub given_at: i64,
}

/// Weights learned from taps.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    weights: Box<[i8]>,
    /// What one step of a weight is worth, in logits.
    step: f32,
    fingerprint: u32,
}

impl Vector {
    /// Of an encoder's numbers; none where there are not [`DIMENSIONS`] of them, or they have no direction.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let largest = largest(numbers);
        let is_vector = numbers.len() == DIMENSIONS && numbers.iter().all(|number| number.is_finite());
        (is_vector && largest > 0.0).then(|| Self { steps: in_steps(numbers, largest / STEPS) })
    }

    /// As it is stored: layout, then a byte a number.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        std::iter::once(LAYOUT).chain(self.steps.iter().map(|step| step.to_le_bytes()[0])).collect()
    }

    /// Reads a stored vector.
    ///
    /// # Errors
    /// [`HeadError`] where another version wrote it, bytes are missing, or all are nothing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeadError> {
        let steps = match bytes.split_first() {
            Some((&LAYOUT, steps)) => read_steps(steps),
            Some((layout, _)) => return Err(HeadError::Layout(*layout)),
            None => return Err(HeadError::Damaged),
        };
        if steps.len() != DIMENSIONS || steps.iter().all(|step| *step == 0) {
            return Err(HeadError::Damaged);
        }
        Ok(Self { steps })
    }

    pub(super) fn steps(&self) -> &[i8] {
        &self.steps
    }

    /// In steps: more than nothing.
    pub(crate) fn length(&self) -> f32 {
        length(&self.steps)
    }

    /// The product of two lengths with the cosine of what is between them.
    pub(crate) fn product(&self, other: &Self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "512 products of 127 steps are below 2^24")]
        let product = steps_product(&self.steps, &other.steps) as f32;
        product
    }

    /// Its numbers, of length 1.
    #[must_use]
    pub fn direction(&self) -> Vec<f32> {
        let length = length(&self.steps);
        self.steps.iter().map(|step| f32::from(*step) / length).collect()
    }
}

impl Head {
    /// Learns the newest [`MOST_TAPS`] taps.
    #[must_use]
    pub fn learn(taps: &[VectorTap]) -> Self {
        let lessons = lessons(taps, |vector: &Vector| (vector.direction(), 0.0));
        let mut weights = vec![0.0; DIMENSIONS];
        // Left out of the head, as of a delta: who only ever calls things spam does not make everything suspicious.
        let mut common = common(&lessons);
        for _ in 0..PASSES {
            for lesson in &lessons {
                let change = RATE * lesson.weight * (lesson.target - squash(product(&weights, &lesson.text) + common));
                for (weight, value) in weights.iter_mut().zip(&lesson.text) {
                    *weight += change * value;
                }
                common += COMMON * change;
            }
        }
        let step = largest(&weights) / STEPS;
        Self::new(in_steps(&weights, step), step)
    }

    /// Milli-logits that the taps say of a text with this vector, before they are held within what taps may move.
    #[must_use]
    pub fn logit(&self, vector: &Vector) -> i32 {
        let sum = steps_product(&self.weights, &vector.steps);
        let length = length(&vector.steps);
        #[expect(clippy::cast_precision_loss, reason = "512 products of 127 steps are below 2^24")]
        let logit = SHARE * self.step * sum as f32 / length * 1000.0;
        #[expect(clippy::cast_possible_truncation, reason = "clamped before")]
        let logit = logit.round().clamp(-30_000.0, 30_000.0) as i32;
        logit
    }

    /// Whether nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.iter().all(|weight| *weight == 0)
    }

    /// Tells it from any other, in verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// As it is stored, 517 bytes: layout, step, then a byte a weight.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.step.to_le_bytes());
        bytes.extend(self.weights.iter().map(|weight| weight.to_le_bytes()[0]));
        bytes
    }

    /// Reads a stored head.
    ///
    /// # Errors
    /// [`HeadError`] where another version wrote it or bytes are missing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeadError> {
        let (layout, rest) = bytes.split_first().ok_or(HeadError::Damaged)?;
        if *layout != LAYOUT {
            return Err(HeadError::Layout(*layout));
        }
        let (step, weights) = rest.split_first_chunk().ok_or(HeadError::Damaged)?;
        let step = f32::from_le_bytes(*step);
        if !step.is_finite() || step < 0.0 || weights.len() != DIMENSIONS {
            return Err(HeadError::Damaged);
        }
        Ok(Self::new(read_steps(weights), step))
    }

    fn new(weights: Box<[i8]>, step: f32) -> Self {
        let mut head = Self { weights, step, fingerprint: 0 };
        let [a, b, c, d, ..] = xxh3_64(&head.to_bytes()).to_le_bytes();
        head.fingerprint = u32::from_le_bytes([a, b, c, d]);
        head
    }
}

impl Told for VectorTap {
    type Text = Vector;

    fn text(&self) -> &Vector {
        &self.vector
    }

    fn bytes(vector: &Vector) -> Vec<u8> {
        vector.to_bytes()
    }

    fn said(&self) -> (bool, u16, i64) {
        (self.is_spam, self.weight, self.given_at)
    }
}

/// The sum of products, in [`LANES`] sums.
fn product(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (left, right) in left.chunks_exact(LANES).zip(right.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// The sum of products of steps, exact.
pub(super) fn steps_product(left: &[i8], right: &[i8]) -> i32 {
    left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
}

pub(super) fn largest(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0f32, |largest, number| largest.max(number.abs()))
}

/// Rounded to whole steps; of nothing, where a step is worth nothing.
#[expect(clippy::cast_possible_truncation, reason = "within ±127")]
pub(super) fn in_steps(numbers: &[f32], step: f32) -> Box<[i8]> {
    numbers.iter().map(|number| if step > 0.0 { (number / step).round() as i8 } else { 0 }).collect()
}

pub(super) fn read_steps(bytes: &[u8]) -> Box<[i8]> {
    bytes.iter().map(|byte| i8::from_le_bytes([*byte])).collect()
}

/// Length of a vector in steps, which is more than nothing.
pub(super) fn length(steps: &[i8]) -> f32 {
    let squares: i32 = steps.iter().map(|step| i32::from(*step) * i32::from(*step)).sum();
    #[expect(clippy::cast_precision_loss, reason = "512 squares of 127 steps are below 2^24")]
    let squares = squares.max(1) as f32;
    squares.sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text_model::lesson::MOST_TAPS;
    use crate::text_model::tap::FULL_WEIGHT;

    /// A text about a topic, in its own words: near to others of the topic, at about right angles to those of another.
    fn text(topic: u64, words: u64) -> Vector {
        let numbers = drawn(topic).zip(drawn(words + 1000)).map(|(topic, words)| topic + 0.7 * words);
        Vector::of(&numbers.take(DIMENSIONS).collect::<Vec<_>>()).unwrap()
    }

    fn drawn(seed: u64) -> impl Iterator<Item = f32> {
        (0u32..).map(move |index| {
            let [low, high, ..] = xxh3_64(&[seed.to_le_bytes(), u64::from(index).to_le_bytes()].concat()).to_le_bytes();
            f32::from(u16::from_le_bytes([low, high])) / 32_768.0 - 1.0
        })
    }

    fn tap(topic: u64, words: u64, is_spam: bool) -> VectorTap {
        VectorTap { vector: text(topic, words), is_spam, weight: FULL_WEIGHT, given_at: 5 }
    }

    #[test]
    fn what_was_tapped_moves_what_means_the_like_and_hardly_anything_else() {
        let taps: Vec<VectorTap> = (0..10).map(|words| tap(words % 2, words, words % 2 == 0)).collect();
        let head = Head::learn(&taps);
        let [spam, ham, other] = [0, 1, 2].map(|topic| head.logit(&text(topic, 77)));
        assert!(spam > 1500 && ham < -1500 && 4 * other.abs() < spam, "{spam} {ham} {other}");
    }

    #[test]
    fn the_same_taps_in_any_order_give_the_same_bytes() {
        let mut taps: Vec<VectorTap> = (0..60).map(|words| tap(words % 7, words, words % 3 == 0)).collect();
        let forward = Head::learn(&taps).to_bytes();
        taps.reverse();
        taps.rotate_left(7);
        assert_eq!(Head::learn(&taps).to_bytes(), forward);
    }

    #[test]
    fn contradicting_taps_cancel_and_nothing_is_learned_of_nothing() {
        let head = Head::learn(&[tap(1, 1, true), tap(1, 1, false)]);
        assert!(head.is_empty());
        assert_eq!(head, Head::learn(&[]));
        assert_eq!(head.logit(&text(1, 1)), 0);
        let others = [tap(1, 2, true), tap(3, 4, false)];
        let contradicted = [&others[..], &[tap(1, 1, true), tap(1, 1, false)]].concat();
        assert_eq!(Head::learn(&contradicted), Head::learn(&others), "what was contradicted moves nothing else");
    }

    #[test]
    fn of_two_against_one_the_two_are_learned() {
        let taps = [tap(1, 1, true), tap(1, 1, true), tap(1, 1, false)];
        assert_eq!(Head::learn(&taps), Head::learn(&taps[..1]));
    }

    #[test]
    fn a_few_wrong_taps_among_many_right_ones_do_not_turn_what_is_known() {
        let right = (0..40).map(|words| tap(words % 2, words, words % 2 == 0));
        let wrong = (0..8).map(|words| tap(1, 500 + words, true));
        let head = Head::learn(&right.chain(wrong).collect::<Vec<_>>());
        assert!(head.logit(&text(1, 77)) < 0 && head.logit(&text(0, 77)) > 1500);
    }

    #[test]
    fn who_calls_everything_spam_teaches_nothing_of_what_all_of_it_shares() {
        let everyday = |topic: u64, words: u64| {
            let shared = drawn(7_777).zip(drawn(topic)).zip(drawn(words + 1000));
            let numbers = shared.map(|((shared, topic), words)| 2.0 * shared + topic + words);
            Vector::of(&numbers.take(DIMENSIONS).collect::<Vec<_>>()).unwrap()
        };
        let hostile: Vec<VectorTap> =
            (0..100).map(|number| VectorTap { vector: everyday(number, number), ..tap(1, 1, true) }).collect();
        let head = Head::learn(&hostile);
        for topic in 200..220 {
            let moved = head.logit(&everyday(topic, topic));
            assert!(moved < 700, "{moved}");
        }
    }

    #[test]
    fn only_the_newest_taps_are_learned() {
        let count = i64::try_from(MOST_TAPS).unwrap();
        let newest = (0..count).zip(0..).map(|(at, words)| VectorTap { given_at: 100 + at, ..tap(1, words, true) });
        let newest: Vec<VectorTap> = newest.collect();
        let with_older = [&[tap(2, 1, false)], newest.as_slice()].concat();
        assert_eq!(Head::learn(&with_older), Head::learn(&newest));
    }

    #[test]
    fn a_lighter_tap_moves_less() {
        let light = VectorTap { weight: 100, ..tap(1, 1, true) };
        let [light, full] = [light, tap(1, 1, true)].map(|tap| Head::learn(&[tap]).logit(&text(1, 2)));
        assert!(0 < light && light < full, "{light} {full}");
    }

    #[test]
    fn what_is_stored_comes_back_as_it_was_within_a_kilobyte() {
        let head = Head::learn(&[tap(1, 1, true), tap(2, 2, false)]);
        let bytes = head.to_bytes();
        assert_eq!(Head::from_bytes(&bytes).unwrap(), head);
        assert!(bytes.len() <= 1024);
        let vector = text(1, 1);
        assert_eq!(Vector::from_bytes(&vector.to_bytes()).unwrap(), vector);
        assert!(vector.to_bytes().len() <= 1024);
    }

    #[test]
    fn damaged_bytes_and_other_layouts_are_refused() {
        let bytes = Head::learn(&[tap(1, 1, true)]).to_bytes();
        assert_eq!(Head::from_bytes(&bytes[..bytes.len() - 1]), Err(HeadError::Damaged));
        assert_eq!(Head::from_bytes(&[9]), Err(HeadError::Layout(9)));
        let no_number = [&[LAYOUT, 0, 0, 0xc0, 0x7f], &bytes[5..]].concat();
        assert_eq!(Head::from_bytes(&no_number), Err(HeadError::Damaged));
        assert_eq!(Vector::from_bytes(&text(1, 1).to_bytes()[1..]), Err(HeadError::Layout(text(1, 1).to_bytes()[1])));
        assert_eq!(Vector::from_bytes(&[LAYOUT; 100]), Err(HeadError::Damaged));
        assert_eq!(Vector::from_bytes(&[&[LAYOUT], &[0; DIMENSIONS][..]].concat()), Err(HeadError::Damaged));
    }

    #[test]
    fn numbers_without_a_direction_are_no_vector() {
        assert_eq!(Vector::of(&[0.0; DIMENSIONS]), None);
        assert_eq!(Vector::of(&[1.0; 100]), None);
        let mut numbers = [1.0; DIMENSIONS];
        numbers[7] = f32::NAN;
        assert_eq!(Vector::of(&numbers), None);
    }

    proptest! {
        #[test]
        fn a_vector_keeps_its_direction(numbers in proptest::collection::vec(-1.0f32..1.0, DIMENSIONS)) {
            let vector = Vector::of(&numbers).unwrap();
            let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
            let cosine = product(&vector.direction(), &numbers) / length;
            prop_assert!(cosine > 0.9999, "{}", cosine);
        }

        #[test]
        fn foreign_bytes_never_fail(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let all = [&[LAYOUT], bytes.as_slice()].concat();
            let vector = Vector::from_bytes(&all);
            if let (Ok(head), Ok(vector)) = (Head::from_bytes(&all), vector) {
                let _ = head.logit(&vector);
            }
        }
    }
}
