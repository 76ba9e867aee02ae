use crate::event::Role;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "advert_in_name",
    kind: Kind::Evidence,
    group: Group::ProfilePromotion,
    weight: 1300,
    members_do_too: false,
    title: "Advert in the name",
    sentence: "The sender's name or tag is an advert.",
    phrases: &[&[
        "click my profile",
        "check my bio",
        "see my bio",
        "link in bio",
        "in my profile",
        "vip signals",
        "crypto signals",
        "free signals",
        "earn",
        "earnings",
        "free money",
        "hot girls",
        "onlyfans",
        "casino bonus",
        "смотри профиль",
        "смотри в профиле",
        "ссылка в профиле",
        "в профиле",
        "заходи в профиль",
        "в био",
        "в описании",
        "ссылка в шапке",
        "заработок",
        "заработай*",
        "подработка",
        "работа онлайн",
        "слив",
        "интим",
        "мой канал",
        "в закрепе",
        "ganar dinero",
        "mira mi perfil",
        "profilime bak*",
        "profilde",
        "cek bio",
        "klik profil",
        "slot gacor",
        "看我简介",
        "看简介",
        "点我头像",
        "看头像",
        "兼职",
        "日赚",
    ]],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.links(Role::Name).filter(|link| link.reads_as_address()) {
        // A site of one's own in the name is vanity; a Telegram link there is a shop window.
        hits.strength(if link.is_telegram() { FULL } else { 500 });
        hits.span(link.span);
    }
    subject.mentions(Role::Name).for_each(|mention| hits.add(mention));
    for phrase in subject.phrases(Role::Name) {
        hits.add(subject.phrase_span(phrase));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    fn named(first_name: &str) -> u16 {
        hits(&DEFINITION, &message(json!({"text": "hello", "from": {"id": 42, "first_name": first_name}}))).strength
    }

    #[test]
    fn adverts_in_names_and_tags_hit() {
        assert_eq!(named("Заработок ➜ @profit_here"), 1000);
        assert_eq!(named("Anna t.me/+AbCdEf"), 1000);
        assert_eq!(named("兼职日赚500"), 1000);
        let tagged = message(json!({"text": "hello", "sender_tag": "VIP signals t.me/vipsig"}));
        assert_eq!(hits(&DEFINITION, &tagged).strength, 1000);
    }

    #[test]
    fn names_of_people_are_left_alone() {
        for name in ["Robin", "Анна Профильева", "Mr. O.K.", "𝓡𝓸𝓫𝓲𝓷", "John @ Berlin", "سارا", "王伟", "node.js fan"]
        {
            assert_eq!(named(name), 0, "{name}");
        }
    }
}
