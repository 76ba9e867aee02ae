use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "telegram_link",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 600,
    members_do_too: true,
    title: "Telegram link",
    sentence: "The message points to another Telegram channel, chat or account.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_links() {
        if hits.is_full() {
            return;
        }
        if link.is_telegram() && link.path().len() > 1 && !link.is_invite() && !link.is_bot_start() {
            hits.add(link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn a_channel_link_hits() {
        assert_hits(&DEFINITION, &["more at t.me/some_channel", "https://telegram.me/person"]);
    }

    #[test]
    fn other_links_are_left_alone() {
        assert_traps(&DEFINITION, &["https://example.com", "t.me is Telegram's", "t.me/+AbCdEf"]);
    }
}
