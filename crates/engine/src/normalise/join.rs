//! Words written with something between every two letters: "c.a.s.i.n.o", "р а б о т а", "s🔥p🔥a🔥m".

use super::fold::is_emoji;
use super::{Disguise, Glyph};

/// Letters that must follow each other apart before they count as one word.
const FEWEST_BY_SIGN: usize = 3;
/// Single letters stand apart in good sentences too ("I a b"): spaces need more of them.
const FEWEST_BY_SPACE: usize = 4;

/// Joins separated letters in place.
pub fn join(glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) {
    let mut kept = 0;
    let mut position = 0;
    while position < glyphs.len() {
        let end = separated_word(glyphs, position);
        let is_word = end > position;
        let end = end.max(position + 1);
        for index in position..end {
            let Some(glyph) = glyphs.get(index).copied() else { break };
            if is_word && !glyph.character.is_alphanumeric() {
                continue;
            }
            if let Some(slot) = glyphs.get_mut(kept) {
                *slot = glyph;
                kept += 1;
            }
        }
        if is_word {
            let range = glyphs.get(position).zip(glyphs.get(end - 1)).map(|(first, last)| (first.start, last.end));
            disguise.separated.extend(range.filter(|(start, end)| start < end));
        }
        position = end;
    }
    glyphs.truncate(kept);
}

/// The position after a separated word that starts here; `start` itself where none does.
fn separated_word(glyphs: &[Glyph], start: usize) -> usize {
    let at = |index: usize| glyphs.get(index).map(|glyph| glyph.character);
    let is_letter = |index: usize| at(index).is_some_and(char::is_alphabetic);
    let Some(separator) = at(start + 1).filter(|character| is_separator(*character)) else { return start };
    let is_inside = start.checked_sub(1).and_then(at).is_some_and(char::is_alphanumeric);
    if is_inside || !is_letter(start) {
        return start;
    }
    let mut letters = 1;
    let mut end = start + 1;
    while at(end) == Some(separator) && is_letter(end + 1) && !at(end + 2).is_some_and(char::is_alphanumeric) {
        letters += 1;
        end += 2;
    }
    let fewest = if separator == ' ' { FEWEST_BY_SPACE } else { FEWEST_BY_SIGN };
    if letters >= fewest { end } else { start }
}

fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '.' | '_' | '-' | '|' | '*' | '·' | '~' | '•' | '/' | '+') || is_emoji(character)
}
