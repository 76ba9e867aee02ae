//! Judges batch after batch.
//!
//! In: batches of entries. Out: each finished in one transaction for each of its partitions. Fails only where a batch cannot be written down
//! at all. Trouble with Redis that passes is waited out with the batch in hand, and for so long Redis is told that somebody has it; in the
//! end it is let go, to be claimed again. What Redis refuses for good becomes a dead letter by itself, or stays where it lies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chatwarden_context::StoredRecord;
use chatwarden_scan::{Item, Scanner, State as Begins, Status};
use chatwarden_streams::{Partition, peek};
use futures_util::future::join_all;
use redis::{Cmd, Pipeline, RedisError, RedisResult, Script, Value};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::block_in_place;

use crate::batch::{Judge, Judged, Opened, sources};
use crate::entry::{Entry, partitions};
use crate::known::{Known, Settings};
use crate::link::{Link, accepted, bytes, is_no_script, lasts, run, unexpected};
use crate::metrics::State;
use crate::payload::{Told, encode};
use crate::processor::Fatal;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long a batch is held through trouble.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// Entries that are judged together.
pub struct Batch {
    pub entries: Vec<Entry>,
    /// Let go when the batch is out of hand.
    pub done: Option<oneshot::Sender<()>>,
}

/// How long to wait after trouble: longer each time.
pub struct Pause(Duration);

impl Pause {
    pub fn new() -> Self {
        Self(FIRST_PAUSE)
    }

    pub async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST_PAUSE);
    }
}

pub struct Worker {
    pub judge: Judge,
    /// One batch is judged at a time.
    pub judging: Arc<Semaphore>,
    /// The engine to judge the next batch with.
    pub scanners: watch::Receiver<Arc<Scanner>>,
    pub settings: Settings,
    pub link: Link,
    pub consumer: Arc<str>,
    pub state: Arc<State>,
    pub stop: watch::Receiver<bool>,
    pub finish: Script,
    pub code: String,
}

/// A batch that was judged.
struct Finishing<'b> {
    entries: &'b [Entry],
    known: Known,
    judged: Judged,
    raws: Vec<Vec<u8>>,
}

/// A partition's share of a batch, ready to be finished.
struct Share {
    number: u8,
    /// Positions of its entries in the batch.
    positions: Vec<usize>,
    /// Redis refuses what came of it, and why: so it is a dead letter.
    refusal: Option<String>,
    /// What comes before the script.
    changes: Vec<Cmd>,
    /// What the script is given.
    arguments: Vec<Vec<u8>>,
    /// The script is sent along: Redis does not know it yet.
    with_code: bool,
}

