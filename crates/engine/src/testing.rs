//! For the signals' tests: a message in a few words, and what one signal finds in it.

use serde_json::{Value, json};

use std::sync::Arc;

use crate::Engine;
use crate::context::Context;
use crate::extract::extract;
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
    hits_with(definition, update, context, &ChatSettings::default(), Lists::default())
}

/// What one signal finds in a newcomer's update in a group with settings of its own.
pub fn hits_under(definition: &Definition, update: &Value, settings: &ChatSettings) -> Hits {
    hits_with(definition, update, Context::default(), settings, Lists::default())
}

/// What one signal finds in a newcomer's text beside an operator's list.
pub fn hits_listed(definition: &Definition, words: &str, kind: ListKind, list: &str) -> Hits {
    let list = Arc::new(HostList::read(kind, list.as_bytes()));
    hits_with(definition, &text(words), Context::default(), &ChatSettings::default(), Lists::new(vec![list]))
}

fn hits_with(definition: &Definition, update: &Value, context: Context, settings: &ChatSettings, lists: Lists) -> Hits {
    let mut engine = Engine::new().unwrap();
    engine.set_lists(Arc::new(lists));
    with_reading(&engine, update, |reading| {
        let signal = REGISTRY.iter().position(|known| known.name == definition.name).unwrap();
        let patterns = &engine.patterns[signal];
        let subject = Subject {
            event: &reading.event,
            context: &context,
            settings,
            lists: &engine.lists,
            reading,
            wording: engine.wording(reading, settings),
            signal,
            patterns,
        };
        let mut hits = Hits::default();
        (definition.detect)(&subject, &mut hits);
        hits
    })
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

fn with_reading<T>(engine: &Engine, update: &Value, use_it: impl FnOnce(&crate::Reading<'_>) -> T) -> T {
    let raw = serde_json::to_vec(update).unwrap();
    let mended = mend(&raw);
    let event = extract(Update::read(&mended).unwrap()).unwrap().event.unwrap();
    let reading = engine.read(event, &mut Scratch::default());
    use_it(&reading)
}
