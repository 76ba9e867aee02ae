use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "invite_link",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1500,
    members_do_too: true,
    title: "Invite link",
    sentence: "The message invites into another Telegram chat or folder of chats.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Letters from which a text is a post of its own, and one invite in it rather a footer than the point.
const LONG_POST: u32 = 300;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let invites = || subject.own_links().filter(|link| link.is_invite());
    let leads_to_one_place = invites().zip(invites().skip(1)).all(|(left, right)| left.path() == right.path());
    for link in invites() {
        hits.strength(if leads_to_one_place && subject.letters() >= LONG_POST { 600 } else { FULL });
        hits.span(link.span);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::place::{Place, Span};
    use crate::testing::{assert_hits, assert_traps, hits, message, text};

    #[test]
    fn invites_hit_however_they_are_written() {
        assert_hits(
            &DEFINITION,
            &[
                "join https://t.me/+AbCdEfGh123",
                "t.me/joinchat/AAAAAE",
                "Подборка каналов: t.me/addlist/qwerty",
                "заходи t[.]me/+AbCdEf",
                "hxxps://telegram.me/joinchat/xyz",
            ],
        );
    }

    #[test]
    fn an_invite_behind_a_word_is_found_at_the_word() {
        let entities = json!([{"type": "text_link", "offset": 6, "length": 4, "url": "https://t.me/+secret"}]);
        let found = hits(&DEFINITION, &message(json!({"text": "press here now", "entities": entities})));
        assert_eq!(found.spans, [Span { place: Place::Text, offset: 6, length: 4 }]);
    }

    #[test]
    fn one_invite_below_a_long_post_is_a_nudge() {
        let post = "A long story about roses and soil. ".repeat(20);
        assert_eq!(hits(&DEFINITION, &text(&format!("{post} t.me/+AbCdEf"))).strength, 600);
        assert_eq!(hits(&DEFINITION, &text(&format!("{post} t.me/+AbCdEf t.me/+Others"))).strength, 1000);
    }

    #[test]
    fn channels_posts_and_quotes_are_left_alone() {
        assert_traps(&DEFINITION, &["see t.me/rustlang/123", "https://example.com/+1", "dial +1 or t.me"]);
        let quoting = message(json!({"text": "what is this?", "quote": {"text": "t.me/+AbCdEf"}}));
        assert_eq!(hits(&DEFINITION, &quoting).strength, 0);
        assert_eq!(hits(&DEFINITION, &text("t.me/+")).strength, 0);
    }
}
