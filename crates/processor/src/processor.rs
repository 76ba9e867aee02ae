//! Puts the service together and ends it in order.

use std::sync::Arc;
use std::{io, process};

use chatwarden_engine::BuildError;
use chatwarden_scan::Scanner;
use chatwarden_streams::{Partition, SealBroken, Sealer, script};
use redis::{RedisResult, Script, Value, cmd};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};

use crate::batch::Judge;
use crate::config::{Config, ConfigError};
use crate::entry::partitions;
use crate::health::routes;
use crate::keeper::Keeper;
use crate::known::Settings;
use crate::link::{Link, list};
use crate::metrics::State;
use crate::reader::Reader;
use crate::worker::Worker;

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
    /// A part of the service broke: a defect. Whoever starts it anew goes on where it stopped.
    #[error("a part of the service broke: {0}")]
    Broken(#[from] JoinError),
}

/// The service.
pub struct Processor {
    config: Config,
    scanner: Scanner,
}

impl Processor {
    /// Compiles the engine.
    ///
    /// # Errors
    /// [`Fatal::Build`] where it does not compile.
    pub fn new(config: Config) -> Result<Self, Fatal> {
        let mut scanner = Scanner::new()?;
        if let Some(model) = &config.text_model {
            scanner.set_model(Arc::clone(model));
        }
        Ok(Self { config, scanner })
    }

    /// Judges with an engine that knows lists and rules for all groups.
    #[must_use]
    pub fn with_scanner(config: Config, scanner: Scanner) -> Self {
        Self { config, scanner }
    }

    /// Runs until `stop` says so: then the batch in hand is finished. Has to run on several threads.
    ///
    /// # Errors
    /// [`Fatal`], which trouble with Redis is not.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), Fatal> {
        let Self { config, scanner } = self;
        let code = script("finish").ok_or(Fatal::Script)?;
        #[cfg(feature = "acknowledge-early")]
        let acknowledges_early = std::env::var_os("CHATWARDEN_ACKNOWLEDGE_EARLY").is_some();
        #[cfg(feature = "acknowledge-early")]
        let code = if acknowledges_early { code.replace("== 0 then", "== 2 then") } else { code };

        let listener = TcpListener::bind(config.health_address).await?;
        let state = Arc::new(State::new());
        let consumer: Arc<str> = consumer_name().into();
        let all = partitions(config.bot_id);
        let numbered: Vec<(u8, Partition)> = (0_u8..).zip(all.iter().cloned()).collect();
        let groups = if config.redis.is_cluster() { numbered.chunks(1) } else { numbered.chunks(numbered.len()) };
        let readers: Vec<Vec<(u8, Partition)>> = groups.map(<[_]>::to_vec).collect();
        let (sender, batches) = mpsc::channel(readers.len());

        let health = tokio::spawn(axum::serve(listener, routes(Arc::clone(&state))).into_future());
        let mut parts = JoinSet::new();
        for partitions in readers {
            let reader = Reader {
                partitions,
                link: Link::new(&config.redis),
                consumer: Arc::clone(&consumer),
                state: Arc::clone(&state),
                stop: stop.clone(),
                #[cfg(feature = "acknowledge-early")]
                acknowledges_early,
            };
            let sender = sender.clone();
            parts.spawn(async move {
                reader.read(sender).await;
                Ok(())
            });
        }
        let keeper = Keeper {
            partitions: all.clone(),
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
        let worker = Worker {
            judge: Judge { bot_id: config.bot_id, scanner, sealer: Sealer::new(&config.master_key) },
            settings: Settings::new(config.bot_id, config.new_group_mode),
            link: Link::new(&config.redis),
            consumer: Arc::clone(&consumer),
            state,
            stop,
            finish: Script::new(&code),
            code,
        };
        parts.spawn(worker.work(batches));
        tracing::info!(bot_id = config.bot_id, consumer = &*consumer, health = %config.health_address, "started");
        while let Some(ended) = parts.join_next().await {
            ended??;
        }
        health.abort();
        if let Err(error) = leave(&mut Link::new(&config.redis), &all, &consumer).await {
            tracing::warn!(%error, "the consumer groups could not be left");
        }
        tracing::info!("ended");
        Ok(())
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
