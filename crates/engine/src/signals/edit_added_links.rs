use crate::event::Role;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "edit_added_links",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1200,
    members_do_too: true,
    title: "Edit added links",
    sentence: "The message was edited and now holds more links or names than before.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(before) = subject.context.previous_links else { return };
    let now = subject.reading.link_count();
    if now > before {
        hits.strength(FULL);
        hits.count(now - before, "more than before");
        subject.own_links().for_each(|link| hits.span(link.span));
        subject.mentions(Role::Own).for_each(|mention| hits.span(mention));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, message};

    fn strength(text: &str, previous_links: Option<u32>) -> u16 {
        let context = Context { previous_links, ..Context::default() };
        hits_given(&DEFINITION, &message(json!({"text": text})), context).strength
    }

    #[test]
    fn a_link_edited_in_hits() {
        assert_eq!(strength("thanks! https://example.com", Some(0)), 1000);
        assert_eq!(strength("thanks, ask @some_person", Some(0)), 1000);
    }

    #[test]
    fn typo_fixes_and_unknown_originals_are_left_alone() {
        assert_eq!(strength("thanks!", Some(0)), 0);
        assert_eq!(strength("see https://example.com", Some(1)), 0);
        assert_eq!(strength("see https://example.com", None), 0);
    }
}
