use crate::event::Role;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "advert_in_name",
    kind: Kind::Evidence,
    group: Group::ProfilePromotion,
    weight: 1300,
    members_do_too: false,
    title: "Advert in the name",
    sentence: "The sender's name or tag is an advert.",
    phrases: &[PHRASES, WORDS],
    patterns: &[],
    detect,
};

/// Nobody is called so.
const PHRASES: &[&str] = &[
    "click my profile",
    "check my bio",
    "see my bio",
    "link in bio",
    "in my profile",
    "vip signals",
    "crypto signals",
    "free signals",
    "free money",
    "hot girls",
    "casino bonus",
    "смотри профиль",
    "смотри в профиле",
    "ссылка в профиле",
    "в профиле",
    "заходи в профиль",
    "в био",
    "в описании",
    "ссылка в шапке",
    "работа онлайн",
    "мой канал",
    "в закрепе",
    "ganar dinero",
    "mira mi perfil",
    "profilime bak*",
    "cek bio",
    "klik profil",
    "slot gacor",
    "看我简介",
    "看简介",
    "点我头像",
    "看头像",
];

/// Single words that are also names ("Earn" in Thailand), nicknames or trades.
const WORDS: &[&str] = &[
    "earn",
    "earnings",
    "onlyfans",
    "заработок",
    "заработай*",
    "подработка",
    "слив",
    "интим",
    "profilde",
    "兼职",
    "日赚",
];
const WORD_CLASS: usize = 1;

/// One hint alone: 910 milli-logits, a nudge.
const HINT: u16 = 700;
/// A site of one's own in the name is vanity; a Telegram link there is a shop window.
const SITE: u16 = 500;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let mut sites = false;
    for link in subject.links(Role::Name).filter(|link| link.reads_as_address()) {
        if link.is_telegram() {
            hits.add(link.span);
        } else {
            sites = true;
            hits.nudge(SITE, link.span);
        }
    }
    subject.mentions(Role::Name).for_each(|mention| hits.add(mention));
    let mut first_word = None;
    for phrase in subject.phrases(Role::Name) {
        let span = subject.phrase_span(phrase);
        let words = subject.phrase_words(phrase);
        let is_second_hint = sites || *first_word.get_or_insert(words) != words;
        if phrase.class != WORD_CLASS || is_second_hint {
            hits.add(span);
        } else {
            hits.nudge(HINT, span);
        }
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
    fn a_single_word_is_a_nudge_and_two_different_hints_are_an_advert() {
        for name in ["Earn", "Слив", "earn earn", "Подработка"] {
            assert_eq!(named(name), HINT, "{name}");
        }
        for name in ["Заработок и подработка", "Earn | example.com", "Слив @leaked_here"] {
            assert_eq!(named(name), 1000, "{name}");
        }
    }

    #[test]
    fn names_of_people_are_left_alone() {
        for name in ["Robin", "Анна Профильева", "Mr. O.K.", "𝓡𝓸𝓫𝓲𝓷", "John @ Berlin", "سارا", "王伟", "node.js fan"]
        {
            assert_eq!(named(name), 0, "{name}");
        }
    }
}
