//! Words that mix scripts by look-alike letters, repaired to the script that owns them.
//!
//! The table is our own selection of Cyrillic and Greek letters that people read as Latin ones. A word is touched
//! only where it mixes scripts; good Cyrillic and good Latin stay as they are.

use super::{Disguise, Glyph};

/// Lower-case look-alikes: Latin, Cyrillic, Greek (a space where a script has none).
const LOOK_ALIKES: &[(char, char, char)] = &[
    ('a', 'а', 'α'),
    ('b', 'в', 'β'),
    ('c', 'с', 'ϲ'),
    ('e', 'е', 'ε'),
    ('h', 'н', 'η'),
    ('i', 'і', 'ι'),
    ('j', 'ј', 'ϳ'),
    ('k', 'к', 'κ'),
    ('m', 'м', 'μ'),
    ('n', 'п', 'ν'),
    ('o', 'о', 'ο'),
    ('p', 'р', 'ρ'),
    ('s', 'ѕ', ' '),
    ('t', 'т', 'τ'),
    ('u', 'и', 'υ'),
    ('x', 'х', 'χ'),
    ('y', 'у', 'γ'),
    ('z', ' ', 'ζ'),
    ('d', 'ԁ', ' '),
    ('q', 'ԛ', ' '),
    ('w', 'ѡ', 'ω'),
    ('l', 'ӏ', ' '),
    ('r', 'г', ' '),
    ('v', 'ѵ', ' '),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Other,
}

fn script(character: char) -> Script {
    match character {
        'a'..='z' | '\u{df}'..='\u{24f}' => Script::Latin,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        _ => Script::Other,
    }
}

fn look_alike(character: char, target: Script) -> Option<char> {
    let (latin, cyrillic, greek) =
        LOOK_ALIKES.iter().find(|(latin, cyrillic, greek)| [*latin, *cyrillic, *greek].contains(&character))?;
    let found = match target {
        Script::Latin => latin,
        Script::Cyrillic => cyrillic,
        Script::Greek => greek,
        Script::Other => return None,
    };
    Some(*found).filter(|found| *found != ' ')
}

/// Repairs every word of mixed scripts in place.
pub fn repair(glyphs: &mut [Glyph], disguise: &mut Disguise) {
    for word in glyphs.split_mut(|glyph| script(glyph.character) == Script::Other) {
        let Some(owner) = word.first().map(|first| script(first.character)) else { continue };
        if word.iter().all(|glyph| script(glyph.character) == owner) {
            continue;
        }
        if let Some(target) = owner_of(word) {
            for glyph in word.iter_mut().filter(|glyph| script(glyph.character) != target) {
                glyph.character = look_alike(glyph.character, target).unwrap_or(glyph.character);
            }
            let start = word.iter().map(|glyph| glyph.start).min().unwrap_or(0);
            let end = word.iter().map(|glyph| glyph.end).max().unwrap_or(0);
            disguise.mixed_words.push((start, end));
        }
    }
}

/// The script to repair a mixed word to; none where it mixes scripts openly ("IT-шник", "лайкnuть", "µm").
///
/// The owner has the most letters that no other script can pass for; all strangers must have a look-alike in it. One
/// change of script at a word's border, as in "pdfка", is how bilingual people inflect: only a single stranger counts.
fn owner_of(word: &[Glyph]) -> Option<Script> {
    let count = |wanted: Script, only_unique: bool| {
        let letters = word.iter().filter(|glyph| script(glyph.character) == wanted);
        letters.filter(|glyph| !only_unique || is_unique(glyph.character)).count()
    };
    let weigh = |candidate: Script| (count(candidate, true), count(candidate, false));
    let owner = [Script::Greek, Script::Cyrillic, Script::Latin].into_iter().max_by_key(|script| weigh(*script))?;
    let mut strangers = word.iter().filter(|glyph| script(glyph.character) != owner);
    if !strangers.clone().all(|glyph| look_alike(glyph.character, owner).is_some()) {
        return None;
    }
    let changes =
        word.iter().zip(word.iter().skip(1)).filter(|(left, right)| script(left.character) != script(right.character));
    let is_inflected = word.len() < 4 || changes.count() == 1 && strangers.nth(1).is_some();
    if is_inflected { None } else { Some(owner) }
}

fn is_unique(character: char) -> bool {
    !LOOK_ALIKES.iter().any(|(latin, cyrillic, greek)| [*latin, *cyrillic, *greek].contains(&character))
}

/// Whether a host's label, lower case, is built to be read as another: scripts mixed by look-alikes, or every letter
/// of a foreign script a look-alike of a Latin one.
#[must_use]
pub fn mixes_look_alikes(label: &str) -> bool {
    let mut scripts = label.chars().map(script).filter(|script| *script != Script::Other);
    let Some(first) = scripts.next() else { return false };
    let is_mixed = scripts.any(|script| script != first);
    let letters = || label.chars().filter(|character| script(*character) != Script::Other);
    is_mixed
        || first != Script::Latin
            && letters().count() >= 4
            && letters().all(|letter| look_alike(letter, Script::Latin).is_some())
}
