//! Looks after partitions every second: whether their settings are there, how much waits, and what nobody living has in hand.
//!
//! An update that was given to somebody and not finished for `claim_after` is claimed. One that was claimed before is judged alone: should it
//! be what ends its processor, it takes no other ones along.

use std::sync::Arc;
use std::time::Duration;

use chatwarden_streams::Partition;
use redis::{Pipeline, RedisResult, Value, cmd};
use tokio::sync::{mpsc, oneshot, watch};

use crate::entry::Entry;
use crate::link::{Connection, Link, accepted, is_no_group, lasts, list, number, run, text};
use crate::metrics::State;
use crate::reader::{MOST_UPDATES, make_groups};
use crate::worker::Batch;

const PERIOD: Duration = Duration::from_secs(1);
/// Deliveries from which an update is judged alone.
const SUSPICIOUS: u32 = 2;
/// Deliveries from which an update is not judged, so that it harms nobody.
const HARMLESS: u32 = 5;

pub struct Keeper {
    pub partitions: Vec<(u8, Partition)>,
    pub link: Link,
    pub consumer: Arc<str>,
    pub state: Arc<State>,
    pub stop: watch::Receiver<bool>,
    pub claim_after: Duration,
}

/// What nobody finished in time.
#[derive(Debug)]
struct Left {
    id: String,
    deliveries: u32,
}

impl Keeper {
    /// Looks until the service is to end.
    pub async fn keep(mut self, batches: mpsc::Sender<Batch>) {
        let period = PERIOD.min(self.claim_after);
        while !*self.stop.borrow() {
            let result = match self.try_look().await {
                Ok(left) => self.claim_all(&batches, left).await,
                Err(error) => {
                    for (number, _) in &self.partitions {
                        self.state.looked(*number, Some(error.to_string()));
                    }
                    Err(error)
                }
            };
            if let Err(error) = result {
                tracing::warn!(%error, "Redis cannot be looked at");
                self.link.cut();
            }
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    /// What nobody finished in time, by partition.
    async fn try_look(&mut self) -> RedisResult<Vec<(u8, Vec<Left>)>> {
        let mut connection = self.link.connection().await?;
        let mut all = Vec::with_capacity(self.partitions.len());
        for (number, partition) in &self.partitions {
            match self.try_look_at(&mut connection, *number, partition).await {
                Ok(left) => {
                    self.state.looked(*number, None);
                    all.push((*number, left));
                }
                // Nothing of it can be read; all others can.
                Err(error) if lasts(&error) => {
                    tracing::error!(partition = number, %error, "Redis refuses a partition");
                    self.state.unload(*number);
                    self.state.looked(*number, Some(error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    async fn try_look_at(&self, connection: &mut Connection, at: u8, partition: &Partition) -> RedisResult<Vec<Left>> {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("EXISTS").arg(partition.loaded());
        pipeline.cmd("XLEN").arg(partition.updates());
        pipeline.cmd("XPENDING").arg(partition.updates()).arg(Partition::SCAN);
        let idle = u64::try_from(self.claim_after.as_millis()).unwrap_or(u64::MAX);
        pipeline.arg("IDLE").arg(idle).arg("-").arg("+").arg(MOST_UPDATES);
        let mut answers = run(connection, &mut pipeline).await?.into_iter().map(accepted);
        let mut next = || answers.next().unwrap_or(Ok(Value::Nil));
        let is_loaded = number(next()?).unwrap_or(0) > 0;
        let waiting = number(next()?).unwrap_or(0);
        let left: Vec<Left> = match next() {
            Err(error) if is_no_group(&error) => {
                make_groups(connection, std::iter::once(partition)).await?;
                Vec::new()
            }
            answer => list(answer?).into_iter().filter_map(left).collect(),
        };
        self.state.set_loaded(at, is_loaded);
        self.state.lag(at, waiting, i64::try_from(left.len()).unwrap_or(i64::MAX));
        Ok(if is_loaded { left } else { Vec::new() })
    }

    async fn claim_all(&mut self, batches: &mpsc::Sender<Batch>, all: Vec<(u8, Vec<Left>)>) -> RedisResult<()> {
        for (number, left) in all {
            let is_suspicious = |left: &Left| (SUSPICIOUS..HARMLESS).contains(&left.deliveries);
            let (suspicious, others): (Vec<Left>, Vec<Left>) = left.into_iter().partition(is_suspicious);
            self.claim(batches, number, &others).await?;
            for one in &suspicious {
                self.claim(batches, number, std::slice::from_ref(one)).await?;
            }
        }
        Ok(())
    }

    /// Claims what is still left, and waits until it is finished.
    async fn claim(&mut self, batches: &mpsc::Sender<Batch>, number: u8, left: &[Left]) -> RedisResult<()> {
        let partition = self.partitions.iter().find(|(known, _)| *known == number).filter(|_| !left.is_empty());
        let Some((_, partition)) = partition else { return Ok(()) };
        let Ok(place) = batches.reserve().await else { return Ok(()) };
        if *self.stop.borrow() {
            return Ok(());
        }
        let mut connection = self.link.connection().await?;
        let entries = claim(&mut connection, partition, &self.consumer, self.claim_after, left).await?;
        let deliveries = |id: &str| left.iter().find(|left| left.id == id).map_or(1, |left| left.deliveries + 1);
        let entries: Vec<Entry> = Entry::read_list(number, entries)
            .map(|entry| Entry { deliveries: deliveries(&entry.id), ..entry })
            .collect();
        if entries.is_empty() {
            return Ok(());
        }
        tracing::warn!(partition = number, updates = entries.len(), "taken over from somebody who did not finish them");
        self.state.claimed(entries.len());
        let (done, finished) = oneshot::channel();
        place.send(Batch { entries, done: Some(done) });
        let _ = finished.await;
        Ok(())
    }
}

async fn claim(
    connection: &mut Connection,
    partition: &Partition,
    consumer: &str,
    claim_after: Duration,
    left: &[Left],
) -> RedisResult<Value> {
    let mut command = cmd("XCLAIM");
    command.arg(partition.updates()).arg(Partition::SCAN).arg(consumer);
    command.arg(u64::try_from(claim_after.as_millis()).unwrap_or(u64::MAX));
    for left in left {
        command.arg(&left.id);
    }
    command.query_async(connection).await
}

/// Id, consumer, idle milliseconds, deliveries.
fn left(value: Value) -> Option<Left> {
    let mut parts = list(value).into_iter();
    let id = text(parts.next()?)?;
    let deliveries = parts.nth(2).and_then(number).and_then(|count| u32::try_from(count).ok())?;
    Some(Left { id, deliveries })
}
