//! Rules of admins: what is refused, how they match, how they bind.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "what json! makes is handed over")]

use std::sync::{Arc, LazyLock};

use chatwarden_engine::normalise::Normaliser;
use chatwarden_engine::{
    ChatSettings, Context, Engine, MessageVerdict, RuleSet, Scratch, SenderVerdict, Update, Verdict, extract, mend,
};
use proptest::prelude::*;
use serde_json::{Value, json};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());
const NOW: i64 = 1_780_000_000;

fn known() -> Context {
    Context { messages_here: 30, days_here: 60, ..Context::default() }
}

fn settings(rules: &Value) -> ChatSettings {
    ChatSettings::read(json!({"policy": {"rules": rules}}).to_string().as_bytes()).unwrap()
}

fn judge(engine: &Engine, settings: &ChatSettings, fields: Value, context: Context) -> Verdict {
    let mut message = json!({
        "message_id": 1, "date": NOW, "chat": {"id": -5, "type": "supergroup"}, "from": {"id": 42, "first_name": "Robin"},
    });
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let raw = json!({"update_id": 1, "message": message}).to_string();
    let mended = mend(raw.as_bytes());
    let event = extract(Update::read(&mended).unwrap()).unwrap().event.unwrap();
    let reading = engine.read(event, &mut Scratch::default());
    engine.judge(&reading, 7, 1, settings, context)
}

/// A rule that deletes, with some fields changed.
fn rule(fields: Value) -> Value {
    let mut rule = json!({"id": "r", "kind": "literal", "pattern": "casino", "verdict": {"message": "delete"}});
    rule.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    rule
}

/// Whether one rule matches a regular's text.
fn hits(fields: Value, text: &str) -> bool {
    let verdict = judge(&ENGINE, &settings(&json!([rule(fields)])), json!({"text": text}), known());
    named(&verdict) == ["r"]
}

fn named(verdict: &Verdict) -> Vec<&str> {
    verdict
        .contributions
        .iter()
        .filter(|part| part.signal == "rule")
        .filter_map(|part| part.detail.as_deref())
        .collect()
}

