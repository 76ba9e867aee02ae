use crate::event::EventKind;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "mass_join",
    kind: Kind::Evidence,
    group: Group::Burst,
    weight: 1200,
    members_do_too: true,
    title: "Mass join",
    sentence: "Many people join within minutes.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// At the group's limit: just enough for a human to look at it.
const MANY: u16 = 850;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if !matches!(subject.event.kind, EventKind::Join | EventKind::JoinRequest) {
        return;
    }
    let (joins, limit) = (subject.context.recent_joins, u32::from(subject.settings.policy.mass_join_size));
    hits.strength(match joins {
        _ if joins < limit => 0,
        _ if joins >= 2 * limit || subject.event.by_folder_link => FULL,
        _ => MANY,
    });
    hits.count(joins, "others within five minutes");
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    fn join(by_folder: bool) -> Value {
        let user = json!({"id": 4, "first_name": "R"});
        json!({"update_id": 1, "chat_member": {"date": 5, "chat": {"id": -5}, "from": user,
            "via_chat_folder_invite_link": by_folder, "old_chat_member": {"status": "left", "user": user},
            "new_chat_member": {"status": "member", "user": user}}})
    }

    #[test]
    fn it_counts_from_the_groups_limit_on() {
        let strength = |recent_joins, by_folder| {
            hits_given(&DEFINITION, &join(by_folder), Context { recent_joins, ..Context::default() }).strength
        };
        assert_eq!([strength(14, false), strength(15, false), strength(30, false)], [0, MANY, 1000]);
        assert_eq!([strength(14, true), strength(15, true)], [0, 1000]);
    }

    #[test]
    fn a_message_during_a_mass_join_is_no_join() {
        let context = Context { recent_joins: 30, ..Context::default() };
        assert_eq!(hits_given(&DEFINITION, &text("hello"), context).strength, 0);
    }
}
