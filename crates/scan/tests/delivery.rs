//! Telegram delivers at least once, in batches of any size: neither may change what is known.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chatwarden_context::{Key, Record};
use chatwarden_engine::{ChatSettings, Facts, MessageVerdict};
use chatwarden_scan::{ActionKind, Item, Scanner, Sources, Status};
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
    let acts = ["message", "message", "edited_message", "message_reaction", "chat_member", "chat_join_request"];
    let update = (0..3i64, proptest::sample::select(texts.to_vec()), 0..90i64, proptest::sample::select(acts.to_vec()));
    proptest::collection::vec(update, 1..30).prop_map(|drawn| {
        let mut date = 1_780_000_000;
        (1i64..)
            .zip(drawn)
            .map(|(id, (sender, text, pause, kind))| {
                date += pause;
                let is_new = matches!(kind, "message" | "chat_member");
                let message_id = if is_new { id } else { id / 2 + 1 };
                let person = json!({"id": 40 + sender, "first_name": "R"});
                let mut body = json!({
                    "message_id": message_id, "date": date, "chat": {"id": -5, "type": "supergroup"}, "from": person,
                });
                let fields = match kind {
                    "message_reaction" => json!({"user": person, "new_reaction": [{"type": "emoji", "emoji": "🔥"}]}),
                    "chat_member" => json!({"old_chat_member": {"status": "left", "user": person},
                        "new_chat_member": {"status": "member", "user": person}}),
                    "chat_join_request" => json!({"bio": text}),
                    // Some share an album.
                    _ if id % 3 == 0 => json!({"text": text, "media_group_id": (id / 9).to_string()}),
                    _ => json!({"text": text}),
                };
                body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
                json!({"update_id": id, kind: body}).to_string().into_bytes()
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

/// Judges one update of an album, in a round of its own where there are facts.
fn part(id: i64, caption: &str, facts: Option<&str>, records: &mut Records) -> Item {
    let message = json!({
        "message_id": id, "date": 1_780_000_000, "caption": caption, "photo": [{"file_id": "x"}], "media_group_id": "g",
        "chat": {"id": -5, "type": "group"}, "from": {"id": 4, "first_name": "R"},
    });
    let raw = json!({"update_id": id, "message": message}).to_string();
    let round = if facts.is_some() { 2 } else { 1 };
    let facts = facts.map(|facts| Facts::read(facts.as_bytes()).unwrap());
    let sources = Sources::new([raw.as_bytes()]).with_facts(vec![facts]);
    let settings = ChatSettings::default();
    let outcome = SCANNER.judge(SCANNER.prepare(7, &sources), round, |_| &settings, |key| records.get(key));
    for (key, record) in outcome.changes {
        records.entry(key).or_default().merge(&record);
    }
    outcome.items.into_iter().next().unwrap()
}

/// Messages an item has deleted.
fn deletes(item: &Item) -> Vec<i64> {
    let deletions = item.actions.iter().filter(|action| action.kind == ActionKind::DeleteMessage);
    deletions.filter_map(|action| action.message_id).collect()
}

#[test]
fn an_album_goes_as_one_whichever_part_holds_the_advert() {
    const ADVERT: &str = "Remote work, from 80 $ a day, no experience, write me t.me/+AbCdEfGh";
    let mut records = Records::new();
    let parts = [part(1, "", None, &mut records), part(2, ADVERT, None, &mut records), part(3, "", None, &mut records)];
    let verdicts = parts.each_ref().map(|item| item.message);
    assert_eq!(verdicts, [MessageVerdict::Keep, MessageVerdict::Delete, MessageVerdict::Delete].map(Some));
    assert_eq!(parts.map(|item| deletes(&item)), [vec![], vec![2, 1], vec![3]]);
}

#[test]
fn a_second_round_that_deletes_takes_the_parts_on_both_sides_along() {
    let mut records = Records::new();
    for id in 1..=3 {
        assert_eq!(part(id, "", None, &mut records).message, Some(MessageVerdict::Keep));
    }
    let code = r#"{"picture": {"links": ["https://t.me/+AbCdEfGh"]}}"#;
    let second = part(2, "", Some(code), &mut records);
    assert_eq!((second.message, deletes(&second)), (Some(MessageVerdict::Delete), vec![2, 1, 3]));
    assert_eq!(part(4, "", None, &mut records).message, Some(MessageVerdict::Delete));
}

#[test]
fn who_only_reacts_or_joins_earns_no_trust_and_takes_no_place_in_the_senders_record() {
    let person = json!({"id": 4, "first_name": "R"});
    let act = |id: i64| {
        let reaction = json!({"message_id": id, "date": 1_780_000_000 + id, "chat": {"id": -5}, "user": person,
            "new_reaction": [{"type": "emoji", "emoji": "🔥"}]});
        json!({"update_id": id, "message_reaction": reaction}).to_string().into_bytes()
    };
    let updates: Vec<Vec<u8>> = (1..100).map(act).collect();
    let mut records = Records::new();
    let items = deliver(&updates, &mut records);
    assert!(items.iter().all(|item| item.status == Status::Judged));
    assert!(records.keys().all(|key| matches!(key, Key::Reactions { .. })));
    assert!(records.values().all(|record| record.entries().len() <= 32));
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
