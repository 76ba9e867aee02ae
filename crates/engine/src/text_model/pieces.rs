//! The sender's own words as the model reads them: the whole, and its pieces.
//!
//! An advert between harmless lines hides from a model that reads the whole only: the strongest piece counts.

use std::ops::Range;

use super::features::{Distinct, Walk, Words, pair};
use super::structure::{Address, Structure};
use crate::event::{Field, Role};
use crate::normalise::counting::{count, count_characters, foreign};
use crate::normalise::model_text::{self, model_text};
use crate::normalise::{Disguise, Normalised, is_alphabetic};

/// Characters a piece must have before a line end cuts it off, and before a sentence's end does.
const LINE: u32 = 25;
const SENTENCE: u32 = 40;
/// Letters below which a text with a link or a mention says nothing by its words; an ideograph counts three.
const FEWEST_LETTERS: u32 = 8;
/// What most texts stay below: four grams a character, words and pairs.
const BUCKETS_A_CHARACTER: usize = 5;

/// A piece of a text, or the whole.
#[derive(Debug, Clone, Default)]
pub struct Part {
    buckets: Range<usize>,
    /// What it looks like.
    pub structure: Structure,
    letters: u32,
    /// Index of its field and its byte range in the folded text; absent for the whole.
    pub range: Option<(usize, Range<usize>)>,
}

impl Part {
    /// Its letters; an ideograph counts three.
    #[must_use]
    pub fn letters(&self) -> u32 {
        self.letters
    }

    /// Whether there is too little to read: nothing at all, hardly a word beside a link, or numbers without a word. Nothing is worded in
    /// those, and they made five of six false alarms of a chat in a language that the model had not read.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let is_hardly_a_word = self.structure.has_address() && self.letters < FEWEST_LETTERS;
        let is_numbers = self.letters == 0 && self.structure.has_digits();
        self.buckets.is_empty() || is_hardly_a_word || is_numbers
    }
}

/// Features of a message's own words.
#[derive(Debug, Clone, Default)]
pub struct ModelText {
    buckets: Vec<u32>,
    /// The whole first; its pieces after it, where there are several.
    parts: Vec<Part>,
}

impl ModelText {
    /// The whole, then its pieces where there are several.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A part's buckets, each once.
    #[must_use]
    pub fn buckets(&self, part: &Part) -> &[u32] {
        self.buckets.get(part.buckets.clone()).unwrap_or_default()
    }
}

/// Working memory, kept between messages.
#[derive(Debug, Default)]
pub struct Reader {
    distinct: Distinct,
    words: Words,
    /// Buckets of words that stand side by side, but in two pieces.
    joints: Vec<u32>,
    text: String,
    ends: Vec<End>,
}

/// Where a piece ends, and what it looked like.
#[derive(Debug, Clone, Copy)]
struct End {
    unit: u32,
    structure: Structure,
}

