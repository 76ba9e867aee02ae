//! Puts the service together and ends it in order.

use std::sync::Arc;
use std::{io, process};

use chatwarden_engine::BuildError;
use chatwarden_scan::Scanner;
use chatwarden_streams::{Partition, SealBroken, Sealer, script};
use redis::{RedisError, RedisResult, Script, Value, cmd};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinError, JoinSet, block_in_place};

use crate::batch::Judge;
use crate::config::{Config, ConfigError};
use crate::entry::partitions;
use crate::health::routes;
use crate::keeper::Keeper;
use crate::known::Settings;
use crate::link::{Link, list};
use crate::lists::{Folder, LOOK};
use crate::metrics::State;
use crate::reader::Reader;
use crate::worker::{Pause, Worker};

/// What ends the service: never trouble with Redis, never an update.
#[derive(Debug, Error)]
pub enum Fatal {
    /// Settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The signals do not compile: a defect of the release.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A script is missing: a defect of the release.
    #[error("there is no script to finish a batch")]
    Script,
    /// The address for health is taken, or the system refuses threads.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What is to be recorded cannot be written.
    #[error("a batch cannot be written: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
    /// The system gives no random numbers.
    #[error("a batch cannot be sealed: {0}")]
    Seal(#[from] SealBroken),
    /// The bot's other processes have another master key.
    #[error(
        "none of the master keys given opens the data key {id} that the other services of this bot have. Give all of them the same \
         (docs/guides/keys.md). Where none of them runs any more, DEL {name} in Redis."
    )]
    OtherKey {
        /// Id of the others' data key.
        id: String,
        /// Where they agreed on it.
        name: String,
    },
    /// A part of the service broke: a defect. Whoever starts it anew goes on where it stopped.
    #[error("a part of the service broke: {0}")]
    Broken(#[from] JoinError),
}

/// The service.
pub struct Processor {
    config: Config,
    folder: Folder,
    scanner: Scanner,
}

impl Processor {
    /// Compiles the engine.
    ///
    /// # Errors
    /// [`Fatal::Build`] where it does not compile.
    pub fn new(config: Config) -> Result<Self, Fatal> {
        let mut folder = Folder::new(config.lists.clone(), config.text_model.clone());
        let scanner = folder.load()?;
        Ok(Self { config, folder, scanner })
    }

    /// Judges with an engine that knows lists and rules for all groups.
    #[must_use]
    pub fn with_scanner(config: Config, scanner: Scanner) -> Self {
        Self { config, folder: Folder::default(), scanner }
    }

    /// Runs until `stop` says so: then the batch in hand is finished. Has to run on several threads.
    ///
    /// # Errors
    /// [`Fatal`], which trouble with Redis is not.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), Fatal> {
        let Self { config, folder, scanner } = self;
        let code = script("finish").ok_or(Fatal::Script)?;
        #[cfg(feature = "acknowledge-early")]
        let acknowledges_early = std::env::var_os("CHATWARDEN_ACKNOWLEDGE_EARLY").is_some();
        #[cfg(feature = "acknowledge-early")]
        let code = if acknowledges_early {
            code.replace("entry.is_open = is_pending", "entry.is_open = true or is_pending")
        } else {
            code
        };

        let listener = TcpListener::bind(config.health_address).await?;
        let state = Arc::new(State::new());
        let health = tokio::spawn(axum::serve(listener, routes(Arc::clone(&state))).into_future());
        let Some(sealer) = take_key(&config, &mut stop.clone()).await?.map(Arc::new) else {
            return Ok(());
        };
        let consumer: Arc<str> = consumer_name().into();
        let all = partitions(config.bot_id);
        let numbered: Vec<(u8, Partition)> = (0_u8..).zip(all.iter().cloned()).collect();
        // Partitions on one server fail together. In a cluster each goes on by itself while others' node is away.
        let together = if config.redis.is_cluster() { 1 } else { numbered.len() };
        let judging = Arc::new(Semaphore::new(1));
        let (changed, scanners) = watch::channel(Arc::new(scanner));
        let watching = tokio::spawn(watch_lists(folder, changed));

