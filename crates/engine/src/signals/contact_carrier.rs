use crate::event::Media;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "contact_carrier",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 1000,
    members_do_too: true,
    title: "Shared contact",
    sentence: "The message carries somebody's contact card.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if subject.event.media == Some(Media::Contact) && !subject.event.contact_is_sender {
        hits.strength(FULL);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    #[test]
    fn a_stranger_s_card_hits_and_one_s_own_does_not() {
        let contact =
            |id: i64| message(json!({"contact": {"phone_number": "1", "first_name": "Manager", "user_id": id}}));
        assert_eq!(hits(&DEFINITION, &contact(99)).strength, 1000);
        assert_eq!(hits(&DEFINITION, &contact(42)).strength, 0);
    }
}
