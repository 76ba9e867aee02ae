use crate::event::EventKind;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "newness",
    kind: Kind::Context,
    group: Group::Newness,
    weight: 2000,
    members_do_too: true,
    title: "New here",
    sentence: "The sender has written few messages in this group.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Strength by messages here. Days do not count: accounts that joined weeks ago to write their first advert are common.
const STRENGTH: [u16; 10] = [1000, 900, 800, 650, 500, 400, 300, 200, 100, 50];

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let messages = subject.context.messages_here;
    let strength = usize::try_from(messages).ok().and_then(|messages| STRENGTH.get(messages));
    let strength = strength.copied().unwrap_or(0);
    // Many members never write: two fifths where somebody only reacts.
    hits.strength(if subject.event.kind == EventKind::Reaction { strength / 5 * 2 } else { strength });
    hits.count(messages, "messages here before");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    fn strength(messages_here: u32, days_here: u32) -> u16 {
        let context = Context { messages_here, days_here, ..Context::default() };
        hits_given(&DEFINITION, &text("hello"), context).strength
    }

    #[test]
    fn it_fades_with_messages_and_not_with_days() {
        assert_eq!(strength(0, 0), 1000);
        assert_eq!(strength(0, 300), 1000);
        assert!(strength(3, 0) < strength(1, 0));
        assert_eq!(strength(10, 0), 0);
    }
}
