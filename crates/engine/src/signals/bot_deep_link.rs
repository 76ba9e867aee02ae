use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "bot_deep_link",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1300,
    members_do_too: true,
    title: "Bot deep link",
    sentence: "A link starts a bot with a parameter or opens its Mini App.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_links().filter(|link| link.is_bot_start()) {
        hits.add(link.span);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{assert_hits, assert_traps, hits, message};

    #[test]
    fn bots_started_with_a_parameter_hit() {
        assert_hits(
            &DEFINITION,
            &[
                "Claim here https://t.me/reward_bot?start=ref_9912",
                "t.me/AirdropBot/claim?startapp=kk",
                "tg://resolve?domain=gift_bot&start=7",
            ],
        );
    }

    #[test]
    fn a_button_that_opens_a_mini_app_hits() {
        let keyboard = json!({"inline_keyboard": [[{"text": "Open", "url": "https://t.me/coin_bot/app?startapp=1"}]]});
        let update = message(json!({"text": "look", "reply_markup": keyboard}));
        assert!(hits(&DEFINITION, &update).strength > 0);
    }

    #[test]
    fn a_bot_that_is_only_named_is_left_alone() {
        assert_traps(&DEFINITION, &["try t.me/gif", "https://t.me/some_bot", "https://example.com/page?start=10"]);
    }
}