impl Reader {
    /// Reads the own words among `fields`.
    pub fn read(&mut self, fields: &[Field<'_>], folded: &[Normalised]) -> ModelText {
        let mut text = ModelText { buckets: Vec::new(), parts: vec![Part::default()] };
        let mut last_word = None;
        let mut whole = Part::default();
        for (index, (field, folded)) in
            fields.iter().zip(folded).enumerate().filter(|(_, (field, _))| field.role == Role::Own)
        {
            self.cut(&field.text);
            self.see_disguise(&folded.disguise);
            text.buckets.reserve(folded.characters() * BUCKETS_A_CHARACTER);
            let mut position = 0;
            for at in 0..self.ends.len() {
                let Some(End { unit: end, structure }) = self.ends.get(at).copied() else { break };
                let is_last = at + 1 == self.ends.len();
                let stop = if is_last { folded.text().len() } else { folded.position(position, end) };
                let piece = folded.text().get(position..stop).unwrap_or_default();
                let mut part = self.part(piece, &mut text.buckets, &mut last_word);
                part.structure.add(&structure);
                part.range = Some((index, position..stop));
                whole.structure.add(&part.structure);
                whole.letters += part.letters;
                text.parts.push(part);
                position = stop;
            }
        }
        if text.parts.len() == 2 {
            // One piece is the whole.
            text.parts.swap_remove(0);
        } else if let Some(first) = text.parts.first_mut() {
            let start = text.buckets.len();
            text.buckets.extend_from_within(..);
            text.buckets.extend_from_slice(&self.joints);
            self.distinct.keep_first(&mut text.buckets, start);
            *first = Part { buckets: start..text.buckets.len(), ..whole };
        }
        self.joints.clear();
        text
    }

    /// Adds a piece's features to `buckets`; where it meets the piece before, the whole has a pair of words more.
    fn part(&mut self, folded: &str, buckets: &mut Vec<u32>, last_word: &mut Option<u64>) -> Part {
        self.text.clear();
        model_text(folded, &mut self.text);
        let start = buckets.len();
        let letters = count(&self.text, |byte| byte.is_ascii_alphabetic());
        let mut part = Part { letters, ..Part::default() };
        for character in foreign(&self.text) {
            match character {
                'а'..='я' => part.letters += 1,
                model_text::URL | model_text::MAIL => part.structure.see_address(Address::Url),
                model_text::TELEGRAM => part.structure.see_address(Address::Telegram),
                model_text::MENTION => part.structure.see_address(Address::Mention),
                '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => part.letters += 3,
                _ => part.letters += u32::from(is_alphabetic(character)),
            }
        }
        let mut walk = Walk::default();
        walk.text(&self.text, &mut self.words, buckets);
        self.distinct.keep_first(buckets, start);
        part.buckets = start..buckets.len();
        self.joints.extend(last_word.zip(walk.first()).map(|(left, right)| pair(left, right)));
        *last_word = walk.last().or(*last_word);
        part
    }

    /// Counts the disguise of each piece.
    fn see_disguise(&mut self, disguise: &Disguise) {
        let mut see = |ranges: &[(u32, u32)], count: fn(&mut Structure)| {
            for (start, _) in ranges {
                let piece = self.ends.partition_point(|end| end.unit <= *start).min(self.ends.len().saturating_sub(1));
                if let Some(end) = self.ends.get_mut(piece) {
                    count(&mut end.structure);
                }
            }
        };
        see(&disguise.mixed_words, Structure::see_mixed_word);
        see(&disguise.invisible, Structure::see_invisible);
    }

    /// Cuts an original text at line ends and sentence ends, not too short; what is left over joins the last piece.
    fn cut(&mut self, original: &str) {
        self.ends.clear();
        let (mut start, mut unit) = (0, 0u32);
        // Characters of the piece so far, up to `seen`.
        let (mut characters, mut seen) = (0, 0);
        for (end, before) in sentence_ends(original) {
            let (Some(passed), Some(rest)) = (original.get(seen..end), original.get(end..)) else { continue };
            characters += count_characters(passed);
            seen = end;
            if rest.chars().next().is_some_and(|after| ends_piece(before, after, characters)) {
                let piece = original.get(start..end).unwrap_or_default();
                unit += units(piece);
                self.ends.push(End { unit, structure: Structure::of(piece) });
                (start, characters) = (end, 0);
            }
        }
        let piece = original.get(start..).unwrap_or_default();
        let end = End { unit: unit + units(piece), structure: Structure::of(piece) };
        match self.ends.last_mut() {
            Some(last) if end.structure.characters() < LINE => {
                last.structure.add(&end.structure);
                last.unit = end.unit;
            }
            _ => self.ends.push(end),
        }
    }
}

/// UTF-16 code units of a text.
fn units(text: &str) -> u32 {
    count_characters(text) + count(text, |byte| byte >= 0b1111_0000)
}

/// Every character that may end a piece, with the byte after it.
fn sentence_ends(text: &str) -> impl Iterator<Item = (usize, char)> {
    let ends = text.char_indices().filter(|(_, character)| {
        matches!(character, '\n' | '.' | '!' | '?' | '…' | '؟' | '।' | '۔' | '。' | '！' | '？')
    });
    ends.map(|(start, character)| (start + character.len_utf8(), character))
}

/// Whether a piece of so many characters ends between these two.
fn ends_piece(before: char, after: char, characters: u32) -> bool {
    match before {
        '\n' => characters >= LINE,
        '.' | '!' | '?' | '…' | '؟' | '।' | '۔' => characters >= SENTENCE && after.is_whitespace(),
        '。' | '！' | '？' => characters >= SENTENCE,
        _ => false,
    }
}
