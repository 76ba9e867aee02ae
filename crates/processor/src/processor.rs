//! Puts the service together and ends it in order.

use std::sync::Arc;
use std::{io, process};

use chatwarden_engine::BuildError;
use chatwarden_scan::Scanner;
use chatwarden_streams::{Partition, SealBroken, Sealer, script};
use redis::{RedisResult, Script, Value, cmd};
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
    /// The bot's other processes seal with another key.
    #[error(
        "CHATWARDEN_MASTER_KEY_FILE holds the key {own}; the other services of this bot have {agreed}. Give all of them the same file. \
         Where none of them runs any more, DEL {name} in Redis."
    )]
    OtherKey {
        /// Id of the key of this process.
        own: String,
        /// Id of the others' key.
        agreed: String,
        /// Where Redis has it.
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
        let sealer = Arc::new(Sealer::new(&config.master_key));
        if !agree_on_key(&config, &sealer, &mut stop.clone()).await? {
            return Ok(());
        }
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

/// Whether this process seals as the bot's others do; waits for Redis. False where the service is to end before that is known.
async fn agree_on_key(config: &Config, sealer: &Sealer, stop: &mut watch::Receiver<bool>) -> Result<bool, Fatal> {
    let (own, name) = (sealer.key_id(), Partition::master_key(config.bot_id));
    let mut link = Link::new(&config.redis);
    let mut pause = Pause::new();
    loop {
        let agreed = async {
            let mut connection = link.connection().await?;
            // Where it is there already nothing is set, and the answer is none.
            let _: Value = cmd("SET").arg(&name).arg(&own).arg("NX").query_async(&mut connection).await?;
            cmd("GET").arg(&name).query_async::<Option<String>>(&mut connection).await
        };
        match agreed.await {
            Ok(Some(agreed)) if agreed != own => return Err(Fatal::OtherKey { own, agreed, name }),
            Ok(_) => return Ok(true),
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
            return Ok(false);
        }
    }
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
