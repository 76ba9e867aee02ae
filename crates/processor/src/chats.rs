//! Settings of chats, kept from batch to batch, and how they follow what is stored.
//!
//! Each partition counts the changes of its chats' settings. Every batch reads that number together with which chats changed since the last
//! one, before it judges: what was stored before a batch was read counts for it. What a workspace shares lies there once for all its chats,
//! by a name that changes with it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chatwarden_engine::text_model::Delta;
use chatwarden_engine::{ChatSettings, KnownPicture, KnownPictures, Mode, Shared};
use chatwarden_streams::{Partition, Sealer};
use redis::{Pipeline, RedisResult, Value};
use serde::Deserialize;

use crate::link::{accepted, bytes, list, number, text, unexpected};

/// Chats remembered of a partition: more than that are asked for again.
const MOST_CHATS: usize = 4096;
/// Version of the policy where nobody stored one.
const FIRST_POLICY: u32 = 1;

/// Settings as a batch is judged under.
#[derive(Debug, Clone)]
pub struct Chat {
    /// What the engine is told.
    pub settings: ChatSettings,
    /// Whether settings are stored for it.
    pub is_known: bool,
    /// Whether people gave feedback in it: only then there are records of that.
    pub has_feedback: bool,
}

/// What feedback taught a chat itself: `Taught` of `src/chatwarden/streams/chats.py`.
#[derive(Debug, Default, Deserialize)]
struct Taught {
    learned: Option<Vec<u8>>,
    pictures: Vec<(u64, i64, bool)>,
}

/// A chat that waits for what its workspace shares.
#[derive(Debug)]
struct Waiting {
    chat: i64,
    read: Chat,
    over: String,
}

/// The chats of one partition.
pub struct Chats {
    bot_id: i64,
    sealer: Arc<Sealer>,
    new: Arc<Chat>,
    version: Option<i64>,
    known: HashMap<i64, Arc<Chat>>,
    waiting: Vec<Waiting>,
    /// By its name; none where it cannot be read.
    shared: HashMap<String, Option<Arc<Shared>>>,
}

impl Chats {
    /// `mode` is that of chats whose settings nobody stored yet.
    pub fn new(bot_id: i64, sealer: Arc<Sealer>, mode: Mode) -> Self {
        let mut settings = ChatSettings::default();
        settings.mode = mode;
        settings.policy_version = FIRST_POLICY;
        let new = Arc::new(Chat { settings, is_known: false, has_feedback: false });
        Self { bot_id, sealer, new, version: None, known: HashMap::new(), waiting: Vec::new(), shared: HashMap::new() }
    }

    /// Forgets all that was read.
    pub fn forget(&mut self) {
        self.version = None;
        self.known.clear();
        self.waiting.clear();
        self.shared.clear();
    }

    pub fn get(&self, chat: i64) -> Option<&Arc<Chat>> {
        self.known.get(&chat)
    }

    /// What is done in a chat of which nothing is known.
    pub fn unknown(&self) -> &Arc<Chat> {
        &self.new
    }

    /// Asks for the number of changes, and for what has changed.
    pub fn ask_version(&self, pipeline: &mut Pipeline, partition: &Partition) {
        pipeline.cmd("GET").arg(partition.version());
        let since = format!("({}", self.version.unwrap_or(0));
        // Of what is remembered some may be stale; where nothing is, none can be.
        let until = if self.known.is_empty() { since.as_str() } else { "+inf" };
        pipeline.cmd("ZRANGEBYSCORE").arg(partition.changed()).arg(&since).arg(until);
    }

    /// Takes the answers to [`Chats::ask_version`]: what has changed is forgotten.
    pub fn take_version(&mut self, answers: &mut impl Iterator<Item = Value>) -> RedisResult<()> {
        let mut next = || accepted(answers.next().unwrap_or_default());
        let version = number(next()?).unwrap_or(0);
        let changed = list(next()?);
        if self.version.is_some_and(|known| version < known) {
            // Redis lost its memory, and counts anew.
            self.known.clear();
        }
        for chat in changed {
            let chat = text(chat).and_then(|chat| chat.parse().ok()).ok_or_else(|| unexpected("a chat's id"))?;
            self.known.remove(&chat);
        }
        self.version = Some(version);
        Ok(())
    }

    /// Asks for the settings of these chats.
    pub fn ask(pipeline: &mut Pipeline, partition: &Partition, chats: &[i64]) {
        if !chats.is_empty() {
            pipeline.cmd("HMGET").arg(partition.chats()).arg(chats);
            pipeline.cmd("HMGET").arg(partition.learned()).arg(chats);
            pipeline.cmd("HMGET").arg(partition.over()).arg(chats);
        }
    }

