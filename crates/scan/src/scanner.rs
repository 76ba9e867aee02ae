//! The phases of a batch.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chatwarden_context::{Entry, Key, Known, Record};
use chatwarden_engine::text_model::{Delta, Tap, TextModel, bin_of};
use chatwarden_engine::{
    BuildError, ChatSettings, Context, Engine, EventKind, Extract, Facts, InvalidUpdate, Lists, MessageVerdict,
    Reading, RuleSet, Scratch, Shared, SharedTap, Sketch, Summary, Update, Verdict, extract, mend,
};
use serde::Serialize;

use crate::action::{Action, State};
use crate::item::{Flagged, Item, Status};
use crate::observer::{Observer, Stage};
use crate::trial::RuleTrial;
use crate::wants::wants;
use crate::{context, feedback};

/// Messages here from which a sender's texts are no longer compared with others'.
const KNOWN_SENDER: u32 = 10;

/// Raw updates, mended where `serde_json` would stumble over an orphan surrogate, and what was fetched about them.
#[derive(Debug)]
pub struct Sources<'a> {
    updates: Vec<Cow<'a, [u8]>>,
    /// By position; fewer than updates where nothing was fetched for the rest.
    facts: Vec<Option<Facts>>,
}

impl<'a> Sources<'a> {
    /// Takes the updates of a batch in their order.
    pub fn new(updates: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self { updates: updates.into_iter().map(mend).collect(), facts: Vec::new() }
    }

    /// Takes what was fetched for a second round, by position.
    #[must_use]
    pub fn with_facts(self, facts: Vec<Option<Facts>>) -> Self {
        Self { facts, ..self }
    }
}

/// A batch that has been read and waits for its context.
#[derive(Debug)]
pub struct Prepared<'a> {
    bot_id: i64,
    updates: Vec<PreparedUpdate<'a>>,
}

#[derive(Debug)]
struct PreparedUpdate<'a> {
    item: Item,
    event: Option<ReadEvent<'a>>,
}

/// An event that has been read, with the keys of what is known of it.
#[derive(Debug)]
struct ReadEvent<'a> {
    reading: Reading<'a>,
    tag: u64,
    sender: Key,
    /// Of the same text, of the sender's reactions, or of all joins, on the event's day; the day before is looked at too.
    day: Option<Key>,
    sketch: Option<Sketch>,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One for each update, in the same order.
    pub items: Vec<Item>,
    /// What the batch adds to records: to be merged into them by whoever stores them.
    pub changes: BTreeMap<Key, Record>,
    /// Date of the newest event, seconds since 1970; absent where there was none to judge. It tells what may be forgotten.
    pub newest: Option<i64>,
}

/// Judges batches. A clone shares what is compiled.
#[derive(Debug, Clone)]
pub struct Scanner {
    engine: Engine,
}

impl Prepared<'_> {
    /// The records the batch needs; a key may come more than once.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let events = self.updates.iter().filter_map(|update| update.event.as_ref());
        events.flat_map(|event| {
            let days = event.days().into_iter().flatten();
            std::iter::once(event.sender).chain(days).chain(event.feedback(self.bot_id))
        })
    }
}

impl Scanner {
    /// Compiles the signals.
    ///
    /// # Errors
    /// [`BuildError`] where a signal does not compile: a defect of the release.
    pub fn new() -> Result<Self, BuildError> {
        Ok(Self { engine: Engine::new()? })
    }

    /// Takes rules that count in every group.
    pub fn set_rules(&mut self, rules: Arc<RuleSet>) {
        self.engine.set_rules(rules);
    }

    /// Takes another text model than the one that is built in.
    pub fn set_model(&mut self, model: Arc<TextModel>) {
        self.engine.set_model(model);
    }

    /// Fingerprint of the text model that judges: what feedback taught counts over this one.
    #[must_use]
    pub fn model(&self) -> u32 {
        self.engine.model()
    }

    /// Takes lists of known hosts and names.
    pub fn set_lists(&mut self, lists: Arc<Lists>) {
        self.engine.set_lists(lists);
    }

    /// What a group's feedback teaches, over what the groups of its workspace agree on.
    #[must_use]
    pub fn learn(&self, shared: Option<&Shared>, taps: &[Tap]) -> Delta {
        self.engine.learn(shared, taps)
    }

