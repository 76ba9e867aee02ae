//! Words and character grams of a text, hashed into buckets.

/// Number of buckets: as many as there are weights, so that they stay in a core's second cache.
pub const BUCKETS: usize = 1 << BITS;
const BITS: u32 = 18;
/// Longest run of characters that is a feature.
const LONGEST_GRAM: usize = 4;

const CHARACTERS: u64 = 0x51_7C_C1_B7_27_22_0A_95;
const WORDS: u64 = 0x9E_37_79_B9_7F_4A_7C_15;
const PAIRS: u64 = 0xD6_E8_FE_B8_66_59_FD_93;

/// Collects buckets, each once.
#[derive(Debug)]
pub struct Features {
    /// One bit a bucket, all clear between texts.
    seen: Box<[u64]>,
    buckets: Vec<u32>,
}

impl Default for Features {
    fn default() -> Self {
        Self { seen: vec![0; BUCKETS / 64].into_boxed_slice(), buckets: Vec::new() }
    }
}

impl Features {
    /// Takes a bucket in, if it is not there yet.
    pub fn add(&mut self, bucket: u32) {
        let bit = 1u64 << (bucket % 64);
        if let Some(word) = self.seen.get_mut(bucket as usize / 64)
            && *word & bit == 0
        {
            *word |= bit;
            self.buckets.push(bucket);
        }
    }

    /// Takes in that two words stand side by side.
    pub fn add_pair(&mut self, left: u64, right: u64) {
        self.add(bucket(mix(left.rotate_left(17) ^ right ^ PAIRS)));
    }

    /// The buckets so far, in the order they came.
    #[must_use]
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        for bucket in self.buckets.drain(..) {
            if let Some(word) = self.seen.get_mut(bucket as usize / 64) {
                *word = 0;
            }
        }
    }
}

/// Walks the words of texts that stand one after another.
#[derive(Debug, Default)]
pub struct Walk {
    first: Option<u64>,
    previous: Option<u64>,
    word: Vec<char>,
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

    /// Takes the features of a text (as `model_text` writes it) into `features`.
    pub fn text(&mut self, text: &str, features: &mut Features) {
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            self.word(word, features);
        }
    }

    fn word(&mut self, word: &str, features: &mut Features) {
        self.word.clear();
        self.word.push(' ');
        self.word.extend(word.chars());
        self.word.push(' ');
        let mut rest: &[char] = &self.word;
        while let Some((first, others)) = rest.split_first() {
            let mut hash = step(CHARACTERS, *first);
            if *first != ' ' {
                features.add(bucket(hash));
            }
            for character in others.iter().take(LONGEST_GRAM - 1) {
                hash = step(hash, *character);
                features.add(bucket(hash));
            }
            rest = others;
        }
        let letters = self.word.get(1..self.word.len() - 1).unwrap_or_default();
        let whole = letters.iter().fold(WORDS, |hash, character| step(hash, *character));
        features.add(bucket(whole));
        self.first.get_or_insert(whole);
        if let Some(previous) = self.previous.replace(whole) {
            features.add_pair(previous, whole);
        }
    }
}

fn step(hash: u64, character: char) -> u64 {
    mix(hash ^ u64::from(u32::from(character)))
}

fn mix(value: u64) -> u64 {
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
        let mut features = Features::default();
        Walk::default().text(text, &mut features);
        features.buckets().to_vec()
    }

    #[test]
    fn a_word_has_its_grams_itself_and_its_pair() {
        // " a ": "a", " a", "a ", " a ", the word. "a b" besides: the same of b, and the pair.
        assert_eq!(buckets("a").len(), 5);
        assert_eq!(buckets("a b").len(), 11);
        assert_eq!(buckets("a a a").len(), 6);
    }

    #[test]
    fn what_was_taken_in_is_forgotten() {
        let mut features = Features::default();
        Walk::default().text("some words here", &mut features);
        let first = features.buckets().to_vec();
        features.clear();
        assert!(features.seen.iter().all(|word| *word == 0));
        Walk::default().text("some words here", &mut features);
        assert_eq!(features.buckets(), first);
    }

    #[test]
    fn buckets_are_used_evenly() {
        let words: Vec<String> = (0..40_000).map(|number| format!("w{number}")).collect();
        let found = buckets(&words.join(" ")).len();
        // Grams of digits are few; words and pairs are 80,000 distinct ones: collisions as by chance.
        assert!(found > 65_000, "{found}");
    }
}
