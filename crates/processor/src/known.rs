//! What is known before a batch: read in one round trip, all partitions at once; in a second one where settings have changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chatwarden_context::{Key, StoredRecord};
use chatwarden_engine::Mode;
use chatwarden_streams::{Partition, partition_of};
use futures_util::future::try_join_all;
use redis::{Pipeline, RedisResult, Value};

use crate::chats::{Chat, Chats};
use crate::entry::partitions;
use crate::link::{Connection, accepted, list, number, run};

/// Settings of all partitions' chats, kept from batch to batch.
pub struct Settings {
    partitions: Vec<Partition>,
    chats: Vec<Chats>,
    new_group_mode: Mode,
}

/// What is known before a batch.
#[derive(Debug, Default)]
pub struct Known {
    pub records: HashMap<Key, StoredRecord>,
    pub chats: HashMap<i64, Arc<Chat>>,
    /// Partitions of the batch whose settings are not there: nothing of them may be judged.
    pub unloaded: BTreeSet<u8>,
    /// Parts of records that cannot be read.
    pub faults: usize,
}

/// What is asked of one partition.
#[derive(Debug, Default)]
struct Wanted {
    chats: BTreeSet<i64>,
    records: BTreeSet<Key>,
}

impl Settings {
    pub fn new(bot_id: i64, new_group_mode: Mode) -> Self {
        let partitions = partitions(bot_id);
        let chats = partitions.iter().map(|_| Chats::new(new_group_mode)).collect();
        Self { partitions, chats, new_group_mode }
    }

    /// Forgets everything: after trouble Redis may be another one.
    pub fn forget(&mut self) {
        self.chats.iter_mut().for_each(|chats| *chats = Chats::new(self.new_group_mode));
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
        let first = self.look(connection, &mut known, &wanted).await?;
        if !first.is_empty() {
            self.look_again(connection, &mut known, &first).await?;
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
                |key: &&Key| !is_feedback(key) || chats.get(key.chat()).is_some_and(|chat| chat.has_learned());
            let records: Vec<Key> = wanted.records.iter().filter(is_asked).copied().collect();
            let mut pipeline = Pipeline::new();
            pipeline.cmd("EXISTS").arg(partition.loaded());
            chats.ask_version(&mut pipeline, partition);
            Chats::ask(&mut pipeline, partition, &unknown);
            ask_records(&mut pipeline, partition, &records);
            asked.push((*number, unknown, records, pipeline));
        }
        let answers = run_all(connection, asked.iter_mut().map(|(.., pipeline)| pipeline)).await?;
        let mut rest = BTreeMap::new();
        for ((number, unknown, records, _), answers) in asked.into_iter().zip(answers) {
            let Some(chats) = self.chats.get_mut(usize::from(number)) else { continue };
            let mut answers = answers.into_iter();
            if number_of(answers.next())? == 0 {
                known.unloaded.insert(number);
                *chats = Chats::new(self.new_group_mode);
                continue;
            }
            chats.take_version(&mut answers)?;
            chats.take(&mut answers, &unknown)?;
            take_records(&mut answers, &records, known)?;
            let Some(wanted) = wanted.get(&number) else { continue };
            let stale = wanted.chats.iter().copied().filter(|chat| chats.get(*chat).is_none()).collect();
            let read: BTreeSet<Key> = records.into_iter().collect();
            // Of a stale chat it is not known yet whether it has learned: reading its feedback in vain is harmless.
            let may_have_learned = |chat| chats.get(chat).is_none_or(|chat| chat.has_learned());
            let left = |key: &&Key| !read.contains(key) && may_have_learned(key.chat());
            let left = Wanted { records: wanted.records.iter().filter(left).copied().collect(), chats: stale };
            if !left.chats.is_empty() || !left.records.is_empty() {
                rest.insert(number, left);
            }
        }
        Ok(rest)
    }

    async fn look_again(
        &mut self,
        connection: &Connection,
        known: &mut Known,
        wanted: &BTreeMap<u8, Wanted>,
    ) -> RedisResult<()> {
        let mut asked = Vec::with_capacity(wanted.len());
        for (number, wanted) in wanted {
            let (Some(partition), _) = self.partition(*number) else { continue };
            let stale: Vec<i64> = wanted.chats.iter().copied().collect();
            let records: Vec<Key> = wanted.records.iter().copied().collect();
            let mut pipeline = Pipeline::new();
            Chats::ask(&mut pipeline, partition, &stale);
            ask_records(&mut pipeline, partition, &records);
            asked.push((*number, stale, records, pipeline));
        }
        let answers = run_all(connection, asked.iter_mut().map(|(.., pipeline)| pipeline)).await?;
        for ((number, stale, records, _), answers) in asked.into_iter().zip(answers) {
            let Some(chats) = self.chats.get_mut(usize::from(number)) else { continue };
            let mut answers = answers.into_iter();
            chats.take(&mut answers, &stale)?;
            take_records(&mut answers, &records, known)?;
        }
        Ok(())
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