    /// What the groups of a workspace agree on.
    #[must_use]
    pub fn share(&self, taps: &[SharedTap]) -> Shared {
        self.engine.share(taps)
    }

    /// Counts in `trial` what its rules would hit, on the records as they are. `rows` tells each update's name, and whether its
    /// message is known to be good.
    pub fn try_rules<'r>(
        &self,
        trial: &mut RuleTrial,
        prepared: &Prepared<'_>,
        rows: &[(String, bool)],
        record: impl Fn(&Key) -> Option<&'r Record>,
    ) {
        for (update, (name, is_good)) in prepared.updates.iter().zip(rows) {
            let Some(event) = &update.event else { continue };
            let known = |key: &Key| Known { before: record(key), added: None };
            let context = event.context(prepared.bot_id, &ChatSettings::default(), known);
            let rules = trial.rules.matching(&event.reading, context);
            trial.count(name, event.reading.event.sender, *is_good || context.is_trusted(), &rules);
        }
    }

    /// Reads the updates of a batch.
    #[must_use]
    pub fn prepare<'a>(&self, bot_id: i64, sources: &'a Sources<'_>) -> Prepared<'a> {
        self.prepare_observed(bot_id, sources, &mut ())
    }

    /// [`Scanner::prepare`] with somebody looking.
    pub fn prepare_observed<'a>(
        &self,
        bot_id: i64,
        sources: &'a Sources<'_>,
        observer: &mut impl Observer,
    ) -> Prepared<'a> {
        let mut scratch = Scratch::default();
        let prepare = |(position, raw): (usize, &'a Cow<'_, [u8]>)| {
            let mut left = |stage| observer.left(position, stage);
            let facts = sources.facts.get(position).and_then(Option::as_ref);
            self.prepare_one(bot_id, raw, facts, &mut scratch, &mut left)
        };
        let updates = sources.updates.iter().enumerate().map(prepare).collect();
        Prepared { bot_id, updates }
    }

    fn prepare_one<'a>(
        &self,
        bot_id: i64,
        raw: &'a [u8],
        facts: Option<&Facts>,
        scratch: &mut Scratch,
        left: &mut impl FnMut(Stage),
    ) -> PreparedUpdate<'a> {
        let read = Update::read(raw);
        left(Stage::Parse);
        let update = match read {
            Ok(update) => update,
            Err(error) => return PreparedUpdate { item: invalid(&error), event: None },
        };
        let (update_id, kind) = (Some(update.id), update.kind.as_deref().map(str::to_owned));
        let is_interaction = update.is_interaction();
        let extracted = extract(update);
        left(Stage::Extract);
        match extracted {
            Err(error) => PreparedUpdate { item: Item { update_id, kind, ..invalid(&error) }, event: None },
            Ok(Extract { summary, event }) => {
                let event = event.map(|mut event| {
                    if let Some(facts) = facts {
                        event.take_facts(facts.clone());
                    }
                    ReadEvent::new(bot_id, self.engine.read(event, scratch))
                });
                let status = if event.is_some() { Status::Judged } else { Status::Ignored };
                left(Stage::Normalise);
                PreparedUpdate { item: Item { update_id, kind, summary, is_interaction, ..Item::new(status) }, event }
            }
        }
    }

    /// Judges a batch in update order on the records before it, folded forward. `round` is 1 for the first look.
    ///
    /// An update that is delivered again is judged again, as it was the first time, and counts once.
    #[must_use]
    pub fn judge<'s, 'r>(
        &self,
        prepared: Prepared<'_>,
        round: u8,
        settings: impl Fn(i64) -> &'s ChatSettings,
        record: impl Fn(&Key) -> Option<&'r Record>,
    ) -> Outcome {
        self.judge_observed(prepared, round, settings, record, &mut ())
    }

    /// [`Scanner::judge`] with somebody looking.
    pub fn judge_observed<'s, 'r>(
        &self,
        prepared: Prepared<'_>,
        round: u8,
        settings: impl Fn(i64) -> &'s ChatSettings,
        record: impl Fn(&Key) -> Option<&'r Record>,
        observer: &mut impl Observer,
    ) -> Outcome {
        let mut seen = HashSet::with_capacity(prepared.updates.len());
        let mut outcome = Outcome::default();
        for (position, PreparedUpdate { mut item, event }) in prepared.updates.into_iter().enumerate() {
            let is_repeated = item.update_id.is_some_and(|update_id| !seen.insert(update_id));
            if is_repeated && item.status != Status::Invalid {
                item.status = Status::Duplicate;
            } else if item.summary.service.is_some() && event.is_none() {
                item.actions = Action::on_service(prepared.bot_id, &item, &settings);
            } else if let Some(event) = event {
                let known = |key: &Key| Known { before: record(key), added: outcome.changes.get(key) };
                let settings = settings(event.reading.event.chat_id);
                let context = event.context(prepared.bot_id, settings, known);
                observer.left(position, Stage::Context);
                let verdict = self.engine.judge(&event.reading, prepared.bot_id, round, settings, context);
                observer.left(position, Stage::Signals);
                let album = event.album(&verdict, known(&event.sender));
                for (key, entry) in event.traces(prepared.bot_id, &verdict).into_iter().flatten() {
                    outcome.changes.entry(key).or_default().add(entry);
                }
                outcome.newest = outcome.newest.max(Some(verdict.now));
                observer.left(position, Stage::Context);
                fill(&mut item, &event.reading, &verdict, settings, &album);
                observer.left(position, Stage::Verdict);
            }
            outcome.items.push(item);
        }
        outcome
    }
}

