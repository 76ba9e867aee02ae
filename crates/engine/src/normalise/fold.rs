//! Character by character: spaces, compatibility forms, marks, invisible characters, case.

use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

use super::{Disguise, Glyph};

const RIGHT_TO_LEFT_OVERRIDE: char = '\u{202e}';
const POP_DIRECTION: char = '\u{202c}';
/// Characters a folded text may be longer than its original; beyond them no character unfolds to more than one.
const MOST_ADDED: usize = 256;
/// Characters one character may unfold to. Ligatures that stand for a phrase (U+FDFA: 18) stay as they are: folding
/// them finds nothing, and a text of them would cost many times its length.
const MOST_PARTS: usize = 4;

/// Folds `original` into `glyphs`. True where every letter is ASCII, so that no word can mix scripts.
pub fn fold(original: &str, glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) -> bool {
    if original.is_ascii() {
        fold_ascii(original, glyphs, disguise);
        return true;
    }
    let mut overridden = None;
    let mut start = 0u32;
    let mut previous = ' ';
    let mut characters = original.chars().peekable();
    while let Some(character) = characters.next() {
        let end = start.saturating_add(if character > '\u{ffff}' { 2 } else { 1 });
        let push = |glyphs: &mut Vec<Glyph>, character| glyphs.push(Glyph { character, start, end });
        match character {
            ' '..='\u{7e}' => {
                disguise.letters += u32::from(character.is_ascii_alphabetic());
                push(glyphs, character.to_ascii_lowercase());
            }
            'а'..='я' => {
                disguise.letters += 1;
                push(glyphs, character);
            }
            RIGHT_TO_LEFT_OVERRIDE => {
                disguise.invisible.push((start, end));
                overridden = Some(glyphs.len());
            }
            POP_DIRECTION => turn(glyphs, overridden.take()),
            _ if is_space(character) => push(glyphs, ' '),
            _ if is_invisible(character) => {
                if !is_needed(character, previous, characters.peek().copied()) {
                    disguise.invisible.push((start, end));
                }
            }
            '\u{306}' if glyphs.last().is_some_and(|last| last.character == 'и') => {
                if let Some(last) = glyphs.last_mut() {
                    *last = Glyph { character: 'й', start: last.start, end };
                }
            }
            _ if is_loose_mark(character) => {
                // A keycap or an accent typed apart is one mark on one letter; a stack is a disguise.
                if is_loose_mark(previous) {
                    disguise.stacked_marks.push((start, end));
                }
            }
            _ => fold_other(character, start, end, glyphs, disguise),
        }
        previous = character;
        start = end;
    }
    turn(glyphs, overridden);
    false
}

fn fold_ascii(original: &str, glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) {
    for (start, byte) in (0u32..).zip(original.bytes()) {
        let character = if byte.is_ascii_control() { ' ' } else { char::from(byte.to_ascii_lowercase()) };
        disguise.letters += u32::from(byte.is_ascii_alphabetic());
        glyphs.push(Glyph { character, start, end: start.saturating_add(1) });
    }
}

fn turn(glyphs: &mut [Glyph], from: Option<usize>) {
    if let Some(overridden) = from.and_then(|from| glyphs.get_mut(from..)) {
        overridden.reverse();
    }
}

fn fold_other(character: char, start: u32, end: u32, glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) {
    let has_grown = glyphs.len().saturating_sub(MOST_ADDED) > usize::try_from(start).unwrap_or(usize::MAX);
    let mut push = |character: char| {
        for character in character.to_lowercase().filter(|character| !is_loose_mark(*character)) {
            let character = if character == 'ё' { 'е' } else { character };
            disguise.letters += u32::from(character.is_alphabetic());
            glyphs.push(Glyph { character, start, end });
        }
    };
    if let Some(plain) = dressed(character) {
        push(plain);
        dress(disguise, start, end);
    } else if keeps_its_form(character) {
        push(character);
    } else {
        unfold(character, if has_grown { 1 } else { MOST_PARTS }, &mut push);
        if is_compatibility_letter(character) {
            dress(disguise, start, end);
        }
    }
}

fn dress(disguise: &mut Disguise, start: u32, end: u32) {
    disguise.dressed += 1;
    let (first, _) = disguise.dressed_range.unwrap_or((start, end));
    disguise.dressed_range = Some((first, end));
}

