//! Verdicts keep their bytes. A digest changes where a change means to: a weight, a model, a field of the verdict. What only makes
//! the engine faster leaves all of them as they are.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use chatwarden_context::Memory;
use chatwarden_engine::ChatSettings;
use chatwarden_scan::{Scanner, Sources, corpus, hostile, longest};
use xxhash_rust::xxh3::Xxh3;

const BOT: i64 = 7;

/// All verdicts, one after another, each on what the ones before it left.
fn digest(updates: &[Vec<u8>]) -> u64 {
    let (scanner, settings, mut memory) = (Scanner::new().unwrap(), ChatSettings::default(), Memory::default());
    let mut digest = Xxh3::new();
    for batch in updates.chunks(100) {
        let sources = Sources::new(batch.iter().map(Vec::as_slice));
        let outcome = scanner.judge(scanner.prepare(BOT, &sources), 1, |_| &settings, |key| memory.get(key));
        outcome.changes.iter().for_each(|(key, record)| memory.merge(*key, record));
        outcome.items.iter().for_each(|item| digest.update(item.verdict.as_ref().unwrap()));
    }
    digest.digest()
}

#[test]
fn verdicts_on_updates_like_those_of_groups_keep_their_bytes() {
    assert_eq!(format!("{:016x}", digest(&corpus(1, 2_000))), "6e0920a09109a0e7");
}

#[test]
fn verdicts_on_the_longest_messages_keep_their_bytes() {
    assert_eq!(format!("{:016x}", digest(&longest())), "907834d2a86a2e73");
}

#[test]
fn verdicts_on_messages_made_to_cost_keep_their_bytes() {
    assert_eq!(format!("{:016x}", digest(&hostile())), "db97253f9794ca5d");
}
