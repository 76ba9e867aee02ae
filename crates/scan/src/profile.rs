//! Where the time goes, stage by stage. The caller brings the clock: this crate reads none.

use std::collections::HashMap;

use chatwarden_context::{Key, Known};
use chatwarden_engine::normalise::Normaliser;
use chatwarden_engine::{BuildError, ChatSettings, Engine, Reading, Update, extract, mend};

use crate::facts;

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

/// Runs every update through the stages, `clock` telling the time in between.
///
/// # Errors
/// [`BuildError`] where a signal does not compile.
pub fn profile(bot: i64, updates: &[&[u8]], mut clock: impl FnMut() -> f64) -> Result<Stages, BuildError> {
    let engine = Engine::new()?;
    let settings = ChatSettings::default();
    let mut normaliser = Normaliser::default();
    let mut records: HashMap<Key, chatwarden_context::Record> = HashMap::new();
    let mut stages = Stages { whole: Vec::with_capacity(updates.len()), ..Stages::default() };
    for raw in updates {
        let start = clock();
        let mended = mend(raw);
        let update = Update::read(&mended);
        let parsed = clock();
        let event = update.and_then(extract).ok().and_then(|extract| extract.event);
        let extracted = clock();
        stages.parse += parsed - start;
        stages.extract += extracted - parsed;
        let Some(event) = event else {
            stages.whole.push(extracted - start);
            continue;
        };
        let mut reading = Reading::fold(event, &mut normaliser);
        engine.find(&mut reading);
        let folded = clock();
        let chat = reading.event.chat_id;
        let sender = Key::Sender { bot, chat, sender: reading.event.sender.id };
        let tag = reading.tag();
        let text = reading.long_text().map(|text| Key::text(bot, chat, text, reading.event.date));
        let known = |before| Known { before, added: None };
        let text_record = text.as_ref().and_then(|text| records.get(text));
        let context = facts::context(
            bot,
            &reading.event,
            tag,
            known(records.get(&sender)),
            [known(text_record), Known::default()],
        );
        let entry = chatwarden_context::Entry {
            date: reading.event.date,
            update_id: reading.event.update_id,
            message_id: reading.event.message_id,
            tag,
            flags: 0,
            links: reading.link_count(),
        };
        for key in [Some(sender), text].into_iter().flatten() {
            records.entry(key).or_default().add(entry);
        }
        let known = clock();
        let verdict = engine.judge(&reading, bot, 1, &settings, context);
        let judged = clock();
        let bytes = verdict.to_json().unwrap_or_default();
        let written = clock();
        std::hint::black_box(bytes);
        stages.normalise += folded - extracted;
        stages.context += known - folded;
        stages.signals += judged - known;
        stages.verdict += written - judged;
        stages.whole.push(written - start);
    }
    Ok(stages)
}
