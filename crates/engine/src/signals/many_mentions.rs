use crate::event::Role;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "many_mentions",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1200,
    members_do_too: true,
    title: "Many mentions",
    sentence: "The message names many accounts or channels.",
    phrases: &[],
    patterns: &[],
    detect,
};

const FEW: usize = 5;
const MANY: usize = 8;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    hits.strength(match subject.mentions(Role::Own).count() {
        0..FEW => 0,
        FEW..MANY => 500,
        _ => FULL,
    });
    subject.mentions(Role::Own).for_each(|mention| hits.span(mention));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn a_list_of_names_hits() {
        assert_hits(
            &DEFINITION,
            &["@first1 @second2 @third3 @fourth4 @fifth5", "@aaaa1 @aaaa2 @aaaa3 @aaaa4 @aaaa5 @aaaa6 @aaaa7 @aaaa8"],
        );
    }

    #[test]
    fn calling_some_friends_is_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "@anna1 @bert2 @carl3 lunch?",
                "mail me at a@b.example, c@d.example, e@f.example, g@h.example, i@j.example",
            ],
        );
    }
}
