use crate::context::KnownSpam;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "known_campaign",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 1900,
    members_do_too: true,
    title: "Known campaign",
    sentence: "The message says in other words what people called spam.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Strength lost, in tenths, with each thousandth that the cosine lacks: at 0.75, the least, it is 1.3 of log-odds.
const TENTHS_A_THOUSANDTH: u32 = 12;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some(known) = subject.context.known_campaign else { return };
    hits.strength(strength(known, subject.settings.policy.known_spam_days.into()));
    for view in subject.own() {
        hits.span(view.span(0..view.folded.text().len()));
    }
    let alike = u32::from(FULL).saturating_sub(known.distance) / 10;
    hits.detail(known.told(&format!("means {alike} % the same")));
}

/// The signal's strength where what people called spam counts half as much after so many days.
pub(crate) fn strength(known: KnownSpam, half_life: u32) -> u16 {
    known.faded(u32::from(FULL).saturating_sub(known.distance * TENTHS_A_THOUSANDTH / 10), half_life)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::policy::ChatSettings;
    use crate::testing::{hits, hits_given, judge_with, message, text};
    use crate::verdict::{MessageVerdict, SenderVerdict, Verdict};

    fn known(distance: u32, days: u32, shared: bool) -> Context {
        Context { known_campaign: Some(KnownSpam { distance, days, shared }), ..Context::default() }
    }

    fn found(distance: u32, days: u32, shared: bool) -> Hits {
        hits_given(&DEFINITION, &text("cash for anybody within the hour"), known(distance, days, shared))
    }

    #[test]
    fn the_nearer_the_stronger_and_it_fades() {
        let strength = |distance, days| found(distance, days, false).strength;
        assert_eq!([strength(0, 0), strength(100, 0), strength(250, 0)], [1000, 880, 700]);
        assert_eq!([strength(0, 30), strength(0, 60)], [500, 250]);
        assert_eq!(hits(&DEFINITION, &text("cash for anybody within the hour")), Hits::default());
    }

    #[test]
    fn it_says_how_near_how_old_and_where_it_is_known() {
        assert_eq!(found(180, 2, false).detail.as_deref(), Some("means 82 % the same, 2 days old"));
        let shared = found(180, 2, true).detail;
        assert_eq!(shared.as_deref(), Some("means 82 % the same, 2 days old, in other groups of the workspace"));
    }

    fn judged(update: &serde_json::Value, context: Context) -> Verdict {
        judge_with(update, &ChatSettings::default(), context)
    }

    #[test]
    fn it_deletes_a_newcomers_message_and_leaves_the_sender_as_they_were() {
        let words = text("cash for anybody within the hour");
        let alone = judged(&words, known(250, 0, false));
        assert_eq!((alone.message, alone.sender), (MessageVerdict::Delete, SenderVerdict::None));
        let others = judged(&words, known(250, 0, true));
        assert_eq!((others.message, others.sender), (MessageVerdict::Delete, SenderVerdict::None));
        for words in [
            "looking for two partners, remote, from 900$ a week",
            "looking for two partners, remote, income from 900$ a week, write me +",
            "join us at https://t.me/+AbCdEf0123456789 for easy money",
        ] {
            let [without, with] = [Context::default(), known(0, 0, false)].map(|context| judged(&text(words), context));
            assert!(with.message >= without.message);
            assert_eq!(with.sender, without.sender, "{words}");
        }
    }

    #[test]
    fn a_member_whose_message_it_is_loses_nothing_by_it() {
        let member = Context { messages_here: 30, days_here: 30, ..known(0, 0, false) };
        let verdict = judged(&message(json!({"text": "cash for anybody within the hour"})), member);
        assert!(verdict.message < MessageVerdict::Delete, "{:?}", verdict.message);
    }
}
