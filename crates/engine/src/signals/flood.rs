use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "flood",
    kind: Kind::Evidence,
    group: Group::Burst,
    weight: 1000,
    members_do_too: true,
    title: "Flood",
    sentence: "The sender writes many messages within seconds.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Messages within 20 seconds, this one included.
const MANY: u32 = 6;
const FLOOD: u32 = 8;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let messages = subject.context.recent_messages.saturating_add(1);
    hits.strength(match messages {
        0..MANY => 0,
        MANY..FLOOD => 600,
        _ => FULL,
    });
    hits.count(messages, "messages within 20 seconds");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    #[test]
    fn it_takes_many_messages_within_seconds() {
        let strength = |recent_messages| {
            hits_given(&DEFINITION, &text("hi"), Context { recent_messages, ..Context::default() }).strength
        };
        assert_eq!([strength(0), strength(4), strength(5), strength(7)], [0, 0, 600, 1000]);
    }
}
