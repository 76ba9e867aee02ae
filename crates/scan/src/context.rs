//! From context records to what the engine is told.

use std::collections::BTreeSet;

use chatwarden_context::{Entry, Known};
use chatwarden_engine::{Context, Event, EventKind, Parts};
use xxhash_rust::xxh3::xxh3_64;

const DAY: i64 = 86_400;
/// Seconds a message must have stood to speak for its sender: pieces of one burst do not vouch for each other.
const STOOD: i64 = 60;
/// Seconds within which messages count as one burst.
const BURST: i64 = 20;
/// Seconds within which messages are pieces of one.
const PIECES: i64 = 60;
/// Seconds within which reactions are counted.
const REACTIONS: i64 = 600;
/// Seconds within which joins are counted.
const JOINS: i64 = 300;

/// Without updates for a week Telegram starts update ids anew, anywhere: ids are compared within a week only.
const WEEK: i64 = 7 * DAY;

/// What the records say about an event, of the time before it.
///
/// The event's own trace and later ones are not looked at: an update that is delivered again is judged as it was.
/// `days` are the records of today's and yesterday's key: of the same text, of the sender's reactions, or of all joins.
pub fn context(bot: i64, event: &Event<'_>, tag: u64, sender: Known<'_>, days: [Known<'_>; 2]) -> Context {
    let now = event.date;
    let others = || {
        let entries = sender.entries().filter(|entry| came_before(entry, event));
        entries.filter(|entry| Some(entry.message_id) != event.message_id && !entry.is_edit())
    };
    let stood = others().filter(|entry| !entry.is_suspicious() && entry.date <= now - STOOD);
    let recent = others().filter(|entry| entry.date > now - BURST && entry.date <= now);
    let recent_albums_and_messages: BTreeSet<(u64, i64)> = if event.media_group_id.is_some() {
        recent.filter(|entry| entry.tag != tag).map(|entry| (entry.tag, entry.message_id)).collect()
    } else {
        recent.map(|entry| (entry.tag, entry.message_id)).collect()
    };
    let pieces = others().filter(|entry| entry.date > now - PIECES && entry.date <= now);
    let of_day = |seconds| of_day(event, days, seconds);
    let mut context = Context {
        messages_here: count(stood.map(|entry| entry.tag).collect::<BTreeSet<_>>().len()),
        days_here: whole_days(sender.first_date(), now),
        recent_messages: if event.kind.is_message() { count(recent_albums_and_messages.len()) } else { 0 },
        previous_links: previous_links(event, sender),
        earlier_parts: pieces.map(|entry| parts(&entry)).fold(Parts::default(), Parts::with),
        album_deleted: event.media_group_id.is_some() && others().any(|entry| entry.tag == tag && entry.is_deleted()),
        album_locked: event.media_group_id.is_some()
            && others().any(|entry| entry.tag == tag && entry.is(Entry::LOCKED)),
        ..Context::default()
    };
    match event.kind {
        EventKind::Message | EventKind::Edit => {
            let own = sender_tag(bot, event.chat_id, event.sender.id);
            context.same_text_senders = different(of_day(DAY).map(|entry| entry.tag).filter(|tag| *tag != own));
        }
        EventKind::Reaction => {
            let messages = of_day(REACTIONS).map(|entry| entry.message_id);
            context.recent_reactions = different(messages.filter(|message| Some(*message) != event.message_id));
        }
        EventKind::Join | EventKind::JoinRequest => {
            let own = sender_tag(bot, event.chat_id, event.sender.id);
            context.recent_joins = different(of_day(JOINS).map(|entry| entry.tag).filter(|tag| *tag != own));
        }
    }
    context
}

/// What a message's trace says it holds of an advert.
fn parts(entry: &Entry) -> Parts {
    Parts::of_bits(entry.flags >> Entry::OWN_BITS)
}

/// The flags in which a trace keeps what its message holds of an advert.
pub fn flags_of(parts: Parts) -> u8 {
    parts.bits() << Entry::OWN_BITS
}

/// The other messages of an event's album that are not deleted yet. A first round knows those before it, a second one all.
pub fn album(event: &Event<'_>, tag: u64, round: u8, sender: Known<'_>) -> Vec<i64> {
    let of_album = sender.entries().filter(|entry| entry.tag == tag && !entry.is_deleted());
    let known = of_album.filter(|entry| round > 1 || came_before(entry, event));
    let messages: BTreeSet<i64> = known.map(|entry| entry.message_id).collect();
    messages.into_iter().filter(|message| Some(*message) != event.message_id).collect()
}

fn came_before(entry: &Entry, event: &Event<'_>) -> bool {
    entry.update_id < event.update_id || entry.date < event.date - WEEK
}

fn whole_days(first_date: Option<i64>, now: i64) -> u32 {
    first_date.and_then(|first| u32::try_from(now.saturating_sub(first) / DAY).ok()).unwrap_or(0)
}

/// The day's entries of the last seconds before the event.
fn of_day(event: &Event<'_>, days: [Known<'_>; 2], seconds: i64) -> impl Iterator<Item = Entry> {
    let entries = days.into_iter().flat_map(Known::entries).filter(|entry| came_before(entry, event));
    entries.filter(move |entry| entry.date > event.date - seconds && entry.date <= event.date)
}

