//! What hostile or mistaken feedback can do, and what it cannot: stated on verdicts, with authored texts.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

use std::sync::Arc;

use chatwarden_engine::text_model::{Delta, FULL_WEIGHT, Tap, TapFeatures};
use chatwarden_engine::{ChatSettings, Shared, SharedTap, Sketch, Standing, Voice};
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
    verdicts_among(&[], taps, texts)
}

/// The same in a group whose workspace gave this feedback, its own `taps` among it or not.
fn verdicts_among(shared: &[SharedTap], taps: &[Tap], texts: &[&str]) -> Vec<(String, String)> {
    let scanner = Scanner::new().unwrap();
    let shared = scanner.share(shared);
    let settings = settings(scanner.learn(Some(&shared), taps), shared);
    let updates: Vec<Vec<u8>> = (1..).zip(texts).map(|(number, text)| update(number, text)).collect();
    let sources = Sources::new(updates.iter().map(Vec::as_slice));
    let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
    let said = |item: &chatwarden_scan::Item| {
        let verdict: Value = serde_json::from_slice(item.verdict.as_ref().unwrap()).unwrap();
        (verdict["message"].as_str().unwrap().to_owned(), verdict["sender"].as_str().unwrap().to_owned())
    };
    outcome.items.iter().map(said).collect()
}

fn settings(learned: Delta, shared: Shared) -> ChatSettings {
    let mut settings = ChatSettings::default();
    settings.learned = Some(Arc::new(learned));
    settings.shared = Some(Arc::new(shared)).filter(|shared| !shared.is_empty());
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

/// What somebody says in a group of the same workspace.
fn said(person: &str, group: i64, text: &str, is_spam: bool) -> SharedTap {
    let texts = json!([{"place": "text", "text": text}]).to_string();
    let kept = look_at(texts.as_bytes()).unwrap();
    SharedTap {
        voice: Voice { person: person.to_owned(), group, standing: Standing::Member },
        features: kept.features.map(|bytes| TapFeatures::from_bytes(&bytes).unwrap()),
        sketch: kept.sketch.map(|bytes| Sketch::from_bytes(&bytes).unwrap()),
        picture: None,
        is_spam,
        weight: FULL_WEIGHT,
        given_at: 1,
        date: 1,
    }
}

/// An advert that no model knows, as one spammer writes it in two groups.
const ADVERTS: [&str; 2] = [
    "Fresh cherries from our garden, ten a kilo, delivered to your door on every Saturday morning, call Rosa",
    "Fresh apples from our garden, ten a kilo, delivered to your door on every Saturday morning, call Rosa",
];

#[test]
fn what_two_groups_of_a_workspace_call_spam_is_looked_at_in_a_third_and_stays_where_somebody_says_ham() {
    let both = [said("a", 1, ADVERTS[0], true), said("b", 2, ADVERTS[1], true)];
    let verdict = |shared: &[SharedTap], taps: &[Tap]| verdicts_among(shared, taps, &ADVERTS[..1])[0].clone();
    assert_eq!(verdict(&both[..1], &[]).0, "keep");
    assert_eq!(verdict(&both, &[]).0, "review");
    // The third group's own word is laid over the others': of the wording here, of the near-duplicate in its own records.
    let scanner = Scanner::new().unwrap();
    let shared = scanner.share(&both);
    let shift = |taps: &[Tap]| scanner.learn(Some(&shared), taps).shift(features(ADVERTS[0]).buckets());
    assert!(shift(&[]) > 300 && shift(&[tap(ADVERTS[0], false, FULL_WEIGHT)]) < 0);
}

#[test]
fn one_hostile_admin_with_two_hundred_taps_moves_nothing_in_another_group() {
    let hostile: Vec<SharedTap> = (0..200).map(|number| said("hostile", 1, &everyday(number), true)).collect();
    let everyday: Vec<String> = (0..100).map(everyday).collect();
    let texts: Vec<&str> = everyday.iter().map(String::as_str).chain(ORDINARY.iter().chain(SPAM).copied()).collect();
    assert_eq!(verdicts_among(&hostile, &[], &texts), verdicts(&[], &texts));
    assert_eq!(Scanner::new().unwrap().share(&hostile), Scanner::new().unwrap().share(&[]));
}

#[test]
fn two_who_collude_cost_nobody_their_voice_and_no_ordinary_message() {
    let hostile: Vec<SharedTap> = (0..400)
        .map(|number| said(["x", "y"][number % 2], i64::try_from(number % 2).unwrap(), &everyday(number / 2), true))
        .collect();
    assert!(!Scanner::new().unwrap().share(&hostile).is_empty());
    // Near-duplicates of what both called spam are known; what is written otherwise stays, and nobody is silenced for it.
    for (text, (message, sender)) in ORDINARY.iter().zip(verdicts_among(&hostile, &[], ORDINARY)) {
        assert_eq!((message.as_str(), sender.as_str()), ("keep", "none"), "{text}");
    }
    assert_eq!(
        verdicts_among(&hostile, &[], SPAM).iter().filter(|(message, _)| message == "delete").count(),
        SPAM.len()
    );
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
    let shift = |weight| scanner.learn(None, &weigh(weight)).shift(features(&everyday(50)).buckets());
    assert!(shift(100) < shift(FULL_WEIGHT), "{} {}", shift(100), shift(FULL_WEIGHT));
}
