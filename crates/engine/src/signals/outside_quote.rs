use crate::event::Role;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "outside_quote",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 1500,
    members_do_too: false,
    title: "Quote of an outside post",
    sentence: "The message quotes a post of another chat that holds links or an advert.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Nearly every post of a channel holds a link or a name, and people ask about posts: 900 milli-logits, a nudge.
const PLAIN: u16 = 600;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let is_outside = subject
        .event
        .external_chat
        .is_some_and(|chat| chat != subject.event.chat_id && Some(chat) != subject.settings.linked_chat_id);
    if !is_outside {
        return;
    }
    for link in subject.links(Role::Quoted) {
        if link.is_invite() || link.is_bot_start() {
            hits.add(link.span);
        } else {
            hits.nudge(PLAIN, link.span);
        }
    }
    subject.mentions(Role::Quoted).for_each(|mention| hits.nudge(PLAIN, mention));
    let mut adverts = subject.phrases_of_all(Role::Quoted);
    if let (Some(first), Some(second)) = (adverts.next(), adverts.next()) {
        hits.add(subject.phrase_span(first));
        hits.add(subject.phrase_span(second));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    const ADVERT: &str = "Заработок от 100$ в день без опыта, пишите @manager_job";

    fn quoting(external: i64, quote: &str) -> u16 {
        hits(
            &DEFINITION,
            &message(json!({
                "text": "interesting",
                "quote": {"text": quote},
                "external_reply": {"chat": {"id": external, "type": "channel"}},
            })),
        )
        .strength
    }

    #[test]
    fn an_advert_quoted_from_outside_hits() {
        assert_eq!(quoting(-100_777, ADVERT), 1000);
        assert_eq!(quoting(-100_777, "see t.me/+AbCdEf"), 1000);
    }

    #[test]
    fn a_plain_link_in_the_quote_is_a_nudge_only() {
        for quote in ["Roses: https://garden.example/roses", "News by @garden_news", "See t.me/garden_news/12"] {
            assert_eq!(quoting(-100_777, quote), PLAIN, "{quote}");
        }
        assert_eq!(quoting(-100_777, "Start t.me/some_bot?start=ref1 and see https://garden.example"), 1000);
    }

    #[test]
    fn topics_of_the_group_and_harmless_quotes_are_left_alone() {
        assert_eq!(quoting(-100_500, ADVERT), 0);
        assert_eq!(quoting(-100_777, "The roses bloom in June"), 0);
        let reply = message(json!({"text": "what is this?", "quote": {"text": ADVERT}}));
        assert_eq!(hits(&DEFINITION, &reply).strength, 0);
    }
}
