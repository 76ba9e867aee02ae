use crate::place::Place;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "qr_link",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1200,
    members_do_too: true,
    title: "Link in a QR code",
    sentence: "A picture in the message holds a QR code that leads somewhere.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Tickets, menus and wireless networks have codes too: 600 milli-logits, a nudge.
const ELSEWHERE: u16 = 500;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_links().filter(|link| matches!(link.span.place, Place::PictureLink(_))) {
        if link.is_telegram() {
            hits.add(link.span);
        } else {
            hits.nudge(ELSEWHERE, link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits_of_facts, message, text};

    fn strength(code: &str) -> u16 {
        let photo = message(json!({"photo": [{"file_id": "x"}]}));
        hits_of_facts(&DEFINITION, &photo, &json!({"picture": {"links": [code]}})).strength
    }

    #[test]
    fn a_code_that_leads_into_telegram_hits() {
        assert_eq!(strength("https://t.me/+AbCdEfGh"), 1000);
        assert_eq!(strength("tg://resolve?domain=gift_bot&start=7"), 1000);
    }

    #[test]
    fn other_codes_are_nudges_and_links_in_the_text_are_no_codes() {
        assert_eq!(strength("https://menu.example/table/7"), ELSEWHERE);
        assert_eq!(strength("WIFI:S:garden;T:WPA;P:roses;;"), 0);
        assert_eq!(hits_of_facts(&DEFINITION, &text("t.me/+AbCdEfGh"), &json!({})).strength, 0);
    }
}