impl Worker {
    /// Works until nobody sends batches any more.
    pub async fn work(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<(), Fatal> {
        while let Some(Batch { mut entries, done }) = batches.recv().await {
            self.batch(&mut entries).await?;
            drop(done);
        }
        Ok(())
    }

    async fn batch(&mut self, entries: &mut [Entry]) -> Result<(), Fatal> {
        self.judge.scanner = Arc::clone(&self.scanners.borrow_and_update());
        let clock = Instant::now();
        let opened = block_in_place(|| self.judge.open(entries));
        let entries = &*entries;
        self.state.stage("open", clock.elapsed());
        let Some(batch) = self.judged(entries, opened).await else { return Ok(()) };
        for (number, reason) in &batch.known.refused {
            self.let_go(*number, entries.iter().filter(|entry| entry.partition == *number), reason).await;
        }
        let clock = Instant::now();
        self.finish(&batch).await?;
        self.state.stage("finish", clock.elapsed());
        self.state.batch_finished();
        Ok(())
    }

    async fn finish(&mut self, batch: &Finishing<'_>) -> Result<(), Fatal> {
        let mut shares = block_in_place(|| self.shares(batch))?;
        let (mut pause, begin) = (Pause::new(), Instant::now());
        while !shares.is_empty() {
            let mut refused = Vec::new();
            let tried = self.try_finish(&mut shares, &mut refused, batch).await;
            for (share, error) in refused {
                shares.extend(self.smaller(share, &error, batch).await?);
            }
            if let Err(error) = tried {
                if !self.may_try_again(&error, batch.entries, &mut pause, begin).await {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What is left to try of a share that Redis refuses: its entries by themselves, each of these as a dead letter, then nothing.
    async fn smaller(&mut self, share: Share, error: &RedisError, batch: &Finishing<'_>) -> Result<Vec<Share>, Fatal> {
        let reason = error.to_string();
        if share.positions.len() > 1 {
            let alone = |position: &usize| self.share(share.number, vec![*position], None, batch);
            return share.positions.iter().map(alone).collect();
        }
        if share.refusal.is_none() {
            let reason = format!("Redis refuses what came of it: {reason}");
            return Ok(vec![self.share(share.number, share.positions, Some(reason), batch)?]);
        }
        let left = share.positions.iter().filter_map(|position| batch.entries.get(*position));
        self.let_go(share.number, left, &reason).await;
        Ok(Vec::new())
    }

    /// Leaves entries where they lie, to be claimed later, as if nobody had taken them: they are not what is wrong.
    async fn let_go(&mut self, number: u8, entries: impl Iterator<Item = &Entry>, reason: &str) {
        tracing::error!(partition = number, reason, "updates stay where they are: Redis refuses their partition");
        self.state.worked(number, Some(reason.to_owned()));
        let key = Partition::new(self.judge.bot_id, number).updates();
        let mut pipeline = Pipeline::new();
        for entry in entries {
            let command =
                pipeline.cmd("XCLAIM").arg(&key).arg(Partition::SCAN).arg(&*self.consumer).arg(0).arg(&entry.id);
            command.arg("RETRYCOUNT").arg(entry.deliveries.saturating_sub(1)).arg("JUSTID");
        }
        if let Ok(mut connection) = self.link.connection().await {
            let _ = run(&mut connection, &mut pipeline).await;
        }
    }

    /// Reads what is known and judges on it; nothing where the service ends before Redis can be read.
    async fn judged<'b>(&mut self, entries: &'b [Entry], opened: Vec<Opened>) -> Option<Finishing<'b>> {
        let clock = Instant::now();
        let (known, judged) = {
            let sources = sources(&opened);
            let judging = Arc::clone(&self.judging);
            let turn = judging.acquire().await;
            let prepared =
                block_in_place(|| sources.each_ref().map(|one| self.judge.scanner.prepare(self.judge.bot_id, one)));
            drop(turn);
            self.state.stage("prepare", clock.elapsed());
            let clock = Instant::now();
            let present: BTreeSet<u8> = entries.iter().map(|entry| entry.partition).collect();
            let (mut pause, begin) = (Pause::new(), Instant::now());
            let known = loop {
                let keys = prepared.iter().flat_map(chatwarden_scan::Prepared::keys);
                let read = match self.link.connection().await {
                    Ok(connection) => self.settings.read(&connection, &present, keys).await,
                    Err(error) => Err(error),
                };
                match read {
                    Ok(known) => break known,
                    Err(error) if !self.may_try_again(&error, entries, &mut pause, begin).await => return None,
                    Err(_) => {}
                }
            };
            self.state.stage("context", clock.elapsed());
            self.state.unreadable(known.faults);
            known.unloaded.iter().for_each(|number| self.state.unload(*number));
            let clock = Instant::now();
            let turn = judging.acquire().await;
            let judged = block_in_place(|| self.judge.judge(entries, &opened, prepared, &known));
            drop(turn);
            self.state.stage("judge", clock.elapsed());
            (known, judged)
        };
        Some(Finishing { entries, known, judged, raws: opened.into_iter().map(|one| one.raw).collect() })
    }

    /// After trouble: whether to try again, with a new connection and after a pause. Not where the service is to end: others go on; and not
    /// for ever: what was let go is claimed again.
    async fn may_try_again(
        &mut self,
        error: &RedisError,
        entries: &[Entry],
        pause: &mut Pause,
        begin: Instant,
    ) -> bool {
        tracing::warn!(%error, entries = entries.len(), "Redis cannot be used: a batch waits");
        let present: BTreeSet<u8> = entries.iter().map(|entry| entry.partition).collect();
        for number in &present {
            self.state.worked(*number, Some(error.to_string()));
        }
        self.link.cut();
        self.settings.forget();
        if *self.stop.borrow() {
            return false;
        }
        if begin.elapsed() > LONGEST_HOLD {
            for number in present {
                self.let_go(number, entries.iter().filter(|entry| entry.partition == number), &error.to_string()).await;
            }
            return false;
        }
        pause.wait().await;
        if let Ok(mut connection) = self.link.connection().await {
            for partition in &mut self.hold(entries) {
                let _ = run(&mut connection, partition).await;
            }
        }
        true
    }

    /// Commands that tell Redis that these entries are in living hands, without counting that as a delivery.
    fn hold(&self, entries: &[Entry]) -> Vec<Pipeline> {
        let held = partitions(self.judge.bot_id).into_iter().zip(0_u8..).filter_map(|(partition, number)| {
            let ids: Vec<&str> =
                entries.iter().filter(|entry| entry.partition == number).map(|entry| entry.id.as_str()).collect();
            let mut pipeline = Pipeline::new();
            let command = pipeline.cmd("XCLAIM").arg(partition.updates()).arg(Partition::SCAN);
            command.arg(&*self.consumer).arg(0).arg(&ids).arg("JUSTID");
            (!ids.is_empty()).then_some(pipeline)
        });
        held.collect()
    }

    fn shares(&self, batch: &Finishing<'_>) -> Result<Vec<Share>, Fatal> {
        let now = milliseconds() / 1000;
        let present: BTreeSet<u8> = batch.entries.iter().map(|entry| entry.partition).collect();
        let share = |number: u8| {
            let of_partition = batch.entries.iter().enumerate().filter(|(_, entry)| entry.partition == number);
            let positions = of_partition.map(|(position, _)| position).collect();
            let partition = Partition::new(self.judge.bot_id, number);
            let nothing = StoredRecord::default();
            let added = batch.judged.changes.get(&number).map(Vec::as_slice).unwrap_or_default();
            let merging = |(key, record): &(_, _)| {
                let stored = batch.known.records.get(key).unwrap_or(&nothing);
                stored.merging(&partition.context(&key.to_bytes()), *key, record, now)
            };
            let changes = added.iter().flat_map(merging).map(|parts| command(&parts)).collect();
            Ok(Share { changes, ..self.share(number, positions, None, batch)? })
        };
        present.into_iter().filter(|number| batch.known.may_judge(*number)).map(share).collect()
    }

    /// Some entries of a partition, without what they add to the context.
    fn share(
        &self,
        number: u8,
        positions: Vec<usize>,
        refusal: Option<String>,
        batch: &Finishing<'_>,
    ) -> Result<Share, Fatal> {
        let now = milliseconds();
        let of_batch = |position: &usize| {
            let (entry, told) = (batch.entries.get(*position)?, batch.judged.told.get(*position)?);
            let raw = batch.raws.get(*position)?;
            let told = refusal.as_ref().map_or_else(|| told.clone(), |reason| refused(raw, reason));
            Some((entry, told, raw.as_slice()))
        };
        let mine: Vec<(&Entry, Told, &[u8])> = positions.iter().filter_map(of_batch).collect();
        let is_known = |chat| batch.known.chats.get(&chat).is_none_or(|chat| chat.is_known);
        let sealed = self.judge.seal(&encode(mine.iter().map(|(_, told, raw)| (told, *raw)), is_known)?)?;
        let mut arguments = vec![now.to_string().into_bytes(), sealed];
        for (entry, told, _) in &mine {
            arguments.push(entry.id.clone().into_bytes());
            arguments.push(told.counts_by().map(|id| id.to_string().into_bytes()).unwrap_or_default());
            // Of a second round whoever records decides: it may take the place of the first one's.
            let actions = if told.round == 1 { told.item.queued(self.judge.bot_id, 1, now) } else { Vec::new() };
            arguments.push(actions.len().to_string().into_bytes());
            arguments.extend(actions.into_iter().flatten().map(String::into_bytes));
        }
        Ok(Share { number, positions, refusal, changes: Vec::new(), arguments, with_code: false })
    }

    /// Finishes the shares, all at once; those that are done are taken off, and those that Redis refuses for good.
    async fn try_finish(
        &mut self,
        shares: &mut Vec<Share>,
        refused: &mut Vec<(Share, RedisError)>,
        batch: &Finishing<'_>,
    ) -> RedisResult<()> {
        while !shares.is_empty() {
            let connection = self.link.connection().await?;
            let finishing = shares.iter().map(|share| {
                let (mut connection, mut transaction) = (connection.clone(), self.transaction(share));
                async move { run(&mut connection, &mut transaction).await.and_then(flags) }
            });
            let results = join_all(finishing).await;
            let mut failed = None;
            let mut left = Vec::new();
            for (mut share, result) in std::mem::take(shares).into_iter().zip(results) {
                match result {
                    Ok(flags) => {
                        self.state.worked(share.number, None);
                        self.count(&share, &flags, &batch.judged);
                    }
                    Err(error) if is_no_script(&error) && !share.with_code => {
                        share.with_code = true;
                        left.push(share);
                    }
                    Err(error) if lasts(&error) => refused.push((share, error)),
                    Err(error) => {
                        failed = Some(error);
                        left.push(share);
                    }
                }
            }
            *shares = left;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    fn transaction(&self, share: &Share) -> Pipeline {
        let mut transaction = Pipeline::with_capacity(share.changes.len() + 1);
        transaction.atomic();
        for change in &share.changes {
            transaction.add_command(change.clone());
        }
        let due = Partition::new(self.judge.bot_id, share.number).due();
        let script = if share.with_code {
            transaction.cmd("EVAL").arg(&self.code)
        } else {
            transaction.cmd("EVALSHA").arg(self.finish.get_hash())
        };
        script.arg(1).arg(due).arg(&share.arguments);
        transaction
    }

    fn count(&self, share: &Share, flags: &[u8], judged: &Judged) {
        for (position, flag) in share.positions.iter().zip(flags) {
            let Some(told) = judged.told.get(*position).filter(|_| *flag != b'0') else { continue };
            if let Some(error) = &share.refusal {
                self.state.event(Status::Invalid.name());
                tracing::warn!(error, update_id = told.item.update_id, "an update becomes a dead letter");
                continue;
            }
            let Told { item, round } = told;
            self.state.event(if *flag == b'd' { "duplicate" } else { item.status.name() });
            if let Some(error) = &item.error {
                tracing::warn!(error, update_id = item.update_id, "an update becomes a dead letter");
            } else if item.flagged.is_some() && *flag == b'1' {
                self.tell(item, *round);
            }
        }
    }

    fn tell(&self, item: &Item, round: u8) {
        let (Some(message), Some(begins)) = (item.message, item.state) else { return };
        self.state.verdict(message.name(), begins.name());
        if matches!(begins, Begins::Pending | Begins::Observed) {
            tracing::info!(
                chat_id = item.summary.chat_id,
                update_id = item.update_id,
                round,
                message = message.name(),
                score = item.score,
                state = begins.name(),
                "spam"
            );
        }
    }
}

/// The flags that the transaction's last command, the script, gives back. What it merged before may fail by itself, where somebody put
/// another kind of value under a record's key; such a record counts as unreadable when it is read.
fn flags(mut answers: Vec<Value>) -> RedisResult<Vec<u8>> {
    let last = accepted(answers.pop().unwrap_or_default())?;
    bytes(last).ok_or_else(|| unexpected("a flag for each entry"))
}

/// What is told of an update in place of its verdict.
fn refused(raw: &[u8], reason: &str) -> Told {
    let seen = peek(raw);
    Told { item: Item::refused(seen.kind, seen.chat, reason.to_owned()), round: 1 }
}

/// A command with its arguments.
fn command(parts: &[Vec<u8>]) -> Cmd {
    let mut command = Cmd::new();
    for part in parts {
        command.arg(part);
    }
    command
}

fn milliseconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
