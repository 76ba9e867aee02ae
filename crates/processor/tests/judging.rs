//! Whoever judges, and whatever holds the context, verdicts and records are the same.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail by panicking, and prints its figures"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use chatwarden_context::Memory;
use chatwarden_engine::{ChatSettings, Facts, HostList, ListKind, Lists};
use chatwarden_scan::{Item, Scanner, Sources, corpus};
use serde::Deserialize;
use serde_json::value::RawValue;
use support::{BOT, Bytes, Deployment, Redis, Row, Running, of_memory};

#[derive(Deserialize)]
struct Fixture {
    settings: Option<Box<RawValue>>,
    #[serde(default)]
    lists: BTreeMap<String, String>,
    #[serde(default)]
    before: Vec<Box<RawValue>>,
    update: Box<RawValue>,
    facts: Option<Box<RawValue>>,
}

fn fixtures() -> Vec<(String, Fixture)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/fixtures");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_fixture = name.starts_with(|first: char| first.is_ascii_digit());
        is_fixture.then(|| (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()))
    };
    files.filter_map(read).collect()
}

fn scanner(lists: &BTreeMap<String, String>) -> Scanner {
    let mut scanner = Scanner::new().unwrap();
    let kind = |name: &str| ListKind::ALL.into_iter().find(|(_, known)| *known == name).unwrap().0;
    let read = |(name, text): (&String, &String)| Arc::new(HostList::read(kind(name), text.as_bytes()));
    scanner.set_lists(Arc::new(Lists::new(lists.iter().map(read).collect())));
    scanner
}

/// Judges in memory, one update after another.
fn in_memory(
    scanner: &Scanner,
    settings: &ChatSettings,
    memory: &mut Memory,
    updates: &[(&[u8], Option<&[u8]>)],
) -> Vec<Item> {
    let judge = |(update, facts): &(&[u8], Option<&[u8]>)| {
        let facts = facts.map(|facts| Facts::read(facts).unwrap());
        let round = if facts.is_some() { 2 } else { 1 };
        let sources = Sources::new([*update]).with_facts(vec![facts]);
        let outcome = scanner.judge(scanner.prepare(BOT, &sources), round, |_| settings, |key| memory.get(key));
        outcome.changes.iter().for_each(|(key, record)| memory.merge(*key, record));
        outcome.items.into_iter().next().unwrap()
    };
    updates.iter().map(judge).collect()
}

/// What must be the same of an item and of its row.
fn assert_alike(item: &Item, row: &Row, name: &str) {
    assert_eq!(row.status, item.status.name(), "{name}");
    assert_eq!(row.flagged, item.flagged.is_some(), "{name}");
    let verdict = item.flagged.as_ref().and(item.verdict.clone()).map(Bytes);
    let text =
        |verdict: &Option<Bytes>| verdict.as_ref().map(|verdict| String::from_utf8_lossy(&verdict.0).into_owned());
    assert_eq!(text(&row.verdict), text(&verdict), "{name}");
    let wants: Vec<&str> = item.wants.iter().map(|want| want.name()).collect();
    assert_eq!(row.wants, wants, "{name}");
    let ids: Vec<&str> = item.actions.iter().map(|action| action.id.as_str()).collect();
    assert_eq!(row.actions.iter().map(|action| action.0.as_str()).collect::<Vec<_>>(), ids, "{name}");
}

/// Fixtures differ in settings of one chat and share update ids: each lies in a Redis that was emptied.
#[test]
fn every_fixture_gets_byte_for_byte_the_verdict_it_gets_in_memory() {
    let Some(redis) = Redis::start() else { return };
    let mut by_lists: BTreeMap<BTreeMap<String, String>, Vec<(String, Fixture)>> = BTreeMap::new();
    for (name, fixture) in fixtures() {
        by_lists.entry(fixture.lists.clone()).or_default().push((name, fixture));
    }
    let mut count = 0;
    for (lists, fixtures) in by_lists {
        let scanner_of_test = scanner(&lists);
        let mut deployment = Deployment::new(&redis);
        let running = Running::start(&redis, scanner(&lists));
        for (name, fixture) in fixtures {
            let settings = fixture.settings.as_ref().map_or("{}", |settings| settings.get());
            let first = fixture.before.iter().chain([&fixture.update]).map(|raw| (raw.get().as_bytes(), None));
            let again =
                fixture.facts.iter().map(|facts| (fixture.update.get().as_bytes(), Some(facts.get().as_bytes())));
            let updates: Vec<(&[u8], Option<&[u8]>)> = first.chain(again).collect();
            let mut memory = Memory::default();
            let items =
                in_memory(&scanner_of_test, &ChatSettings::read(settings.as_bytes()).unwrap(), &mut memory, &updates);

            let chats: std::collections::BTreeSet<i64> = items.iter().filter_map(|item| item.summary.chat_id).collect();
            deployment.empty();
            for chat in chats {
                deployment.set_chat(chat, settings);
            }
            for (update, facts) in &updates {
                match facts {
                    None => deployment.ingest([*update]),
                    Some(facts) => deployment.ingest_again(update, facts),
                }
                deployment.finished();
            }
            let context = deployment.context();
            assert_eq!(context, of_memory(&memory, context.keys().cloned()), "{name}");
            let rows = deployment.rows();
            assert_eq!(rows.len(), items.len(), "{name}");
            for (item, (row, flag)) in items.iter().zip(&rows) {
                assert_alike(item, row, &name);
                assert_eq!(*flag, '1', "{name}");
            }
            count += 1;
        }
        running.end();
    }
    println!("{count} fixtures");
}

