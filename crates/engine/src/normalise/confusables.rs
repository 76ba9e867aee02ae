//! Words that mix scripts by look-alike letters, repaired to the script that owns them.
//!
//! A word is touched only where it mixes scripts; good Cyrillic and good Latin stay as they are. Letters of scripts that
//! few groups write in (Armenian, Cherokee, Coptic, …) count as strangers where they look like others.

use super::unicode::look_alikes;
use super::{Disguise, Glyph};

/// Shortest word of one borrowed script whose letters all look Latin that is read as Latin.
const FEWEST_BORROWED: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    /// A script that looks are borrowed from.
    Borrowed,
    Other,
}

fn script(character: char) -> Script {
    match character {
        'a'..='z' | '\u{df}'..='\u{24f}' => Script::Latin,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\0'..='\u{530}' | '\u{600}'..='\u{10ff}' | '\u{3000}'..='\u{a4cf}' | '\u{ac00}'..='\u{ffff}' => Script::Other,
        _ if look_alikes(character).is_some() => Script::Borrowed,
        _ => Script::Other,
    }
}

fn look_alike(character: char, target: Script) -> Option<char> {
    let [latin, cyrillic, greek] = look_alikes(character)?;
    let found = match target {
        Script::Latin => latin,
        Script::Cyrillic => cyrillic,
        Script::Greek => greek,
        Script::Borrowed | Script::Other => return None,
    };
    Some(found).filter(|found| *found != '\0')
}

/// Repairs every word of mixed scripts in place.
pub fn repair(glyphs: &mut [Glyph], disguise: &mut Disguise) {
    for word in glyphs.split_mut(|glyph| script(glyph.character) == Script::Other) {
        let Some(owner) = word.first().map(|first| script(first.character)) else { continue };
        let is_mixed = word.iter().any(|glyph| script(glyph.character) != owner);
        let target = match owner {
            _ if is_mixed => owner_of(word),
            Script::Borrowed if is_borrowed(word) => Some(Script::Latin),
            _ => None,
        };
        if let Some(target) = target {
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
/// change of script at a word's border, as in "pdfка", is how bilingual people inflect: only a single stranger counts,
/// and none where Hebrew puts a letter before a foreign word.
fn owner_of(word: &[Glyph]) -> Option<Script> {
    let count = |wanted: Script, only_unique: bool| {
        let letters = word.iter().filter(|glyph| script(glyph.character) == wanted);
        letters.filter(|glyph| !only_unique || is_unique(glyph.character, wanted)).count()
    };
    let weigh = |candidate: Script| (count(candidate, true), count(candidate, false));
    let owner = [Script::Greek, Script::Cyrillic, Script::Latin].into_iter().max_by_key(|script| weigh(*script))?;
    let mut strangers = word.iter().filter(|glyph| script(glyph.character) != owner);
    if !strangers.clone().all(|glyph| look_alike(glyph.character, owner).is_some()) {
        return None;
    }
    let is_hebrew = |glyph: Option<&Glyph>| glyph.is_some_and(|glyph| is_hebrew(glyph.character));
    let changes =
        word.iter().zip(word.iter().skip(1)).filter(|(left, right)| script(left.character) != script(right.character));
    let is_inflected = word.len() < 4
        || changes.count() == 1 && strangers.nth(1).is_some()
        || is_hebrew(word.first())
        || is_hebrew(word.last());
    if is_inflected { None } else { Some(owner) }
}

fn is_hebrew(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{5ff}')
}

/// Whether no letter of another of the three scripts passes for it.
fn is_unique(character: char, own: Script) -> bool {
    let others = [Script::Latin, Script::Cyrillic, Script::Greek].into_iter().filter(|script| *script != own);
    others.into_iter().all(|script| look_alike(character, script).is_none())
}

/// A word wholly of one borrowed script, every letter of which looks Latin.
fn is_borrowed(word: &[Glyph]) -> bool {
    word.len() >= FEWEST_BORROWED
        && word.iter().all(|glyph| {
            let is_lender = script(glyph.character) == Script::Borrowed && !is_living(glyph.character);
            is_lender && look_alike(glyph.character, Script::Latin).is_some()
        })
}

/// Scripts whole groups write in.
fn is_living(character: char) -> bool {
    matches!(character, '\u{530}'..='\u{5ff}' | '\u{1c90}'..='\u{1cbf}')
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
