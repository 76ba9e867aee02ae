//! CPU time a message of the processor and of Redis, at full speed: updates wait in Redis when the processor starts.
//!
//! `cargo bench -p chatwarden-processor [-- UPDATES]`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement prints, and may fail by panicking"
)]

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;
use std::{env, fs};

use chatwarden_scan::corpus;
use redis::cmd;
use support::{Deployment, Redis, Spawned, until};

const UPDATES: usize = 200_000;
/// The kernel's clock ticks a second, in which it tells CPU time.
const TICKS: f64 = 100.0;

fn main() {
    let updates = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(UPDATES);
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    for part in corpus(3, updates).chunks(1_000) {
        deployment.ingest(part.iter().map(Vec::as_slice));
    }
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let before = redis_seconds(&mut deployment);
    let processor = Spawned::start(&redis, &[]);
    until("it is at work", || (deployment.open() < updates).then_some(()));
    // The engine is compiled by now: that is no message's cost.
    let (begin, started, left) = (Instant::now(), processor_seconds(&processor), deployment.open());
    deployment.finished();
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), processor_seconds(&processor) - started);
    let redis_cpu = redis_seconds(&mut deployment) - before;
    let micros = |seconds: f64, messages: usize| seconds * 1e6 / messages as f64;
    println!("{updates} updates, load before {}", load.trim());
    println!("processor {:.1} µs CPU a message, redis {:.1} µs", micros(cpu, left), micros(redis_cpu, updates));
    println!("{:.0} messages a second", left as f64 / wall);
}

/// CPU seconds of the process, of all its threads.
fn processor_seconds(processor: &Spawned) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", processor.0.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = fields.iter().skip(11).take(2).map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / TICKS
}

fn redis_seconds(deployment: &mut Deployment) -> f64 {
    let info: String = cmd("INFO").arg("cpu").query(&mut deployment.connection).unwrap();
    let seconds = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name)).unwrap();
        line.split(':').next_back().unwrap().trim().parse::<f64>().unwrap()
    };
    seconds("used_cpu_user:") + seconds("used_cpu_sys:")
}
