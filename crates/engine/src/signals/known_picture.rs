use crate::context::KnownSpam;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "known_picture",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 3000,
    members_do_too: false,
    title: "Known picture",
    sentence: "The picture looks like one that people called spam.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Strength lost with each of 64 bits that differs, six at most: the farthest may cost their message, never the sender's voice.
const A_BIT: u32 = 80;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(known) = subject.context.known_picture else { return };
    hits.strength(strength(known, subject.settings.policy.known_spam_days.into()));
    hits.detail(known.told(&format!("{} of 64 bits differ", known.distance)));
}

/// The signal's strength where what people called spam counts half as much after so many days.
pub(crate) fn strength(known: KnownSpam, half_life: u32) -> u16 {
    known.faded(u32::from(FULL).saturating_sub(known.distance * A_BIT), half_life)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::testing::{hits, hits_given, message};

    fn found(distance: u32, days: u32, shared: bool) -> Hits {
        let known_picture = Some(KnownSpam { distance, days, shared });
        let photo = message(json!({"photo": [{"file_id": "x"}]}));
        hits_given(&DEFINITION, &photo, Context { known_picture, ..Context::default() })
    }

    #[test]
    fn the_nearer_the_stronger_and_it_fades() {
        let strength = |distance, days| found(distance, days, false).strength;
        assert_eq!([strength(0, 0), strength(4, 0), strength(6, 0)], [1000, 680, 520]);
        assert_eq!([strength(0, 30), strength(0, 60)], [500, 250]);
        assert_eq!(hits(&DEFINITION, &message(json!({"photo": [{"file_id": "x"}]}))), Hits::default());
    }

    #[test]
    fn it_says_how_near_and_where_it_is_known() {
        assert_eq!(found(2, 1, false).detail.as_deref(), Some("2 of 64 bits differ, 1 days old"));
        let shared = found(0, 0, true);
        assert_eq!(shared.detail.as_deref(), Some("0 of 64 bits differ, 0 days old, in other groups of the workspace"));
        assert!(i32::from(shared.strength) * DEFINITION.weight < 2_000_000, "others' word silences nobody");
    }
}
