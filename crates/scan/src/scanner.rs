//! The phases of a batch.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use chatwarden_context::{Entry, Key, Record};
use chatwarden_engine::normalise::Normaliser;
use chatwarden_engine::{
    BuildError, ChatSettings, Engine, EventKind, Extract, InvalidUpdate, MessageVerdict, Reading, Summary, Update,
    Verdict, extract, mend,
};
use serde::Serialize;

use crate::facts;
use crate::item::{Flagged, Item, Status};

/// Messages here from which a sender's texts are no longer compared with others'.
const KNOWN_SENDER: u32 = 10;

/// Raw updates, mended where `serde_json` would stumble over an orphan surrogate.
#[derive(Debug)]
pub struct Sources<'a>(Vec<Cow<'a, [u8]>>);

impl<'a> Sources<'a> {
    /// Takes the updates of a batch in their order.
    pub fn new(updates: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(updates.into_iter().map(mend).collect())
    }
}

/// A batch that has been read and waits for its context.
#[derive(Debug)]
pub struct Prepared<'a> {
    bot_id: i64,
    updates: Vec<PreparedUpdate<'a>>,
}

#[derive(Debug)]
struct PreparedUpdate<'a> {
    item: Item,
    message: Option<Message<'a>>,
}

#[derive(Debug)]
struct Message<'a> {
    reading: Reading<'a>,
    tag: u64,
    sender: Key,
    /// Of the event's day; the day before is looked at too.
    text: Option<Key>,
}

impl Message<'_> {
    fn texts(&self) -> [Option<Key>; 2] {
        [self.text, self.text.and_then(Key::of_yesterday)]
    }
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One for each update, in the same order.
    pub items: Vec<Item>,
    /// Records that changed, whole.
    pub changes: BTreeMap<Key, Record>,
    /// Date of the newest event, seconds since 1970; absent where there was none to judge. It tells what may be forgotten.
    pub newest: Option<i64>,
}

/// Judges batches.
#[derive(Debug)]
pub struct Scanner {
    engine: Engine,
}

impl Prepared<'_> {
    /// The records the batch needs; a key may come more than once.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let messages = self.updates.iter().filter_map(|update| update.message.as_ref());
        messages.flat_map(|message| std::iter::once(message.sender).chain(message.texts().into_iter().flatten()))
    }
}

impl Scanner {
    /// Compiles the signals.
    ///
    /// # Errors
    /// [`BuildError`] where a signal does not compile: a defect of the release.
    pub fn new() -> Result<Self, BuildError> {
        Ok(Self { engine: Engine::new()? })
    }

    /// Reads the updates of a batch.
    #[must_use]
    pub fn prepare<'a>(&self, bot_id: i64, sources: &'a Sources<'_>) -> Prepared<'a> {
        let mut normaliser = Normaliser::default();
        let updates = sources.0.iter().map(|raw| self.prepare_one(bot_id, raw, &mut normaliser)).collect();
        Prepared { bot_id, updates }
    }

