//! What people said of texts, as context records: written when they say it, read when something like it comes.

use std::collections::BTreeMap;

use chatwarden_context::{Entry, Key, Known, Record};
use chatwarden_engine::normalise::Normaliser;
use chatwarden_engine::text_model::{Reader, TapFeatures};
use chatwarden_engine::{Field, Nearest, Place, Role, Sketch};
use serde::Deserialize;

/// Flags of an entry: the feedback says that it is no spam; it was taken back. Joined, a flag once set stays.
const HAM: u8 = 1 << Entry::OWN_BITS;
const TAKEN_BACK: u8 = 2 << Entry::OWN_BITS;
/// Places of [`crate::Flagged::texts`] that do not hold the sender's own words.
const OF_OTHERS: &[&str] =
    &["quote", "sender_name", "sender_tag", "forward_origin", "via_bot", "bio", "personal_channel", "link_target"];

/// A text of [`crate::Flagged::texts`].
#[derive(Deserialize)]
struct PlacedText<'a> {
    place: &'a str,
    text: String,
}

/// What is kept of a message's texts where somebody gives feedback on it, as bytes; each where there is enough to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// To learn from: [`TapFeatures`].
    pub features: Option<Vec<u8>>,
    /// To find near-duplicates by.
    pub sketch: Option<Vec<u8>>,
}

/// Makes of a message's texts what is kept of them.
///
/// # Errors
/// Where the bytes are not [`crate::Flagged::texts`].
pub fn look_at(texts: &[u8]) -> Result<Kept, serde_json::Error> {
    let texts: Vec<PlacedText<'_>> = serde_json::from_slice(texts)?;
    let is_own = |place: &str| !OF_OTHERS.contains(&place.split(':').next().unwrap_or_default());
    let own = texts.into_iter().filter(|text| is_own(text.place));
    let fields: Vec<Field<'_>> =
        own.map(|text| Field { place: Place::Text, role: Role::Own, text: text.text.into() }).collect();
    let mut normaliser = Normaliser::default();
    let folded: Vec<_> = fields.iter().map(|field| normaliser.normalise(&field.text)).collect();
    let read = Reader::default().read(&fields, &folded);
    Ok(Kept {
        features: TapFeatures::of(&read).map(|features| features.to_bytes()),
        sketch: Sketch::of_text(&read).map(|sketch| sketch.to_bytes()),
    })
}

/// Feedback on one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Its number: no two have the same.
    pub id: i64,
    /// Seconds since 1970 of the message, its own.
    pub date: i64,
    /// Of its text.
    pub sketch: Sketch,
    /// What was said of it.
    pub is_spam: bool,
    /// Whether that counts no more.
    pub is_taken_back: bool,
}

/// What feedback adds to a chat's records. Joins: feedback that comes twice counts once, and once taken back it stays so.
#[must_use]
pub fn records(bot: i64, chat: i64, feedback: &[Feedback]) -> BTreeMap<Key, Record> {
    let mut records: BTreeMap<Key, Record> = BTreeMap::new();
    for given in feedback {
        let flag = |flag, is_set: bool| if is_set { flag } else { 0 };
        let entry = Entry {
            date: given.date,
            update_id: given.id,
            message_id: 0,
            tag: given.sketch.bits,
            flags: flag(HAM, !given.is_spam) | flag(TAKEN_BACK, given.is_taken_back),
            links: 0,
        };
        for key in keys(bot, chat, &given.sketch) {
            records.entry(key).or_default().add(entry);
        }
    }
    records
}

/// Where feedback on near-duplicates is kept.
pub fn keys(bot: i64, chat: i64, sketch: &Sketch) -> impl Iterator<Item = Key> {
    sketch.bands.into_iter().map(move |band| Key::Feedback { bot, chat, band })
}

