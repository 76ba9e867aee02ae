use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};
use crate::text_model::{WordingScore, within_most};

pub static DEFINITION: Definition = Definition {
    name: "text_model",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 3000,
    members_do_too: false,
    title: "Reads like spam",
    sentence: "The message is worded like spam that people reported.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Most milli-logits where the model alone finds too little and only the group's feedback, or its own threshold, makes up for
/// it: enough for a newcomer's message, never for a sender. However much is tapped in error or malice, nobody loses their voice.
const MOST_BY_GROUP: i32 = 1900;
/// Milli-logits at the model's threshold: just enough to delete a newcomer's message (docs/detection.md, rule 2).
const AT_THRESHOLD: i32 = 1000;

/// Milli-logits more where words are hidden: few hide harmless ones.
const HIDDEN: i32 = 500;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(wording) = subject.wording else { return };
    let learned = wording.score.learned;
    let shift = subject.settings.policy.text_threshold.shift;
    let found = strength_of(wording.score, shift);
    if found == 0 {
        return;
    }
    hits.strength(found);
    let mut told = Vec::new();
    let facts = subject.event.facts.as_deref();
    let prior = within_most(facts.and_then(|facts| facts.prior).map_or(0, i32::from));
    if learned != prior {
        let of = if subject.settings.shared.is_some() {
            "feedback here and in the workspace"
        } else {
            "this group's feedback"
        };
        told.push(format!("{of}: {:+.1}", f64::from(learned - prior) / 1000.0));
        if let Some(meaning) = facts.and_then(|facts| facts.meaning) {
            told.push(format!("what it means and not its words: {:+.1}", f64::from(meaning) / 1000.0));
        }
    }
    if prior != 0 {
        told.push(format!("spam elsewhere means the like: {:+.1}", f64::from(prior) / 1000.0));
    }
    if shift != 0 {
        told.push(format!("this group's own threshold: {:+.1}", f64::from(shift) / 1000.0));
    }
    if !told.is_empty() {
        hits.detail(told.join("; "));
    }
    for span in subject.telling_words() {
        hits.span(span);
    }
}

/// The signal's strength in a group whose own threshold stands this many milli-logits from the shipped one.
pub(crate) fn strength_of(score: WordingScore, shift: i32) -> u16 {
    let at_threshold = AT_THRESHOLD + if score.is_hidden { HIDDEN } else { 0 };
    let shipped = score.above.saturating_add(at_threshold);
    let above = shipped.saturating_sub(shift);
    let is_by_model = above.min(shipped).saturating_sub(score.learned) >= AT_THRESHOLD;
    // A threshold that was lowered deletes more messages; a sender it silences where the shipped one would.
    let above = if is_by_model { above.min(shipped.max(MOST_BY_GROUP)) } else { above.min(MOST_BY_GROUP) };
    // Ordinary words speak for nobody: an advert in the name or behind a link comes with them.
    if above <= 0 { 0 } else { strength(above) }
}

