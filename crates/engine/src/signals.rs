//! Every signal, one file each, collected by `build.rs`.

use serde::Serialize;

use crate::signal::{Definition, Group, Kind};

include!(concat!(env!("OUT_DIR"), "/signals.rs"));

/// One line of the catalogue.
#[derive(Debug, Serialize)]
pub struct CatalogueEntry {
    name: &'static str,
    kind: Kind,
    group: Group,
    weight: i32,
    members_do_too: bool,
    title: &'static str,
    sentence: &'static str,
}

/// What an admin may read of every signal, sorted by name.
#[must_use]
pub fn catalogue() -> Vec<CatalogueEntry> {
    let entry = |definition: &&Definition| CatalogueEntry {
        name: definition.name,
        kind: definition.kind,
        group: definition.group,
        weight: definition.weight,
        members_do_too: definition.members_do_too,
        title: definition.title,
        sentence: definition.sentence,
    };
    REGISTRY.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_goes_on_only_at_its_end() {
        for definition in REGISTRY {
            for phrase in definition.phrases.iter().copied().flatten() {
                let stem = phrase.strip_suffix('*').unwrap_or(phrase);
                assert!(!stem.is_empty() && !stem.contains('*'), "{}: {phrase}", definition.name);
            }
        }
    }

    #[test]
    fn a_signal_is_named_after_its_file_and_told_in_one_sentence() {
        for definition in REGISTRY {
            assert!(
                definition.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{}",
                definition.name
            );
            assert!(definition.sentence.ends_with('.'), "{}", definition.name);
            assert_eq!(definition.sentence.matches(". ").count(), 0, "{}", definition.name);
            assert_eq!(definition.kind == Kind::Trust, definition.weight < 0, "{}", definition.name);
        }
        assert!(REGISTRY.is_sorted_by(|left, right| left.name < right.name));
    }
}