/// Of each corpus; the environment's `UPDATES` for the long form.
fn how_many() -> usize {
    std::env::var("UPDATES").map_or(5_000, |wanted| wanted.parse().unwrap())
}

#[test]
fn a_corpus_gets_the_verdicts_and_leaves_the_context_that_it_does_in_memory() {
    let Some(redis) = Redis::start() else { return };
    let updates = corpus(5, how_many());
    let (items, memory) = judged_in_memory(&updates);
    let mut deployment = Deployment::new(&redis);
    deployment.ingest(updates.iter().map(Vec::as_slice));
    let running = Running::start(&redis, Scanner::new().unwrap());
    deployment.finished();
    running.end();

    let rows = deployment.rows();
    assert_eq!(rows.len(), updates.len());
    assert!(rows.iter().all(|(_, flag)| *flag == '1'));
    let flagged = by_update(&rows);
    let expected: Vec<&Item> = items.iter().filter(|item| item.flagged.is_some()).collect();
    assert_eq!(flagged.values().filter(|row| row.flagged).count(), expected.len());
    assert!(expected.len() > 100);
    for item in expected {
        assert_alike(item, flagged[&item.update_id.unwrap()], "corpus");
    }
    let context = deployment.context();
    assert_eq!(context.len(), memory.len());
    assert_eq!(context, of_memory(&memory, context.keys().cloned()));
    let mut queued = deployment.actions();
    let mut wanted: Vec<String> =
        items.iter().flat_map(|item| item.actions.iter().map(|action| action.id.clone())).collect();
    queued.sort();
    wanted.sort();
    assert_eq!(queued, wanted);
}

#[test]
fn dealt_to_three_processors_in_any_order_the_context_is_that_of_memory_and_few_verdicts_differ() {
    let Some(redis) = Redis::start() else { return };
    let updates = corpus(6, how_many());
    let (items, memory) = judged_in_memory(&updates);
    let mut dealt = updates.clone();
    let mut random = oorandom::Rand32::new(6);
    for position in (1..dealt.len()).rev() {
        let other = usize::try_from(random.rand_range(0..u32::try_from(position + 1).unwrap())).unwrap();
        dealt.swap(position, other);
    }
    let mut deployment = Deployment::new(&redis);
    let running: Vec<Running> = (0..3).map(|_| Running::start(&redis, Scanner::new().unwrap())).collect();
    for part in dealt.chunks(100) {
        deployment.ingest(part.iter().map(Vec::as_slice));
    }
    deployment.finished();
    running.into_iter().for_each(Running::end);

    let rows = deployment.rows();
    assert_eq!(rows.len(), updates.len());
    let flagged = by_update(&rows);
    let differs = |item: &&Item| {
        let row = flagged.get(&item.update_id.unwrap()).filter(|row| row.flagged);
        let verdict = row.and_then(|row| row.verdict.as_ref()).map(|verdict| decision(&verdict.0));
        verdict != item.flagged.as_ref().and(item.verdict.as_deref()).map(decision)
    };
    let other_verdicts = items.iter().filter(differs).count();
    let context = deployment.context();
    let expected = of_memory(&memory, context.keys().cloned());
    let other_records = context.iter().filter(|(key, record)| expected[*key] != **record).count();
    println!(
        "of {} in random order {other_verdicts} verdicts differ, and {other_records} of {} records",
        updates.len(),
        memory.len()
    );
    assert_eq!(context.len(), memory.len());
    assert!(other_records <= other_verdicts);
    assert!(other_verdicts * 100 <= updates.len(), "{other_verdicts} of {} verdicts differ", updates.len());
}

fn judged_in_memory(updates: &[Vec<u8>]) -> (Vec<Item>, Memory) {
    let mut settings = ChatSettings::default();
    settings.policy_version = 1;
    let mut memory = Memory::default();
    let first: Vec<(&[u8], Option<&[u8]>)> = updates.iter().map(|update| (update.as_slice(), None)).collect();
    let items = in_memory(&Scanner::new().unwrap(), &settings, &mut memory, &first);
    (items, memory)
}

fn by_update(rows: &[(Row, char)]) -> BTreeMap<i64, &Row> {
    rows.iter().filter_map(|(row, _)| Some((row.update_id?, row))).collect()
}

/// What a verdict says is to be done.
fn decision(verdict: &[u8]) -> (String, String) {
    let verdict: serde_json::Value = serde_json::from_slice(verdict).unwrap();
    (verdict["message"].to_string(), verdict["sender"].to_string())
}