impl<'a> ReadEvent<'a> {
    fn new(bot: i64, reading: Reading<'a>) -> Self {
        let (chat, sender, date) = (reading.event.chat_id, reading.event.sender.id, reading.event.date);
        let day = match reading.event.kind {
            EventKind::Message | EventKind::Edit => reading.long_text().map(|text| Key::text(bot, chat, text, date)),
            EventKind::Reaction => Some(Key::reactions(bot, chat, sender, date)),
            EventKind::Join | EventKind::JoinRequest => Some(Key::joins(bot, chat, date)),
        };
        let sender = Key::Sender { bot, chat, sender };
        Self { tag: reading.tag(), sender, day, sketch: reading.sketch(), reading }
    }

    fn days(&self) -> [Option<Key>; 2] {
        [self.day, self.day.and_then(Key::of_yesterday)]
    }

    fn context<'r>(&self, bot_id: i64, settings: &ChatSettings, known: impl Fn(&Key) -> Known<'r>) -> Context {
        let days = self.days().map(|day| day.map(|day| known(&day)).unwrap_or_default());
        let event = &self.reading.event;
        let (now, shared) = (event.date, settings.shared.as_deref());
        let known_spam = self.sketch.as_ref().and_then(|sketch| {
            let own = feedback::nearest(now, sketch, self.feedback(bot_id).map(|key| known(&key)));
            own.known_spam(|| shared.map(|shared| shared.nearest(now, sketch)).unwrap_or_default())
        });
        let known_picture = event.facts.as_deref().and_then(Facts::known_by).and_then(|hash| {
            let own = settings.pictures.nearest(now, hash);
            own.known_spam(|| shared.map(|shared| shared.nearest_picture(now, hash)).unwrap_or_default())
        });
        let known_campaign = event.facts.as_deref().and_then(Facts::known_campaign);
        Context {
            known_spam,
            known_picture,
            known_campaign,
            ..context::context(bot_id, event, self.tag, known(&self.sender), days)
        }
    }

    /// Where feedback on the like of it would be.
    fn feedback(&self, bot_id: i64) -> impl Iterator<Item = Key> {
        let chat = self.reading.event.chat_id;
        self.sketch.iter().flat_map(move |sketch| feedback::keys(bot_id, chat, sketch))
    }

    /// Messages of the same album to be deleted with this one. Those after a deleted one find that out by themselves.
    fn album(&self, verdict: &Verdict, sender: Known<'_>) -> Vec<i64> {
        let event = &self.reading.event;
        let context = &verdict.context;
        let is_first = verdict.message == MessageVerdict::Delete && !context.album_deleted && !context.album_locked;
        if is_first && event.media_group_id.is_some() {
            context::album(event, self.tag, verdict.round, sender)
        } else {
            Vec::new()
        }
    }

    /// What the update leaves in records: a message in those of its sender and its text, what else is done in the day's.
    fn traces(&self, bot_id: i64, verdict: &Verdict) -> [Option<(Key, Entry)>; 2] {
        let event = &self.reading.event;
        let flag = |is_set: bool, flag: u8| u8::from(is_set) * flag;
        let is_edit = event.kind == EventKind::Edit;
        let entry = Entry {
            date: event.date,
            update_id: event.update_id,
            message_id: event.message_id.unwrap_or(0),
            tag: self.tag,
            flags: flag(is_edit, Entry::EDIT)
                | flag(verdict.message != MessageVerdict::Keep, Entry::SUSPICIOUS)
                | flag(verdict.unlocked == MessageVerdict::Delete, Entry::DELETED)
                | flag(verdict.message != verdict.unlocked, Entry::LOCKED)
                | context::flags_of(self.reading.parts()),
            links: self.reading.link_count(),
        };
        let of_sender = event.kind.is_message().then_some((self.sender, entry));
        // Edits never count as a repetition, and those who are known here may say what others said and like what they like.
        let is_known = verdict.context.messages_here >= KNOWN_SENDER;
        let is_joining = matches!(event.kind, EventKind::Join | EventKind::JoinRequest);
        let day = self.day.filter(|_| is_joining || (!is_edit && !is_known));
        let tag = context::sender_tag(bot_id, event.chat_id, event.sender.id);
        let of_day = Entry { tag, flags: entry.flags & (Entry::SUSPICIOUS | Entry::DELETED), ..entry };
        [of_sender, day.map(|day| (day, of_day))]
    }
}

