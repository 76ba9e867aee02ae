//! Settings of chats, kept from batch to batch, and how they follow what is stored.
//!
//! Each partition counts the changes of its chats' settings. Every batch reads that number together with which chats changed since the last
//! one, before it judges: what was stored before a batch was read counts for it.

use std::collections::HashMap;
use std::sync::Arc;

use chatwarden_engine::text_model::Delta;
use chatwarden_engine::{ChatSettings, Mode};
use chatwarden_streams::Partition;
use redis::{Pipeline, RedisResult, Value};

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
}

impl Chat {
    /// Whether feedback taught it something: only then there are records of feedback.
    pub fn has_learned(&self) -> bool {
        self.settings.learned.is_some()
    }
}

/// The chats of one partition.
#[derive(Debug)]
pub struct Chats {
    new: Arc<Chat>,
    version: Option<i64>,
    known: HashMap<i64, Arc<Chat>>,
}

impl Chats {
    /// `mode` is that of chats whose settings nobody stored yet.
    pub fn new(mode: Mode) -> Self {
        let mut settings = ChatSettings::default();
        settings.mode = mode;
        settings.policy_version = FIRST_POLICY;
        Self { new: Arc::new(Chat { settings, is_known: false }), version: None, known: HashMap::new() }
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
        }
    }

    /// Takes the answers to [`Chats::ask`].
    pub fn take(&mut self, answers: &mut impl Iterator<Item = Value>, chats: &[i64]) -> RedisResult<()> {
        if chats.is_empty() {
            return Ok(());
        }
        let mut next = || accepted(answers.next().unwrap_or_default()).map(list);
        let (settings, learned) = (next()?, next()?);
        if settings.len() != chats.len() || learned.len() != chats.len() {
            return Err(unexpected("settings and what was learned for each chat"));
        }
        if self.known.len() + chats.len() > MOST_CHATS {
            self.known.clear();
        }
        for ((chat, settings), learned) in chats.iter().zip(settings).zip(learned) {
            let known = self.read(*chat, bytes(settings).as_deref(), bytes(learned).as_deref());
            self.known.insert(*chat, known);
        }
        Ok(())
    }

    /// What another version stored and this one cannot read must not make anybody act: then the chat is observed.
    fn read(&self, chat: i64, settings: Option<&[u8]>, learned: Option<&[u8]>) -> Arc<Chat> {
        let Some(settings) = settings else { return Arc::clone(&self.new) };
        let mut settings = ChatSettings::read(settings).unwrap_or_else(|error| {
            tracing::error!(chat, %error, "settings cannot be read: the chat is observed");
            let mut observed = self.new.settings.clone();
            observed.mode = Mode::Observe;
            observed
        });
        let delta = learned.map(Delta::from_bytes).and_then(|delta| {
            delta.inspect_err(|error| tracing::error!(chat, %error, "what a chat learned cannot be read")).ok()
        });
        settings.learned = delta.filter(|delta| !delta.is_empty()).map(Arc::new);
        Arc::new(Chat { settings, is_known: true })
    }
}