        let mut parts = JoinSet::new();
        for partitions in numbered.chunks(together) {
            let (sender, batches) = mpsc::channel(1);
            let reader = Reader {
                partitions: partitions.to_vec(),
                link: Link::new(&config.redis),
                consumer: Arc::clone(&consumer),
                state: Arc::clone(&state),
                stop: stop.clone(),
                #[cfg(feature = "acknowledge-early")]
                acknowledges_early,
            };
            let to_reader = sender.clone();
            parts.spawn(async move {
                reader.read(to_reader).await;
                Ok(())
            });
            let keeper = Keeper {
                partitions: partitions.to_vec(),
                link: Link::new(&config.redis),
                consumer: Arc::clone(&consumer),
                state: Arc::clone(&state),
                stop: stop.clone(),
                claim_after: config.claim_after,
            };
            parts.spawn(async move {
                keeper.keep(sender).await;
                Ok(())
            });
            let scanner = Arc::clone(&scanners.borrow());
            let worker = Worker {
                judge: Judge { bot_id: config.bot_id, scanner, sealer: Arc::clone(&sealer) },
                judging: Arc::clone(&judging),
                scanners: scanners.clone(),
                settings: Settings::new(config.bot_id, &sealer, config.new_group_mode),
                link: Link::new(&config.redis),
                consumer: Arc::clone(&consumer),
                state: Arc::clone(&state),
                stop: stop.clone(),
                finish: Script::new(&code),
                code: code.clone(),
            };
            parts.spawn(worker.work(batches));
        }
        tracing::info!(bot_id = config.bot_id, consumer = &*consumer, health = %config.health_address, "started");
        while let Some(ended) = parts.join_next().await {
            ended??;
        }
        watching.abort();
        health.abort();
        if let Err(error) = leave(&mut Link::new(&config.redis), &all, &consumer).await {
            tracing::warn!(%error, "the consumer groups could not be left");
        }
        tracing::info!("ended");
        Ok(())
    }
}

/// Seals with the deployment's data key; waits for Redis, and for whoever brings it there. None where the service is to end before that.
async fn take_key(config: &Config, stop: &mut watch::Receiver<bool>) -> Result<Option<Sealer>, Fatal> {
    let (name, wrapped) = (Partition::key_id(config.bot_id), Partition::data_key(config.bot_id));
    let mut link = Link::new(&config.redis);
    let mut pause = Pause::new();
    loop {
        let found = async {
            let mut connection = link.connection().await?;
            let id: Option<String> = cmd("GET").arg(&name).query_async(&mut connection).await?;
            let key: Option<Vec<u8>> = cmd("GET").arg(&wrapped).query_async(&mut connection).await?;
            Ok::<_, RedisError>((id, key.unwrap_or_default()))
        };
        match found.await {
            Ok((Some(id), wrapped)) => {
                let sealer = config.master_keys.iter().find_map(|master| data_key(master, &id, &wrapped));
                return sealer.map(Some).ok_or(Fatal::OtherKey { id, name });
            }
            Ok((None, _)) => tracing::warn!("the start waits for a service that has the database to bring the key"),
            Err(error) => {
                tracing::warn!(%error, "the start waits for Redis");
                link.cut();
            }
        }
        tokio::select! {
            () = pause.wait() => {}
            _ = stop.changed() => {}
        }
        if *stop.borrow() {
            return Ok(None);
        }
    }
}

/// The data key of this id, as this master key unwraps it; none where it is another's.
fn data_key(master: &[u8; 32], id: &str, wrapped: &[u8]) -> Option<Sealer> {
    let master = Sealer::new(master);
    if master.key_id() == id {
        return Some(master); // As versions without data keys had it.
    }
    let key: [u8; 32] = master.open(wrapped, &Partition::data_key_place(id)).ok()?.try_into().ok()?;
    Some(Sealer::new(&key))
}

/// Has batches judged with the operator's lists and rules as they are, for ever.
async fn watch_lists(mut folder: Folder, changed: watch::Sender<Arc<Scanner>>) {
    loop {
        tokio::time::sleep(LOOK).await;
        match block_in_place(|| folder.look()) {
            Ok(Some(scanner)) => {
                changed.send_replace(Arc::new(scanner));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "lists are not taken in"),
        }
    }
}

/// Leaves the consumer groups in which nothing is left in hand: what is, would be forgotten with the consumer.
async fn leave(link: &mut Link, partitions: &[Partition], consumer: &str) -> RedisResult<()> {
    let mut connection = link.connection().await?;
    for partition in partitions {
        let mut pending = cmd("XPENDING");
        pending.arg(partition.updates()).arg(Partition::SCAN).arg("-").arg("+").arg(1).arg(consumer);
        let pending: Value = pending.query_async(&mut connection).await?;
        if list(pending).is_empty() {
            let mut leaving = cmd("XGROUP");
            leaving.arg("DELCONSUMER").arg(partition.updates()).arg(Partition::SCAN).arg(consumer);
            leaving.exec_async(&mut connection).await?;
        }
    }
    Ok(())
}

/// A name that no other processor has, nor had.
fn consumer_name() -> String {
    let mut random = [0; 8];
    // Without random numbers the process id has to do.
    let _ = getrandom::fill(&mut random);
    format!("{}-{:016x}", process::id(), u64::from_le_bytes(random))
}
