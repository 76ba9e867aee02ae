//! What a second round is worth asking for. Every want costs calls to others: the rule keeps them rare.

use chatwarden_engine::{
    ChatSettings, EventKind, LETTERS_OF_MEANING, MessageVerdict, Reading, SenderVerdict, Verdict, Want,
};

/// A sender's first messages here, of which the profile is looked at though they say nothing.
const FIRST_MESSAGES: u32 = 3;
/// Messages reacted to, this one included, from which the profile is looked at.
const SOME_REACTIONS: u32 = 3;

/// Facts that could still change a verdict (docs/detection.md, "The second round").
pub fn wants(reading: &Reading<'_>, verdict: &Verdict, settings: &ChatSettings) -> Vec<Want> {
    if verdict.round > 1 || verdict.guard.is_some() || !verdict.context.is_newcomer() || is_final(verdict) {
        return Vec::new();
    }
    let is_noticed = verdict.has_evidence();
    let wants = [
        (is_noticed || may_stand_for_a_profile(verdict), Want::Profile),
        (is_noticed, Want::Lists),
        (reading.event.has_photo() && verdict.message != MessageVerdict::Delete, Want::Picture),
        (verdict.message == MessageVerdict::Review && reading.has_letters(LETTERS_OF_MEANING), Want::Opinion),
        (verdict.may_turn_on_meaning(reading, settings), Want::Meaning),
    ];
    wants.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, want)| want).collect()
}

/// What could come of it has come.
fn is_final(verdict: &Verdict) -> bool {
    verdict.message == MessageVerdict::Delete && verdict.sender >= SenderVerdict::Mute
}

/// Harmless words, or none, may only be there to show a profile.
fn may_stand_for_a_profile(verdict: &Verdict) -> bool {
    let context = &verdict.context;
    match verdict.event {
        EventKind::Message | EventKind::Edit => context.messages_here < FIRST_MESSAGES,
        EventKind::Reaction => context.recent_reactions + 1 >= SOME_REACTIONS,
        EventKind::Join | EventKind::JoinRequest => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chatwarden_context::{Entry, Key, Record};
    use chatwarden_engine::text_model::{Delta, Tap, TapFeatures};
    use chatwarden_engine::{ChatSettings, Facts};
    use serde_json::{Value, json};

    use super::*;
    use crate::{Scanner, Sources, look_at};

    const NOW: i64 = 1_780_000_000;

    /// What is wanted of somebody's message, who wrote so many before.
    fn wanted(fields: &Value, messages_here: i64, settings: &str, facts: Option<&str>) -> Vec<Want> {
        let mut message =
            json!({"message_id": 900, "date": NOW, "chat": {"id": -5}, "from": {"id": 42, "first_name": "R"}});
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut record = Record::default();
        for update_id in 1..=messages_here {
            let tag = u64::try_from(update_id).unwrap();
            let date = NOW - 100_000 + update_id;
            record.add(Entry { date, update_id, message_id: update_id, tag, flags: 0, links: 0 });
        }
        let raw = json!({"update_id": 900, "message": message}).to_string();
        let settings = ChatSettings::read(settings.as_bytes()).unwrap();
        let scanner = Scanner::new().unwrap();
        let facts = facts.map(|facts| Facts::read(facts.as_bytes()).unwrap());
        let round = if facts.is_some() { 2 } else { 1 };
        let sources = Sources::new([raw.as_bytes()]).with_facts(vec![facts]);
        let known = |key: &Key| matches!(key, Key::Sender { .. }).then_some(&record);
        let outcome = scanner.judge(scanner.prepare(7, &sources), round, |_| &settings, known);
        outcome.items.into_iter().next().unwrap().wants
    }

    #[test]
    fn the_profile_is_looked_at_for_somebodys_first_messages() {
        let hello = json!({"text": "hello"});
        assert_eq!(wanted(&hello, 0, "{}", None), [Want::Profile]);
        assert_eq!(wanted(&hello, 2, "{}", None), [Want::Profile]);
        assert_eq!(wanted(&hello, 3, "{}", None), []);
    }

    #[test]
    fn a_hint_is_worth_more_questions() {
        let hint = json!({"text": "More about old roses at t.me/some_channel"});
        assert_eq!(wanted(&hint, 0, "{}", None), [Want::Profile, Want::Lists, Want::Opinion]);
        assert_eq!(wanted(&hint, 5, "{}", None), [Want::Profile, Want::Lists]);
        assert_eq!(wanted(&json!({"photo": [{"file_id": "x"}]}), 5, "{}", None), [Want::Picture]);
    }

    #[test]
    fn meaning_is_looked_at_where_words_are_not_far_from_the_threshold_and_farther_where_somebody_tapped() {
        let scanner = Scanner::new().unwrap();
        let wanted = |learned: Option<Arc<Delta>>, words: &str| {
            let message = json!({"message_id": 900, "date": NOW, "chat": {"id": -5}, "text": words,
                "from": {"id": 42, "first_name": "R"}});
            let raw = json!({"update_id": 900, "message": message}).to_string();
            let mut settings = ChatSettings::default();
            settings.learned = learned;
            let sources = Sources::new([raw.as_bytes()]);
            let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
            outcome.items.into_iter().next().unwrap().wants.contains(&Want::Meaning)
        };
        let texts = json!([{"place": "text", "text": "we lend cash to anybody within an hour"}]).to_string();
        let features = look_at(texts.as_bytes()).unwrap().features.unwrap();
        let features = TapFeatures::from_bytes(&features).unwrap();
        let tap = Tap { features, is_spam: true, weight: 1000, given_at: 1 };
        let taught = Arc::new(scanner.learn(None, &[tap]));
        assert!(wanted(None, "looking for two partners, remote, from 900$ a week"));
        let words = "money for everybody, no papers asked, write today";
        assert!(wanted(Some(taught.clone()), words));
        assert!(!wanted(None, words), "nobody tapped");
        assert!(!wanted(Some(Arc::new(scanner.learn(None, &[]))), words), "nothing was learned");
        assert!(!wanted(Some(taught), "money!"), "too short to mean anything");
        assert!(!wanted(None, "the roses need water twice a week in summer"), "far from spam");
    }

    #[test]
    fn what_cannot_change_is_not_asked_for() {
        let bait = json!({"text": "Remote work 18+, from 80 $ a day, no experience, write me t.me/+AbCdEfGh"});
        assert_eq!(wanted(&bait, 0, "{}", None), []);
        assert_eq!(wanted(&bait, 0, r#"{"protected":[42]}"#, None), []);
        let hint = json!({"text": "More about old roses at t.me/some_channel"});
        assert_eq!(wanted(&hint, 10, "{}", None), []);
        assert_eq!(wanted(&hint, 0, "{}", Some("{}")), []);
    }
}
