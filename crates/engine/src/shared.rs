//! What the groups of one workspace agree on: words and messages that people of several of them called the same.
//!
//! In: feedback of all these groups. Out: weights over the text model and texts that are known, the same bytes for the same
//! feedback in whatever order. What only one group's people say stays in that group, however often they say it.

mod agreement;
mod pictures;
mod texts;

use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

pub(crate) use agreement::Agreement;
pub use agreement::{Standing, Voice};
use texts::KnownTexts;

use crate::nearest::Nearest;
use crate::pictures::KnownPictures;
use crate::sketch::Sketch;
use crate::text_model::{Delta, DeltaError, TapFeatures, TextModel};

/// First byte of what is stored: the version of its layout.
const LAYOUT: u8 = 1;

/// Feedback on one message, of one of the groups.
#[derive(Debug, Clone)]
pub struct SharedTap {
    /// Who said it, and where.
    pub voice: Voice,
    /// What the message was like; none where it says too little to learn from.
    pub features: Option<TapFeatures>,
    /// To find near-duplicates by; none where it is too short.
    pub sketch: Option<Sketch>,
    /// How its picture looks.
    pub picture: Option<u64>,
    /// What was said of it.
    pub is_spam: bool,
    /// How much it counts, of [`crate::text_model::FULL_WEIGHT`].
    pub weight: u16,
    /// Seconds since 1970.
    pub given_at: i64,
    /// Seconds since 1970 of the message, its own.
    pub date: i64,
}

/// What is stored and cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SharedError {
    /// Written by another version.
    #[error("what is shared has layout {0}; this version reads layout 1")]
    Layout(u8),
    /// The weights.
    #[error(transparent)]
    Wording(#[from] DeltaError),
    /// Cut off.
    #[error("what is shared is damaged")]
    Damaged,
}

/// What the groups of a workspace agree on.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    wording: Delta,
    pictures: KnownPictures,
    texts: KnownTexts,
    fingerprint: u32,
}

impl Shared {
    /// Finds what feedback agrees on.
    #[must_use]
    pub fn learn(model: &TextModel, taps: &[SharedTap]) -> Self {
        Self::new(agreement::wording(model, taps), pictures::agreed(taps), KnownTexts::agreed(taps))
    }

    fn new(wording: Delta, pictures: KnownPictures, texts: KnownTexts) -> Self {
        let mut shared = Self { wording, pictures, texts, fingerprint: 0 };
        let [a, b, c, d, ..] = xxh3_64(&shared.to_bytes()).to_le_bytes();
        shared.fingerprint = u32::from_le_bytes([a, b, c, d]);
        shared
    }

    /// Weights over the text model.
    #[must_use]
    pub fn wording(&self) -> &Delta {
        &self.wording
    }

    /// What is known of the like of a text, of the time before `now`.
    #[must_use]
    pub fn nearest(&self, now: i64, sketch: &Sketch) -> Nearest {
        self.texts.nearest(now, sketch)
    }

    /// What is known of the like of a picture, of the time before `now`.
    #[must_use]
    pub fn nearest_picture(&self, now: i64, hash: u64) -> Nearest {
        self.pictures.nearest(now, hash)
    }

    /// Whether nobody agrees on anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wording.is_empty() && self.pictures.is_empty() && self.texts.is_empty()
    }

    /// Tells it from any other, in verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// As it is stored: layout, then weights and pictures with their sizes, texts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut pictures = Vec::new();
        self.pictures.write(&mut pictures);
        let mut bytes = vec![LAYOUT];
        for part in [self.wording.to_bytes(), pictures] {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(&part);
        }
        self.texts.write(&mut bytes);
        bytes
    }

    /// Reads what is stored.
    ///
    /// # Errors
    /// [`SharedError`] where another version wrote it or bytes are missing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SharedError> {
        let (layout, rest) = bytes.split_first().ok_or(SharedError::Damaged)?;
        if *layout != LAYOUT {
            return Err(SharedError::Layout(*layout));
        }
        let (wording, rest) = part(rest).ok_or(SharedError::Damaged)?;
        let (pictures, texts) = part(rest).ok_or(SharedError::Damaged)?;
        let pictures = KnownPictures::read(pictures).ok_or(SharedError::Damaged)?;
        Ok(Self::new(Delta::from_bytes(wording)?, pictures, KnownTexts::read(texts).ok_or(SharedError::Damaged)?))
    }
}

