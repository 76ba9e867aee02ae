use crate::signal::{Definition, Group, Kind};

/// Found by `crate::locks`, which names the kind of content; it deletes by itself and adds nothing to the score.
pub static DEFINITION: Definition = Definition {
    name: "lock",
    kind: Kind::Evidence,
    group: Group::Rules,
    weight: 0,
    members_do_too: true,
    title: "Locked content",
    sentence: "The message is of a kind that the group does not let be sent.",
    phrases: &[],
    patterns: &[],
    detect: |_, _| {},
};
