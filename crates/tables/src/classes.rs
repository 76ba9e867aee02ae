//! What becomes of one character, whatever stands beside it.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};
use unicode_security::confusable_detection::skeleton;

use crate::by_hand::{FOLDED, KEPT, STYLED};

/// Characters one character may unfold to. Ligatures that stand for a phrase (U+FDFA: 18) stay as they are: folding
/// them finds nothing, and a text of them would cost many times its length.
const MOST_PARTS: usize = 4;

/// Draws a word long: "ربـــح".
const ARABIC_STRETCH: char = '\u{640}';

/// What becomes of a character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Itself,
    Letter,
    Emoji,
    /// A picture that is no emoji.
    Symbol,
    Space,
    /// Takes no room; dropped, and a trace of disguise where nothing needs it.
    Invisible,
    /// Dropped without a trace: private use, the Arabic stretch of a line.
    Gone,
    /// Dropped: an accent; a stack of them is a disguise.
    LooseMark,
    /// A mark of a script with marks of its own.
    Mark,
    Fold {
        is_dressed: bool,
        to: String,
    },
}

pub fn class(character: char) -> Class {
    let category = character.general_category();
    if character.is_whitespace() || matches!(character, '\u{2800}' | '\u{3164}' | '\u{ffa0}') {
        return Class::Space;
    }
    if is_invisible(character, category) {
        return Class::Invisible;
    }
    if category == GeneralCategory::PrivateUse || character == ARABIC_STRETCH {
        return Class::Gone;
    }
    if is_loose_mark(character) {
        return Class::LooseMark;
    }
    if let Some(letter) = styled(character) {
        return Class::Fold { is_dressed: true, to: letter.to_string() };
    }
    if let Some(number) = numbered(character) {
        return Class::Fold { is_dressed: false, to: number.to_string() };
    }
    let is_picture = character >= '\u{100}' && character.is_emoji_char();
    if is_picture && !character.is_alphabetic() && !matches!(character, '‼' | '⁉') {
        return Class::Emoji;
    }
    let to = folded(character);
    if to != character.to_string() {
        let is_dressed = is_letter(&to) && is_another_style(character, category);
        return Class::Fold { is_dressed, to };
    }
    match category {
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark => Class::Mark,
        GeneralCategory::OtherSymbol | GeneralCategory::ModifierSymbol => Class::Symbol,
        GeneralCategory::MathSymbol if ('\u{2190}'..'\u{2c00}').contains(&character) => Class::Symbol,
        // The second and third parts of Hangul syllables join the first as marks do.
        _ if matches!(character, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}') => Class::Mark,
        _ if character.is_alphabetic() => Class::Letter,
        _ => Class::Itself,
    }
}

/// `\p{Cf}`, controls, and what else takes no room. Signs that enclose numbers are format characters one can see.
fn is_invisible(character: char, category: GeneralCategory) -> bool {
    let is_visible = matches!(
        character,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}'
    );
    let is_ignorable = matches!(character, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2065}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fff8}');
    is_ignorable || !is_visible && matches!(category, GeneralCategory::Format | GeneralCategory::Control)
}

/// Marks that belong to no script with marks of its own.
fn is_loose_mark(character: char) -> bool {
    let category = character.general_category();
    let is_mark = matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark);
    let is_accent = matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}');
    let scripts = character.script_extension();
    is_accent || is_mark && (scripts.is_common() || scripts.is_inherited() || scripts.contains_script(Script::Cyrillic))
}

/// Styled letters that have no compatibility form: squared and circled ones, small capitals.
fn styled(character: char) -> Option<char> {
    for first in [0x1_F130, 0x1_F150, 0x1_F170] {
        if let Some(index) = u32::from(character).checked_sub(first).filter(|index| *index < 26) {
            return char::from_u32(u32::from('a') + index);
        }
    }
    STYLED.iter().find_map(|(plain, styled)| {
        styled.chars().zip(plain.chars()).find(|(styled, _)| *styled == character).map(|(_, plain)| plain)
    })
}

/// Circled numbers that have no compatibility form.
fn numbered(character: char) -> Option<u32> {
    let groups =
        [(0x2776, 10, 1), (0x2780, 10, 1), (0x278A, 10, 1), (0x24EB, 10, 11), (0x24F5, 10, 1), (0x1_F10B, 2, 0)];
    groups.into_iter().find_map(|(first, count, number)| {
        let index = u32::from(character).checked_sub(first).filter(|index| *index < count)?;
        Some(if first == 0x1_F10B { 0 } else { number + index })
    })
}

/// Letters whose compatibility form is another style of the same letter; "ª", "№" and "㎏" are signs of their own.
fn is_another_style(character: char, category: GeneralCategory) -> bool {
    let canonical: String = character.nfd().collect();
    let is_lone =
        canonical == character.to_string() && character.nfkd().filter(|part| part.is_alphabetic()).count() == 1;
    let is_sign = matches!(character, 'ª' | 'º' | 'ſ' | '℃' | '℉' | 'µ' | 'K' | 'Å' | 'ŉ');
    let is_roman = category == GeneralCategory::LetterNumber;
    is_lone && !is_sign && !is_roman && character.nfkd().ne(std::iter::once(character))
}

/// One letter, in brackets or not.
fn is_letter(text: &str) -> bool {
    let letter = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let mut parts = letter.chars();
    parts.next().is_some_and(|first| first.is_alphabetic() && first < '\u{530}') && parts.next().is_none()
}

/// NFKD without loose marks, NFC, lower case, until nothing changes; the character itself where that is long.
fn folded(character: char) -> String {
    let mut text = once(&character.to_string());
    loop {
        let next = once(&text);
        if next == text {
            break;
        }
        text = next;
    }
    if text.chars().count() > MOST_PARTS { character.to_string() } else { text }
}

fn once(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    let replaced: String = lower.flat_map(|character| by_hand(character).chars().collect::<Vec<_>>()).collect();
    let parts: String = replaced.chars().flat_map(decomposed).filter(|part| !is_loose_mark(*part)).collect();
    parts.nfc().flat_map(char::to_lowercase).filter(|part| !is_loose_mark(*part) && *part != ARABIC_STRETCH).collect()
}

/// Of Cyrillic's accented letters three are letters of their own.
fn decomposed(character: char) -> Vec<char> {
    if matches!(character, 'й' | 'ї' | 'ў') { vec![character] } else { std::iter::once(character).nfkd().collect() }
}

fn by_hand(character: char) -> String {
    if let Some((_, to)) = FOLDED.iter().find(|(from, _)| *from == character) {
        return (*to).to_owned();
    }
    styled(character).or_else(|| barred(character)).unwrap_or(character).to_string()
}

/// The ASCII letter that a Latin letter is a variant of: "ɑ", "ɡ", "ƙ".
fn barred(character: char) -> Option<char> {
    let is_latin = character.script() == Script::Latin && character > '\u{7f}' && !KEPT.contains(character);
    if !is_latin || !character.is_lowercase() || std::iter::once(character).nfkd().ne(std::iter::once(character)) {
        return None;
    }
    let text = character.to_string();
    let mut parts = skeleton(&text).filter(|part| !is_loose_mark(*part));
    parts.next().filter(|part| part.is_ascii_lowercase() && parts.next().is_none())
}
