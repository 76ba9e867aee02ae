use crate::place::Place;
use crate::promotion::advert;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "advert_in_bio",
    kind: Kind::Evidence,
    group: Group::ProfilePromotion,
    weight: 1300,
    members_do_too: false,
    title: "Advert in the bio",
    sentence: "The sender's bio is an advert.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for span in advert(subject, Place::Bio) {
        hits.add(span);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, hits_of_facts, text};

    fn strength(bio: &str) -> u16 {
        hits_of_facts(&DEFINITION, &text("great post"), &json!({"profile": {"bio": bio}})).strength
    }

    #[test]
    fn adverts_hit() {
        for bio in [
            "Пассивный доход от 500$ в день, пишите мне @profit_here",
            "VIP signals every day",
            "18+ only: t.me/+AbCdEfGh",
            "Start here t.me/coin_gift_bot?start=r7",
            "Trading with guaranteed profit, dm me",
        ] {
            assert_eq!(strength(bio), 1000, "{bio}");
        }
    }

    #[test]
    fn what_people_say_of_themselves_is_left_alone() {
        for bio in [
            "Gardener, rosegarden.example",
            "My channel: t.me/garden_notes",
            "Photographer in Kent. Write me @robin_photo",
            "Trader by day, father by night",
            "Дизайнер. Работа: behance.example/anna",
            "",
        ] {
            assert_eq!(strength(bio), 0, "{bio}");
        }
        assert_eq!(hits(&DEFINITION, &text("VIP signals every day")).strength, 0);
    }
}
