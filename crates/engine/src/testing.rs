//! For the signals' tests: a message in a few words, and what one signal finds in it.

use serde_json::{Value, json};

use std::sync::{Arc, LazyLock};

use crate::Engine;
use crate::context::Context;
use crate::extract::extract;
use crate::facts::Facts;
use crate::lists::{HostList, ListKind, Lists};
use crate::policy::ChatSettings;
use crate::reading::Scratch;
use crate::signal::{Definition, Hits, Subject};
use crate::signals::REGISTRY;
use crate::update::{Update, mend};

/// A newcomer's message in a group; `fields` replace or join those of a plain text.
pub fn message(fields: Value) -> Value {
    let mut message = json!({
        "message_id": 10,
        "date": 1_780_000_000,
        "chat": {"id": -100_500, "type": "supergroup", "title": "Gardeners"},
        "from": {"id": 42, "is_bot": false, "first_name": "Robin"},
    });
    if let (Some(message), Value::Object(fields)) = (message.as_object_mut(), fields) {
        message.extend(fields);
    }
    json!({"update_id": 1, "message": message})
}

/// A newcomer's message that is only text.
pub fn text(text: &str) -> Value {
    message(json!({"text": text}))
}

/// What one signal finds in a newcomer's update.
pub fn hits(definition: &Definition, update: &Value) -> Hits {
    hits_given(definition, update, Context::default())
}

/// What one signal finds, given what is known of the sender.
pub fn hits_given(definition: &Definition, update: &Value, context: Context) -> Hits {
    Case { update, context, ..Case::default() }.hits(definition)
}

/// What one signal finds in a newcomer's update, with what was fetched about it.
pub fn hits_of_facts(definition: &Definition, update: &Value, facts: &Value) -> Hits {
    Case { update, facts, ..Case::default() }.hits(definition)
}

/// The same under a chat's settings.
pub fn hits_under(definition: &Definition, update: &Value, settings: &ChatSettings, facts: &Value) -> Hits {
    Case { update, facts, settings: settings.clone(), ..Case::default() }.hits(definition)
}

/// What one signal finds in a newcomer's text beside an operator's list.
pub fn hits_listed(definition: &Definition, words: &str, kind: ListKind, list: &str) -> Hits {
    let list = Arc::new(HostList::read(kind, list.as_bytes()));
    Case { update: &text(words), lists: Lists::new(vec![list]), ..Case::default() }.hits(definition)
}

static NOTHING: LazyLock<Value> = LazyLock::new(|| json!({}));

struct Case<'c> {
    update: &'c Value,
    facts: &'c Value,
    context: Context,
    settings: ChatSettings,
    lists: Lists,
}

impl Default for Case<'_> {
    fn default() -> Self {
        let (context, settings, lists) = Default::default();
        Self { update: &NOTHING, facts: &NOTHING, context, settings, lists }
    }
}

impl Case<'_> {
    fn hits(self, definition: &Definition) -> Hits {
        let mut engine = Engine::new().unwrap();
        engine.set_lists(Arc::new(self.lists));
        let raw = serde_json::to_vec(self.update).unwrap();
        let mended = mend(&raw);
        let mut event = extract(Update::read(&mended).unwrap()).unwrap().event.unwrap();
        event.take_facts(Facts::read(self.facts.to_string().as_bytes()).unwrap());
        let reading = engine.read(event, &mut Scratch::default());
        let signal = REGISTRY.iter().position(|known| known.name == definition.name).unwrap();
        let subject = Subject {
            event: &reading.event,
            context: &self.context,
            settings: &self.settings,
            lists: &engine.lists,
            reading: &reading,
            wording: engine.wording(&reading, &self.settings),
            signal,
            patterns: &engine.patterns[signal],
        };
        let mut hits = Hits::default();
        (definition.detect)(&subject, &mut hits);
        hits
    }
}

/// Asserts that texts set a signal off.
pub fn assert_hits(definition: &Definition, texts: &[&str]) {
    for words in texts {
        assert!(hits(definition, &text(words)).strength > 0, "{} should hit {words:?}", definition.name);
    }
}

/// Asserts that texts do not set a signal off.
pub fn assert_traps(definition: &Definition, texts: &[&str]) {
    for words in texts {
        assert_eq!(hits(definition, &text(words)).strength, 0, "{} should leave {words:?}", definition.name);
    }
}

/// The whole verdict on a message, under a group's settings.
pub fn judge_with(update: &Value, settings: &ChatSettings, context: Context) -> crate::Verdict {
    let raw = update.to_string();
    let mended = mend(raw.as_bytes());
    let event = extract(Update::read(&mended).unwrap()).unwrap().event.unwrap();
    let engine = Engine::new().unwrap();
    let reading = engine.read(event, &mut Scratch::default());
    engine.judge(&reading, 7, 1, settings, context)
}
