//! What is known before a batch: read in one round trip, all partitions at once; in a second one where settings have changed, and a third
//! where what is shared has.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chatwarden_context::{Key, StoredRecord};
use chatwarden_engine::Mode;
use chatwarden_streams::{Partition, Sealer, partition_of};
use futures_util::future::try_join_all;
use redis::{Pipeline, RedisResult, Value};

use crate::chats::{Chat, Chats};
use crate::entry::partitions;
use crate::link::{Connection, accepted, lasts, list, number, run};

/// Settings of all partitions' chats, kept from batch to batch.
pub struct Settings {
    partitions: Vec<Partition>,
    chats: Vec<Chats>,
}

/// What is known before a batch.
#[derive(Debug, Default)]
pub struct Known {
    pub records: HashMap<Key, StoredRecord>,
    pub chats: HashMap<i64, Arc<Chat>>,
    /// Partitions of the batch whose settings are not there: nothing of them may be judged.
    pub unloaded: BTreeSet<u8>,
    /// Partitions that Redis refuses to read, and why: neither.
    pub refused: BTreeMap<u8, String>,
    /// Parts of records that cannot be read.
    pub faults: usize,
}

/// What is asked of one partition.
#[derive(Debug, Default)]
struct Wanted {
    chats: BTreeSet<i64>,
    records: BTreeSet<Key>,
    /// Names of what is shared.
    shared: BTreeSet<String>,
}

impl Wanted {
    fn is_empty(&self) -> bool {
        self.chats.is_empty() && self.records.is_empty() && self.shared.is_empty()
    }
}

impl Known {
    /// Whether what lies in a partition may be judged.
    pub fn may_judge(&self, number: u8) -> bool {
        !self.unloaded.contains(&number) && !self.refused.contains_key(&number)
    }

    /// Passes over a partition of which Redis will refuse the same again.
    fn refuse(&mut self, number: u8, result: RedisResult<Option<Wanted>>) -> RedisResult<Option<Wanted>> {
        match result {
            Err(error) if lasts(&error) => {
                self.refused.insert(number, error.to_string());
                Ok(None)
            }
            result => result,
        }
    }
}

impl Settings {
    pub fn new(bot_id: i64, sealer: &Arc<Sealer>, new_group_mode: Mode) -> Self {
        let partitions = partitions(bot_id);
        let chats = partitions.iter().map(|_| Chats::new(bot_id, Arc::clone(sealer), new_group_mode)).collect();
        Self { partitions, chats }
    }

    /// Forgets everything: after trouble Redis may be another one.
    pub fn forget(&mut self) {
        self.chats.iter_mut().for_each(Chats::forget);
    }

    /// Reads what a batch needs that has entries in `present` and asks for `keys`.
    pub async fn read(
        &mut self,
        connection: &Connection,
        present: &BTreeSet<u8>,
        keys: impl Iterator<Item = Key>,
    ) -> RedisResult<Known> {
        let mut wanted: BTreeMap<u8, Wanted> = present.iter().map(|number| (*number, Wanted::default())).collect();
        for key in keys {
            let of_partition = wanted.entry(partition_of(Some(key.chat()))).or_default();
            of_partition.chats.insert(key.chat());
            of_partition.records.insert(key);
        }
        let mut known = Known::default();
        let mut rest = self.look(connection, &mut known, &wanted).await?;
        while !rest.is_empty() {
            rest = self.look_again(connection, &mut known, &rest).await?;
        }
        for (number, wanted) in &wanted {
            let Some(chats) = self.chats.get(usize::from(*number)) else { continue };
            let chat = |chat: &i64| (*chat, Arc::clone(chats.get(*chat).unwrap_or_else(|| chats.unknown())));
            known.chats.extend(wanted.chats.iter().map(chat));
        }
        Ok(known)
    }

    /// Reads all but what turns out to be needed by the settings read: the rest, by partition.
    async fn look(
        &mut self,
        connection: &Connection,
        known: &mut Known,
        wanted: &BTreeMap<u8, Wanted>,
    ) -> RedisResult<BTreeMap<u8, Wanted>> {
        let mut asked = Vec::with_capacity(wanted.len());
        for (number, wanted) in wanted {
            let (Some(partition), Some(chats)) = self.partition(*number) else { continue };
            let unknown: Vec<i64> = wanted.chats.iter().copied().filter(|chat| chats.get(*chat).is_none()).collect();
            let is_asked =
                |key: &&Key| !is_feedback(key) || chats.get(key.chat()).is_some_and(|chat| chat.has_feedback);
            let records: Vec<Key> = wanted.records.iter().filter(is_asked).copied().collect();
            let mut pipeline = Pipeline::new();
            pipeline.cmd("EXISTS").arg(partition.loaded());
            chats.ask_version(&mut pipeline, partition);
            Chats::ask(&mut pipeline, partition, &unknown);
            ask_records(&mut pipeline, partition, &records);
            asked.push((*number, unknown, records, pipeline));
        }
        let answers = run_all(connection, asked.iter_mut().map(|(.., pipeline)| pipeline)).await?;
        let mut rest: BTreeMap<u8, Wanted> = BTreeMap::new();
        for ((number, unknown, records, _), answers) in asked.into_iter().zip(answers) {
            let Some(wanted) = wanted.get(&number) else { continue };
            let left = self.take_look(known, number, answers, (wanted, &unknown, records));
            rest.extend(known.refuse(number, left)?.map(|left| (number, left)));
        }
        Ok(rest)
    }