fn different<T: Ord>(values: impl Iterator<Item = T>) -> u32 {
    count(values.collect::<BTreeSet<T>>().len())
}

/// Links in the newest version of the message before this edit.
fn previous_links(event: &Event<'_>, sender: Known<'_>) -> Option<u32> {
    if event.kind != EventKind::Edit {
        return None;
    }
    let mut earlier = sender.entries().filter(|entry| came_before(entry, event));
    earlier.find(|entry| Some(entry.message_id) == event.message_id).map(|entry| entry.links)
}

/// A sender as the record of a text or of joins keeps it: tells senders of one chat apart, and is no id.
pub fn sender_tag(bot: i64, chat: i64, sender: i64) -> u64 {
    xxh3_64([bot.to_le_bytes(), chat.to_le_bytes(), sender.to_le_bytes()].as_flattened())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use chatwarden_context::Record;
    use chatwarden_engine::{Update, extract};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_780_000_000;
    const BOT: i64 = 7;

    fn entry(update_id: i64, age: i64) -> Entry {
        let tag = u64::try_from(update_id).unwrap();
        Entry { date: NOW - age, update_id, message_id: update_id, tag, flags: 0, links: 0 }
    }

    fn record(entries: impl IntoIterator<Item = Entry>) -> Record {
        let mut record = Record::default();
        entries.into_iter().for_each(|entry| record.add(entry));
        record
    }

    /// What is known when message 100 comes, or its edit.
    fn known(kind: &str, sender: &Record, text: &Record) -> Context {
        let message = json!({"message_id": 100, "date": NOW, "text": "hello", "chat": {"id": -5}, "from": {"id": 42}});
        known_of(kind, &message, sender, text)
    }

    fn known_of(kind: &str, body: &serde_json::Value, sender: &Record, text: &Record) -> Context {
        let before = |record| Known { before: Some(record), added: None };
        let raw = json!({"update_id": 100, kind: body}).to_string();
        let event = extract(Update::read(raw.as_bytes()).unwrap()).unwrap().event.unwrap();
        context(BOT, &event, 0, before(sender), [before(text), Known::default()])
    }

    #[test]
    fn only_different_unsuspicious_messages_that_stood_a_minute_speak_for_a_sender() {
        let repeated = Entry { tag: 1, ..entry(2, 3_000) };
        let suspicious = Entry { flags: Entry::SUSPICIOUS, ..entry(3, 3_000) };
        let edit = Entry { flags: Entry::EDIT, ..entry(4, 3_000) };
        let sender = record([entry(1, 4_000), repeated, suspicious, edit, entry(5, 59), entry(6, 61)]);
        assert_eq!(known("message", &sender, &Record::default()).messages_here, 2);
    }

    #[test]
    fn days_count_from_the_first_message() {
        let sender = record([entry(1, 3 * DAY + 5), entry(2, 10)]);
        assert_eq!(known("message", &sender, &Record::default()).days_here, 3);
    }

    #[test]
    fn a_burst_is_what_was_written_within_seconds() {
        let sender = record([entry(1, 21), entry(2, 19), entry(3, 0)]);
        assert_eq!(known("message", &sender, &Record::default()).recent_messages, 2);
    }

    #[test]
    fn others_with_the_same_text_count_once_each_and_for_a_day() {
        let by = |update_id, sender, age| Entry { tag: sender_tag(BOT, -5, sender), ..entry(update_id, age) };
        let text = record([by(1, 42, 10), by(2, 43, 10), by(3, 43, 5), by(4, 44, 10), by(5, 45, DAY + 1)]);
        assert_eq!(known("message", &Record::default(), &text).same_text_senders, 2);
    }

    #[test]
    fn reactions_count_by_message_and_for_ten_minutes() {
        let reaction = json!({"message_id": 100, "date": NOW, "chat": {"id": -5}, "user": {"id": 42, "first_name": "R"},
            "new_reaction": [{"type": "emoji"}]});
        let to = |update_id, message_id, age| Entry { message_id, ..entry(update_id, age) };
        let day = record([to(1, 7, 599), to(2, 7, 5), to(3, 8, 5), to(4, 9, 600), to(5, 100, 1), to(101, 10, 0)]);
        let context = known_of("message_reaction", &reaction, &Record::default(), &day);
        assert_eq!((context.recent_reactions, context.same_text_senders), (2, 0));
    }

    #[test]
    fn joins_count_by_person_and_for_five_minutes() {
        let person = json!({"id": 42, "first_name": "R"});
        let join = json!({"date": NOW, "chat": {"id": -5}, "from": person,
            "old_chat_member": {"status": "left", "user": person}, "new_chat_member": {"status": "member", "user": person}});
        let of = |update_id, sender, age| Entry { tag: sender_tag(BOT, -5, sender), ..entry(update_id, age) };
        let day = record([of(1, 42, 9), of(2, 43, 299), of(3, 43, 9), of(4, 44, 9), of(5, 45, 300)]);
        assert_eq!(known_of("chat_member", &join, &Record::default(), &day).recent_joins, 2);
    }

    #[test]
    fn pieces_are_of_the_last_minute_and_no_edits() {
        let piece = |update_id, age, parts| Entry { flags: flags_of(parts), ..entry(update_id, age) };
        let edit = Entry { flags: flags_of(Parts::CALL) | Entry::EDIT, ..entry(3, 5) };
        let sender = record([piece(1, 59, Parts::OFFER), piece(2, 60, Parts::LURE), edit, piece(4, 1, Parts::MEDIA)]);
        let parts = known("message", &sender, &Record::default()).earlier_parts;
        assert_eq!(parts, Parts::OFFER.with(Parts::MEDIA));
    }

    #[test]
    fn what_came_later_and_the_event_itself_are_not_looked_at() {
        let own = Entry { message_id: 100, ..entry(100, 0) };
        let sender = record([own, entry(101, 5), entry(102, 3_000)]);
        let text = record([Entry { tag: 1, ..entry(101, 0) }]);
        assert_eq!(known("message", &sender, &text), Context::default());
        let edited_again = Entry { message_id: 100, links: 3, ..entry(101, 0) };
        let sender = record([Entry { links: 1, ..own }, edited_again]);
        assert_eq!(known("edited_message", &sender, &text).previous_links, None);
    }

    #[test]
    fn larger_update_ids_of_weeks_ago_came_before() {
        let sender = record([entry(900, 8 * DAY)]);
        assert_eq!(known("message", &sender, &Record::default()).messages_here, 1);
    }

    #[test]
    fn a_senders_tag_holds_no_id_and_differs_between_chats_and_bots() {
        assert_ne!(sender_tag(7, -5, 42), 42);
        assert_ne!(sender_tag(7, -5, 42), sender_tag(7, -6, 42));
        assert_ne!(sender_tag(7, -5, 42), sender_tag(8, -5, 42));
    }

    #[test]
    fn an_edit_is_compared_with_the_newest_version_of_its_message() {
        let version = |update_id, links| Entry { message_id: 100, links, ..entry(update_id, 200 - update_id) };
        let sender = record([version(1, 0), version(2, 1), entry(3, 5)]);
        assert_eq!(known("edited_message", &sender, &Record::default()).previous_links, Some(1));
        assert_eq!(known("message", &sender, &Record::default()).previous_links, None);
        assert_eq!(known("edited_message", &Record::default(), &Record::default()).previous_links, None);
    }
}
