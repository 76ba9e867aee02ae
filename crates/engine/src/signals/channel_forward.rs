use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "channel_forward",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 700,
    members_do_too: true,
    title: "Forward from a channel",
    sentence: "The message is forwarded from a channel.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let origin = subject.event.forwarded_from_channel;
    if origin.is_some_and(|origin| origin != subject.event.chat_id && Some(origin) != subject.settings.linked_chat_id) {
        hits.strength(FULL);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    fn strength(origin: i64) -> u16 {
        let origin = json!({"type": "channel", "date": 1, "message_id": 3, "chat": {"id": origin, "type": "channel", "title": "News"}});
        hits(&DEFINITION, &message(json!({"text": "hi", "forward_origin": origin}))).strength
    }

    #[test]
    fn a_foreign_channel_hits_and_the_group_itself_does_not() {
        assert_eq!(strength(-100_777), 1000);
        assert_eq!(strength(-100_500), 0);
    }

    #[test]
    fn a_forward_of_a_person_is_left_alone() {
        let origin = json!({"type": "user", "date": 1, "sender_user": {"id": 3, "first_name": "Ann"}});
        assert_eq!(hits(&DEFINITION, &message(json!({"text": "hi", "forward_origin": origin}))).strength, 0);
    }
}
