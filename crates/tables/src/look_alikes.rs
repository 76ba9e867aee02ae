//! Letters of one script that are read as letters of another.

use std::collections::BTreeMap;

use unicode_script::{Script, UnicodeScript};
use unicode_security::confusable_detection::skeleton;

use crate::by_hand::LOOK_ALIKES;
use crate::classes::Class;

const SCRIPTS: [Script; 3] = [Script::Latin, Script::Cyrillic, Script::Greek];

/// Scripts few groups write in, from which single letters are borrowed.
const LENDERS: [Script; 9] = [
    Script::Armenian,
    Script::Hebrew,
    Script::Cherokee,
    Script::Coptic,
    Script::Lisu,
    Script::Canadian_Aboriginal,
    Script::Deseret,
    Script::Osage,
    Script::Georgian,
];

/// Every letter that has a look-alike, with its look-alikes in Latin, Cyrillic and Greek, itself among them.
pub fn rows(classes: &[Class]) -> Vec<(char, [char; 3])> {
    let letters: Vec<char> = (0u32..)
        .zip(classes)
        .filter_map(|(code, class)| Some((char::from_u32(code)?, class)))
        .filter(|(letter, class)| **class == Class::Letter && letter.to_lowercase().eq(std::iter::once(*letter)))
        .map(|(letter, _)| letter)
        .collect();
    let mut rows = BTreeMap::new();
    for letter in &letters {
        if let Some(row) = LOOK_ALIKES.iter().find(|row| row.contains(letter)) {
            rows.insert(*letter, row.map(|like| if like == ' ' { '\0' } else { like }));
            continue;
        }
        let script = letter.script();
        if !SCRIPTS.contains(&script) && !LENDERS.contains(&script) {
            continue;
        }
        let row = SCRIPTS.map(|target| if script == target { *letter } else { like(*letter, target, &letters) });
        let others = SCRIPTS.iter().zip(row).filter(|(target, like)| **target != script && *like != '\0').count();
        if others > 0 {
            rows.insert(*letter, row);
        }
    }
    rows.into_iter().collect()
}

/// The letter of `target` with the same skeleton (UTS 39), of the small letters or, failing that, of the capitals.
fn like(letter: char, target: Script, letters: &[char]) -> char {
    let is_common = |candidate: char| match target {
        Script::Latin => candidate.is_ascii_lowercase(),
        Script::Cyrillic => ('\u{430}'..='\u{45f}').contains(&candidate),
        _ => ('\u{3b1}'..='\u{3c9}').contains(&candidate),
    };
    let mut candidates = letters.iter().copied().filter(|candidate| is_common(*candidate));
    let small = |of: char| skeleton(&of.to_string()).collect::<String>();
    let capital = |of: char| skeleton(&of.to_uppercase().to_string()).collect::<String>();
    let wanted = (small(letter), capital(letter));
    candidates
        .clone()
        .find(|candidate| small(*candidate) == wanted.0)
        .or_else(|| candidates.find(|candidate| capital(*candidate) == wanted.1))
        .unwrap_or('\0')
}