/// Milli-logits as a strength that comes to no less.
fn strength(milli_logits: i32) -> u16 {
    let strength = (milli_logits.saturating_mul(i32::from(FULL)) + DEFINITION.weight - 1) / DEFINITION.weight;
    u16::try_from(strength).unwrap_or(FULL).min(FULL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use serde_json::json;

    use crate::policy::ChatSettings;
    use crate::testing::{assert_hits, assert_traps, hits, hits_under, text};
    use crate::text_model::testing::read;
    use crate::text_model::{Delta, FULL_WEIGHT, Tap, TapFeatures, TextModel};

    #[test]
    fn wording_of_spam_hits_in_any_language_and_disguise() {
        assert_hits(
            &DEFINITION,
            &[
                "looking for two partners, remote, income from 900$ a week, write me +",
                "нужны два человека на удалёнку, доход от 900$ в неделю, пишите +",
                "нyжны двa чeлoвeкa нa yдaлёнкy, дoxoд oт 900$ в нeдeлю, пишитe +",
                "We met yesterday evening in the garden.\nlooking for two partners, remote, income from 900$ a week, write me +",
            ],
        );
    }

    #[test]
    fn ordinary_wording_is_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "the roses need water twice a week in summer",
                "кто-нибудь был вчера на собрании жильцов?",
                "my build fails since the update, the linker finds no libssl",
                "https://t.me/some_name",
            ],
        );
    }

    #[test]
    fn what_stands_at_the_threshold_deletes_a_newcomers_message() {
        assert_eq!(i32::from(strength(AT_THRESHOLD)) * DEFINITION.weight / i32::from(FULL), 1002);
        assert_eq!([strength(1), strength(3000), strength(30_000)], [1, FULL, FULL]);
    }

    /// What is found after one tap.
    fn hits_taught(words: &str, tapped: &str, is_spam: bool) -> Hits {
        let features = TapFeatures::of(&read(tapped)).unwrap();
        let tap = Tap { features, is_spam, weight: FULL_WEIGHT, given_at: 1 };
        let learned = Delta::learn(&TextModel::shipped().unwrap(), None, &[tap]);
        let settings = ChatSettings { learned: Some(Arc::new(learned)), ..ChatSettings::default() };
        hits_under(&DEFINITION, &text(words), &settings, &json!({}))
    }

    #[test]
    fn a_groups_feedback_counts_and_is_told_and_alone_never_costs_a_sender_their_voice() {
        let words = "selling fresh cherries from my garden, ten a kilo";
        let taught = hits_taught(words, words, true);
        assert!((1..=634).contains(&taught.strength), "{}", taught.strength);
        assert!(taught.detail.as_deref().is_some_and(|detail| detail.starts_with("this group's feedback: +")));
        let spam = "looking for two partners, remote, income from 900$ a week, write me +";
        assert!(hits_taught(spam, spam, false).strength < hits(&DEFINITION, &text(spam)).strength);
    }

    /// What is found under a threshold of the group's own.
    fn hits_shifted(words: &str, shift: i32) -> Hits {
        let mut settings = ChatSettings::default();
        settings.policy.text_threshold.shift = shift;
        hits_under(&DEFINITION, &text(words), &settings, &json!({}))
    }

    #[test]
    fn a_groups_own_threshold_moves_what_is_found_and_is_told_and_lowered_silences_nobody_more() {
        let spam = "looking for two partners, remote, income from 900$ a week, write me +";
        let [lowered, shipped, raised] = [-1000, 0, 300].map(|shift| hits_shifted(spam, shift));
        assert!(raised.strength < shipped.strength, "{} {}", raised.strength, shipped.strength);
        assert_eq!(raised.detail.as_deref(), Some("this group's own threshold: +0.3"));
        assert!(lowered.strength >= shipped.strength && lowered.strength <= shipped.strength.max(634));
        let doubtful = "looking for two partners, remote, from 900$ a week";
        let found = |shift| i32::from(hits_shifted(doubtful, shift).strength) * DEFINITION.weight / i32::from(FULL);
        assert!(found(0) < found(-1000) && found(-1000) < 2000, "{} {}", found(0), found(-1000));
    }

    #[test]
    fn what_spam_elsewhere_means_counts_beside_the_words_and_costs_no_sender_their_voice() {
        let words = text("looking for two partners, remote, from 900$ a week");
        let found = |facts: serde_json::Value| hits_under(&DEFINITION, &words, &ChatSettings::default(), &facts);
        let [without, with] = [json!({}), json!({"prior": 900})].map(found);
        assert!(without.strength < with.strength, "{} {}", without.strength, with.strength);
        assert_eq!(with.detail.as_deref(), Some("spam elsewhere means the like: +0.9"));
        let most = i32::from(found(json!({"prior": 2000})).strength) * DEFINITION.weight / i32::from(FULL);
        assert!((1000..2000).contains(&most), "{most}");
        let both = found(json!({"prior": 900, "meaning": 400})).detail;
        let told =
            "this group's feedback: +0.4; what it means and not its words: +0.4; spam elsewhere means the like: +0.9";
        assert_eq!(both.as_deref(), Some(told));
    }

    #[test]
    fn the_words_that_tell_are_marked() {
        let found = hits(&DEFINITION, &text("hello dear, remote job for two people, income from 900$ a week"));
        assert!(!found.spans.is_empty() && found.spans.iter().all(|span| span.length > 0));
    }
}