/// What people of the chat said of the like of a text, before `now`.
pub fn nearest<'r>(now: i64, sketch: &Sketch, records: impl Iterator<Item = Known<'r>>) -> Nearest {
    let mut nearest = Nearest::default();
    for entry in records.flat_map(Known::entries).filter(|entry| !entry.is(TAKEN_BACK)) {
        if let Some(distance) = sketch.distance(entry.tag) {
            nearest.see(now, entry.date, distance, !entry.is(HAM));
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use chatwarden_context::Memory;
    use chatwarden_engine::ChatSettings;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Scanner, Sources};

    const BOT: i64 = 7;
    const CHAT: i64 = -1_000_500;
    const NOW: i64 = 1_780_000_000;
    const DAY: i64 = 86_400;
    const ADVERT: &str = "fresh cherries from our garden, ten a kilo, delivered to your door on every Saturday morning";
    const EDITED: &str = "fresh apples from our garden, ten a kilo, delivered to your door on every Saturday morning";

    fn given(id: i64, text: &str) -> Feedback {
        let texts = json!([{"place": "text", "text": text}]).to_string();
        let sketch = look_at(texts.as_bytes()).unwrap().sketch;
        Feedback {
            id,
            date: NOW - 100,
            sketch: Sketch::from_bytes(&sketch.unwrap()).unwrap(),
            is_spam: true,
            is_taken_back: false,
        }
    }

    /// What a newcomer's message gets, and what was found to be known.
    fn verdict(text: &str, feedback: &[Feedback]) -> (Value, Value) {
        let mut memory = Memory::default();
        for (key, record) in records(BOT, CHAT, feedback) {
            memory.merge(key, &record);
        }
        let message = json!({"message_id": 1, "date": NOW, "chat": {"id": CHAT, "type": "supergroup"}, "from": {"id": 42, "first_name": "Robin"}, "text": text});
        let update = json!({"update_id": 1, "message": message}).to_string();
        let scanner = Scanner::new().unwrap();
        let sources = Sources::new([update.as_bytes()]);
        let prepared = scanner.prepare(BOT, &sources);
        let named: Vec<Key> = prepared.keys().collect();
        let settings = ChatSettings::default();
        let outcome = scanner.judge(
            prepared,
            1,
            |_| &settings,
            |key| {
                assert!(named.contains(key), "a key that was not named beforehand");
                memory.get(key)
            },
        );
        let verdict: Value = serde_json::from_slice(outcome.items[0].verdict.as_ref().unwrap()).unwrap();
        (verdict["message"].clone(), verdict["context"]["known_spam"].clone())
    }

    #[test]
    fn what_was_called_spam_is_deleted_when_a_newcomer_writes_it_again_with_another_word() {
        assert_eq!(verdict(EDITED, &[]), (json!("keep"), Value::Null));
        let (message, known) = verdict(EDITED, &[given(1, ADVERT)]);
        assert_eq!(message, "delete");
        assert!(known["distance"].as_u64().unwrap() > 0 && known["days"] == 0, "{known}");
    }

    #[test]
    fn what_is_only_about_the_same_is_left_alone() {
        let other =
            "has anybody picked cherries this year? ours are late, and the garden is full of birds every morning";
        assert_eq!(verdict(other, &[given(1, ADVERT)]), (json!("keep"), Value::Null));
    }

    #[test]
    fn feedback_that_is_taken_back_counts_no_more_in_whatever_order_both_come() {
        let taken_back = Feedback { is_taken_back: true, ..given(1, ADVERT) };
        for feedback in [[given(1, ADVERT), taken_back.clone()], [taken_back, given(1, ADVERT)]] {
            assert_eq!(verdict(ADVERT, &feedback), (json!("keep"), Value::Null));
        }
    }

    #[test]
    fn where_people_disagree_nothing_is_known() {
        let ham = Feedback { is_spam: false, ..given(2, ADVERT) };
        assert_eq!(verdict(ADVERT, &[given(1, ADVERT), ham]).1, Value::Null);
        let farther = Feedback { is_spam: false, ..given(2, EDITED) };
        assert_ne!(verdict(ADVERT, &[given(1, ADVERT), farther]).1, Value::Null);
    }

    #[test]
    fn what_was_written_later_is_not_looked_at() {
        assert_eq!(verdict(ADVERT, &[Feedback { date: NOW, ..given(1, ADVERT) }]).1, Value::Null);
        assert_eq!(verdict(ADVERT, &[Feedback { date: NOW - 3 * DAY, ..given(1, ADVERT) }]).1["days"], 3);
    }

    #[test]
    fn only_the_senders_own_words_are_kept() {
        let look = |texts: Value| look_at(texts.to_string().as_bytes()).unwrap();
        let own = json!({"place": "caption", "text": ADVERT});
        let others = ["quote", "sender_name", "forward_origin", "bio", "personal_channel:1", "link_target:0"]
            .map(|place| json!({"place": place, "text": EDITED}));
        assert_eq!(look(json!(others)), Kept { features: None, sketch: None });
        assert_eq!(look([vec![own.clone()], others.to_vec()].concat().into()), look(json!([own])));
        assert!(look_at(b"{").is_err());
    }
}
