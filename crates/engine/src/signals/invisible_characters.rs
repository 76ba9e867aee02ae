use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "invisible_characters",
    kind: Kind::Evidence,
    group: Group::Obfuscation,
    weight: 900,
    members_do_too: false,
    title: "Invisible characters",
    sentence: "Characters nobody can see are put between the letters.",
    phrases: &[],
    patterns: &[],
    detect,
};

const FEWEST: u32 = 3;
/// Invisible characters per thousand letters from which they stand between the letters of words.
const DENSE: u32 = 80;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for view in subject.own() {
        let invisible = &view.folded.disguise.invisible;
        let letters = view.folded.disguise.letters.max(1);
        let count = u32::try_from(invisible.len()).unwrap_or(u32::MAX);
        if count >= FEWEST {
            let share = count.saturating_mul(u32::from(FULL)) / letters;
            hits.strength(if share >= DENSE { FULL } else { 400 });
            hits.count(count, "characters");
            for range in invisible {
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
    fn split_words_hit() {
        assert_hits(
            &DEFINITION,
            &["ea\u{200b}rn mo\u{200b}ney fa\u{200b}st", "р\u{2060}а\u{2060}б\u{2060}о\u{2060}та"],
        );
    }

    #[test]
    fn scripts_emoji_and_pasted_text_are_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "می\u{200c}خواهم کتاب\u{200c}های خوب\u{200c}تری بخوانم",
                "👨\u{200d}👩\u{200d}👧 👩\u{200d}💻 👨\u{200d}🚀 ❤\u{fe0f}",
                "Фото\u{ad}аппарат, газо\u{ad}но\u{ad}косилка и дожде\u{ad}ва\u{ad}тель",
                "\u{feff}pasted from \u{200e}somewhere\u{200e}",
                "क\u{94d}\u{200d}ष क\u{94d}\u{200d}ष क\u{94d}\u{200d}ष",
            ],
        );
    }
}
