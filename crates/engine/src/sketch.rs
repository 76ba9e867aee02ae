//! What is alike of two texts, in few numbers.
//!
//! `MinHash` (Broder 1997) over the words and grams that the text model reads, in one pass over 64 bins (Li, Owen and Zhang
//! 2012). One bit of each bin is kept: of two texts that share a part J of their grams, about (1 − J) / 2 of the bits differ. Bins
//! in threes make bands: those who share one are compared.

use crate::text_model::ModelText;

/// Letters below which a text is small talk that many write; an ideograph counts three.
const FEWEST_LETTERS: u32 = 24;
const BINS: usize = 64;
const BANDS: usize = 6;
const BINS_A_BAND: usize = 3;
/// Bits in which near-duplicates differ at most.
const MOST_BITS: u32 = 12;
/// First byte of a stored sketch: the version of its layout and of the grams it is made of.
const LAYOUT: u8 = 1;

/// A text, to be found again among near-duplicates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sketch {
    /// Compared bit by bit.
    pub bits: u64,
    /// Near-duplicates share at least one of these, most of the time.
    pub bands: [u64; BANDS],
}

impl Sketch {
    /// Bytes of a stored sketch.
    pub const SIZE: usize = 1 + 8 + BANDS * 8;

    /// Of a message's own words; none where they are too short to tell.
    #[must_use]
    pub fn of_text(text: &ModelText) -> Option<Self> {
        let whole = text.parts().first().filter(|whole| whole.letters() >= FEWEST_LETTERS)?;
        let minima = minima(text.buckets(whole));
        let bits = minima.iter().enumerate().fold(0, |bits, (index, minimum)| bits | (minimum & 1) << index);
        let mut bands = [0; BANDS];
        for ((index, band), bins) in (0..).zip(&mut bands).zip(minima.chunks(BINS_A_BAND)) {
            *band = bins.iter().fold(index, |hash, minimum| mix(hash ^ minimum));
        }
        Some(Self { bits, bands })
    }

    /// In how many bits another differs; none where it is too many to be alike.
    #[must_use]
    pub fn distance(&self, other: u64) -> Option<u32> {
        Some((self.bits ^ other).count_ones()).filter(|distance| *distance <= MOST_BITS)
    }

    /// As it is stored: layout, bits, bands.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = std::iter::once(self.bits).chain(self.bands);
        std::iter::once(LAYOUT).chain(numbers.flat_map(u64::to_le_bytes)).collect()
    }

    /// Reads a stored sketch; none where another version wrote it or bytes are missing.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let numbers = bytes.strip_prefix(&[LAYOUT])?.chunks(8);
        let numbers: Option<Vec<u64>> = numbers.map(|bytes| bytes.try_into().map(u64::from_le_bytes).ok()).collect();
        let numbers = numbers?;
        let (bits, bands) = numbers.split_first()?;
        Some(Self { bits: *bits, bands: bands.try_into().ok()? })
    }
}

/// The least hash of each bin; an empty bin borrows from one that is not.
fn minima(buckets: &[u32]) -> [u64; BINS] {
    let mut bins = [u64::MAX; BINS];
    for bucket in buckets {
        let hash = mix(u64::from(*bucket) + 1);
        if let Some(minimum) = bins.get_mut((hash >> 58) as usize) {
            *minimum = (*minimum).min(mix(hash));
        }
    }
    let filled = bins;
    for (index, bin) in (0..).zip(&mut bins).filter(|(_, bin)| **bin == u64::MAX) {
        // Texts this short are none; with as many letters the first tries find a bin.
        let tries = (1..1000).map(|attempt| mix(index << 32 | attempt));
        let mut lent = tries.filter_map(|attempt| Some((attempt, *filled.get((attempt >> 58) as usize)?)));
        if let Some((attempt, minimum)) = lent.find(|(_, minimum)| *minimum != u64::MAX) {
            *bin = mix(minimum ^ attempt);
        }
    }
    bins
}

/// Spreads bits (`SplitMix64`, Steele et al. 2014).
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_model::testing::read;

    const ADVERT: &str = "Looking for 5 people for remote work, from 120$ a day, flexible hours, no experience needed. Write to @some_name";

    fn sketch(text: &str) -> Sketch {
        Sketch::of_text(&read(text)).unwrap()
    }

    fn alike(left: &str, right: &str) -> Option<u32> {
        let (left, right) = (sketch(left), sketch(right));
        let is_compared = left.bands.iter().any(|band| right.bands.contains(band));
        left.distance(right.bits).filter(|_| is_compared)
    }

    #[test]
    fn light_edits_are_found_again() {
        for edited in [
            ADVERT,
            "Looking for 8 people for remote work, from 250$ a day, flexible hours, no experience needed. Write to @an_other",
            "Looking for 5 people for online work, from 120$ a day, flexible hours, no experience needed. Write to @some_name",
            "Lооking fоr 5 реорle for remote work, from 120$ a day, flexible hours, no experience needed. Write to @some_name",
            "Looking for 5 people for remote work, from 120$ a day, flexible hours, no experience needed. Write to @some_name\nHurry up!",
        ] {
            assert!(alike(ADVERT, edited).is_some(), "{edited}");
        }
        assert_eq!(alike(ADVERT, ADVERT), Some(0));
    }

    #[test]
    fn other_texts_are_not_even_when_they_are_about_the_same() {
        for other in [
            "Is anybody here working remotely? How much do they pay a day, and are the hours flexible?",
            "Looking for a gardener for our yard, some hours a week, please write to me",
            "I have five people coming for dinner and no experience with roasts, write me what you would do",
        ] {
            assert_eq!(alike(ADVERT, other), None, "{other}");
        }
    }

    #[test]
    fn short_texts_have_no_sketch() {
        for text in ["", "ok", "good morning everybody", "谢谢大家", "@some_name https://example.com/a/long/address"]
        {
            assert_eq!(Sketch::of_text(&read(text)), None, "{text}");
        }
        assert!(Sketch::of_text(&read("日结兼职私聊我每天五百")).is_some());
    }

    #[test]
    fn a_sketch_comes_back_from_its_bytes_and_other_bytes_are_none() {
        let bytes = sketch(ADVERT).to_bytes();
        assert_eq!(Sketch::from_bytes(&bytes), Some(sketch(ADVERT)));
        for other in [&bytes[..bytes.len() - 1], &bytes[..bytes.len() - 8], &[&b"x"[..], &bytes[1..]].concat()] {
            assert_eq!(Sketch::from_bytes(other), None);
        }
        assert_eq!(Sketch::from_bytes(b""), None);
    }
}
