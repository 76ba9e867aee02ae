//! What the service counts, and how it tells that in Prometheus' text format. Names are in one place: here.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};
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
    /// Whether the last look at Redis went well, and the last batch.
    looks: AtomicBool,
    works: AtomicBool,
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
            looks: AtomicBool::new(false),
            works: AtomicBool::new(true),
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

    pub fn lag(&self, waiting: i64, pending: i64) {
        self.waiting.set(waiting);
        self.pending.set(pending);
    }

    pub fn set_loaded(&self, partitions: u16) {
        self.loaded.store(partitions, Ordering::Relaxed);
    }

    /// Takes a partition for unloaded, from now until somebody looked again.
    pub fn unload(&self, partition: u8) {
        self.loaded.fetch_and(!(1 << partition), Ordering::Relaxed);
    }

    pub fn is_loaded(&self, partition: u8) -> bool {
        self.loaded.load(Ordering::Relaxed) & (1 << partition) != 0
    }

    pub fn looked(&self, went_well: bool) {
        self.looks.store(went_well, Ordering::Relaxed);
    }

    pub fn worked(&self, went_well: bool) {
        self.works.store(went_well, Ordering::Relaxed);
    }

    /// Why it is not ready; nothing where it is.
    pub fn hindrance(&self) -> Option<&'static str> {
        if !self.looks.load(Ordering::Relaxed) || !self.works.load(Ordering::Relaxed) {
            Some("Redis cannot be reached or written")
        } else if self.loaded.load(Ordering::Relaxed) != u16::MAX {
            Some("settings are not loaded yet in all partitions")
        } else {
            None
        }
    }

    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
