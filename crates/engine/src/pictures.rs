//! Pictures that people called spam or ham, found again by how they look.

use std::collections::BTreeSet;

use crate::nearest::Nearest;

/// Bits in which the same picture, scaled or compressed anew, differs at most; others differ in about 32.
const MOST_BITS: u32 = 6;
/// Waves that must be strong, and weak, for a hash to tell pictures apart: a plain surface has none.
const TELLING: std::ops::RangeInclusive<u32> = 16..=48;
const ENTRY: usize = 8 + 8 + 1;

/// A picture somebody judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownPicture {
    /// Seconds since 1970 of its message, its own.
    pub date: i64,
    /// Its perceptual hash.
    pub hash: u64,
    /// What was said of it.
    pub is_spam: bool,
}

/// Pictures that are known. Some thousands are looked through in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPictures(Vec<KnownPicture>);

impl KnownPictures {
    /// Those that tell something, each once, in whatever order they come.
    #[must_use]
    pub fn new(pictures: impl IntoIterator<Item = KnownPicture>) -> Self {
        let telling = pictures.into_iter().filter(|picture| is_telling(picture.hash));
        Self(telling.collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is known of the like of a picture, of the time before `now`.
    #[must_use]
    pub fn nearest(&self, now: i64, hash: u64) -> Nearest {
        let mut nearest = Nearest::default();
        for picture in &self.0 {
            if let Some(distance) = distance(picture.hash, hash) {
                nearest.see(now, picture.date, distance, picture.is_spam);
            }
        }
        nearest
    }

    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        for picture in &self.0 {
            bytes.extend_from_slice(&picture.date.to_le_bytes());
            bytes.extend_from_slice(&picture.hash.to_le_bytes());
            bytes.push(u8::from(picture.is_spam));
        }
    }

    /// None where bytes are missing.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let read = |entry: &[u8]| {
            let (date, rest) = entry.split_first_chunk()?;
            let (hash, rest) = rest.split_first_chunk()?;
            let [is_spam] = rest else { return None };
            let (date, hash) = (i64::from_le_bytes(*date), u64::from_le_bytes(*hash));
            Some(KnownPicture { date, hash, is_spam: *is_spam == 1 })
        };
        bytes.chunks(ENTRY).map(read).collect::<Option<Vec<_>>>().map(Self::new)
    }
}

/// In how many bits two hashes differ; none where it is too many to look alike.
pub(crate) fn distance(left: u64, right: u64) -> Option<u32> {
    Some((left ^ right).count_ones()).filter(|distance| *distance <= MOST_BITS)
}

/// Whether a hash tells its picture from others.
pub(crate) fn is_telling(hash: u64) -> bool {
    TELLING.contains(&hash.count_ones())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: u64 = 0xf0f0_f0f0_f0f0_f0f0;

    fn picture(hash: u64, is_spam: bool) -> KnownPicture {
        KnownPicture { date: 5, hash, is_spam }
    }

    fn is_known(pictures: &[KnownPicture], hash: u64) -> bool {
        KnownPictures::new(pictures.iter().copied()).nearest(1000, hash).known_spam(Nearest::default).is_some()
    }

    #[test]
    fn a_picture_is_known_when_it_differs_in_a_few_bits() {
        assert!(is_known(&[picture(HASH, true)], HASH ^ 0b11_1111));
        assert!(!is_known(&[picture(HASH, true)], HASH ^ 0b111_1111));
    }

    #[test]
    fn what_was_called_ham_too_is_not_known() {
        assert!(!is_known(&[picture(HASH, true), picture(HASH, false)], HASH));
        assert!(is_known(&[picture(HASH, true), picture(HASH ^ 0b1111, false)], HASH));
    }

    #[test]
    fn a_plain_surface_is_never_known() {
        assert!(!is_known(&[picture(0, true)], 0));
        assert!(!is_known(&[picture(u64::MAX, true)], u64::MAX));
    }

    #[test]
    fn pictures_come_back_from_their_bytes_in_whatever_order_they_came() {
        let pictures = [picture(HASH, true), picture(!HASH, false), picture(HASH, true)];
        let (known, mut bytes) = (KnownPictures::new(pictures), Vec::new());
        known.write(&mut bytes);
        assert_eq!(KnownPictures::read(&bytes), Some(known.clone()));
        assert_eq!(KnownPictures::new(pictures.into_iter().rev()), known);
        assert_eq!(KnownPictures::read(&bytes[..bytes.len() - 1]), None);
    }
}