/// The bytes that a size before them says, and what follows.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*size)).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text_model::testing::{blank_model, read};
    use crate::text_model::{FULL_WEIGHT, Tap};

    const TEXTS: &[&str] = &[
        "Looking for 5 people for remote work, from 120$ a day, flexible hours, no experience needed",
        "Looking for 8 people for remote work, from 250$ a day, flexible hours, no experience needed",
        "Is anybody here working remotely? How much do they pay a day, and are the hours flexible?",
        "the old apple tree needs pruning before the winter, who has a ladder for me?",
        "ok, thanks",
    ];

    const PICTURE: u64 = 0xf0f0_f0f0_f0f0_f0f0;

    fn tap(text: usize, person: &str, group: i64, is_spam: bool) -> SharedTap {
        let read = read(TEXTS[text]);
        SharedTap {
            voice: Voice { person: person.into(), group, standing: Standing::Member },
            features: TapFeatures::of(&read),
            sketch: Sketch::of_text(&read),
            picture: Some(PICTURE ^ (1 << text)),
            is_spam,
            weight: FULL_WEIGHT,
            given_at: 1000 + group,
            date: 500,
        }
    }

    fn learn(taps: &[SharedTap]) -> Shared {
        Shared::learn(&blank_model(), taps)
    }

    fn known(shared: &Shared, text: usize) -> bool {
        let sketch = Sketch::of_text(&read(TEXTS[text])).unwrap();
        Nearest::default().known_spam(|| shared.nearest(2000, &sketch)).is_some()
    }

    fn shift(shared: &Shared, text: usize) -> i32 {
        let text = read(TEXTS[text]);
        shared.wording().shift(text.buckets(&text.parts()[0]))
    }

    fn any_tap() -> impl Strategy<Value = SharedTap> {
        (0..TEXTS.len(), 0..4usize, 1..4i64, any::<bool>())
            .prop_map(|(text, person, group, is_spam)| tap(text, ["a", "b", "c", "d"][person], group, is_spam))
    }

    #[test]
    fn what_two_groups_called_spam_in_other_words_is_known_and_read_as_spam() {
        let shared = learn(&[tap(0, "a", 1, true), tap(1, "b", 2, true)]);
        assert!(known(&shared, 0) && known(&shared, 1));
        assert!(!known(&shared, 2) && !known(&shared, 3));
        assert!(shift(&shared, 0) > 500, "{}", shift(&shared, 0));
    }

    #[test]
    fn a_picture_that_two_groups_called_spam_is_known_scaled_anew() {
        let is_known = |taps: &[SharedTap], hash| {
            Nearest::default().known_spam(|| learn(taps).nearest_picture(2000, hash)).is_some()
        };
        let both = [tap(0, "a", 1, true), tap(1, "b", 2, true)];
        assert!(is_known(&both, PICTURE));
        assert!(!is_known(&both[..1], PICTURE));
        assert!(!is_known(&both, !PICTURE));
    }

    #[test]
    fn what_people_elsewhere_agreed_on_needs_nobody_here_and_gives_way_to_what_is_said_here() {
        let voice = Voice { person: "import".into(), group: 0, standing: Standing::Elsewhere };
        let imported = SharedTap { voice, ..tap(0, "", 0, true) };
        let shared = learn(std::slice::from_ref(&imported));
        assert!(known(&shared, 0) && shift(&shared, 0) > 300);
        let contradicted = learn(&[imported, tap(0, "a", 1, false), tap(0, "b", 2, false)]);
        assert!(!known(&contradicted, 0));
    }

    #[test]
    fn two_groups_that_contradict_each_other_agree_on_nothing() {
        assert!(learn(&[tap(0, "a", 1, true), tap(1, "b", 2, false)]).texts.is_empty());
        let shared = learn(&[tap(0, "a", 1, true), tap(0, "b", 2, true), tap(0, "c", 3, false), tap(0, "d", 1, false)]);
        assert!(!known(&shared, 0));
    }

    #[test]
    fn very_short_texts_are_never_known() {
        assert!(learn(&[tap(4, "a", 1, true), tap(4, "b", 2, true)]).texts.is_empty());
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = learn(&[tap(0, "a", 1, true), tap(1, "b", 2, true)]).to_bytes();
        assert_eq!(Shared::from_bytes(&[9]), Err(SharedError::Layout(9)));
        for length in [0, 1, 4, 20, bytes.len() - 1] {
            assert!(Shared::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_same_feedback_in_any_order_gives_the_same_bytes_and_they_come_back(
            taps in proptest::collection::vec(any_tap(), 0..8), other in any_tap(), rotation in 0..8usize
        ) {
            let shared = learn(&taps);
            let mut shuffled = taps.clone();
            shuffled.reverse();
            shuffled.rotate_left(rotation.min(taps.len()));
            prop_assert_eq!(learn(&shuffled).to_bytes(), shared.to_bytes());
            prop_assert_eq!(&Shared::from_bytes(&shared.to_bytes()).unwrap(), &shared);
            // Given and taken back is as if it was never given: nothing of a former state goes in.
            let _given = learn(&[taps.as_slice(), &[other]].concat());
            prop_assert_eq!(learn(&taps).to_bytes(), shared.to_bytes());
        }

        #[test]
        fn one_person_moves_nothing_however_much_they_say(
            said in proptest::collection::vec((0..TEXTS.len(), 1..4i64, any::<bool>()), 0..12)
        ) {
            let taps: Vec<SharedTap> = said.into_iter().map(|(text, group, is_spam)| tap(text, "a", group, is_spam)).collect();
            prop_assert!(learn(&taps).is_empty());
        }

        #[test]
        fn what_one_says_alone_adds_nothing_to_what_another_said(
            said in proptest::collection::vec(0..TEXTS.len(), 0..12)
        ) {
            let honest = tap(0, "b", 2, true);
            let alone = Delta::learn(&blank_model(), None, &[Tap {
                features: honest.features.clone().unwrap(), is_spam: true, weight: FULL_WEIGHT, given_at: 1,
            }]);
            let hostile = said.into_iter().map(|text| tap(text, "a", 1, true));
            let shared = learn(&hostile.chain([honest]).collect::<Vec<_>>());
            let most: std::collections::BTreeMap<u32, f32> = alone.weights().collect();
            let largest = most.values().fold(0.0f32, |largest, weight| largest.max(*weight));
            for (bucket, weight) in shared.wording().weights() {
                let most = most.get(&bucket).copied().unwrap_or(0.0);
                prop_assert!(weight <= most / 2.0 + largest / 127.0 && most > 0.0, "{} of {}", weight, most);
            }
        }
    }
}