fn invalid(error: &InvalidUpdate) -> Item {
    Item { error: Some(error.to_string()), summary: Summary::default(), ..Item::new(Status::Invalid) }
}

fn fill(item: &mut Item, reading: &Reading<'_>, verdict: &Verdict, settings: &ChatSettings, album: &[i64]) {
    let state = State::of(verdict, settings);
    item.state = Some(state);
    item.actions = Action::of(verdict, state, settings, album);
    item.message = Some(verdict.message);
    item.sender = Some(verdict.sender);
    item.score = Some(verdict.score);
    item.wants = wants(reading, verdict, settings);
    if verdict.event == EventKind::Message && verdict.context.is_trusted() {
        item.trusted_bin = verdict.wording.map(|wording| bin_of(wording.above));
    }
    item.picture = reading.event.facts.as_deref().and_then(Facts::known_by);
    item.verdict = verdict.to_json().ok();
    let event = &reading.event;
    item.chat_title = event.chat_title.as_deref().map(str::to_owned);
    let is_coming = matches!(verdict.event, EventKind::Join | EventKind::JoinRequest);
    item.is_mass_join = is_coming && is_mass_join(verdict, settings);
    // During a raid the raid is told, not each join of it.
    if verdict.has_evidence() && !(settings.is_raided && verdict.is_only_mass_join()) {
        item.flagged = Some(Flagged { texts: texts(reading), sender_name: event.sender_name().map(str::to_owned) });
    }
}

/// Whether as many joined lately as the group's policy calls a mass join.
fn is_mass_join(verdict: &Verdict, settings: &ChatSettings) -> bool {
    verdict.context.recent_joins >= u32::from(settings.policy.mass_join_size)
}

/// A moderator reads no more of them.
const MOST_TARGETS: usize = 20;

#[derive(Serialize)]
struct PlacedText<'a> {
    place: String,
    text: &'a str,
}

/// Every text-bearing field, then where links behind words lead, which no text shows: `link_target:0` and so on.
fn texts(reading: &Reading<'_>) -> Vec<u8> {
    let fields = reading.event.fields.iter().map(|field| (field.place.to_string(), field.text.as_ref()));
    let mut hidden: Vec<&str> = Vec::new();
    for target in reading.event.targets.iter().filter(|target| target.shown.is_some()) {
        if hidden.len() < MOST_TARGETS && !hidden.contains(&target.url.as_ref()) {
            hidden.push(&target.url);
        }
    }
    let targets = hidden.into_iter().enumerate().map(|(index, url)| (format!("link_target:{index}"), url));
    let texts: Vec<PlacedText<'_>> = fields.chain(targets).map(|(place, text)| PlacedText { place, text }).collect();
    serde_json::to_vec(&texts).unwrap_or_default()
}
