//! Reads new updates. One reader asks for all partitions at once; in a cluster, where each lies on a node of its own, one for each.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chatwarden_streams::Partition;
use redis::{Cmd, RedisResult, Value, cmd};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::entry::Entry;
use crate::link::{Connection, Link, bytes, is_no_group, list};
use crate::metrics::State;
use crate::worker::{Batch, Pause};

/// Updates judged at once.
pub const MOST_UPDATES: usize = 256;
/// How long a read waits for updates; after that it looks whether the service is to end.
const WAIT: Duration = Duration::from_millis(500);
/// At least so long from one read that found something to the next: what comes meanwhile is judged together. A batch costs Redis, the
/// processor and `record` much the same whether it holds one update or ten; an update that comes after a quiet moment waits for nothing.
const GATHER: Duration = Duration::from_millis(5);

pub struct Reader {
    pub partitions: Vec<(u8, Partition)>,
    pub link: Link,
    pub consumer: Arc<str>,
    pub state: Arc<State>,
    pub stop: watch::Receiver<bool>,
    #[cfg(feature = "acknowledge-early")]
    pub acknowledges_early: bool,
}

impl Reader {
    /// Reads until the service is to end: the next batch while the one before is judged, and no more.
    pub async fn read(mut self, batches: mpsc::Sender<Batch>) {
        let mut busy = self.partitions.len();
        let mut pause = Pause::new();
        let mut next_read = Instant::now();
        while !*self.stop.borrow() {
            let Ok(place) = batches.reserve().await else { return };
            sleep_until(next_read).await;
            match self.try_read(busy).await {
                Ok(entries) if entries.is_empty() => busy = self.partitions.len(),
                Ok(entries) => {
                    if entries.len() < MOST_UPDATES / 2 {
                        next_read = Instant::now() + GATHER;
                    }
                    busy = entries.iter().map(|entry| entry.partition).collect::<BTreeSet<_>>().len();
                    place.send(Batch { entries, done: None });
                    pause = Pause::new();
                }
                Err(error) => {
                    drop(place);
                    tracing::warn!(%error, "no updates can be read");
                    self.link.cut();
                    pause.wait().await;
                }
            }
        }
    }

    /// Reads what waits, each of the `busy` partitions' share; nothing where nothing came.
    async fn try_read(&mut self, busy: usize) -> RedisResult<Vec<Entry>> {
        let loaded: Vec<&(u8, Partition)> =
            self.partitions.iter().filter(|(number, _)| self.state.is_loaded(*number)).collect();
        if loaded.is_empty() {
            tokio::time::sleep(WAIT).await;
            return Ok(Vec::new());
        }
        let mut connection = self.link.connection().await?;
        let names: HashMap<Vec<u8>, u8> =
            loaded.iter().map(|(number, partition)| (partition.updates().into_bytes(), *number)).collect();
        let mut command = cmd("XREADGROUP");
        command.arg("GROUP").arg(Partition::SCAN).arg(&*self.consumer);
        command.arg("COUNT").arg((MOST_UPDATES / busy.max(1)).max(1)).arg("BLOCK").arg(u64::from(WAIT.subsec_millis()));
        command.arg("STREAMS");
        for (_, partition) in &loaded {
            command.arg(partition.updates());
        }
        command.arg(vec![">"; loaded.len()]);
        let answer: Value = match command.query_async(&mut connection).await {
            Err(error) if is_no_group(&error) => {
                make_groups(&mut connection, loaded.iter().map(|(_, partition)| partition)).await?;
                return Ok(Vec::new());
            }
            answer => answer?,
        };
        let mut entries = Vec::new();
        for stream in list(answer) {
            let mut parts = list(stream).into_iter();
            let number = parts.next().and_then(bytes).and_then(|name| names.get(&name).copied());
            if let (Some(number), Some(read)) = (number, parts.next()) {
                entries.extend(Entry::read_list(number, read));
            }
        }
        #[cfg(feature = "acknowledge-early")]
        if self.acknowledges_early {
            for entry in &entries {
                for (_, partition) in loaded.iter().filter(|(number, _)| *number == entry.partition) {
                    let mut early = cmd("XACK");
                    early.arg(partition.updates()).arg(Partition::SCAN).arg(&entry.id);
                    early.exec_async(&mut connection).await?;
                }
            }
        }
        Ok(entries)
    }
}

/// Makes the consumer groups, from the very first entry on.
pub async fn make_groups<'p>(
    connection: &mut Connection,
    partitions: impl Iterator<Item = &'p Partition>,
) -> RedisResult<()> {
    for partition in partitions {
        let mut command: Cmd = cmd("XGROUP");
        command.arg("CREATE").arg(partition.updates()).arg(Partition::SCAN).arg("0").arg("MKSTREAM");
        match command.exec_async(connection).await {
            Err(error) if error.code() == Some("BUSYGROUP") => {}
            result => result?,
        }
    }
    Ok(())
}
