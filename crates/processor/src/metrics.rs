//! What the service counts, and how it tells that in Prometheus' text format. Names are in one place: here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVerdict {
    message: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStage {
    stage: &'static str,
}

/// Seconds, from 0.1 ms doubled to 1.6 s.
const BUCKETS: [f64; 15] =
    [1e-4, 2e-4, 4e-4, 8e-4, 1.6e-3, 3.2e-3, 6.4e-3, 0.0128, 0.0256, 0.0512, 0.1024, 0.2048, 0.4096, 0.8192, 1.6384];

/// What the parts of the service share: counts, and how it stands.
#[derive(Debug)]
pub struct State {
    registry: Registry,
    batches: Counter,
    events: Family<OfStatus, Counter>,
    verdicts: Family<OfVerdict, Counter>,
    stages: Family<OfStage, Histogram, fn() -> Histogram>,
    claimed: Counter,
    dead: Counter,
    unreadable: Counter,
    waiting: Gauge<i64, AtomicI64>,
    pending: Gauge<i64, AtomicI64>,
    /// A bit for each partition whose settings are there.
    loaded: AtomicU16,
    /// A bit for each partition that was looked at.
    looked: AtomicU16,
    standings: Mutex<BTreeMap<u8, Standing>>,
}

/// How one partition stands.
#[derive(Debug, Default)]
struct Standing {
    waiting: i64,
    pending: i64,
    /// What went wrong when it was last looked at, and when a batch was last finished.
    look: Option<String>,
    work: Option<String>,
}

impl State {
    pub fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut state = Self {
            registry: Registry::with_prefix("chatwarden_processor"),
            batches: Counter::default(),
            events: Family::default(),
            verdicts: Family::default(),
            stages: Family::new_with_constructor(histogram),
            claimed: Counter::default(),
            dead: Counter::default(),
            unreadable: Counter::default(),
            waiting: Gauge::default(),
            pending: Gauge::default(),
            loaded: AtomicU16::new(0),
            looked: AtomicU16::new(0),
            standings: Mutex::default(),
        };
        let all = &mut state.registry;
        all.register("batches", "Batches finished", state.batches.clone());
        all.register("events", "Updates finished, by what became of them", state.events.clone());
        all.register("verdicts", "Flagged events, by verdict and state", state.verdicts.clone());
        all.register_with_unit("stage", "Time a batch took in a stage", Unit::Seconds, state.stages.clone());
        all.register("claimed", "Updates taken over from processors that died", state.claimed.clone());
        all.register("dead", "Updates that became dead letters", state.dead.clone());
        all.register("unreadable", "Parts of context records that cannot be read", state.unreadable.clone());
        all.register("waiting", "Updates that are not finished yet", state.waiting.clone());
        all.register("pending", "Updates in some processor's hands for longer than they should", state.pending.clone());
        state
    }

    pub fn batch_finished(&self) {
        self.batches.inc();
    }

    pub fn event(&self, status: &'static str) {
        self.events.get_or_create(&OfStatus { status }).inc();
        if status == "invalid" {
            self.dead.inc();
        }
    }

    pub fn verdict(&self, message: &'static str, state: &'static str) {
        self.verdicts.get_or_create(&OfVerdict { message, state }).inc();
    }

    pub fn stage(&self, stage: &'static str, time: Duration) {
        self.stages.get_or_create(&OfStage { stage }).observe(time.as_secs_f64());
    }

    pub fn claimed(&self, count: usize) {
        self.claimed.inc_by(count as u64);
    }

    pub fn unreadable(&self, count: usize) {
        self.unreadable.inc_by(count as u64);
    }

    /// Updates of a partition that are not finished, and those that are in some processor's hands for too long.
    pub fn lag(&self, partition: u8, waiting: i64, pending: i64) {
        let (waiting, pending) = self.with_standings(|standings| {
            let standing = standings.entry(partition).or_default();
            (standing.waiting, standing.pending) = (waiting, pending);
            standings.values().fold((0, 0), |sum, one| (sum.0 + one.waiting, sum.1 + one.pending))
        });
        self.waiting.set(waiting);
        self.pending.set(pending);
    }

    pub fn set_loaded(&self, partition: u8, is_loaded: bool) {
        if is_loaded {
            self.loaded.fetch_or(1 << partition, Ordering::Relaxed);
        } else {
            self.unload(partition);
        }
    }

    /// Takes a partition for unloaded, from now until somebody looked again.
    pub fn unload(&self, partition: u8) {
        self.loaded.fetch_and(!(1 << partition), Ordering::Relaxed);
    }

    pub fn is_loaded(&self, partition: u8) -> bool {
        self.loaded.load(Ordering::Relaxed) & (1 << partition) != 0
    }

    /// A partition was looked at: what went wrong, if anything.
    pub fn looked(&self, partition: u8, trouble: Option<String>) {
        self.looked.fetch_or(1 << partition, Ordering::Relaxed);
        self.with_standings(|standings| standings.entry(partition).or_default().look = trouble);
    }

    /// A batch with updates of a partition was worked on: what went wrong, if anything.
    pub fn worked(&self, partition: u8, trouble: Option<String>) {
        self.with_standings(|standings| standings.entry(partition).or_default().work = trouble);
    }

    /// Why it is not ready; nothing where it is.
    pub fn hindrance(&self) -> Option<String> {
        let mut troubles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        self.with_standings(|standings| {
            for (number, standing) in standings {
                if let Some(trouble) = standing.work.as_ref().or(standing.look.as_ref()) {
                    troubles.entry(trouble.clone()).or_default().push(number.to_string());
                }
            }
        });
        if !troubles.is_empty() {
            let told = troubles.iter().map(|(what, where_)| format!("Redis, partitions {}: {what}", where_.join(", ")));
            return Some(told.collect::<Vec<_>>().join("\n"));
        }
        if self.looked.load(Ordering::Relaxed) != u16::MAX {
            return Some("Redis has not been looked at yet in all partitions".to_owned());
        }
        let is_loaded = self.loaded.load(Ordering::Relaxed) == u16::MAX;
        (!is_loaded).then(|| "settings are not loaded yet in all partitions".to_owned())
    }

    fn with_standings<T>(&self, look: impl FnOnce(&mut BTreeMap<u8, Standing>) -> T) -> T {
        look(&mut self.standings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
