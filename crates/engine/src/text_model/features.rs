//! Words and character grams of a text, hashed into buckets.

use std::cell::Cell;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

/// Number of buckets: as many as there are weights, so that they stay in a core's second cache.
pub const BUCKETS: usize = 1 << BITS;
const BITS: u32 = 18;
/// Longest run of characters that is a feature.
const LONGEST_GRAM: usize = 4;

const CHARACTERS: u64 = 0x51_7C_C1_B7_27_22_0A_95;
const WORDS: u64 = 0x9E_37_79_B9_7F_4A_7C_15;
const PAIRS: u64 = 0xD6_E8_FE_B8_66_59_FD_93;

/// Words of a text that are remembered at once.
const KNOWN_WORDS: u64 = 256;

/// Tells which buckets came before.
#[derive(Debug)]
pub struct Distinct {
    /// One bit a bucket, all clear between calls.
    seen: Box<[u64]>,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { seen: vec![0; BUCKETS / 64].into_boxed_slice() }
    }
}

impl Distinct {
    /// Keeps the first of equal buckets, from `start` on. Without a branch: whether a bucket came before is hard to guess.
    pub fn keep_first(&mut self, buckets: &mut Vec<u32>, start: usize) {
        let cells = Cell::from_mut(buckets.get_mut(start..).unwrap_or_default()).as_slice_of_cells();
        let mut kept = 0;
        for bucket in cells.iter().map(Cell::get) {
            let Some(seen) = self.seen.get_mut(bucket as usize / 64) else { continue };
            if let Some(slot) = cells.get(kept) {
                slot.set(bucket);
            }
            let bit = bucket % 64;
            kept += usize::from(*seen >> bit & 1 == 0);
            *seen |= 1 << bit;
        }
        buckets.truncate(start + kept);
        if kept > self.seen.len() {
            self.seen.fill(0);
            return;
        }
        for bucket in buckets.iter().skip(start) {
            if let Some(seen) = self.seen.get_mut(*bucket as usize / 64) {
                *seen = 0;
            }
        }
    }
}

/// Walks the words of a piece.
#[derive(Debug, Default)]
pub struct Walk {
    first: Option<u64>,
    previous: Option<u64>,
}

impl Walk {
    /// The first word so far, as a number.
    pub fn first(&self) -> Option<u64> {
        self.first
    }

    /// The last word so far, as a number.
    pub fn last(&self) -> Option<u64> {
        self.previous
    }

    /// Appends the buckets of a text (as `model_text` writes it), equal ones too; a word that is found in `known` again adds but
    /// its pair.
    pub fn text(&mut self, text: &str, known: &mut Words, buckets: &mut Vec<u32>) {
        known.forget();
        let mut start = 0;
        for word in text.split(' ') {
            let range = start..start + word.len();
            start = range.end + 1;
            if word.is_empty() {
                continue;
            }
            let whole = known.number(text, range, || Word::read(word, buckets));
            self.first.get_or_insert(whole);
            if let Some(previous) = self.previous.replace(whole) {
                buckets.push(pair(previous, whole));
            }
        }
    }
}

/// Remembers words of one text, those that came last: people repeat themselves, and a word's grams are the same each time.
#[derive(Debug)]
pub struct Words {
    slots: Box<[KnownWord]>,
    /// The number of the text.
    text: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct KnownWord {
    /// The number of its text.
    text: u64,
    start: usize,
    end: usize,
    /// The word as a number.
    whole: u64,
}

impl Default for Words {
    fn default() -> Self {
        Self { slots: (0..KNOWN_WORDS).map(|_| KnownWord::default()).collect(), text: 0 }
    }
}

impl Words {
    fn forget(&mut self) {
        self.text += 1;
    }

    /// The number of a word of `text`: remembered, or read now.
    fn number(&mut self, text: &str, Range { start, end }: Range<usize>, read: impl FnOnce() -> u64) -> u64 {
        let word = text.as_bytes().get(start..end);
        let place = usize::try_from(xxh3_64(word.unwrap_or_default()) % KNOWN_WORDS).unwrap_or(0);
        let Some(known) = self.slots.get_mut(place) else { return read() };
        if known.text != self.text || text.as_bytes().get(known.start..known.end) != word {
            *known = KnownWord { text: self.text, start, end, whole: read() };
        }
        known.whole
    }
}

/// A word so far, with a space before it. Grams that end at the same character grow out of those that ended before it.
#[derive(Debug)]
struct Word {
    whole: u64,
    /// Grams of one, two and three characters that end here; numbers without a meaning where the word is shorter.
    grams: [u64; LONGEST_GRAM - 1],
    length: usize,
}

impl Word {
    /// Appends a word's buckets; gives the word as a number.
    fn read(word: &str, buckets: &mut Vec<u32>) -> u64 {
        let mut read = Self { whole: WORDS, grams: [step(CHARACTERS, ' '), 0, 0], length: 0 };
        word.chars().for_each(|character| read.see(character, buckets));
        read.end(buckets);
        read.whole
    }

