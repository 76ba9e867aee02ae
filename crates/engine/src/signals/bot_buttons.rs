use crate::place::Place;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "bot_buttons",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 1500,
    members_do_too: false,
    title: "Buttons by a bot",
    sentence: "A bot wrote the message for the sender, with buttons that lead elsewhere.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if subject.event.by_bot {
        for link in subject.own_links().filter(|link| matches!(link.span.place, Place::ButtonUrl(..))) {
            hits.add(link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    #[test]
    fn buttons_of_inline_and_guest_bots_hit() {
        let keyboard = json!({"inline_keyboard": [[{"text": "Get the bonus", "url": "https://bonus.example"}]]});
        let bot = json!({"id": 5, "is_bot": true, "first_name": "Post", "username": "post_bot"});
        let inline = message(json!({"text": "hi", "via_bot": bot, "reply_markup": keyboard}));
        assert!(hits(&DEFINITION, &inline).strength > 0);
        let caller = json!({"id": 43, "first_name": "Caller"});
        let guest =
            message(json!({"text": "hi", "from": bot, "guest_bot_caller_user": caller, "reply_markup": keyboard}));
        assert!(hits(&DEFINITION, &guest).strength > 0);
    }

    #[test]
    fn pictures_by_a_bot_without_buttons_are_left_alone() {
        let bot = json!({"id": 5, "is_bot": true, "first_name": "GIF", "username": "gif"});
        assert_eq!(hits(&DEFINITION, &message(json!({"animation": {"file_id": "x"}, "via_bot": bot}))).strength, 0);
    }
}
