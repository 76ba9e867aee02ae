use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "messages_here",
    kind: Kind::Trust,
    group: Group::Trust,
    weight: -1000,
    members_do_too: true,
    title: "Good messages here",
    sentence: "The sender has written unsuspicious messages in this group before.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Messages from which the trust is full.
const ENOUGH: u32 = 20;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let messages = subject.context.messages_here;
    let strength = messages.min(ENOUGH) * u32::from(FULL) / ENOUGH;
    hits.strength(u16::try_from(strength).unwrap_or(FULL));
    hits.count(messages, "good messages here");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    #[test]
    fn it_grows_with_messages_up_to_a_limit() {
        let strength = |messages_here| {
            hits_given(&DEFINITION, &text("hello"), Context { messages_here, ..Context::default() }).strength
        };
        assert_eq!([strength(0), strength(10), strength(20), strength(32)], [0, 500, 1000, 1000]);
    }
}
