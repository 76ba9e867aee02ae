use crate::signal::{Definition, Group, Hits, Kind, Subject};

/// Lighter than a listed domain: names are given up and taken by others, and members warn of them.
pub static DEFINITION: Definition = Definition {
    name: "scam_listed_name",
    kind: Kind::Evidence,
    group: Group::Listed,
    weight: 3000,
    members_do_too: false,
    title: "Known scam account",
    sentence: "The message points to a Telegram account or channel on the operator's list of scams.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_addresses() {
        if link.account().is_some_and(|name| subject.lists.names_account(name)) {
            hits.add(link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::ListKind;
    use crate::testing::hits_listed;

    fn strength(words: &str) -> u16 {
        hits_listed(&DEFINITION, words, ListKind::TelegramNames, "@Fake_Support\n").strength
    }

    #[test]
    fn listed_names_hit_as_mention_and_as_link() {
        for words in ["write @fake_support", "https://t.me/Fake_Support?start=1", "tg://resolve?domain=fake_support"] {
            assert_eq!(strength(words), 1000, "{words}");
        }
    }

    #[test]
    fn other_names_are_left_alone() {
        for words in ["write @fake_supporter", "fake_support", "me@fake_support.example", "example.com/fake_support"] {
            assert_eq!(strength(words), 0, "{words}");
        }
    }
}
