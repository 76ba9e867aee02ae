use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "stacked_marks",
    kind: Kind::Evidence,
    group: Group::Obfuscation,
    weight: 1000,
    members_do_too: true,
    title: "Stacked marks",
    sentence: "Letters carry stacks of marks that no language writes.",
    phrases: &[],
    patterns: &[],
    detect,
};

const FEWEST: usize = 6;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for view in subject.own() {
        let marks = &view.folded.disguise.stacked_marks;
        if marks.len() >= FEWEST {
            hits.strength(FULL);
            for range in marks {
                hits.span(view.original(*range));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn stacks_hit() {
        assert_hits(&DEFINITION, &["e\u{301}\u{302}\u{303}a\u{301}\u{302}\u{303}r\u{301}\u{302}\u{303}n"]);
    }

    #[test]
    fn languages_with_accents_are_left_alone() {
        assert_traps(
            &DEFINITION,
            &["Tiê\u{301}ng Viê\u{323}t râ\u{301}t đe\u{323}p", "นี่คือน้ำ", "שָׁלוֹם", "1\u{fe0f}\u{20e3} 2\u{fe0f}\u{20e3}"],
        );
    }
}
