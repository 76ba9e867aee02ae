use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "separated_letters",
    kind: Kind::Evidence,
    group: Group::Obfuscation,
    weight: 900,
    members_do_too: false,
    title: "Separated letters",
    sentence: "Words are written with something between every two letters.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// UTF-16 units of a separated word: five letters and what stands between them.
const FEWEST_UNITS: u32 = 9;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let mut words = 0;
    for view in subject.own() {
        for (start, end) in &view.folded.disguise.separated {
            // Three letters apart are an abbreviation ("U.S.A."); from five letters on it is a word.
            if end - start >= FEWEST_UNITS {
                words += 1;
                hits.span(view.original((*start, *end)));
            }
        }
    }
    hits.strength(match words {
        0 => 0,
        1 => 700,
        _ => FULL,
    });
    hits.count(words, "words");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn separated_words_hit() {
        assert_hits(&DEFINITION, &["c.a.s.i.n.o here", "р а б о т а для всех", "e-a-r-n-i-n-g", "c🔥a🔥s🔥i🔥n🔥o"]);
    }

    #[test]
    fn abbreviations_and_lists_are_left_alone() {
        assert_traps(&DEFINITION, &["the U.S.A. and the U.K.", "и т.д. и т.п.", "a, b, c, d, e", "I a m", "1.2.3.4.5"]);
    }
}