    /// What is still wanted of a partition after the first look.
    fn take_look(
        &mut self,
        known: &mut Known,
        number: u8,
        answers: Vec<Value>,
        (wanted, unknown, records): (&Wanted, &[i64], Vec<Key>),
    ) -> RedisResult<Option<Wanted>> {
        let Some(chats) = self.chats.get_mut(usize::from(number)) else { return Ok(None) };
        let mut answers = answers.into_iter();
        if number_of(answers.next())? == 0 {
            known.unloaded.insert(number);
            chats.forget();
            return Ok(None);
        }
        chats.take_version(&mut answers)?;
        chats.take(&mut answers, unknown)?;
        take_records(&mut answers, &records, known)?;
        let shared = chats.wanted();
        let waits = |chat: &i64| chats.get(*chat).is_none();
        // One that waits for what is shared has been read; whatever else is unknown is stale.
        let stale = wanted.chats.iter().copied().filter(waits).filter(|chat| !unknown.contains(chat)).collect();
        let read: BTreeSet<Key> = records.into_iter().collect();
        // Of a stale chat it is not known yet whether it has feedback: reading that in vain is harmless.
        let may_have_feedback = |chat| chats.get(chat).is_none_or(|chat| chat.has_feedback);
        let left = |key: &&Key| !read.contains(key) && may_have_feedback(key.chat());
        let records = wanted.records.iter().filter(left).copied().collect();
        let left = Wanted { chats: stale, records, shared };
        Ok((!left.is_empty()).then_some(left))
    }

    /// Reads what the look before left; what that left in turn.
    async fn look_again(
        &mut self,
        connection: &Connection,
        known: &mut Known,
        wanted: &BTreeMap<u8, Wanted>,
    ) -> RedisResult<BTreeMap<u8, Wanted>> {
        let mut asked = Vec::with_capacity(wanted.len());
        for (number, wanted) in wanted {
            let (Some(partition), _) = self.partition(*number) else { continue };
            let stale: Vec<i64> = wanted.chats.iter().copied().collect();
            let records: Vec<Key> = wanted.records.iter().copied().collect();
            let shared: Vec<String> = wanted.shared.iter().cloned().collect();
            let mut pipeline = Pipeline::new();
            Chats::ask(&mut pipeline, partition, &stale);
            Chats::ask_shared(&mut pipeline, partition, &shared);
            ask_records(&mut pipeline, partition, &records);
            asked.push((*number, stale, shared, records, pipeline));
        }
        let answers = run_all(connection, asked.iter_mut().map(|(.., pipeline)| pipeline)).await?;
        let mut rest: BTreeMap<u8, Wanted> = BTreeMap::new();
        for ((number, stale, shared, records, _), answers) in asked.into_iter().zip(answers) {
            let Some(chats) = self.chats.get_mut(usize::from(number)) else { continue };
            let mut answers = answers.into_iter();
            let mut take = || {
                chats.take(&mut answers, &stale)?;
                chats.take_shared(&mut answers, &shared)?;
                take_records(&mut answers, &records, known)?;
                let left = Wanted { shared: chats.wanted(), ..Wanted::default() };
                Ok((!left.is_empty()).then_some(left))
            };
            let left = take();
            rest.extend(known.refuse(number, left)?.map(|left| (number, left)));
        }
        Ok(rest)
    }

    fn partition(&self, number: u8) -> (Option<&Partition>, Option<&Chats>) {
        (self.partitions.get(usize::from(number)), self.chats.get(usize::from(number)))
    }
}

fn is_feedback(key: &Key) -> bool {
    matches!(key, Key::Feedback { .. })
}

fn ask_records(pipeline: &mut Pipeline, partition: &Partition, keys: &[Key]) {
    for key in keys {
        pipeline.cmd("ZRANGE").arg(partition.context(&key.to_bytes())).arg(&StoredRecord::RANGE);
    }
}

/// A record that Redis refuses to read (another kind of value) counts as unknown.
fn take_records(answers: &mut impl Iterator<Item = Value>, keys: &[Key], known: &mut Known) -> RedisResult<()> {
    for key in keys {
        let parts = match answers.next() {
            Some(Value::ServerError(error)) if error.code() == "WRONGTYPE" => {
                known.faults += 1;
                continue;
            }
            answer => list(accepted(answer.unwrap_or_default())?),
        };
        let (stored, faults) = StoredRecord::read(parts.chunks_exact(2).filter_map(|pair| match pair {
            [Value::BulkString(member), Value::BulkString(score)] => Some((member.as_slice(), score.as_slice())),
            _ => None,
        }));
        known.faults += faults;
        known.records.insert(*key, stored);
    }
    Ok(())
}

fn number_of(answer: Option<Value>) -> RedisResult<i64> {
    Ok(number(accepted(answer.unwrap_or_default())?).unwrap_or(0))
}

async fn run_all<'p>(
    connection: &Connection,
    pipelines: impl Iterator<Item = &'p mut Pipeline>,
) -> RedisResult<Vec<Vec<Value>>> {
    try_join_all(pipelines.map(|pipeline| {
        let mut connection = connection.clone();
        async move { run(&mut connection, pipeline).await }
    }))
    .await
}
