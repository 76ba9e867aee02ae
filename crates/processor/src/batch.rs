//! From entries to what became of them. Pure but for the random numbers of seals: the worker reads and writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chatwarden_context::{Key, Record};
use chatwarden_engine::{ChatSettings, Facts, Mode};
use chatwarden_scan::{Item, Prepared, Scanner, Sources, Status};
use chatwarden_streams::{SealBroken, Sealer, partition_of, peek};

use crate::entry::Entry;
use crate::known::Known;
use crate::payload::Told;

/// Deliveries after which an update is not looked at again: whoever judged it did not live to tell.
const MOST_DELIVERIES: u32 = 5;

/// Opens and judges.
pub struct Judge {
    pub bot_id: i64,
    pub scanner: Arc<Scanner>,
    pub sealer: Arc<Sealer>,
}

/// An entry whose envelopes were opened.
pub struct Opened {
    /// The update as Telegram sent it; of an envelope that cannot be opened the envelope.
    pub raw: Vec<u8>,
    look: Look,
}

enum Look {
    First,
    Again(Facts),
    /// Nothing can be judged: what is told instead.
    Not(Item),
}

/// What a batch came to.
pub struct Judged {
    /// One for each entry, in the same order.
    pub told: Vec<Told>,
    /// What is added to records, by partition.
    pub changes: BTreeMap<u8, Vec<(Key, Record)>>,
}

impl Judge {
    /// Opens the envelopes of a batch.
    pub fn open(&self, entries: &mut [Entry]) -> Vec<Opened> {
        entries.iter_mut().map(|entry| self.open_one(entry)).collect()
    }

    fn open_one(&self, entry: &mut Entry) -> Opened {
        let sealed = entry.update.take().unwrap_or_default();
        let dead = |kind, chat_id, error| Look::Not(Item::refused(kind, chat_id, error));
        let raw = match self.sealer.open(&sealed, &format!("update:{}", self.bot_id)) {
            Ok(raw) => raw,
            Err(error) => return Opened { raw: sealed, look: dead(None, None, error.to_string()) },
        };
        if entry.deliveries > MOST_DELIVERIES {
            let seen = peek(&raw);
            let error = format!("gave up after {MOST_DELIVERIES} deliveries: no processor told what became of it");
            return Opened { look: dead(seen.kind, seen.chat, error), raw };
        }
        let Some(facts) = entry.facts.take() else { return Opened { raw, look: Look::First } };
        let facts = self.sealer.open(&facts, &format!("facts:{}", self.bot_id)).map_err(|error| error.to_string());
        let look = match facts.and_then(|facts| Facts::read(&facts).map_err(|error| error.to_string())) {
            Ok(facts) => Look::Again(facts),
            Err(error) => {
                let seen = peek(&raw);
                dead(seen.kind, seen.chat, format!("facts: {error}"))
            }
        };
        Opened { raw, look }
    }

    /// Judges what was prepared of a batch on what is known.
    pub fn judge(&self, entries: &[Entry], opened: &[Opened], prepared: [Prepared<'_>; 2], known: &Known) -> Judged {
        let mut observed = ChatSettings::default();
        observed.mode = Mode::Observe;
        let settings = |chat| known.chats.get(&chat).map_or(&observed, |chat| &chat.settings);
        let [first, again] = prepared;
        let before = |key: &Key| known.records.get(key).map(|stored| &stored.record);
        let first = self.scanner.judge(first, 1, settings, before);
        let mut changes = first.changes;
        // The second rounds stand behind the first ones: they know what those left.
        let mut folded: BTreeMap<Key, Record> = BTreeMap::new();
        for key in again.keys() {
            let mut record = before(&key).cloned().unwrap_or_default();
            if let Some(added) = changes.get(&key) {
                record.merge(added);
            }
            folded.insert(key, record);
        }
        let again = self.scanner.judge(again, 2, settings, |key| folded.get(key));
        for (key, record) in again.changes {
            changes.entry(key).or_default().merge(&record);
        }
        let (mut first, mut again) = (first.items.into_iter(), again.items.into_iter());
        let told = entries.iter().zip(opened).filter_map(|(entry, opened)| {
            let told = match &opened.look {
                Look::First => Told { item: first.next()?, round: 1 },
                Look::Again(_) => Told { item: again.next()?, round: 2 },
                Look::Not(item) => Told { item: item.clone(), round: 1 },
            };
            Some(Told { item: in_its_partition(entry, told.item), ..told })
        });
        let told = told.collect();
        let mut by_partition: BTreeMap<u8, Vec<(Key, Record)>> = BTreeMap::new();
        for (key, record) in changes {
            by_partition.entry(partition_of(Some(key.chat()))).or_default().push((key, record));
        }
        Judged { told, changes: by_partition }
    }

    /// Seals what is to be recorded.
    pub fn seal(&self, clear: &[u8]) -> Result<Vec<u8>, SealBroken> {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).map_err(|_| SealBroken)?;
        self.sealer.seal(clear, &format!("record:{}", self.bot_id), nonce)
    }
}

/// The updates of a batch that are looked at for the first time, and those that come again with facts.
pub fn sources(opened: &[Opened]) -> [Sources<'_>; 2] {
    let of =
        |wanted: fn(&Look) -> bool| opened.iter().filter(move |one| wanted(&one.look)).map(|one| one.raw.as_slice());
    let facts = opened.iter().filter_map(|one| match &one.look {
        Look::Again(facts) => Some(Some(facts.clone())),
        _ => None,
    });
    let first = Sources::new(of(|look| matches!(look, Look::First)));
    let again = Sources::new(of(|look| matches!(look, Look::Again(_)))).with_facts(facts.collect());
    [first, again]
}

/// What lies in another partition than its chat cannot be finished there: its actions would never be found.
fn in_its_partition(entry: &Entry, item: Item) -> Item {
    if item.status != Status::Judged || partition_of(item.summary.chat_id) == entry.partition {
        return item;
    }
    let error = format!("lies in partition {}, where its chat does not belong", entry.partition);
    Item::refused(item.kind, item.summary.chat_id, error)
}
