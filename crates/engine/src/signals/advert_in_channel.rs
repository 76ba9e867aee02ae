use crate::event::Role;
use crate::place::Place;
use crate::promotion::advert;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "advert_in_channel",
    kind: Kind::Evidence,
    group: Group::ProfilePromotion,
    weight: 1300,
    members_do_too: false,
    title: "Advert in the channel",
    sentence: "The personal channel in the sender's profile is an advert.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// One post of many may be an advert in anybody's channel: 910 milli-logits, a nudge.
const ONE_POST: u16 = 700;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let places = subject.views(Role::Profile).map(|view| view.field.place);
    let mut posts = 0;
    for place in places.filter(|place| matches!(place, Place::PersonalChannel(_))) {
        let spans = advert(subject, place);
        posts += u16::from(!spans.is_empty());
        let is_more_than_a_post = place == Place::PersonalChannel(0) || posts > 1;
        for span in spans {
            if is_more_than_a_post {
                hits.add(span);
            } else {
                hits.nudge(ONE_POST, span);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits_of_facts, text};

    const ADVERT: &str = "Пассивный доход без вложений, пишите мне";

    fn strength(title: &str, texts: &[&str]) -> u16 {
        let channel = json!({"title": title, "username": "channel", "texts": texts});
        let facts = json!({"profile": {"personal_channel": channel}});
        hits_of_facts(&DEFINITION, &text("great post"), &facts).strength
    }

    #[test]
    fn a_channel_of_adverts_hits() {
        assert_eq!(strength("VIP signals", &[]), 1000);
        assert_eq!(strength("Anna", &[ADVERT, "Good morning", ADVERT]), 1000);
    }

    #[test]
    fn one_advert_among_posts_is_a_nudge_and_an_ordinary_channel_nothing() {
        assert_eq!(strength("Anna", &["Good morning", ADVERT]), ONE_POST);
        assert_eq!(strength("My roses", &["First bloom!", "More at rosegarden.example and t.me/rose_friends"]), 0);
    }
}
