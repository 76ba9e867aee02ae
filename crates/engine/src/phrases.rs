//! Phrases of all signals, found in one pass over a folded text.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use crate::normalise::Normaliser;
use crate::signals::REGISTRY;

/// A phrase found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhraseHit {
    /// Index of the signal in the registry.
    pub signal: usize,
    /// Index of its class of phrases.
    pub class: usize,
    /// Index of the field.
    pub field: usize,
    /// First byte in the folded text.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// Finds the phrases of every signal at once.
#[derive(Debug)]
pub struct PhraseMatcher {
    automaton: AhoCorasick,
    owners: Vec<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    signal: usize,
    class: usize,
    goes_on: bool,
}

impl PhraseMatcher {
    /// Folds and compiles the phrases of the registry.
    ///
    /// # Errors
    /// Where there are too many of them.
    pub fn new() -> Result<Self, BuildError> {
        let mut normaliser = Normaliser::default();
        let mut owners = Vec::new();
        let mut words = Vec::new();
        for (signal, definition) in REGISTRY.iter().enumerate() {
            for (class, phrases) in definition.phrases.iter().enumerate() {
                for phrase in *phrases {
                    let stem = phrase.strip_suffix('*');
                    words.push(normaliser.normalise(stem.unwrap_or(phrase)).text().to_owned());
                    owners.push(Owner { signal, class, goes_on: stem.is_some() });
                }
            }
        }
        let automaton =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).match_kind(MatchKind::Standard).build(words)?;
        Ok(Self { automaton, owners })
    }

    /// Adds what one field's folded text holds.
    pub fn find(&self, field: usize, text: &str, hits: &mut Vec<PhraseHit>) {
        for found in self.automaton.find_overlapping_iter(text) {
            let Some(owner) = self.owners.get(found.pattern().as_usize()) else { continue };
            if starts_word(text, found.start()) && (owner.goes_on || ends_word(text, found.end())) {
                let Owner { signal, class, .. } = *owner;
                hits.push(PhraseHit { signal, class, field, start: found.start(), end: found.end() });
            }
        }
    }
}

pub(crate) fn starts_word(text: &str, start: usize) -> bool {
    let Some((before, rest)) = text.split_at_checked(start) else { return false };
    is_border(before.chars().next_back(), rest.chars().next())
}

pub(crate) fn ends_word(text: &str, end: usize) -> bool {
    let Some((phrase, after)) = text.split_at_checked(end) else { return false };
    is_border(phrase.chars().next_back(), after.chars().next())
}

/// Between two characters of a script that writes without spaces every place is a border.
fn is_border(left: Option<char>, right: Option<char>) -> bool {
    let joins = |side: Option<char>| {
        side.is_some_and(|character| character.is_alphanumeric() && !writes_without_spaces(character))
    };
    !(joins(left) && joins(right))
}

pub(crate) fn writes_without_spaces(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
