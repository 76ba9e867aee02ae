//! What holds for any input.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::sync::LazyLock;

use chatwarden_engine::normalise::Normaliser;
use chatwarden_engine::{ChatSettings, Context, Engine, Event, Parts, Scratch, Update, Verdict, extract, mend};
use proptest::prelude::*;
use serde_json::{Value, json};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

/// Words and characters that signals and folding look for, and anything else.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        proptest::sample::select(vec![
            "remote work",
            " 18+ ",
            "80 $ a day",
            "t.me/+AbC",
            "hxxps://",
            "[.]",
            " dot ",
            "com",
            "@some_name",
            "c.a.s.i.n.o",
            "зaрaбoтoк",
            "\u{200b}",
            "\u{202e}",
            "\u{202c}",
            "\u{200d}",
            "e\u{301}\u{302}",
            "𝗲𝗮𝗿𝗻",
            "👨\u{200d}👩\u{200d}👧",
            "и\u{306}",
            "\u{feff}",
            "兼职",
            "0x",
            "+7 912 345 67 89",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn update(text: &str, name: &str, entities: &Value) -> Vec<u8> {
    let message = json!({
        "message_id": 1, "date": 1_780_000_000,
        "chat": {"id": -5, "type": "supergroup", "title": "Gardeners"},
        "from": {"id": 42, "first_name": name},
        "text": text, "entities": entities,
        "quote": {"text": text}, "external_reply": {"chat": {"id": -9}},
    });
    serde_json::to_vec(&json!({"update_id": 1, "message": message})).unwrap()
}

fn context() -> impl Strategy<Value = Context> {
    let message = (0..20u32, 0..5u32, proptest::option::of(0..3u32), 0..16u8, any::<(bool, bool)>());
    ((0..40u32, 0..400u32), message, (0..33u32, 0..33u32)).prop_map(
        |((messages_here, days_here), message, (recent_reactions, recent_joins))| {
            let (recent_messages, same_text_senders, previous_links, parts, (album_deleted, album_locked)) = message;
            Context {
                messages_here,
                days_here,
                recent_messages,
                same_text_senders,
                previous_links,
                earlier_parts: Parts::of_bits(parts),
                album_deleted,
                album_locked,
                recent_reactions,
                recent_joins,
                known_spam: None,
                known_picture: None,
                known_campaign: None,
            }
        },
    )
}

fn with_event<T>(raw: &[u8], use_it: impl FnOnce(Event<'_>) -> T) -> Option<T> {
    let mended = mend(raw);
    let update = Update::read(&mended).ok()?;
    extract(update).ok()?.event.map(use_it)
}

fn judged(raw: &[u8], context: Context) -> Option<Verdict> {
    with_event(raw, |event| {
        let reading = ENGINE.read(event, &mut Scratch::default());
        ENGINE.judge(&reading, 7, 1, &ChatSettings::default(), context)
    })
}

/// Any JSON, with names Telegram uses among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let key = proptest::sample::select(vec![
        "update_id",
        "message",
        "edited_message",
        "chat",
        "id",
        "from",
        "text",
        "entities",
        "offset",
        "length",
        "url",
        "type",
        "date",
        "message_id",
        "poll",
        "options",
        "reply_markup",
        "inline_keyboard",
        "quote",
        "contact",
        "sender_chat",
        "callback_query",
        "photo",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        judged(&bytes, Context::default());
    }

    #[test]
    fn no_json_makes_it_panic(json in any_json()) {
        judged(json.to_string().as_bytes(), Context::default());
    }

    #[test]
    fn no_change_of_a_real_update_makes_it_panic(text in text(), position in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut raw = update(&text, "Robin", &json!([{"type": "text_link", "offset": 0, "length": 3, "url": "t.me/+x"}]));
        let index = position.index(raw.len());
        if cut { raw.truncate(index) } else { raw[index] = byte }
        judged(&raw, Context::default());
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(text in text(), name in text(), context in context()) {
        let raw = update(&text, &name, &json!([]));
        let first = judged(&raw, context).map(|verdict| verdict.to_json().unwrap());
        let second = judged(&raw, context).map(|verdict| verdict.to_json().unwrap());
        prop_assert_eq!(first, second);
    }

    #[test]
    fn trust_never_raises_the_score(text in text(), context in context(), messages in 0..40u32, days in 0..400u32) {
        let raw = update(&text, "Robin", &json!([]));
        let trusted = Context { messages_here: context.messages_here + messages, days_here: context.days_here + days, ..context };
        let (before, after) = (judged(&raw, context), judged(&raw, trusted));
        prop_assert!(after.map(|verdict| verdict.score) <= before.map(|verdict| verdict.score));
    }

    #[test]
    fn spans_lie_within_the_original(text in text(), name in text(), offset in -5..60i64, length in -5..60i64) {
        let entities = json!([{"type": "text_link", "offset": offset, "length": length, "url": "https://t.me/+AbCdEf"}]);
        let raw = update(&text, &name, &entities);
        let lengths = with_event(&raw, |event| {
            event.fields.iter().map(|field| (field.place, field.text.encode_utf16().count())).collect::<Vec<_>>()
        });
        let Some(verdict) = judged(&raw, Context::default()) else { return Ok(()) };
        for span in verdict.contributions.iter().flat_map(|part| &part.spans) {
            let length = lengths.iter().flatten().find(|(place, _)| *place == span.place).map(|(_, length)| *length);
            let end = usize::try_from(span.offset + span.length).unwrap();
            prop_assert!(length.is_some_and(|length| end <= length), "{span:?} in {length:?}");
        }
    }

    #[test]
    fn contributions_sum_up_to_the_score(text in text(), name in text(), context in context()) {
        let Some(verdict) = judged(&update(&text, &name, &json!([])), context) else { return Ok(()) };
        let sum: i32 = verdict.contributions.iter().map(|part| part.contribution).sum();
        prop_assert_eq!(chatwarden_engine::BIAS + sum, verdict.score);
    }

    #[test]
    fn origins_rise_with_the_text_and_stay_inside_the_original(text in text()) {
        let folded = Normaliser::default().normalise(&text);
        let units = u32::try_from(text.encode_utf16().count()).unwrap();
        let mut last = 0;
        for (start, character) in folded.text().char_indices() {
            let (offset, length) = folded.origin(start..start + character.len_utf8());
            prop_assert!(offset + length <= units);
            // Text under a right-to-left override is turned, and only that.
            let is_turned = text.contains('\u{202e}');
            prop_assert!(offset >= last || is_turned);
            last = offset;
        }
    }
}
