//! What Unicode says of a character, from the generated tables.

use super::tables::{
    FIRST_FOLD, FIRST_PLAIN, FOLDS, INDEX, LOOK_ALIKE_INDEX, LOOK_ALIKE_PAGES, LOOK_ALIKES, PAGE, PAGES,
};

/// What becomes of a character, whatever stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Stays: digits, punctuation, currency.
    Itself,
    Letter,
    Emoji,
    /// A picture that is no emoji.
    Symbol,
    Space,
    /// Takes no room: `\p{Cf}`, controls, variation selectors, fillers.
    Invisible,
    /// Dropped without a trace: private use, the Arabic stretch of a line.
    Gone,
    /// An accent, which folding drops.
    LooseMark,
    /// A mark of a script with marks of its own.
    Mark,
    /// Folds to other characters.
    Fold {
        to: &'static str,
        /// Drawn in another style: mathematical, enclosed, full width, small capital.
        is_dressed: bool,
    },
}

/// Looks a character up.
pub fn class(character: char) -> Class {
    let Some(value) = value(INDEX, PAGES, character) else { return far(character) };
    match value {
        0 => Class::Itself,
        1 => Class::Letter,
        2 => Class::Emoji,
        3 => Class::Symbol,
        4 => Class::Space,
        5 => Class::Invisible,
        6 => Class::Gone,
        7 => Class::LooseMark,
        8 => Class::Mark,
        _ => Class::Fold {
            to: FOLDS.get(usize::from(value - FIRST_FOLD)).copied().unwrap_or_default(),
            is_dressed: value < FIRST_PLAIN,
        },
    }
}

/// A character's value in a table of pages; none where the table has ended before it.
fn value(index: &[u16], pages: &[u16], character: char) -> Option<u16> {
    let code = u32::from(character) as usize;
    let page = usize::from(*index.get(code / PAGE_LENGTH)?);
    pages.get(page * PAGE_LENGTH + code % PAGE_LENGTH).copied()
}

const PAGE_LENGTH: usize = PAGE as usize;

/// Beyond the tables lie ideographs, tags and selectors, and the private planes.
fn far(character: char) -> Class {
    match character {
        '\u{e0000}'..='\u{e0fff}' => Class::Invisible,
        '\u{f0000}'.. => Class::Gone,
        _ => Class::Letter,
    }
}

/// Whether a folded character is a letter; marks of scripts are none.
pub fn is_letter(character: char) -> bool {
    match character {
        'a'..='z' | 'а'..='я' => true,
        '\0'..='\u{7f}' => false,
        _ => class(character) == Class::Letter,
    }
}

/// The same as [`char::is_alphabetic`], which walks a list of runs; most of what is written is told at once.
pub fn is_alphabetic(character: char) -> bool {
    let is_none = matches!(character, '\0'..='\u{a9}' | '\u{2000}'..='\u{2070}' | '\u{e000}'..='\u{f8ff}' | '\u{fdfc}'..='\u{fe6f}' | '\u{1f200}'..='\u{1fbff}');
    is_common_letter(character) || !is_none && character.is_alphabetic()
}

/// Letters of the scripts that most is written in, which are no numbers; not all of them.
pub fn is_common_letter(character: char) -> bool {
    matches!(
        character,
        'a'..='z'
            | 'A'..='Z'
            | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{24f}'
            | '\u{400}'..='\u{481}'
            | '\u{48a}'..='\u{52f}'
            | '\u{5d0}'..='\u{5ea}'
            | '\u{620}'..='\u{657}'
            | '\u{671}'..='\u{6d3}'
            | '\u{904}'..='\u{93b}'
            | '\u{e01}'..='\u{e3a}'
            | '\u{1e00}'..='\u{1eff}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fa}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{fdf0}'..='\u{fdfb}'
            | '\u{1d552}'..='\u{1d6a5}'
    )
}

/// Whether a folded character is an emoji or another picture.
pub fn is_picture(character: char) -> bool {
    character > '\u{a0}'
        && !matches!(character, '\u{370}'..='\u{1fff}')
        && matches!(class(character), Class::Emoji | Class::Symbol)
}

/// What a lower-case letter is read as in Latin, Cyrillic and Greek, itself among them; U+0000 where a script has nothing
/// like it.
pub fn look_alikes(letter: char) -> Option<[char; 3]> {
    let place = value(LOOK_ALIKE_INDEX, LOOK_ALIKE_PAGES, letter)?;
    LOOK_ALIKES.get(usize::from(place).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn folded(character: char) -> String {
        match class(character) {
            Class::Space => " ".to_owned(),
            Class::Invisible | Class::Gone | Class::LooseMark => String::new(),
            Class::Fold { to, .. } => to.to_owned(),
            _ => character.to_string(),
        }
    }

    #[test]
    fn what_is_told_at_once_is_what_unicode_says() {
        for character in '\0'..=char::MAX {
            assert_eq!(is_alphabetic(character), character.is_alphabetic(), "U+{:04X}", u32::from(character));
            assert!(!is_common_letter(character) || !character.is_numeric(), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn what_a_character_folds_to_folds_to_itself() {
        for character in '\0'..=char::MAX {
            let once = folded(character);
            let twice: String = once.chars().map(folded).collect();
            assert_eq!(once, twice, "U+{:04X}", u32::from(character));
            assert!(once.chars().count() <= 4, "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn letters_that_are_not_pictures_fold_as_compatibility_says() {
        for character in ('\u{80}'..='\u{2fa1f}').filter(|character| character.is_alphabetic()) {
            let plain: String = character.nfkd().collect();
            if plain.chars().all(|part| part.is_ascii_alphabetic()) {
                assert_eq!(folded(character), plain.to_lowercase(), "U+{:04X}", u32::from(character));
            }
        }
    }

    #[test]
    fn ideographs_hangul_and_kana_are_letters_and_private_planes_are_gone() {
        for letter in ['漢', '\u{30000}', '한', 'カ', 'ا', 'क', 'ก', 'ა'] {
            assert_eq!(class(letter), Class::Letter, "{letter}");
        }
        assert_eq!(class('\u{100000}'), Class::Gone);
        assert_eq!(class('\u{e0041}'), Class::Invisible);
        assert_eq!(class('\u{e000}'), Class::Gone);
    }

    #[test]
    fn look_alikes_are_found_both_ways() {
        assert_eq!(look_alikes('о'), Some(['o', 'о', 'ο']));
        assert_eq!(look_alikes('օ'), Some(['o', 'о', 'ο']));
        assert_eq!(look_alikes('я'), None);
    }
}
