use crate::event::EventKind;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "silent_reactions",
    kind: Kind::Context,
    group: Group::Burst,
    weight: 1200,
    members_do_too: true,
    title: "Reactions without words",
    sentence: "The sender sets reactions to many messages within minutes and has written little or nothing.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Messages reacted to within ten minutes, this one included.
const SOME: u32 = 4;
const MANY: u32 = 8;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if subject.event.kind != EventKind::Reaction || !subject.context.is_newcomer() {
        return;
    }
    let messages = subject.context.recent_reactions.saturating_add(1);
    hits.strength(match messages {
        0..SOME => 0,
        SOME..MANY => 600,
        _ => FULL,
    });
    hits.count(messages, "messages reacted to");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    #[test]
    fn it_takes_many_reactions_of_somebody_unknown() {
        let reaction = json!({"update_id": 1, "message_reaction": {"message_id": 9, "date": 5, "chat": {"id": -5},
            "user": {"id": 4, "first_name": "R"}, "new_reaction": [{"type": "emoji", "emoji": "🔥"}]}});
        let strength = |recent_reactions, messages_here| {
            let context = Context { messages_here, recent_reactions, ..Context::default() };
            hits_given(&DEFINITION, &reaction, context).strength
        };
        assert_eq!([strength(2, 0), strength(3, 0), strength(7, 0), strength(7, 10)], [0, 600, 1000, 0]);
        let context = Context { recent_reactions: 9, ..Context::default() };
        assert_eq!(hits_given(&DEFINITION, &text("hello"), context).strength, 0);
    }
}
