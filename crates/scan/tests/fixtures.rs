//! Every fixture of `contracts/fixtures` gets its verdict; those listed as expected failures do not, strictly.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};

use chatwarden_context::Memory;
use chatwarden_engine::{ChatSettings, Facts, HostList, ListKind, Lists};
use chatwarden_scan::{Item, Scanner, Sources};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

const BOT: i64 = 7;
const EXPECTED_FAILURES: &str = "expected-failures.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    row: u8,
    name: String,
    kind: Kind,
    settings: Option<Box<RawValue>>,
    #[serde(default)]
    lists: BTreeMap<String, String>,
    #[serde(default)]
    before: Vec<Box<RawValue>>,
    update: Box<RawValue>,
    facts: Option<Box<RawValue>>,
    expect: Expectation,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Attack,
    Trap,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    message: String,
    sender: String,
    signals: Vec<String>,
    guard: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/fixtures")
}

fn fixtures() -> BTreeMap<String, Fixture> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let named = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path));
    named
        .filter(|(name, _)| name != EXPECTED_FAILURES)
        .map(|(name, path)| {
            let text = fs::read_to_string(path).unwrap();
            let fixture = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, fixture)
        })
        .collect()
}

fn expected_failures() -> BTreeMap<String, String> {
    serde_json::from_str(&fs::read_to_string(folder().join(EXPECTED_FAILURES)).unwrap()).unwrap()
}

fn scanner(lists: &BTreeMap<String, String>) -> Scanner {
    let mut scanner = Scanner::new().unwrap();
    let kind = |name: &str| ListKind::ALL.into_iter().find(|(_, known)| *known == name).unwrap().0;
    let read = |(name, text): (&String, &String)| Arc::new(HostList::read(kind(name), text.as_bytes()));
    if !lists.is_empty() {
        scanner.set_lists(Arc::new(Lists::new(lists.iter().map(read).collect())));
    }
    scanner
}

/// Feeds a fixture's updates one by one, as a group would send them, the last once more with its facts; what became of it.
fn run(fixture: &Fixture) -> Item {
    let scanner = scanner(&fixture.lists);
    let settings = fixture.settings.as_ref().map_or("{}", |settings| settings.get());
    let settings = ChatSettings::read(settings.as_bytes()).unwrap();
    let mut memory = Memory::default();
    let mut last = None;
    let mut judge = |update: &RawValue, round, facts| {
        let sources = Sources::new([update.get().as_bytes()]).with_facts(vec![facts]);
        let outcome = scanner.judge(scanner.prepare(BOT, &sources), round, |_| &settings, |key| memory.get(key));
        for (key, record) in &outcome.changes {
            memory.merge(*key, record);
        }
        last = outcome.items.into_iter().next();
    };
    fixture.before.iter().for_each(|update| judge(update, 1, None));
    judge(&fixture.update, 1, None);
    if let Some(facts) = &fixture.facts {
        judge(&fixture.update, 2, Some(Facts::read(facts.get().as_bytes()).unwrap()));
    }
    last.unwrap()
}

/// What is wrong with a fixture's verdict; nothing where it is as expected.
fn complaint(item: &Item, expect: &Expectation) -> Option<String> {
    let Some(verdict) = &item.verdict else { return Some(format!("no verdict: {:?} {:?}", item.status, item.error)) };
    let verdict: Value = serde_json::from_slice(verdict).unwrap();
    let signals: Vec<&str> =
        verdict["contributions"].as_array().unwrap().iter().map(|part| part["signal"].as_str().unwrap()).collect();
    let missing: Vec<_> = expect.signals.iter().filter(|signal| !signals.contains(&signal.as_str())).collect();
    let is_as_expected = verdict["message"] == *expect.message
        && verdict["sender"] == *expect.sender
        && verdict["guard"].as_str() == expect.guard.as_deref()
        && missing.is_empty();
    (!is_as_expected).then(|| {
        let (message, sender, score) = (&verdict["message"], &verdict["sender"], &verdict["score"]);
        format!("message {message}, sender {sender}, score {score}, signals {signals:?}, bounds {}", verdict["bounds"])
    })
}

#[test]
fn every_fixture_gets_its_verdict_and_expected_failures_still_fail() {
    let expected = expected_failures();
    let mut complaints = Vec::new();
    for (file, fixture) in fixtures() {
        match (complaint(&run(&fixture), &fixture.expect), expected.get(&file)) {
            (Some(complaint), None) => complaints.push(format!("{file} ({}): {complaint}", fixture.name)),
            (None, Some(_)) => complaints.push(format!("{file} passes now: take it off {EXPECTED_FAILURES}")),
            _ => {}
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_row_of_the_attack_table_has_an_attack_and_those_met_have_a_trap() {
    let fixtures = fixtures();
    let expected = expected_failures();
    assert!(expected.keys().all(|file| fixtures.contains_key(file)), "an expected failure names no fixture");
    for row in 1..=24 {
        let of_row = || fixtures.iter().filter(|(_, fixture)| fixture.row == row);
        assert!(of_row().any(|(_, fixture)| fixture.kind == Kind::Attack), "row {row} has no attack");
        let is_met = of_row().any(|(file, fixture)| fixture.kind == Kind::Attack && !expected.contains_key(file));
        assert!(!is_met || of_row().any(|(_, fixture)| fixture.kind == Kind::Trap), "row {row} has no trap");
    }
}
