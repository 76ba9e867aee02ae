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
    let scripts: Vec<Script> = glyphs.iter().map(|glyph| script(glyph.character)).collect();
    let mut start = 0;
    for scripts in scripts.split(|script| *script == Script::Other) {
        let end = start + scripts.len();
        if let Some(word) = glyphs.get_mut(start..end) {
            repair_word(word, scripts, disguise);
        }
        start = end + 1;
    }
}

fn repair_word(word: &mut [Glyph], scripts: &[Script], disguise: &mut Disguise) {
    let Some(first) = scripts.first() else { return };
    let is_mixed = scripts.iter().any(|script| script != first);
    let target = match first {
        _ if is_mixed => owner_of(word, scripts),
        Script::Borrowed if is_borrowed(word) => Some(Script::Latin),
        _ => None,
    };
    let Some(target) = target else { return };
    for (glyph, _) in word.iter_mut().zip(scripts).filter(|(_, script)| **script != target) {
        glyph.character = look_alike(glyph.character, target).unwrap_or(glyph.character);
    }
    let start = word.iter().map(|glyph| glyph.start).min().unwrap_or(0);
    let end = word.iter().map(|glyph| glyph.end).max().unwrap_or(0);
    disguise.mixed_words.push((start, end));
}

/// The script to repair a mixed word to; none where it mixes scripts openly ("IT-шник", "лайкnuть", "µm").
///
/// The owner has the most letters that no other script can pass for; all strangers must have a look-alike in it. One
/// change of script at a word's border, as in "pdfка", is how bilingual people inflect: only a single stranger counts,
/// and none where Hebrew puts a letter before a foreign word.
fn owner_of(word: &[Glyph], scripts: &[Script]) -> Option<Script> {
    // Of each script the letters that no other passes for, and all letters.
    let mut weights = [(Script::Greek, (0, 0)), (Script::Cyrillic, (0, 0)), (Script::Latin, (0, 0))];
    for (glyph, own) in word.iter().zip(scripts) {
        if let Some((_, (unique, all))) = weights.iter_mut().find(|(candidate, _)| candidate == own) {
            *unique += usize::from(is_unique(glyph.character, *own));
            *all += 1;
        }
    }
    let (owner, _) = weights.into_iter().max_by_key(|(_, weight)| *weight)?;
    let mut strangers = word.iter().zip(scripts).filter(|(_, script)| **script != owner);
    if !strangers.clone().all(|(glyph, _)| look_alike(glyph.character, owner).is_some()) {
        return None;
    }
    let is_hebrew = |glyph: Option<&Glyph>| glyph.is_some_and(|glyph| is_hebrew(glyph.character));
    let changes = scripts.iter().zip(scripts.iter().skip(1)).filter(|(left, right)| left != right);
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
    let Some(row) = look_alikes(character) else { return true };
    let scripts = [Script::Latin, Script::Cyrillic, Script::Greek];
    scripts.into_iter().zip(row).all(|(script, like)| script == own || like == '\0')
}

/// Whether every letter of a word wholly of borrowed scripts looks Latin.
fn is_borrowed(word: &[Glyph]) -> bool {
    let looks_latin =
        |glyph: &Glyph| !is_living(glyph.character) && look_alike(glyph.character, Script::Latin).is_some();
    word.len() >= FEWEST_BORROWED && word.iter().all(looks_latin)
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
