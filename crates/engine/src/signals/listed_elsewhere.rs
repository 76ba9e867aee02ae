use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "listed_elsewhere",
    kind: Kind::Context,
    group: Group::ExternalLists,
    weight: 2500,
    members_do_too: true,
    title: "Listed elsewhere",
    sentence: "Lists that other groups keep name the sender as a spammer.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// One list may be wrong.
const ONE_LIST: u16 = 700;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(listed) = subject.event.facts.as_ref().and_then(|facts| facts.listed.as_ref()) else { return };
    hits.strength(match listed.len() {
        0 => 0,
        1 => ONE_LIST,
        _ => FULL,
    });
    hits.detail = Some(listed.join(", "));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, hits_of_facts, text};

    #[test]
    fn it_grows_with_the_lists_and_names_them() {
        let found = |listed: &[&str]| hits_of_facts(&DEFINITION, &text("hello"), &json!({"listed": listed}));
        assert_eq!([found(&[]).strength, found(&["cas"]).strength], [0, ONE_LIST]);
        let both = found(&["cas", "federation:gardens"]);
        assert_eq!((both.strength, both.detail.as_deref()), (FULL, Some("cas, federation:gardens")));
        assert_eq!(hits(&DEFINITION, &text("hello")).strength, 0);
    }
}
