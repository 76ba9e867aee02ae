use crate::signal::{Definition, Group, Kind};

/// Found by `crate::rules`, which names the rule; it binds by itself and adds nothing to the score.
pub static DEFINITION: Definition = Definition {
    name: "rule",
    kind: Kind::Evidence,
    group: Group::Rules,
    weight: 0,
    members_do_too: false,
    title: "Rule of the admins",
    sentence: "The message meets a rule that the admins wrote.",
    phrases: &[],
    patterns: &[],
    detect: |_, _| {},
};
