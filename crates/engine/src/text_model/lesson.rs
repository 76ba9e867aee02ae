//! What taps come to: one lesson a text, in an order that neither time nor label decides, and what all lessons have in common.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::delta::{squash, thousandths};
use super::tap::FULL_WEIGHT;

/// The newest taps that are learned.
pub const MOST_TAPS: usize = 1000;
/// How strongly what all taps have in common is held to nothing, of a lesson for each logit: the weaker the more lessons there
/// are. What one tap says is about its text; what many say alike is not.
const HELD: f32 = 0.2;
/// Steps of Newton's method to find it, and the longest step, in logits.
const STEPS_TO_COMMON: usize = 60;
const LONGEST_STEP: f32 = 1.0;
/// What all taps have in common is learned at this share of the rate at which texts are.
pub(super) const COMMON: f32 = 0.3;

/// Feedback on a text, in whatever form the text is kept.
pub(super) trait Told: Ord {
    /// The text.
    type Text: Ord;

    /// What it was said of.
    fn text(&self) -> &Self::Text;
    /// The text as it is stored.
    fn bytes(text: &Self::Text) -> Vec<u8>;
    /// Whether it was called spam, how much that counts of [`FULL_WEIGHT`], and when it was said.
    fn said(&self) -> (bool, u16, i64);
}

/// What was said of one text, all in all.
pub(super) struct Lesson<T> {
    pub text: T,
    /// What is known without it, in logits.
    pub logit: f32,
    pub target: f32,
    pub weight: f32,
}

/// One lesson a text of the newest taps. Taps that contradict each other cancel.
pub(super) fn lessons<'t, T: Told, L>(taps: &'t [T], lesson: impl Fn(&'t T::Text) -> (L, f32)) -> Vec<Lesson<L>> {
    let mut newest: Vec<&T> = taps.iter().collect();
    newest.sort_unstable_by(|left, right| right.said().2.cmp(&left.said().2).then_with(|| left.cmp(right)));
    let mut sums: BTreeMap<(u64, &T::Text), i32> = BTreeMap::new();
    for tap in newest.into_iter().take(MOST_TAPS) {
        let (is_spam, weight, _) = tap.said();
        let weight = i32::from(weight.min(FULL_WEIGHT));
        *sums.entry((xxh3_64(&T::bytes(tap.text())), tap.text())).or_default() +=
            if is_spam { weight } else { -weight };
    }
    let told = sums.into_iter().filter(|(_, sum)| *sum != 0);
    told.map(|((_, text), sum)| {
        let (text, logit) = lesson(text);
        let weight = thousandths(sum.abs().min(FULL_WEIGHT.into()));
        Lesson { text, logit, target: if sum > 0 { 1.0 } else { 0.0 }, weight }
    })
    .collect()
}

/// The logits that, added to all lessons, best explain them without a look at their texts.
pub(super) fn common<T>(lessons: &[Lesson<T>]) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand lessons")]
    let held = HELD / lessons.len().max(1) as f32;
    let mut common = 0.0;
    for _ in 0..STEPS_TO_COMMON {
        let (mut slope, mut curvature) = (-held * common, held);
        for lesson in lessons {
            let logit = lesson.logit + common;
            slope += lesson.weight * (lesson.target - squash(logit));
            curvature += lesson.weight * squash_slope(logit);
        }
        common += (slope / curvature).clamp(-LONGEST_STEP, LONGEST_STEP);
    }
    common
}

/// How fast [`squash`] rises.
fn squash_slope(logit: f32) -> f32 {
    let square = 1.0 + logit * logit / 4.0;
    0.25 / (square * square.sqrt())
}
