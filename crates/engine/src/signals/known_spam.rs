use crate::context::KnownSpam;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "known_spam",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 3000,
    members_do_too: false,
    title: "Known spam",
    sentence: "The message is much like one that people called spam.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Strength lost with each bit that differs: the farthest near-duplicates may cost their message, and only what is the same but
/// for a word or two may cost the sender their voice.
const A_BIT: u32 = 40;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(known) = subject.context.known_spam else { return };
    hits.strength(strength(known, subject.settings.policy.known_spam_days.into()));
    for view in subject.own() {
        hits.span(view.span(0..view.folded.text().len()));
    }
    hits.detail(known.told(&format!("{} % alike", 100 - known.distance.min(32) * 100 / 32)));
}

/// The signal's strength where what people called spam counts half as much after so many days.
pub(crate) fn strength(known: KnownSpam, half_life: u32) -> u16 {
    known.faded(u32::from(FULL).saturating_sub(known.distance * A_BIT), half_life)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits, hits_given, text};

    fn found(distance: u32, days: u32) -> Hits {
        found_among(distance, days, false)
    }

    fn found_among(distance: u32, days: u32, shared: bool) -> Hits {
        let known_spam = Some(KnownSpam { distance, days, shared });
        hits_given(&DEFINITION, &text("cheap followers for your channel"), Context { known_spam, ..Context::default() })
    }

    #[test]
    fn the_nearer_the_stronger() {
        let strength = |distance| found(distance, 0).strength;
        assert_eq!([strength(0), strength(6), strength(12)], [1000, 760, 520]);
        assert_eq!(hits(&DEFINITION, &text("cheap followers for your channel")), Hits::default());
    }

    #[test]
    fn it_fades_by_half_each_half_life() {
        let strength = |days| found(0, days).strength;
        assert_eq!([strength(15), strength(30), strength(60), strength(3_000)], [750, 500, 250, 0]);
    }

    #[test]
    fn what_only_other_groups_called_spam_costs_no_sender_their_voice_and_says_so() {
        let hits = found_among(0, 0, true);
        assert!(i32::from(hits.strength) * DEFINITION.weight < 2_000_000);
        assert_eq!(hits.detail.as_deref(), Some("100 % alike, 0 days old, in other groups of the workspace"));
        assert_eq!(found_among(12, 0, true).strength, found(12, 0).strength);
    }

    #[test]
    fn it_says_how_alike_and_how_old_and_marks_the_words() {
        let hits = found(4, 2);
        assert_eq!(hits.detail.as_deref(), Some("88 % alike, 2 days old"));
        assert_eq!(hits.spans.iter().map(|span| span.length).collect::<Vec<_>>(), [32]);
    }
}
