use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "mixed_script",
    kind: Kind::Evidence,
    group: Group::Obfuscation,
    weight: 900,
    members_do_too: false,
    title: "Look-alike letters",
    sentence: "Words hide letters of another script that only look right.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let mut words = 0;
    for view in subject.own() {
        for word in &view.folded.disguise.mixed_words {
            words += 1;
            hits.span(view.original(*word));
        }
    }
    hits.strength(match words {
        0 => 0,
        1 => 400,
        2 => 700,
        _ => FULL,
    });
    hits.count(words, "words");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};
    use crate::testing::{hits, text};

    #[test]
    fn words_of_mixed_letters_hit() {
        assert_hits(&DEFINITION, &["Ищy пaртнёров для зaрaбoткa", "Теlеgrаm bоnus"]);
        assert_eq!(hits(&DEFINITION, &text("Удaлённaя рaбoтa, дoхoд")).strength, 1000);
    }

    #[test]
    fn bilingual_writing_is_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "IT-шник поставил Windows, скачал PDFку и APIшку",
                "Привет, hello, γειά σου",
                "Δt = 5 µs, 3-х летний, C++ник",
                "сор и хор",
            ],
        );
    }
}
