//! Where the time goes, stage by stage, on the way every update takes. The caller brings the clock: this crate reads none.

use chatwarden_context::Memory;
use chatwarden_engine::ChatSettings;

use crate::observer::{Observer, Stage};
use crate::scanner::{Scanner, Sources};

/// Updates judged at once, as many as Telegram gives at a call.
const BATCH: usize = 100;

/// CPU time by stage, in the clock's unit, summed over all updates.
#[derive(Debug, Clone, Default)]
pub struct Stages {
    /// Bytes to update, mending included.
    pub parse: f64,
    /// Update to event.
    pub extract: f64,
    /// Folding of texts, finding of links and phrases.
    pub normalise: f64,
    /// Context of sender and text.
    pub context: f64,
    /// Signals, score and bars.
    pub signals: f64,
    /// Verdict to bytes.
    pub verdict: f64,
    /// The whole way, for each update.
    pub whole: Vec<f64>,
}

/// Judges all updates and takes what they add into memory: the batch function as it runs in production.
pub fn run(scanner: &Scanner, bot_id: i64, updates: &[&[u8]], memory: &mut Memory) {
    let settings = ChatSettings::default();
    for batch in updates.chunks(BATCH) {
        let sources = Sources::new(batch.iter().copied());
        let outcome = scanner.judge(scanner.prepare(bot_id, &sources), 1, |_| &settings, |key| memory.get(key));
        outcome.changes.iter().for_each(|(key, record)| memory.merge(*key, record));
        std::hint::black_box(outcome.items);
    }
}

/// Judges all updates, `clock` telling the time between the stages.
pub fn profile(
    scanner: &Scanner,
    bot_id: i64,
    updates: &[&[u8]],
    memory: &Memory,
    mut clock: impl FnMut() -> f64,
) -> Stages {
    let settings = ChatSettings::default();
    let mut stages = Stages { whole: Vec::with_capacity(updates.len()), ..Stages::default() };
    for batch in updates.chunks(BATCH) {
        let mut watch = Watch { last: clock(), clock: &mut clock, first: stages.whole.len(), stages: &mut stages };
        let sources = Sources::new(batch.iter().copied());
        watch.mended(batch.len());
        let prepared = scanner.prepare_observed(bot_id, &sources, &mut watch);
        let outcome = scanner.judge_observed(prepared, 1, |_| &settings, |key| memory.get(key), &mut watch);
        std::hint::black_box(outcome);
    }
    stages
}

struct Watch<'w, Clock> {
    clock: &'w mut Clock,
    last: f64,
    /// Position of the batch's first update among all.
    first: usize,
    stages: &'w mut Stages,
}

impl<Clock: FnMut() -> f64> Watch<'_, Clock> {
    fn since(&mut self) -> f64 {
        let now = (self.clock)();
        now - std::mem::replace(&mut self.last, now)
    }

    /// All updates of a batch are mended before the first is parsed: each bears its share.
    fn mended(&mut self, count: usize) {
        let spent = self.since();
        self.stages.parse += spent;
        let share = spent / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        self.stages.whole.extend(std::iter::repeat_n(share, count));
    }
}

impl<Clock: FnMut() -> f64> Observer for Watch<'_, Clock> {
    fn left(&mut self, position: usize, stage: Stage) {
        let spent = self.since();
        let sum = match stage {
            Stage::Parse => &mut self.stages.parse,
            Stage::Extract => &mut self.stages.extract,
            Stage::Normalise => &mut self.stages.normalise,
            Stage::Context => &mut self.stages.context,
            Stage::Signals => &mut self.stages.signals,
            Stage::Verdict => &mut self.stages.verdict,
        };
        *sum += spent;
        if let Some(whole) = self.stages.whole.get_mut(self.first + position) {
            *whole += spent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    #[test]
    fn every_tick_is_told_to_a_stage_and_an_update() {
        let scanner = Scanner::new().unwrap();
        let updates = corpus(3, 250);
        let mut updates: Vec<&[u8]> = updates.iter().map(Vec::as_slice).collect();
        updates.push(b"{");
        let mut memory = Memory::default();
        run(&scanner, 7, &updates, &mut memory);
        let mut ticks = 0.0;
        let stages = profile(&scanner, 7, &updates, &memory, || {
            ticks += 1.0;
            ticks
        });
        let by_stage =
            stages.parse + stages.extract + stages.normalise + stages.context + stages.signals + stages.verdict;
        assert_eq!(stages.whole.len(), updates.len());
        assert!((by_stage - stages.whole.iter().sum::<f64>()).abs() < 1e-6);
        // Each batch reads the clock once before its first stage.
        assert!((ticks - 3.0 - by_stage).abs() < 1e-6);
        assert!(stages.context >= 500.0 && stages.verdict >= 250.0);
    }
}