    fn prepare_one<'a>(&self, bot_id: i64, raw: &'a [u8], normaliser: &mut Normaliser) -> PreparedUpdate<'a> {
        let update = match Update::read(raw) {
            Ok(update) => update,
            Err(error) => return PreparedUpdate { item: invalid(&error), message: None },
        };
        let (update_id, kind) = (Some(update.id), update.kind.as_deref().map(str::to_owned));
        match extract(update) {
            Err(error) => PreparedUpdate { item: Item { update_id, kind, ..invalid(&error) }, message: None },
            Ok(Extract { summary, event }) => {
                let message = event.map(|event| Message::new(bot_id, self.engine.read(event, normaliser)));
                let status = if message.is_some() { Status::Judged } else { Status::Ignored };
                PreparedUpdate { item: Item { update_id, kind, summary, ..Item::new(status) }, message }
            }
        }
    }

    /// Judges a batch in update order on the records before it, folded forward.
    #[must_use]
    pub fn judge<'s, 'r>(
        &self,
        prepared: Prepared<'_>,
        settings: impl Fn(i64) -> &'s ChatSettings,
        record: impl Fn(&Key) -> Option<&'r Record>,
    ) -> Outcome {
        let mut seen = HashSet::with_capacity(prepared.updates.len());
        let mut outcome = Outcome::default();
        for PreparedUpdate { mut item, message } in prepared.updates {
            let is_repeated = item.update_id.is_some_and(|update_id| !seen.insert(update_id));
            if is_repeated && item.status != Status::Invalid {
                item.status = Status::Duplicate;
            } else if let Some(message) = message {
                let settings = settings(message.reading.event.chat_id);
                outcome.newest = outcome.newest.max(Some(message.reading.event.date));
                self.judge_one(prepared.bot_id, &message, settings, &record, &mut item, &mut outcome.changes);
            }
            outcome.items.push(item);
        }
        outcome
    }

    fn judge_one<'r>(
        &self,
        bot_id: i64,
        message: &Message<'_>,
        settings: &ChatSettings,
        record: impl Fn(&Key) -> Option<&'r Record>,
        item: &mut Item,
        changes: &mut BTreeMap<Key, Record>,
    ) {
        let event = &message.reading.event;
        let known = |key: &Key| changes.get(key).or_else(|| record(key));
        let sender = known(&message.sender);
        if sender.is_some_and(|sender| sender.holds(event.update_id)) {
            item.status = Status::Duplicate;
            return;
        }
        let texts = message.texts().map(|text| text.and_then(|text| known(&text)));
        let context = facts::context(bot_id, event, message.tag, sender, texts);
        let verdict = self.engine.judge(&message.reading, bot_id, settings, context);

        let is_edit = event.kind == EventKind::Edit;
        let is_suspicious = verdict.message != MessageVerdict::Keep;
        let entry = Entry {
            date: event.date,
            update_id: event.update_id,
            message_id: event.message_id,
            tag: message.tag,
            flags: (u8::from(is_edit) * Entry::EDIT) | (u8::from(is_suspicious) * Entry::SUSPICIOUS),
            links: message.reading.link_count(),
        };
        let mut change = |key: Key, entry: Entry| {
            let before = || record(&key).cloned().unwrap_or_default();
            changes.entry(key).or_insert_with(before).add(entry);
        };
        change(message.sender, entry);
        // Edits never count as a repetition, and those who are known here may say what others said.
        if let Some(text) = message.text.filter(|_| !is_edit && context.messages_here < KNOWN_SENDER) {
            change(text, Entry { tag: facts::sender_tag(bot_id, event.chat_id, event.sender.id), ..entry });
        }
        fill(item, &message.reading, &verdict);
    }
}

impl<'a> Message<'a> {
    fn new(bot: i64, reading: Reading<'a>) -> Self {
        let chat = reading.event.chat_id;
        let sender = Key::Sender { bot, chat, sender: reading.event.sender.id };
        let text = reading.long_text().map(|text| Key::text(bot, chat, text, reading.event.date));
        Self { tag: reading.tag(), sender, text, reading }
    }
}

fn invalid(error: &InvalidUpdate) -> Item {
    Item { error: Some(error.to_string()), summary: Summary::default(), ..Item::new(Status::Invalid) }
}

fn fill(item: &mut Item, reading: &Reading<'_>, verdict: &Verdict) {
    item.message = Some(verdict.message);
    item.sender = Some(verdict.sender);
    item.score = Some(verdict.score);
    item.verdict = verdict.to_json().ok();
    if verdict.has_evidence() {
        let event = &reading.event;
        item.flagged = Some(Flagged {
            texts: texts(reading),
            sender_name: event.sender_name().map(str::to_owned),
            chat_title: event.chat_title.as_deref().map(str::to_owned),
        });
    }
}

#[derive(Serialize)]
struct PlacedText<'a> {
    place: chatwarden_engine::Place,
    text: &'a str,
}

fn texts(reading: &Reading<'_>) -> Vec<u8> {
    let fields = reading.event.fields.iter();
    let texts: Vec<PlacedText<'_>> = fields.map(|field| PlacedText { place: field.place, text: &field.text }).collect();
    serde_json::to_vec(&texts).unwrap_or_default()
}