fn refusal(rules: &Value) -> String {
    ChatSettings::read(json!({"policy": {"rules": rules}}).to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_refusal_names_rule_and_field_and_says_how_to_mend_it() {
    let of = |fields: Value| refusal(&json!([rule(json!({"id": "fine"})), rule(fields)]));
    assert_eq!(
        of(json!({"kind": "regex", "pattern": "win (now"})),
        r#"policy.rules[1] ("r"): pattern: no valid expression at character 5: unclosed group; put a backslash before a sign that is meant as it is"#
    );
    assert!(of(json!({"pattern": "ab"})).starts_with(r#"policy.rules[1] ("r"): pattern: is too short: 3 letters"#));
    assert!(of(json!({"pattern": "💰"})).contains("too short"));
    assert!(of(json!({"kind": "wildcard", "pattern": "a*b*"})).contains("too short"));
    assert!(of(json!({"kind": "regex", "pattern": "x*"})).contains("matches the empty text"));
    assert!(of(json!({"kind": "regex", "pattern": ".+"})).contains("matches nearly every message"));
    assert!(of(json!({"id": "fine"})).ends_with("id: policy.rules[0] has it already; choose another"));
    assert!(of(json!({"id": "a b"})).contains("id: 1 to 64 letters"));
    assert!(of(json!({"verdict": {"message": "review", "sender": "ban"}})).contains("verdict.sender: only where"));
    assert!(of(json!({"places": []})).contains("places: must name at least one"));
    assert!(of(json!({"places": ["links"], "pattern": "com"})).contains("is no address"));
    assert!(of(json!({"places": ["links"], "pattern": "github.io"})).contains("stands for everybody below it"));
    assert!(
        of(json!({"verdict": {"message": "burn"}})).starts_with("policy.rules[1].verdict.message: unknown variant")
    );
    assert!(of(json!({"colour": 1})).starts_with("policy.rules[1]."));
    assert!(of(json!({"enabled": false, "pattern": "x"})).contains("too short"), "a rule that is off is checked too");
    let many: Vec<Value> = (0..1001).map(|index| rule(json!({"id": index.to_string()}))).collect();
    assert!(refusal(&json!(many)).starts_with("policy.rules: at most 1000 rules"));
    let loose: Vec<Value> =
        (0..21).map(|index| rule(json!({"id": index.to_string(), "kind": "regex", "pattern": "\\d{9}"}))).collect();
    assert!(refusal(&json!(loose)).contains("holds no word that stands fixed"));
}

#[test]
fn words_match_whole_in_any_case_and_disguise() {
    let casino = || json!({});
    for text in ["CASINO!", "the casino, now", "саsinо", "c.a.s.i.n.o", "𝗰𝗮𝘀𝗶𝗻𝗼", "ca\u{200b}sino", "(casino)"]
    {
        assert!(hits(casino(), text), "{text}");
    }
    assert!(!hits(casino(), "casinos") && !hits(casino(), "occasino"));
    assert!(hits(json!({"pattern": "兼职"}), "我要兼职工作"));
    assert!(hits(json!({"pattern": "Ещё  деньги"}), "еще\nденьги тут"));
}

#[test]
fn the_original_is_looked_at_where_that_is_asked_for() {
    let original = |pattern: &str| json!({"pattern": pattern, "look_at": "original"});
    assert!(hits(original("CASINO"), "a CASINO here") && !hits(original("CASINO"), "a casino here"));
    let regex = json!({"kind": "regex", "pattern": "[\u{1d400}-\u{1d7ff}]{3}", "look_at": "original"});
    assert!(hits(regex.clone(), "now 𝗰𝗮𝘀𝗶𝗻𝗼") && !hits(regex, "now casino"));
    let verdict = judge(&ENGINE, &settings(&json!([rule(original("CASINO"))])), json!({"text": "😀é CASINO"}), known());
    let found = verdict.contributions.iter().find(|part| part.signal == "rule").unwrap();
    assert_eq!((found.spans[0].offset, found.spans[0].length), (4, 6));
}

#[test]
fn a_place_is_where_it_looks_and_quotes_are_not_the_senders_words() {
    let in_names = settings(&json!([rule(json!({"places": ["names"]}))]));
    let from = json!({"from": {"id": 42, "first_name": "Casino", "last_name": "Bonus"}, "text": "hello"});
    assert_eq!(named(&judge(&ENGINE, &in_names, from.clone(), known())), ["r"]);
    assert!(named(&judge(&ENGINE, &in_names, json!({"text": "casino"}), known())).is_empty());
    let in_text = settings(&json!([rule(json!({}))]));
    assert!(named(&judge(&ENGINE, &in_text, from, known())).is_empty());
    let quoting = json!({"text": "what is it?", "quote": {"text": "casino"}});
    assert!(named(&judge(&ENGINE, &in_text, quoting, known())).is_empty());
}

#[test]
fn a_link_is_matched_as_an_address() {
    let link = |pattern: &str| json!({"places": ["links"], "pattern": pattern});
    let of = |pattern: &str, text: &str| hits(link(pattern), text);
    assert!(of("example.com", "https://shop.example.com/x") && of("https://www.example.com/", "example.com"));
    assert!(!of("example.com", "notexample.com") && !of("example.com", "example.com.evil.net"));
    assert!(!of("example.com", "evil.net/example.com"));
    assert!(of("example.com/free", "example.com/free/now?x=1") && !of("example.com/free", "example.com/freedom"));
    assert!(of("@some_channel", "t.me/some_channel/12") && of("t.me/some_channel", "write @Some_Channel"));
    let wildcard = json!({"places": ["links"], "kind": "wildcard", "pattern": "*.example.com/*bonus*"});
    assert!(hits(wildcard.clone(), "https://a.example.com/my-bonus-1") && !hits(wildcard, "https://example.com/bonus"));
    let regex = json!({"places": ["links"], "kind": "regex", "pattern": r"^t\.me/\w+bot\?start="});
    assert!(hits(regex, "https://t.me/lucky_bot?start=ref"));
    let entities = json!([{"type": "text_link", "offset": 0, "length": 4, "url": "https://bad.example.com"}]);
    let hidden = judge(
        &ENGINE,
        &settings(&json!([rule(link("example.com"))])),
        json!({"text": "here", "entities": entities}),
        known(),
    );
    assert_eq!(named(&hidden), ["r"]);
}

#[test]
fn a_rule_sets_at_least_its_own_verdict_whoever_writes() {
    let with = |verdict: Value| settings(&json!([rule(json!({"verdict": verdict}))]));
    let told = |settings: &ChatSettings, context| {
        let verdict = judge(&ENGINE, settings, json!({"text": "a casino here"}), context);
        (verdict.message, verdict.sender)
    };
    let ban = with(json!({"message": "delete", "sender": "ban"}));
    assert_eq!(told(&ban, known()), (MessageVerdict::Delete, SenderVerdict::Ban));
    assert_eq!(
        told(&with(json!({"message": "delete", "sender": "kick"})), known()),
        (MessageVerdict::Delete, SenderVerdict::Kick)
    );
    assert_eq!(told(&with(json!({"message": "delete"})), known()), (MessageVerdict::Delete, SenderVerdict::None));
    assert_eq!(
        told(&with(json!({"message": "review"})), Context::default()),
        (MessageVerdict::Review, SenderVerdict::None)
    );
    let verdict = judge(&ENGINE, &ban, json!({"text": "a casino here"}), known());
    let plain = judge(&ENGINE, &ChatSettings::default(), json!({"text": "a casino here"}), known());
    assert_eq!(verdict.score, plain.score, "a rule adds nothing to the score");
    assert!(verdict.has_evidence());
}

#[test]
fn a_rule_never_makes_a_verdict_milder_unless_it_keeps() {
    let spam = json!({"text": "Remote work 18+, from 80 $ a day, no experience, casino, write me @manager_job t.me/+AbCdEfGh"});
    let plain = judge(&ENGINE, &ChatSettings::default(), spam.clone(), Context::default());
    assert_eq!((plain.message, plain.sender), (MessageVerdict::Delete, SenderVerdict::Ban));
    let review = settings(&json!([rule(json!({"verdict": {"message": "review"}}))]));
    let verdict = judge(&ENGINE, &review, spam, Context::default());
    assert_eq!((verdict.message, verdict.sender), (plain.message, plain.sender));
}

#[test]
fn guards_stand_before_rules() {
    let mut rules = json!({"policy": {"rules": [rule(json!({"verdict": {"message": "delete", "sender": "ban"}}))]}});
    rules["protected"] = json!([42]);
    let settings = ChatSettings::read(rules.to_string().as_bytes()).unwrap();
    let verdict = judge(&ENGINE, &settings, json!({"text": "casino"}), known());
    assert_eq!((verdict.message, verdict.sender), (MessageVerdict::Keep, SenderVerdict::None));
    assert_eq!(verdict.unguarded, MessageVerdict::Delete);
}

#[test]
fn a_rule_for_newcomers_leaves_those_who_are_known() {
    let rules = settings(&json!([rule(json!({"applies_to": "newcomers"}))]));
    let of = |messages_here| {
        let context = Context { messages_here, ..Context::default() };
        judge(&ENGINE, &rules, json!({"text": "casino"}), context).message
    };
    assert_eq!((of(0), of(9), of(10)), (MessageVerdict::Delete, MessageVerdict::Delete, MessageVerdict::Keep));
}

#[test]
fn a_rule_ends_by_the_messages_own_date_and_can_be_switched_off() {
    assert!(hits(json!({"expires_at": NOW + 1}), "casino"));
    assert!(!hits(json!({"expires_at": NOW}), "casino"));
    assert!(!hits(json!({"enabled": false}), "casino"));
    let rules = json!([rule(json!({}))]);
    let off = json!({"policy": {"rules": rules, "signals": {"rule": {"enabled": false}}}}).to_string();
    let verdict = judge(&ENGINE, &ChatSettings::read(off.as_bytes()).unwrap(), json!({"text": "casino"}), known());
    assert_eq!(verdict.message, MessageVerdict::Keep);
}

#[test]
fn kept_words_count_against_nobody_and_the_score_deletes_nothing() {
    let keep = rule(json!({"places": ["links"], "pattern": "t.me/gardeners", "verdict": {"message": "keep"}}));
    let own = json!({"text": "our channel: t.me/gardeners"});
    let verdict = judge(&ENGINE, &settings(&json!([keep])), own, Context::default());
    assert!(!verdict.has_evidence(), "a kept link is no evidence");
    assert_eq!(verdict.message, MessageVerdict::Keep);

    let hiding = json!({"text": "Remote work 18+, from 80 $ a day, no experience, write me @manager_job t.me/+AbCdEfGh t.me/gardeners"});
    let verdict = judge(&ENGINE, &settings(&json!([keep])), hiding, Context::default());
    assert_eq!((verdict.message, verdict.sender), (MessageVerdict::Review, SenderVerdict::None));
    assert!(verdict.bounds.contains(&"rule_keep".to_owned()));
}

#[test]
fn a_kept_word_is_an_exception_to_other_rules_and_no_more() {
    let coin = rule(json!({"kind": "wildcard", "pattern": "*coin*"}));
    let keep = rule(json!({"id": "keep", "pattern": "coincidence", "verdict": {"message": "keep"}}));
    let both = settings(&json!([coin, keep]));
    let of = |text: &str| judge(&ENGINE, &both, json!({"text": text}), known()).message;
    assert_eq!(of("what a coincidence"), MessageVerdict::Keep);
    assert_eq!(of("what a coincidence, buy bitcoin"), MessageVerdict::Delete);
}

#[test]
fn rules_for_all_groups_bind_beside_the_groups_own() {
    let mut engine = Engine::new().unwrap();
    let shared = json!([rule(json!({"id": "all", "verdict": {"message": "delete", "sender": "mute"}}))]).to_string();
    engine.set_rules(Arc::new(RuleSet::read(shared.as_bytes()).unwrap()));
    let own = settings(&json!([rule(json!({}))]));
    let verdict = judge(&engine, &own, json!({"text": "casino"}), known());
    assert_eq!(named(&verdict), ["shared/all", "r"]);
    assert_eq!((verdict.message, verdict.sender), (MessageVerdict::Delete, SenderVerdict::Mute));
    assert!(verdict.versions.rules.is_some());
    assert!(RuleSet::read(b"[{}]").unwrap_err().to_string().contains("missing field `id`"));
}

#[test]
fn text_made_to_cost_is_left_and_told() {
    let nested: Vec<Value> =
        (3..160).map(|length| rule(json!({"id": length.to_string(), "pattern": "ab ".repeat(length)}))).collect();
    let verdict = judge(&ENGINE, &settings(&json!(nested)), json!({"text": "ab ".repeat(1300)}), known());
    assert!(verdict.contributions.len() < 30);
    let dense: Vec<Value> = (0..1000)
        .map(|index| rule(json!({"id": index.to_string(), "kind": "regex", "pattern": format!("spam.*{index}x")})))
        .collect();
    let verdict = judge(&ENGINE, &settings(&json!(dense)), json!({"text": "spam ".repeat(800)}), known());
    assert_eq!(verdict.skipped, ["rules"]);
}

/// A folded text's borders, the slow way: between two characters that do not both belong to one word.
fn is_border(text: &str, at: usize) -> bool {
    let spaceless = |c: char| ('\u{3040}'..='\u{30ff}').contains(&c) || ('\u{3400}'..='\u{9fff}').contains(&c);
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !spaceless(c));
    !(joins(text[..at].chars().next_back()) && joins(text[at..].chars().next()))
}

fn slow_literal(pattern: &str, text: &str) -> bool {
    text.match_indices(pattern).any(|(at, _)| is_border(text, at) && is_border(text, at + pattern.len()))
        || (0..text.len())
            .filter(|at| text.is_char_boundary(*at))
            .any(|at| text[at..].starts_with(pattern) && is_border(text, at) && is_border(text, at + pattern.len()))
}

/// Byte lengths of the texts at the beginning that a pattern of words, `*` and `?` can stand for.
fn slow_lengths(pattern: &[char], text: &[char]) -> Vec<usize> {
    let Some((sign, rest)) = pattern.split_first() else { return vec![0] };
    let after = |skipped: usize| slow_lengths(rest, &text[skipped..]).into_iter().map(move |length| length + skipped);
    match sign {
        '*' => {
            let most = text.iter().take_while(|c| **c != ' ').count();
            (0..=most).flat_map(after).collect()
        }
        '?' if text.first().is_some_and(|c| *c != ' ') => after(1).collect(),
        '?' => vec![],
        _ if text.first() == Some(sign) => after(1).collect(),
        _ => vec![],
    }
}

fn slow_wildcard(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    (0..characters.len()).any(|from| {
        let rest: Vec<char> = characters[from..].iter().map(|(_, c)| *c).collect();
        slow_lengths(&pattern, &rest).into_iter().any(|length| {
            let end = characters.get(from + length).map_or(text.len(), |(at, _)| *at);
            is_border(text, characters[from].0) && is_border(text, end)
        })
    })
}

fn words() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(vec![
        "casino",
        "casinos",
        "cas",
        "ino",
        "bonus",
        "free",
        "spin",
        "деньги",
        "казино",
        "兼职",
        "日结",
        "x",
        "a1",
        "-",
        ".",
        "!",
        "🙂",
        ",",
    ]);
    let glue = proptest::sample::select(vec![" ", " ", " ", "", "  ", "\n"]);
    proptest::collection::vec((word, glue), 1..10)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, glue)| [word, glue]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn literals_agree_with_a_slow_matcher(pattern in "(casino|bonus|free spin|казино|兼职日结|casino bonus|ino-x1|деньги!)", text in words()) {
        let folded = Normaliser::default().normalise(&text).text().to_owned();
        let slow = slow_literal(Normaliser::default().normalise(&pattern).text(), &folded);
        prop_assert_eq!(hits(json!({"pattern": pattern}), &text), slow, "{} in {}", pattern, folded);
    }

    #[test]
    fn wildcards_agree_with_a_slow_matcher(pattern in proptest::sample::select(vec!["casin*", "*sino", "c?sino", "bon*s", "ка*но", "fre* spin", "兼职*", "*sin*", "cas?n* bonus"]), text in words()) {
        let folded = Normaliser::default().normalise(&text).text().to_owned();
        let found = hits(json!({"kind": "wildcard", "pattern": pattern}), &text);
        prop_assert_eq!(found, slow_wildcard(pattern, &folded), "{} in {}", pattern, folded);
    }

    #[test]
    fn expressions_agree_with_one_that_is_run_on_everything(
        pattern in proptest::sample::select(vec!["(?:casino|bonus)s?", "free\\s+spin", "каз[иы]но", "兼职.{0,2}日结", "\\bcas", "in(?:o|os) \\w+", "spin|x{3}"]),
        text in words(),
    ) {
        let folded = Normaliser::default().normalise(&text).text().to_owned();
        let slow = regex::Regex::new(pattern).unwrap().is_match(&folded);
        prop_assert_eq!(hits(json!({"kind": "regex", "pattern": pattern}), &text), slow);
    }

    #[test]
    fn spans_point_at_the_original_words(text in words(), many in any::<bool>()) {
        let noise: Vec<Value> = (0..if many { 300 } else { 0 }).map(|index| rule(json!({"id": format!("n{index}"), "pattern": format!("noise{index}")}))).collect();
        let rules: Vec<Value> = noise.into_iter().chain([rule(json!({})), rule(json!({"id": "w", "kind": "wildcard", "pattern": "каз?но"}))]).collect();
        let verdict = judge(&ENGINE, &settings(&json!(rules)), json!({"text": text}), known());
        let units: Vec<u16> = text.encode_utf16().collect();
        for part in verdict.contributions.iter().filter(|part| part.signal == "rule") {
            for span in &part.spans {
                let (from, to) = (span.offset as usize, (span.offset + span.length) as usize);
                let said = Normaliser::default().normalise(&String::from_utf16(&units[from..to]).unwrap()).text().to_owned();
                prop_assert!(["casino", "казино"].contains(&said.as_str()), "{:?}", said);
            }
        }
    }

    #[test]
    fn no_text_breaks_a_pattern_and_no_pattern_breaks_the_engine(pattern in any::<String>(), kind in "(literal|wildcard|regex)", text in any::<String>()) {
        let rules = json!({"policy": {"rules": [rule(json!({"kind": kind, "pattern": pattern, "places": ["own", "names", "links"]}))]}});
        if let Ok(settings) = ChatSettings::read(rules.to_string().as_bytes()) {
            judge(&ENGINE, &settings, json!({"text": format!("x{text}")}), known());
        }
    }
}
