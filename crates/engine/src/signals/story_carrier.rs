use crate::place::{Place, Span};
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "story_carrier",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 1000,
    members_do_too: true,
    title: "Shared story",
    sentence: "The message carries a story of another account or channel.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if subject.event.story_chat.is_some_and(|chat| chat != subject.event.chat_id && chat != subject.event.sender.id) {
        hits.add(Span { place: Place::Story, offset: 0, length: 0 });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message, text};

    #[test]
    fn a_story_from_elsewhere_hits_and_an_own_one_does_not() {
        let story = |id: i64| message(json!({"story": {"chat": {"id": id, "type": "channel"}, "id": 3}}));
        assert_eq!(hits(&DEFINITION, &story(-100_777)).strength, 1000);
        assert_eq!(hits(&DEFINITION, &story(42)).strength, 0);
        assert_eq!(hits(&DEFINITION, &text("a story")).strength, 0);
    }
}