    /// Takes the answers to [`Chats::ask`].
    pub fn take(&mut self, answers: &mut impl Iterator<Item = Value>, chats: &[i64]) -> RedisResult<()> {
        if chats.is_empty() {
            return Ok(());
        }
        let mut next = || {
            let values = accepted(answers.next().unwrap_or_default()).map(list)?;
            if values.len() == chats.len() { Ok(values) } else { Err(unexpected("a field for each chat")) }
        };
        let (settings, learned, over) = (next()?, next()?, next()?);
        if self.known.len() + chats.len() > MOST_CHATS {
            self.known.clear();
            self.shared.clear();
        }
        for (((chat, settings), learned), over) in chats.iter().zip(settings).zip(learned).zip(over) {
            match (bytes(settings), text(over)) {
                (None, _) => {
                    self.known.insert(*chat, Arc::clone(&self.new));
                }
                (Some(settings), over) => {
                    let read = self.read(*chat, &settings, bytes(learned).as_deref());
                    match over {
                        Some(over) => self.waiting.push(Waiting { chat: *chat, read, over }),
                        None => self.know(*chat, read, None),
                    }
                }
            }
        }
        self.settle();
        Ok(())
    }

    /// Names of what is shared that chats wait for.
    pub fn wanted(&self) -> BTreeSet<String> {
        self.waiting.iter().map(|waiting| waiting.over.clone()).collect()
    }

    /// Asks for what is shared by these names.
    pub fn ask_shared(pipeline: &mut Pipeline, partition: &Partition, names: &[String]) {
        if !names.is_empty() {
            pipeline.cmd("HMGET").arg(partition.shared()).arg(names);
        }
    }

    /// Takes the answers to [`Chats::ask_shared`].
    pub fn take_shared(&mut self, answers: &mut impl Iterator<Item = Value>, names: &[String]) -> RedisResult<()> {
        if names.is_empty() {
            return Ok(());
        }
        let found = accepted(answers.next().unwrap_or_default()).map(list)?;
        for (name, found) in names.iter().zip(found.into_iter().chain(std::iter::repeat(Value::Nil))) {
            // What is gone was replaced just now: its chats have changed, and are read anew for the next batch.
            let shared = bytes(found).and_then(|found| {
                let read = Shared::from_bytes(&found);
                read.inspect_err(|error| tracing::error!(name, %error, "what is shared cannot be read")).ok()
            });
            self.shared.insert(name.clone(), shared.map(Arc::new));
        }
        self.settle();
        Ok(())
    }

    /// Chats that wait for what is there need not wait.
    fn settle(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            match self.shared.get(&waiting.over) {
                Some(shared) => {
                    let shared = shared.clone();
                    self.know(waiting.chat, waiting.read, shared);
                }
                None => self.waiting.push(waiting),
            }
        }
    }

    fn know(&mut self, chat: i64, mut read: Chat, shared: Option<Arc<Shared>>) {
        let settings = &mut read.settings;
        settings.shared = shared.filter(|shared| !shared.is_empty());
        // Weights of its own that are none still stand in place of the shared ones: they were contradicted.
        let is_told = settings.shared.is_some() || settings.learned.as_ref().is_some_and(|learned| !learned.is_empty());
        if !is_told {
            settings.learned = None;
        }
        self.known.insert(chat, Arc::new(read));
    }

    /// What another version or another key stored and this one cannot read must not make anybody act: then the chat is observed.
    fn read(&self, chat: i64, sealed: &[u8], taught: Option<&[u8]>) -> Chat {
        let opened =
            self.sealer.open(sealed, &Partition::chat_place(self.bot_id, chat)).map_err(|error| error.to_string());
        let settings = opened.and_then(|text| ChatSettings::read(&text).map_err(|error| error.to_string()));
        let mut settings = settings.unwrap_or_else(|error| {
            tracing::error!(chat, %error, "settings cannot be read: the chat is observed");
            let mut observed = self.new.settings.clone();
            observed.mode = Mode::Observe;
            observed
        });
        let told = |error: &dyn std::fmt::Display| tracing::error!(chat, %error, "what a chat learned cannot be read");
        let has_feedback = taught.is_some();
        let taught =
            taught.and_then(|taught| rmp_serde::from_slice::<Taught>(taught).inspect_err(|error| told(error)).ok());
        let Taught { learned, pictures } = taught.unwrap_or_default();
        let delta = learned.and_then(|delta| Delta::from_bytes(&delta).inspect_err(|error| told(error)).ok());
        settings.learned = delta.map(Arc::new);
        let picture = |(hash, date, is_spam): (u64, i64, bool)| KnownPicture { date, hash, is_spam };
        settings.pictures = Arc::new(KnownPictures::new(pictures.into_iter().map(picture)));
        Chat { settings, is_known: true, has_feedback }
    }
}
