use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "custom_emoji_wall",
    kind: Kind::Evidence,
    group: Group::Obfuscation,
    weight: 1200,
    members_do_too: true,
    title: "Custom emoji wall",
    sentence: "Words are spelled in custom emoji instead of letters.",
    phrases: &[],
    patterns: &[],
    detect,
};

const FEWEST: u32 = 10;
const FEWEST_DIFFERENT: u32 = 7;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let emoji = subject.event.custom_emoji;
    let letters = subject.letters();
    // Chatter repeats a few emoji; spelled words need many different ones.
    if emoji.count >= FEWEST && emoji.different >= FEWEST_DIFFERENT && letters <= emoji.count {
        hits.strength(FULL);
        hits.count(emoji.count, "emoji");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    fn strength(count: usize, different: usize, words: &str) -> u16 {
        let emoji: Vec<_> = (0..count)
            .map(|index| json!({"type": "custom_emoji", "offset": 2 * index, "length": 2, "custom_emoji_id": (index % different).to_string()}))
            .collect();
        hits(&DEFINITION, &message(json!({"text": format!("{}{words}", "😀".repeat(count)), "entities": emoji})))
            .strength
    }

    #[test]
    fn spelled_words_hit() {
        assert_eq!(strength(14, 9, ""), 1000);
    }

    #[test]
    fn premium_chatter_is_left_alone() {
        assert_eq!(strength(14, 2, ""), 0);
        assert_eq!(strength(10, 8, " what a nice evening it was"), 0);
        assert_eq!(strength(5, 5, ""), 0);
    }
}
