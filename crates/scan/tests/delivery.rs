//! Telegram delivers at least once, in batches of any size: neither may change what is known.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chatwarden_context::{Key, Record};
use chatwarden_engine::ChatSettings;
use chatwarden_scan::{Item, Scanner, Sources, Status};
use proptest::prelude::*;
use serde_json::json;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner::new().unwrap());

type Records = BTreeMap<Key, Record>;

/// Judges one batch and merges its changes, as the embedded profile does.
fn deliver(updates: &[Vec<u8>], records: &mut Records) -> Vec<Item> {
    let settings = ChatSettings::default();
    let sources = Sources::new(updates.iter().map(Vec::as_slice));
    let outcome = SCANNER.judge(SCANNER.prepare(7, &sources), 1, |_| &settings, |key| records.get(key));
    for (key, record) in outcome.changes {
        records.entry(key).or_default().merge(&record);
    }
    outcome.items
}

fn updates() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let texts = [
        "hello",
        "ok",
        "thanks, roses need sun",
        "t.me/+AbCdEf",
        "Remote work 18+, 80 $ a day, write me",
        "the very same long text that several people send around",
    ];
    let update = (0..3i64, proptest::sample::select(texts.to_vec()), 0..90i64, any::<bool>());
    proptest::collection::vec(update, 1..30).prop_map(|drawn| {
        let mut date = 1_780_000_000;
        (1i64..)
            .zip(drawn)
            .map(|(id, (sender, text, pause, is_edit))| {
                date += pause;
                let kind = if is_edit { "edited_message" } else { "message" };
                let message_id = if is_edit { id / 2 + 1 } else { id };
                let message = json!({
                    "message_id": message_id, "date": date, "text": text,
                    "chat": {"id": -5, "type": "supergroup"}, "from": {"id": 40 + sender, "first_name": "R"},
                });
                json!({"update_id": id, kind: message}).to_string().into_bytes()
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn splitting_a_batch_changes_neither_verdicts_nor_context(updates in updates(), size in 1..10usize) {
        let (mut whole, mut split) = (Records::new(), Records::new());
        let at_once = deliver(&updates, &mut whole);
        let in_parts: Vec<Item> = updates.chunks(size).flat_map(|part| deliver(part, &mut split)).collect();
        prop_assert_eq!(at_once, in_parts);
        prop_assert_eq!(whole, split);
    }

    #[test]
    fn delivering_again_gives_the_same_verdicts_and_the_same_context(updates in updates(), size in 1..10usize) {
        let mut records = Records::new();
        let first = deliver(&updates, &mut records);
        let once = records.clone();
        let again: Vec<Item> = updates.chunks(size).flat_map(|part| deliver(part, &mut records)).collect();
        prop_assert_eq!(first, again);
        prop_assert_eq!(once, records);
    }

    #[test]
    fn only_repetition_within_a_batch_is_a_duplicate(updates in updates()) {
        let (mut once, mut doubled) = (Records::new(), Records::new());
        let judged = deliver(&updates, &mut once);
        let twice: Vec<Vec<u8>> = updates.iter().flat_map(|update| [update.clone(), update.clone()]).collect();
        let (duplicates, others): (Vec<Item>, Vec<Item>) =
            deliver(&twice, &mut doubled).into_iter().partition(|item| item.status == Status::Duplicate);
        prop_assert_eq!(once, doubled);
        prop_assert_eq!(judged, others);
        prop_assert_eq!(duplicates.len(), updates.len());
    }
}

#[test]
fn a_batch_gives_back_only_what_it_adds() {
    let raw = |id: i64| {
        let message = json!({
            "message_id": id, "date": 1_780_000_000 + id, "text": "hello", "chat": {"id": -5, "type": "group"}, "from": {"id": 4, "first_name": "R"},
        });
        json!({"update_id": id, "message": message}).to_string().into_bytes()
    };
    let mut records = Records::new();
    deliver(&[raw(1), raw(2)], &mut records);
    let third = raw(3);
    let sources = Sources::new([third.as_slice()]);
    let settings = ChatSettings::default();
    let outcome = SCANNER.judge(SCANNER.prepare(7, &sources), 1, |_| &settings, |key| records.get(key));
    let added: Vec<i64> =
        outcome.changes.values().flat_map(|record| record.entries().iter().map(|entry| entry.update_id)).collect();
    assert_eq!(added, [3]);
}

#[test]
fn a_second_round_is_judged_and_told_apart() {
    let raw = br#"{"update_id":9,"message":{"message_id":1,"date":1780000000,"text":"hello","chat":{"id":-5},"from":{"id":4}}}"#;
    let sources = Sources::new([&raw[..]]);
    let settings = ChatSettings::default();
    let outcome = SCANNER.judge(SCANNER.prepare(7, &sources), 2, |_| &settings, |_| None);
    let verdict: serde_json::Value =
        serde_json::from_slice(outcome.items.first().unwrap().verdict.as_ref().unwrap()).unwrap();
    assert_eq!((&verdict["trace_id"], &verdict["round"]), (&json!("7-9-2"), &json!(2)));
}

#[test]
fn the_same_text_is_recognised_across_midnight_and_not_after_a_day() {
    let midnight = 1_780_012_800;
    let said = |id: i64, date: i64| {
        let text = "the very same long text that several people send around";
        let message = json!({
            "message_id": id, "date": date, "text": text, "chat": {"id": -5, "type": "group"}, "from": {"id": 40 + id, "first_name": "R"},
        });
        json!({"update_id": id, "message": message}).to_string().into_bytes()
    };
    let others = |pause: i64| {
        let updates = [said(1, midnight - 60), said(2, midnight - 60 + pause)];
        let last = deliver(&updates, &mut Records::new()).pop().unwrap();
        let verdict: serde_json::Value = serde_json::from_slice(&last.verdict.unwrap()).unwrap();
        verdict.pointer("/context/same_text_senders").and_then(serde_json::Value::as_u64)
    };
    assert_eq!(midnight % 86_400, 0);
    assert_eq!([others(30), others(120), others(86_399), others(86_400)], [Some(1), Some(1), Some(1), Some(0)]);
}

#[test]
fn one_bad_update_does_not_touch_the_others() {
    let good = json!({"update_id": 2, "message": {
        "message_id": 1, "date": 1_780_000_000, "text": "hello", "chat": {"id": -5, "type": "group"}, "from": {"id": 4, "first_name": "R"},
    }});
    let private = json!({"update_id": 3, "message": {
        "message_id": 1, "date": 1_780_000_000, "text": "/start", "chat": {"id": 4, "type": "private"}, "from": {"id": 4, "first_name": "R"},
    }});
    let batch = [
        b"{".to_vec(),
        good.to_string().into_bytes(),
        br#"{"update_id":-1}"#.to_vec(),
        private.to_string().into_bytes(),
    ];
    let items = deliver(&batch, &mut Records::new());
    let statuses: Vec<Status> = items.iter().map(|item| item.status).collect();
    assert_eq!(statuses, [Status::Invalid, Status::Judged, Status::Invalid, Status::Ignored]);
}

#[test]
fn the_same_words_speak_for_a_sender_once_a_day() {
    let sticker = |id: i64, date: i64| {
        let message = json!({
            "message_id": id, "date": date, "sticker": {"file_id": "x"}, "chat": {"id": -5, "type": "group"}, "from": {"id": 4, "first_name": "R"},
        });
        json!({"update_id": id, "message": message}).to_string().into_bytes()
    };
    let messages_here = |updates: &[Vec<u8>]| {
        let last = deliver(updates, &mut Records::new()).pop().unwrap();
        let verdict: serde_json::Value = serde_json::from_slice(&last.verdict.unwrap()).unwrap();
        verdict.pointer("/context/messages_here").and_then(serde_json::Value::as_u64)
    };
    let morning = 1_780_012_800;
    let within_a_day: Vec<_> = (0..8).map(|index| sticker(1 + index, morning + index * 600)).collect();
    let day_by_day: Vec<_> = (0..8).map(|index| sticker(1 + index, morning + index * 86_400)).collect();
    assert_eq!(messages_here(&within_a_day), Some(1));
    assert_eq!(messages_here(&day_by_day), Some(7));
}
