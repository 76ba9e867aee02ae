//! What hostile or mistaken feedback can do, and what it cannot: stated on verdicts, with authored texts.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

use std::sync::Arc;

use chatwarden_engine::ChatSettings;
use chatwarden_engine::text_model::{Delta, FULL_WEIGHT, Tap, TapFeatures};
use chatwarden_scan::{Scanner, Sources, look_at};
use serde_json::{Value, json};

/// Everyday talk of a gardeners' group, none of it tapped.
const ORDINARY: &[&str] = &[
    "Good morning everyone, did the frost get your tomatoes too?",
    "Does anybody know whether the market is open on Sunday?",
    "Thanks, I watered them twice and they look much better now.",
    "I planted the beans last week, still nothing to see.",
    "My neighbour has too many plums, who wants some?",
    "Which soil do you use for the balcony boxes?",
    "See you on Saturday at the allotment, I bring the coffee.",
    "The hose is leaking again, where did you buy yours?",
    "Доброе утро! У кого уже взошла морковь?",
    "Спасибо, пересадила в горшок побольше, стало лучше.",
    "Кто-нибудь знает, чем болеет этот огурец?",
    "Вчера весь день шёл дождь, поливать не надо.",
];

/// Adverts, none of them tapped.
const SPAM: &[&str] = &[
    "Looking for two partners, remote job, income from 900$ a week, write me in private",
    "Ищу двух партнёров на удалёнку, доход от 900$ в неделю, пишите в личные сообщения",
    "Нужны люди на удалённую работу, от 120$ в день, без опыта, 18+, пишите в лс",
    "Earn from 500$ a week, remote work without experience, 18+, write me in private now",
];

/// The `number`th of many everyday messages that a hostile admin calls spam.
fn everyday(number: usize) -> String {
    const WHO: &[&str] = &["my aunt", "the neighbour", "a friend", "our teacher", "my son"];
    const DID: &[&str] = &["planted", "watered", "bought", "sold", "repaired", "photographed", "forgot", "moved"];
    const WHAT: &[&str] = &["the roses", "some apples", "a bench", "the old fence", "two pots"];
    let pick = |words: &[&'static str], divisor: usize| words[number / divisor % words.len()];
    format!("{} {} {} on day {number}", pick(WHO, 1), pick(DID, 5), pick(WHAT, 40))
}

fn features(text: &str) -> TapFeatures {
    let texts = json!([{"place": "text", "text": text}]).to_string();
    TapFeatures::from_bytes(&look_at(texts.as_bytes()).unwrap().features.unwrap()).unwrap()
}

fn tap(text: &str, is_spam: bool, weight: u16) -> Tap {
    Tap { features: features(text), is_spam, weight, given_at: 1 }
}

/// Verdicts on newcomers' messages, message and sender, after feedback.
fn verdicts(taps: &[Tap], texts: &[&str]) -> Vec<(String, String)> {
    let scanner = Scanner::new().unwrap();
    let learned = scanner.learn(taps);
    let settings = settings(learned);
    let updates: Vec<Vec<u8>> = (1..).zip(texts).map(|(number, text)| update(number, text)).collect();
    let sources = Sources::new(updates.iter().map(Vec::as_slice));
    let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
    let said = |item: &chatwarden_scan::Item| {
        let verdict: Value = serde_json::from_slice(item.verdict.as_ref().unwrap()).unwrap();
        (verdict["message"].as_str().unwrap().to_owned(), verdict["sender"].as_str().unwrap().to_owned())
    };
    outcome.items.iter().map(said).collect()
}

fn settings(learned: Delta) -> ChatSettings {
    let mut settings = ChatSettings::default();
    settings.learned = Some(Arc::new(learned));
    settings
}

fn update(number: i64, text: &str) -> Vec<u8> {
    let message = json!({
        "message_id": number,
        "date": 1_780_000_000 + number * 100,
        "chat": {"id": -1_000_500, "type": "supergroup", "title": "Gardeners"},
        "from": {"id": 1_000 + number, "is_bot": false, "first_name": "Robin"},
        "text": text,
    });
    serde_json::to_vec(&json!({"update_id": number, "message": message})).unwrap()
}

fn deleted(taps: &[Tap], texts: &[&str]) -> usize {
    verdicts(taps, texts).iter().filter(|(message, _)| message == "delete").count()
}

/// What `count` admins who call everyday talk spam, 200 times each, give.
fn hostile(count: usize) -> Vec<Tap> {
    (0..count * 200).map(|number| tap(&everyday(number), true, FULL_WEIGHT)).collect()
}

#[test]
fn without_feedback_ordinary_talk_stays_and_adverts_go() {
    assert_eq!((deleted(&[], ORDINARY), deleted(&[], SPAM)), (0, SPAM.len()));
}

#[test]
fn one_hostile_admin_gets_no_ordinary_message_of_others_deleted() {
    assert_eq!(deleted(&hostile(1), ORDINARY), 0);
}

#[test]
fn ten_hostile_admins_cost_nobody_their_voice() {
    let taps = hostile(10);
    let everyday: Vec<String> = (0..200).map(everyday).collect();
    let texts: Vec<&str> = everyday.iter().map(String::as_str).chain(ORDINARY.iter().copied()).collect();
    for (text, (_, sender)) in texts.iter().zip(verdicts(&taps, &texts)) {
        assert_eq!(sender, "none", "{text}");
    }
    assert_eq!(deleted(&taps, ORDINARY), 0);
}

#[test]
fn admins_who_call_adverts_ham_do_not_let_the_clear_ones_through() {
    let advert = |number: usize| format!("Remote job {number}, {} $ a day, write me in private", 100 + number);
    let taps: Vec<Tap> = (0..200).map(|number| tap(&advert(number), false, FULL_WEIGHT)).collect();
    assert_eq!(deleted(&taps, SPAM), SPAM.len());
}

#[test]
fn contradicting_taps_leave_every_verdict_as_it_was() {
    let both = |number: usize| [true, false].map(|is_spam| tap(&everyday(number), is_spam, FULL_WEIGHT));
    let taps: Vec<Tap> = (0..100).flat_map(both).collect();
    let texts = [ORDINARY, SPAM].concat();
    assert_eq!(verdicts(&taps, &texts), verdicts(&[], &texts));
}

#[test]
fn taps_on_very_short_texts_punish_nobody_who_writes_the_like() {
    let short = ["ok", "yes", "thanks", "hi all", "да", "+", "спасибо", "lol"];
    let taps: Vec<Tap> = short.iter().map(|text| tap(text, true, FULL_WEIGHT)).collect();
    let texts = [ORDINARY, &["yes, ok", "hi, thanks all", "да, спасибо"]].concat();
    assert_eq!(deleted(&taps, &texts), 0);
    for text in short {
        let texts = json!([{"place": "text", "text": text}]).to_string();
        assert_eq!(look_at(texts.as_bytes()).unwrap().sketch, None, "{text} can become known spam");
    }
}

#[test]
fn whoever_was_contradicted_often_moves_less() {
    let weigh = |weight| (0..40).map(|number| tap(&everyday(number), true, weight)).collect::<Vec<_>>();
    let scanner = Scanner::new().unwrap();
    let shift = |weight| scanner.learn(&weigh(weight)).shift(features(&everyday(50)).buckets());
    assert!(shift(100) < shift(FULL_WEIGHT), "{} {}", shift(100), shift(FULL_WEIGHT));
}
