//! Words written with something between every two letters: "c.a.s.i.n.o", "р а б о т а", "s🔥p🔥a💰m".

use super::unicode::{is_letter, is_picture};
use super::{Disguise, Glyph};

/// Letters that must follow each other apart before they count as one word.
const FEWEST_BY_SIGN: usize = 3;
/// Single letters stand apart in good sentences too ("I a b"): spaces need more of them.
const FEWEST_BY_SPACE: usize = 4;

/// Joins separated letters in place. True where there were any.
pub fn join(glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) -> bool {
    let Some(first) = first_separated(glyphs) else { return false };
    let before = glyphs.len();
    let (mut kept, mut position) = (first, first);
    // A separated word does not begin after a letter.
    let mut after_letter = false;
    while let Some(glyph) = glyphs.get(position).copied() {
        let is_letter = is_letter(glyph.character);
        let end = if is_letter && !after_letter { separated_word(glyphs, position) } else { position };
        after_letter = is_letter || glyph.character.is_ascii_digit();
        if end == position {
            if kept < position {
                glyphs.copy_within(position..=position, kept);
            }
            kept += 1;
            position += 1;
            continue;
        }
        let (mut first, mut last) = (glyph.start, glyph.end);
        for index in (position..end).step_by(2) {
            let Some(letter) = glyphs.get(index).copied() else { break };
            (first, last) = (first.min(letter.start), last.max(letter.end));
            if let Some(slot) = glyphs.get_mut(kept) {
                *slot = letter;
                kept += 1;
            }
        }
        disguise.separated.push((first, last));
        position = end;
    }
    glyphs.truncate(kept);
    kept < before
}

/// The first position where a separated word starts.
fn first_separated(glyphs: &[Glyph]) -> Option<usize> {
    let mut after_letter = false;
    glyphs.iter().enumerate().position(|(position, glyph)| {
        let is_letter = is_letter(glyph.character);
        let starts = is_letter && !after_letter && separated_word(glyphs, position) > position;
        after_letter = is_letter || glyph.character.is_ascii_digit();
        starts
    })
}

/// The position after a separated word that starts with the letter here; `start` itself where none does.
fn separated_word(glyphs: &[Glyph], start: usize) -> usize {
    let at = |index: usize| glyphs.get(index).map(|glyph| glyph.character);
    let Some(separator) = at(start + 1).and_then(Separator::of) else { return start };
    let (mut letters, mut digits) = (1, 0);
    let mut end = start + 1;
    while at(end).and_then(Separator::of) == Some(separator) {
        let Some(next) = at(end + 1).filter(|_| !at(end + 2).is_some_and(is_word)) else { break };
        match next {
            '0'..='9' if separator != Separator::Sign(' ') => digits += 1,
            _ if is_letter(next) => letters += 1,
            _ => break,
        }
        end += 2;
    }
    let fewest = if separator == Separator::Sign(' ') { FEWEST_BY_SPACE } else { FEWEST_BY_SIGN };
    // Digits in place of letters; versions and numberings have more of them.
    if letters >= fewest && digits * 2 <= letters { end } else { start }
}

fn is_word(character: char) -> bool {
    is_letter(character) || character.is_ascii_digit()
}

/// What stands between the letters: the same sign each time, or any picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Sign(char),
    Picture,
}

impl Separator {
    fn of(character: char) -> Option<Self> {
        match character {
            ' ' | '.' | '_' | '-' | '|' | '*' | '·' | '~' | '•' | '/' | '+' => Some(Self::Sign(character)),
            _ => is_picture(character).then_some(Self::Picture),
        }
    }
}