    fn see(&mut self, character: char, buckets: &mut Vec<u32>) {
        let one = step(CHARACTERS, character);
        let [two, three, four] = self.grams.map(|gram| step(gram, character));
        let ended = [one, two, three, four].map(bucket);
        match self.length {
            0 => buckets.extend_from_slice(ended.split_at(2).0),
            1 => buckets.extend_from_slice(ended.split_at(3).0),
            _ => buckets.extend_from_slice(&ended),
        }
        self.grams = [one, two, three];
        self.whole = step(self.whole, character);
        self.length += 1;
    }

    /// The grams that end with the space after the word, and the word itself.
    fn end(&self, buckets: &mut Vec<u32>) {
        let [two, three, four] = self.grams.map(|gram| bucket(step(gram, ' ')));
        let word = bucket(self.whole);
        if self.length > 1 {
            buckets.extend_from_slice(&[two, three, four, word]);
        } else {
            buckets.extend_from_slice(&[two, three, word]);
        }
    }
}

/// The bucket of two words side by side.
pub fn pair(left: u64, right: u64) -> u32 {
    bucket(mix(left.rotate_left(17) ^ right ^ PAIRS))
}

const fn step(hash: u64, character: char) -> u64 {
    mix(hash ^ character as u64)
}

const fn mix(value: u64) -> u64 {
    let spread = value.wrapping_mul(0x9E_37_79_B9_7F_4A_7C_15);
    spread ^ (spread >> 29)
}

fn bucket(hash: u64) -> u32 {
    let spread = hash.wrapping_mul(0xBF_58_47_6D_1C_E4_E5_B9);
    u32::try_from(spread >> (64 - BITS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(text: &str) -> Vec<u32> {
        let mut buckets = Vec::new();
        Walk::default().text(text, &mut Words::default(), &mut buckets);
        Distinct::default().keep_first(&mut buckets, 0);
        buckets
    }

    #[test]
    fn a_word_has_its_grams_itself_and_its_pair() {
        // " a ": "a", " a", "a ", " a ", the word. "a b" besides: the same of b, and the pair.
        assert_eq!(buckets("a").len(), 5);
        assert_eq!(buckets("a b").len(), 11);
        assert_eq!(buckets("a a a").len(), 6);
    }

    #[test]
    fn a_word_again_adds_what_it_would_have_added_without_being_known() {
        let words: Vec<String> = (0..600).map(|number| format!("word{}", number * 7 % 400)).collect();
        let (mut alone, mut previous) = (Vec::new(), None);
        for word in &words {
            let whole = Word::read(word, &mut alone);
            alone.extend(previous.replace(whole).map(|previous| pair(previous, whole)));
        }
        Distinct::default().keep_first(&mut alone, 0);
        assert_eq!(buckets(&words.join(" ")), alone);
    }

    #[test]
    fn a_word_of_another_text_is_not_known() {
        let (mut known, mut again) = (Words::default(), Vec::new());
        for text in ["one two", "two one", "one"] {
            again.clear();
            Walk::default().text(text, &mut known, &mut again);
        }
        Distinct::default().keep_first(&mut again, 0);
        assert_eq!(again, buckets("one"));
    }

    #[test]
    fn of_equal_buckets_the_first_stays_and_nothing_is_remembered() {
        let mut distinct = Distinct::default();
        let mut buckets = vec![9, 5, 5, 70, 5, 69, 70, 9];
        distinct.keep_first(&mut buckets, 1);
        assert_eq!(buckets, [9, 5, 70, 69, 9]);
        assert!(distinct.seen.iter().all(|word| *word == 0));
    }

    #[test]
    fn buckets_are_used_evenly() {
        let words: Vec<String> = (0..40_000).map(|number| format!("w{number}")).collect();
        let found = buckets(&words.join(" ")).len();
        // Grams of digits are few; words and pairs are 80,000 distinct ones: collisions as by chance.
        assert!(found > 65_000, "{found}");
    }
}
