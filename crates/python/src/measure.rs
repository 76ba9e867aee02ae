//! Thread CPU time of the engine, by stage.

use std::sync::Arc;
use std::time::Duration;

use chatwarden_context::{Known, Memory};
use chatwarden_engine::{BuildError, Nearest, RuleSet};
use chatwarden_scan::{Feedback, Scanner, hostile, keys, known_corpus, longest, nearest, profile, records, run};
use cpu_time::ThreadTime;
use pyo3::pybacked::PyBackedBytes;

/// Of what is stored; what is like none of it is made from the next seed.
const SEED: u64 = 11;
const LOOKUPS: usize = 20_000;
/// Of a message that is measured alone.
const RUNS_ALONE: usize = 9;

/// Medians over the repeats, after one that warms up: microseconds per update. The stages include reading the clock
/// between them; `total` is the batch function as it runs in production, without. `p99` is of single updates; `longest` is the
/// dearest message of ordinary words and `hostile` the dearest of those made to cost, each as long as Telegram allows and alone
/// in its batch, by the median of several runs. Memory knows the updates already, so that their senders have a record,
/// and `known` texts that were called spam.
pub fn measure(
    bot_id: i64,
    updates: &[PyBackedBytes],
    repeats: u32,
    rules: RuleSet,
    known: usize,
) -> Result<Vec<(&'static str, f64)>, BuildError> {
    let updates: Vec<&[u8]> = updates.iter().map(|update| &**update).collect();
    let (longest, hostile) = (longest(), hostile());
    let mut scanner = Scanner::new()?;
    scanner.set_rules(Arc::new(rules));
    let mut memory = stored(bot_id, known_corpus(SEED, known));
    let mut runs = Vec::new();
    run(&scanner, bot_id, &updates, &mut memory);
    for _ in 0..=repeats.max(1) {
        let clock = ThreadTime::now();
        let mut stages = profile(&scanner, bot_id, &updates, &memory, || microseconds(clock.elapsed()));
        let whole = ThreadTime::now();
        run(&scanner, bot_id, &updates, &mut memory);
        let total = microseconds(whole.elapsed());
        stages.whole.sort_unstable_by(f64::total_cmp);
        let p99 = stages.whole.get(stages.whole.len() * 99 / 100).copied().unwrap_or(0.0);
        let sums = [
            ("parse", stages.parse),
            ("extract", stages.extract),
            ("normalise", stages.normalise),
            ("signals", stages.signals),
            ("context", stages.context),
            ("verdict", stages.verdict),
            ("total", total),
        ];
        let share = 1.0 / f64::from(u32::try_from(updates.len().max(1)).unwrap_or(u32::MAX));
        let run: Vec<_> = sums
            .into_iter()
            .map(|(name, sum)| (name, sum * share))
            .chain([("p99", p99)])
            .chain(
                [("longest", &longest), ("hostile", &hostile)]
                    .map(|(name, updates)| (name, dearest(&scanner, bot_id, updates))),
            )
            .collect();
        runs.push(run);
    }
    let warm = runs.split_off(1);
    let names = warm.first().map(|run| run.iter().map(|(name, _)| *name).collect::<Vec<_>>()).unwrap_or_default();
    Ok(names.into_iter().map(|name| (name, median(&warm, name))).collect())
}

/// Microseconds of looking a text up among `count` near-duplicates that are stored: one that is like none of them, and one that is
/// like one of them. Median over the repeats, after one that warms up. None where the store does not answer as it must.
pub fn measure_known(bot_id: i64, count: usize, repeats: u32) -> Option<(f64, f64)> {
    let memory = stored(bot_id, known_corpus(SEED, count));
    let misses: Vec<(i64, Feedback)> = known_corpus(SEED + 1, LOOKUPS).collect();
    let hits: Vec<(i64, Feedback)> =
        known_corpus(SEED, count).step_by((count / LOOKUPS).max(1)).take(LOOKUPS).collect();
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..=repeats.max(1) {
        for ((queries, is_there), times) in [(&misses, 0), (&hits, 1)].into_iter().zip(&mut times) {
            let clock = ThreadTime::now();
            let found = queries.iter().filter(|(chat, query)| {
                let records =
                    keys(bot_id, *chat, &query.sketch).map(|key| Known { before: memory.get(&key), added: None });
                nearest(query.date + 1, &query.sketch, records) != Nearest::default()
            });
            let found = found.count();
            times.push(microseconds(clock.elapsed()) / f64::from(u32::try_from(queries.len()).ok()?));
            if found != is_there * queries.len() {
                return None;
            }
        }
    }
    let [miss, hit] = times.map(|mut times| middle(times.split_off(1)));
    Some((miss, hit))
}

/// Microseconds of the dearest update, each judged alone.
fn dearest(scanner: &Scanner, bot_id: i64, updates: &[Vec<u8>]) -> f64 {
    let alone = |update: &Vec<u8>| {
        let clock = ThreadTime::now();
        run(scanner, bot_id, &[update], &mut Memory::default());
        microseconds(clock.elapsed())
    };
    updates.iter().map(|update| middle((0..RUNS_ALONE).map(|_| alone(update)).collect())).fold(0.0, f64::max)
}

/// A memory that knows these.
fn stored(bot_id: i64, feedback: impl Iterator<Item = (i64, Feedback)>) -> Memory {
    let mut memory = Memory::default();
    for (chat, given) in feedback {
        for (key, record) in records(bot_id, chat, &[given]) {
            memory.merge(key, &record);
        }
    }
    memory
}

fn median(runs: &[Vec<(&'static str, f64)>], name: &str) -> f64 {
    middle(runs.iter().flatten().filter(|(known, _)| *known == name).map(|(_, figure)| *figure).collect())
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
