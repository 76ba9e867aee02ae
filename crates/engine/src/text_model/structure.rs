//! What a text looks like, whatever it says.

use crate::normalise::counting::{count, count_characters, foreign};
use crate::normalise::{is_alphabetic, is_picture};

/// Number of structure features.
pub const STRUCTURE: usize = 14;
/// What a structure feature of 1 counts beside the words, which make a vector of length 1.
const SHARE: f32 = 0.3;

/// What kind of address stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// A web or mail address.
    Url,
    /// A link into Telegram.
    Telegram,
    /// `@name`.
    Mention,
}

/// Counts over a piece of the original text, from which the structure features follow. Counts of pieces add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Structure {
    characters: u32,
    letters: u32,
    capitals: u32,
    digits: u32,
    emoji: u32,
    line_breaks: u32,
    currency: u32,
    exclamations: u32,
    questions: u32,
    urls: u32,
    telegram_links: u32,
    mentions: u32,
    mixed_words: u32,
    invisible: u32,
}

impl Structure {
    /// Counts a piece of the original.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let capitals = count(text, |byte| byte.is_ascii_uppercase());
        let mut structure = Self {
            characters: count_characters(text),
            letters: count(text, |byte| byte.is_ascii_lowercase()) + capitals,
            capitals,
            digits: count(text, |byte| byte.is_ascii_digit()),
            line_breaks: count(text, |byte| byte == b'\n'),
            exclamations: count(text, |byte| byte == b'!'),
            questions: count(text, |byte| byte == b'?'),
            currency: count(text, |byte| byte == b'$'),
            ..Self::default()
        };
        foreign(text).for_each(|character| structure.see(character));
        structure
    }

    /// Counts a character that is not ASCII, except as a character.
    fn see(&mut self, character: char) {
        match character {
            'а'..='я' | '\u{4e00}'..='\u{9fff}' => self.letters += 1,
            'А'..='Я' => {
                self.letters += 1;
                self.capitals += 1;
            }
            '！' => self.exclamations += 1,
            '？' | '؟' => self.questions += 1,
            '¢'..='¥' | '\u{20a0}'..='\u{20cf}' => self.currency += 1,
            _ if is_alphabetic(character) => {
                self.letters += 1;
                self.capitals += u32::from(character.is_uppercase());
            }
            _ => self.emoji += u32::from(is_picture(character)),
        }
    }

    /// Whether a digit stands in it.
    #[must_use]
    pub fn has_digits(&self) -> bool {
        self.digits > 0
    }

    /// Counts an address.
    pub fn see_address(&mut self, address: Address) {
        match address {
            Address::Url => self.urls += 1,
            Address::Telegram => self.telegram_links += 1,
            Address::Mention => self.mentions += 1,
        }
    }

    /// Counts a word of mixed letters.
    pub fn see_mixed_word(&mut self) {
        self.mixed_words += 1;
    }

    /// Counts an invisible character.
    pub fn see_invisible(&mut self) {
        self.invisible += 1;
    }

    /// Adds another piece's counts.
    pub fn add(&mut self, other: &Self) {
        let Self { characters, letters, capitals, digits, emoji, line_breaks, currency, .. } = other;
        let Self { exclamations, questions, urls, telegram_links, mentions, mixed_words, invisible, .. } = other;
        self.characters += characters;
        self.letters += letters;
        self.capitals += capitals;
        self.digits += digits;
        self.emoji += emoji;
        self.line_breaks += line_breaks;
        self.currency += currency;
        self.exclamations += exclamations;
        self.questions += questions;
        self.urls += urls;
        self.telegram_links += telegram_links;
        self.mentions += mentions;
        self.mixed_words += mixed_words;
        self.invisible += invisible;
    }

    /// Characters of the original.
    #[must_use]
    pub fn characters(&self) -> u32 {
        self.characters
    }

    /// Whether a link or a mention stands there.
    #[must_use]
    pub fn has_address(&self) -> bool {
        self.urls + self.telegram_links + self.mentions > 0
    }

    /// The features, already at their share.
    #[must_use]
    pub fn values(&self) -> [f32; STRUCTURE] {
        let values = [
            share(self.capitals, self.letters),
            share(self.digits, self.characters),
            share(self.emoji, self.characters),
            up_to(self.line_breaks, 5),
            up_to(self.mixed_words, 1),
            up_to(self.invisible, 2),
            up_to(self.urls, 1),
            up_to(self.telegram_links, 1),
            up_to(self.mentions, 1),
            up_to(self.currency, 2),
            up_to(self.exclamations, 3),
            up_to(self.questions, 2),
            logarithm(self.characters) / 10.0,
            up_to(u32::from(self.characters < 20), 1),
        ];
        values.map(|value| value * SHARE)
    }
}

/// Lossless for the counts of a message.
#[expect(clippy::cast_precision_loss, reason = "a message has at most some thousand characters")]
fn real(count: u32) -> f32 {
    count as f32
}

fn share(part: u32, whole: u32) -> f32 {
    real(part) / real(whole.max(1))
}

fn up_to(count: u32, most: u32) -> f32 {
    real(count.min(most)) / real(most)
}

/// To the base of two, straight between powers: the same on every machine, which a library's logarithm is not.
fn logarithm(count: u32) -> f32 {
    let power = (count + 1).ilog2();
    real(power) + real(count + 1 - (1 << power)) / real(1 << power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_a_share_of_one() {
        let wall = Structure::of(&"AB1😀\n!?€".repeat(500));
        assert!(wall.values().iter().all(|value| (0.0..=0.5).contains(value)), "{:?}", wall.values());
        assert_eq!(Structure::of("").values().iter().filter(|value| **value > 0.0).count(), 1);
    }

    #[test]
    fn pieces_add_up_to_the_whole() {
        let mut sum = Structure::of("One half!\n");
        sum.add(&Structure::of("Other HALF? 5 €"));
        assert_eq!(sum, Structure::of("One half!\nOther HALF? 5 €"));
    }

    #[test]
    fn the_logarithm_rises_without_a_jump() {
        let values: Vec<f32> = (0..5000).map(logarithm).collect();
        assert!(values.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 1.0));
        assert!((logarithm(1023) - 10.0).abs() < 1e-6);
    }
}
