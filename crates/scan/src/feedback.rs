//! What people said of texts and pictures, as context records: written when they say it, read when something like it comes.

use std::collections::BTreeMap;

use chatwarden_context::{Entry, Key, Known, Record};
use chatwarden_engine::{Event, KnownSpam, Sketch};

const DAY: i64 = 86_400;

/// Feedback on one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Its number: no two have the same.
    pub id: i64,
    /// Seconds since 1970 of the message, its own.
    pub date: i64,
    /// Of its text or picture.
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
            flags: flag(Entry::HAM, !given.is_spam) | flag(Entry::TAKEN_BACK, given.is_taken_back),
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
    sketch.bands().iter().map(move |band| Key::Feedback { bot, chat, band: *band })
}

/// The nearest text that people called spam, of the time before the event; none where one as near was called ham.
pub fn known_spam<'r>(
    event: &Event<'_>,
    sketch: &Sketch,
    records: impl Iterator<Item = Known<'r>>,
) -> Option<KnownSpam> {
    let (mut spam, mut ham) = (None, None);
    for entry in records.flat_map(Known::entries) {
        let Some(distance) = sketch.distance(entry.tag) else { continue };
        let Ok(age) = u64::try_from(event.date.saturating_sub(entry.date)) else { continue };
        if age == 0 || entry.is(Entry::TAKEN_BACK) {
            continue;
        }
        let days = u32::try_from(age / DAY.unsigned_abs()).unwrap_or(u32::MAX);
        let found = KnownSpam { distance, days };
        let nearest = if entry.is(Entry::HAM) { &mut ham } else { &mut spam };
        *nearest = Some(nearest.map_or(found, |known: KnownSpam| known.min(found)));
    }
    spam.filter(|spam| ham.is_none_or(|ham| spam.distance < ham.distance))
}
