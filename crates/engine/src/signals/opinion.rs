use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "opinion",
    kind: Kind::Context,
    group: Group::Offer,
    weight: 1500,
    members_do_too: true,
    title: "Opinion of a model",
    sentence: "A language model that was asked thinks the words are spam.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// In doubt it says nothing.
const DOUBT: u16 = 500;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(opinion) = subject.event.facts.as_ref().and_then(|facts| facts.opinion) else { return };
    hits.strength(opinion.saturating_sub(DOUBT) * 2);
    hits.count(opinion, "of 1000");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, hits_of_facts, text};

    #[test]
    fn it_counts_as_far_as_the_model_is_sure() {
        let strength = |opinion: u16| hits_of_facts(&DEFINITION, &text("hello"), &json!({"opinion": opinion})).strength;
        assert_eq!([strength(0), strength(500), strength(750), strength(1000)], [0, 0, 500, 1000]);
        assert_eq!(hits(&DEFINITION, &text("hello")).strength, 0);
    }
}
