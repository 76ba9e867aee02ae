//! From context records to what the engine is told.

use std::collections::BTreeSet;

use chatwarden_context::{Entry, Record};
use chatwarden_engine::{Context, Event, EventKind};

const DAY: i64 = 86_400;
/// Seconds a message must have stood to speak for its sender: pieces of one burst do not vouch for each other.
const STOOD: i64 = 60;
/// Seconds within which messages count as one burst.
const BURST: i64 = 20;

/// What the records say about an event's sender and text.
pub fn context(event: &Event<'_>, tag: u64, sender: Option<&Record>, text: Option<&Record>) -> Context {
    let now = event.date;
    let others = || {
        let entries = sender.map(Record::entries).unwrap_or_default().iter();
        entries.filter(|entry| entry.message_id != event.message_id && !entry.is_edit())
    };
    let stood = others().filter(|entry| !entry.is_suspicious() && entry.date <= now - STOOD);
    let recent = others().filter(|entry| entry.date > now - BURST && entry.date <= now);
    let recent_albums_and_messages: BTreeSet<(u64, i64)> = if event.media_group_id.is_some() {
        recent.filter(|entry| entry.tag != tag).map(|entry| (entry.tag, entry.message_id)).collect()
    } else {
        recent.map(|entry| (entry.tag, entry.message_id)).collect()
    };
    Context {
        messages_here: count(stood.map(|entry| entry.tag).collect::<BTreeSet<_>>().len()),
        days_here: days(sender.and_then(Record::first_date), now),
        recent_messages: count(recent_albums_and_messages.len()),
        same_text_senders: same_text_senders(event, text),
        previous_links: previous_links(event, sender),
    }
}

fn days(first_date: Option<i64>, now: i64) -> u32 {
    first_date.and_then(|first| u32::try_from((now - first) / DAY).ok()).unwrap_or(0)
}

fn same_text_senders(event: &Event<'_>, text: Option<&Record>) -> u32 {
    let own = sender_tag(event.sender.id);
    let entries = text.map(Record::entries).unwrap_or_default().iter();
    let is_recent = |entry: &&Entry| entry.date > event.date - DAY && entry.date <= event.date;
    let senders: BTreeSet<u64> = entries.filter(is_recent).map(|entry| entry.tag).filter(|tag| *tag != own).collect();
    count(senders.len())
}

/// Links in the newest version of the message before this edit.
fn previous_links(event: &Event<'_>, sender: Option<&Record>) -> Option<u32> {
    if event.kind != EventKind::Edit {
        return None;
    }
    let entries = sender.map(Record::entries).unwrap_or_default().iter();
    entries.rev().find(|entry| entry.message_id == event.message_id).map(|entry| entry.links)
}

/// A sender's id as a text's record keeps it.
pub fn sender_tag(id: i64) -> u64 {
    u64::from_ne_bytes(id.to_ne_bytes())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
