use crate::event::SenderKind;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "channel_sender",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 800,
    members_do_too: true,
    title: "Channel as sender",
    sentence: "A channel writes instead of a person.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if subject.event.sender.kind == SenderKind::Channel {
        hits.strength(FULL);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message, text};

    #[test]
    fn a_channel_hits_and_a_person_does_not() {
        let channel = json!({"id": -100_777, "type": "channel", "title": "Roses"});
        assert_eq!(hits(&DEFINITION, &message(json!({"text": "hi", "sender_chat": channel}))).strength, 1000);
        assert_eq!(hits(&DEFINITION, &text("hi")).strength, 0);
    }
}