fn is_space(character: char) -> bool {
    character.is_whitespace() || character.is_control() || matches!(character, '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// `\p{Cf}` and other characters that take no room (UAX 44, Unicode 16).
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether its neighbours explain an invisible character: joiners inside scripts and emoji, variation selectors,
/// direction marks beside right-to-left text, flags' tags.
fn is_needed(character: char, previous: char, next: Option<char>) -> bool {
    match character {
        '\u{200c}' | '\u{200d}' => joins(previous) && next.is_none_or(joins),
        '\u{fe00}'..='\u{fe0f}' => !previous.is_alphabetic() || is_ideograph(previous),
        '\u{e0020}'..='\u{e007f}' => previous == '🏴' || matches!(previous, '\u{e0020}'..='\u{e007e}'),
        // Typeset pages bring a soft hyphen into every long word.
        '\u{ad}' => true,
        // Direction marks and isolates come with pasted text too; between two letters of a left-to-right script they split words.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202d}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            !(is_splittable(previous) && next.is_some_and(is_splittable))
        }
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(previous),
        '\u{180b}'..='\u{180f}' => matches!(previous, '\u{1800}'..='\u{18af}'),
        _ => false,
    }
}

fn is_splittable(character: char) -> bool {
    character.is_alphabetic() && character < '\u{590}'
}

fn joins(character: char) -> bool {
    let is_script = matches!(character, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}');
    is_script || is_combining_mark(character) || is_emoji(character) || matches!(character, '\u{fe0f}' | '\u{200d}')
}

/// Pictographs, roughly: enough to tell an emoji from a letter.
pub fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f300}'..='\u{1faff}' | '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Marks that belong to no script with marks of its own.
fn is_loose_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Scripts whose letters NFKD would only take apart, and ligatures of whole Arabic words.
fn keeps_its_form(character: char) -> bool {
    matches!(character, '\u{400}'..='\u{52f}' | '\u{590}'..='\u{10ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{fdf0}'..='\u{fdff}')
        || is_emoji(character) && dressed(character).is_none()
}

/// The parts of a character (NFKD) without loose marks, put together again (NFC) where they are parts of one letter;
/// the character itself where they are more than `most`.
fn unfold(character: char, most: usize, push: &mut impl FnMut(char)) {
    let mut parts = [character; MOST_PARTS];
    let mut count = 0usize;
    decompose_compatible(character, |part| {
        if is_loose_mark(part) || count > MOST_PARTS {
            return;
        }
        let last = count.checked_sub(1).and_then(|last| parts.get_mut(last));
        if let Some((last, whole)) = last.and_then(|last| compose(*last, part).map(|whole| (last, whole))) {
            *last = whole;
            return;
        }
        if let Some(slot) = parts.get_mut(count) {
            *slot = part;
        }
        count += 1;
    });
    match parts.get(..count).filter(|parts| parts.len() <= most) {
        Some(parts) => parts.iter().copied().for_each(push),
        None => push(character),
    }
}

/// Letters whose compatibility form is another style of the same letter.
fn is_compatibility_letter(character: char) -> bool {
    matches!(character, '\u{2100}'..='\u{214f}' | '\u{249c}'..='\u{24e9}' | '\u{ff21}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7cb}')
        && !matches!(character, '№' | '℃' | '℉' | '™' | '℠' | '℡')
}

/// Styled letters that NFKD does not know: squared and circled ones, small capitals.
fn dressed(character: char) -> Option<char> {
    let from = |first: u32| char::from_u32(u32::from('a') + (u32::from(character) - first));
    match character {
        '\u{1f130}'..='\u{1f149}' => from(0x1F130),
        '\u{1f150}'..='\u{1f169}' => from(0x1F150),
        '\u{1f170}'..='\u{1f189}' => from(0x1F170),
        '\u{250}'..='\u{2ff}' | '\u{1d00}'..='\u{1d22}' | '\u{a730}' | '\u{a731}' | '\u{a7af}' => {
            SMALL_CAPITALS.iter().find(|(small, _)| *small == character).map(|(_, plain)| *plain)
        }
        _ => None,
    }
}

const SMALL_CAPITALS: &[(char, char)] = &[
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ꞯ', 'q'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
];

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn no_character_unfolds_to_more_than_a_few() {
        for character in '\u{80}'..=char::MAX {
            let mut glyphs = Vec::new();
            fold(&character.to_string(), &mut glyphs, &mut Disguise::default());
            assert!(glyphs.len() <= MOST_PARTS, "U+{:04X}: {}", u32::from(character), glyphs.len());
        }
    }

    #[test]
    fn unfolding_is_compatibility_composition_without_loose_marks() {
        for character in '\u{80}'..=char::MAX {
            let mut parts = Vec::new();
            unfold(character, MOST_PARTS, &mut |part| parts.push(part));
            let expected: Vec<char> =
                std::iter::once(character).nfkd().filter(|part| !is_loose_mark(*part)).nfc().collect();
            let expected = if expected.len() > MOST_PARTS { vec![character] } else { expected };
            assert_eq!(parts, expected, "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn a_folded_text_is_hardly_longer_than_its_original() {
        for piece in ["\u{fdfc}", "\u{fdf2}", "⑽", "ﬃ", "㍿", "Ⅷ"] {
            let mut glyphs = Vec::new();
            let full_width = "Ｅａｒｎ";
            fold(&(piece.repeat(4096) + full_width), &mut glyphs, &mut Disguise::default());
            assert!(glyphs.len() <= 4096 + 4 + MOST_ADDED + MOST_PARTS, "{piece}: {}", glyphs.len());
            let end: String = glyphs.iter().skip(glyphs.len() - 4).map(|glyph| glyph.character).collect();
            assert_eq!(end, "earn", "{piece}");
        }
    }

    #[test]
    fn a_wall_of_phrase_ligatures_stays_as_long_as_it_is() {
        let mut glyphs = Vec::new();
        fold(&"\u{fdfa}".repeat(4096), &mut glyphs, &mut Disguise::default());
        assert_eq!(glyphs.len(), 4096);
        assert!(glyphs.iter().all(|glyph| glyph.character == '\u{fdfa}'));
    }
}
