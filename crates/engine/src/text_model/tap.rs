//! One tap of an admin as the model learns it: features of the text and what was said of it. No word is kept.

use thiserror::Error;

use super::features::BUCKETS;
use super::lesson::Told;
use super::packing::{Unpack, pack};
use super::pieces::ModelText;
use super::structure::STRUCTURE;

/// First byte of stored features: the version of their layout and of the features themselves.
const LAYOUT: u8 = 1;
/// Most buckets that are kept of a text: about a kilobyte. Of a longer one, those that a hash happens to put first.
const MOST_BUCKETS: usize = 768;
/// Steps in which structure features are kept.
const STRUCTURE_STEPS: f32 = 500.0;
/// Full weight of a tap.
pub const FULL_WEIGHT: u16 = 1000;

/// Stored features that this version cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TapError {
    /// Written by another version.
    #[error("features of a tap have layout {0}; this version reads layout 1")]
    Layout(u8),
    /// Cut off, or no sorted list of buckets.
    #[error("features of a tap are damaged")]
    Damaged,
}

/// What is kept of a text that somebody called spam or ham.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TapFeatures {
    structure: [u8; STRUCTURE],
    /// Sorted, each once.
    buckets: Vec<u32>,
}

/// Feedback on one message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tap {
    /// What the message was like.
    pub features: TapFeatures,
    /// What was said of it.
    pub is_spam: bool,
    /// How much it counts, of [`FULL_WEIGHT`].
    pub weight: u16,
    /// Seconds since 1970. The newest taps are learned.
    pub given_at: i64,
}

impl TapFeatures {
    /// Those of the whole of a text; none where it says nothing to the model, and so can teach nothing.
    #[must_use]
    pub fn of(text: &ModelText) -> Option<Self> {
        let whole = text.parts().first().filter(|whole| !whole.is_silent())?;
        let mut buckets = text.buckets(whole).to_vec();
        if buckets.len() > MOST_BUCKETS {
            buckets.select_nth_unstable_by_key(MOST_BUCKETS, |bucket| bucket.wrapping_mul(0x9E37_79B9));
            buckets.truncate(MOST_BUCKETS);
        }
        buckets.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 1 at most is below 256"
        )]
        let structure = whole.structure.values().map(|value| (value * STRUCTURE_STEPS).round() as u8);
        Some(Self { structure, buckets })
    }

    /// Buckets of words and grams, sorted.
    #[must_use]
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// Structure features at their share.
    #[must_use]
    pub fn structure(&self) -> [f32; STRUCTURE] {
        self.structure.map(|steps| f32::from(steps) / STRUCTURE_STEPS)
    }

    /// As they are stored: layout, structure, then the distance of each bucket from the one before.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.structure);
        let mut next = 0;
        for bucket in &self.buckets {
            pack(bucket - next, &mut bytes);
            next = bucket + 1;
        }
        bytes
    }

    /// Reads stored features.
    ///
    /// # Errors
    /// [`TapError`] where another version wrote them or bytes are missing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TapError> {
        let (layout, rest) = bytes.split_first().ok_or(TapError::Damaged)?;
        if *layout != LAYOUT {
            return Err(TapError::Layout(*layout));
        }
        let mut packed = Unpack(rest);
        let structure = packed.bytes().ok_or(TapError::Damaged)?;
        let mut buckets = Vec::new();
        let mut next = 0;
        while !packed.0.is_empty() {
            let bucket = packed.number().and_then(|distance| distance.checked_add(next)).ok_or(TapError::Damaged)?;
            if bucket as usize >= BUCKETS || buckets.len() == MOST_BUCKETS {
                return Err(TapError::Damaged);
            }
            buckets.push(bucket);
            next = bucket + 1;
        }
        (!buckets.is_empty()).then_some(Self { structure, buckets }).ok_or(TapError::Damaged)
    }
}

impl Told for Tap {
    type Text = TapFeatures;

    fn text(&self) -> &TapFeatures {
        &self.features
    }

    fn bytes(features: &TapFeatures) -> Vec<u8> {
        features.to_bytes()
    }

    fn said(&self) -> (bool, u16, i64) {
        (self.is_spam, self.weight, self.given_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_model::testing::read;

    #[test]
    fn features_come_back_from_their_bytes_and_take_a_kilobyte_at_most() {
        let long = (0..2000).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ");
        for text in ["ok", "Earn 100 $ a day, write @some_name!", "谢谢大家", &long] {
            let features = TapFeatures::of(&read(text)).unwrap();
            let bytes = features.to_bytes();
            assert_eq!(TapFeatures::from_bytes(&bytes).unwrap(), features);
            assert!(bytes.len() <= 1600, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn structure_survives_as_well_as_it_has_to() {
        let text = read("BUY NOW!!! 100 $ at https://example.com 🔥");
        let kept = TapFeatures::of(&text).unwrap().structure();
        let original = text.parts()[0].structure.values();
        assert!(kept.iter().zip(original).all(|(kept, original)| (kept - original).abs() <= 0.5 / STRUCTURE_STEPS));
    }

    #[test]
    fn what_says_nothing_teaches_nothing() {
        assert_eq!(TapFeatures::of(&read("https://t.me/some_name")), None);
        assert_eq!(TapFeatures::of(&read("")), None);
    }

    #[test]
    fn other_bytes_are_no_features() {
        let bytes = TapFeatures::of(&read("some words")).unwrap().to_bytes();
        assert_eq!(TapFeatures::from_bytes(&bytes[..10]), Err(TapError::Damaged));
        assert_eq!(TapFeatures::from_bytes(&bytes[..15]), Err(TapError::Damaged), "no bucket");
        assert_eq!(TapFeatures::from_bytes(&[9]), Err(TapError::Layout(9)));
        assert_eq!(TapFeatures::from_bytes(&[&bytes[..15], &[0xff, 0xff, 0x7f]].concat()), Err(TapError::Damaged));
    }
}
