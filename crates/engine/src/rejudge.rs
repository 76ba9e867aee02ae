//! What verdicts would have been under another policy, from what they tell of themselves: no text is needed.
//!
//! In: verdicts as they were written, two policies. Out: both answers for each. What only a text could tell, new rules for one, is left
//! out of account; guard and gate as well.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::context::Context;
use crate::event::{EventKind, SenderKind};
use crate::judge::{contribution, settle};
use crate::locks::LOCK;
use crate::policy::Policy;
use crate::rules::{RULE, RuleHit, Ruling};
use crate::signal::{Hits, Kind};
use crate::signals::{REGISTRY, known_campaign, known_picture, known_spam, text_model};
use crate::text_model::WordingScore;
use crate::verdict::{MessageVerdict, SenderVerdict};

/// A verdict's answers under two policies: for the message, for its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Preview {
    /// Under the first policy.
    pub before: (MessageVerdict, SenderVerdict),
    /// Under the second.
    pub after: (MessageVerdict, SenderVerdict),
}

/// What two policies make of many verdicts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Previews {
    /// Where they differ: the positions of those verdicts, in their order.
    pub changes: BTreeMap<Preview, Vec<usize>>,
    /// Verdicts of which it cannot be told.
    pub left_out: usize,
}

/// As much of a verdict as another policy needs.
#[derive(Deserialize)]
struct Kept<'a> {
    event: EventKind,
    sender_kind: SenderKind,
    guard: Option<IgnoredAny>,
    context: Context,
    #[serde(borrow)]
    contributions: Vec<Found<'a>>,
    #[serde(borrow, default)]
    switched_off: Vec<Found<'a>>,
    /// Absent from verdicts of versions before 1.1: the text model's strength stays what it was.
    #[serde(default)]
    wording: Option<WordingScore>,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    signal: Cow<'a, str>,
    strength: u16,
    kind: Option<Kind>,
    members_do_too: Option<bool>,
    detail: Option<String>,
}

/// What a verdict, as JSON, becomes under two policies. None where that cannot be told: a guard stood before it, it is no verdict, a
/// rule spoke that the first policy does not know, or something was locked and the locks change.
#[must_use]
pub fn preview(verdict: &str, before: &Policy, after: &Policy) -> Option<Preview> {
    let kept: Kept = serde_json::from_str(verdict).ok()?;
    let rules = kept.rules();
    let knows = |id: &&str| before.rules.iter().any(|rule| rule.id == **id);
    let has_same_locks = before.locks == after.locks && before.night == after.night;
    (kept.guard.is_none() && rules.iter().all(knows) && (has_same_locks || !kept.is_locked()))
        .then(|| Preview { before: kept.under(before, &rules), after: kept.under(after, &rules) })
}

/// As [`preview`], of many.
#[must_use]
pub fn previews<'a>(verdicts: impl IntoIterator<Item = &'a str>, before: &Policy, after: &Policy) -> Previews {
    let mut found = Previews::default();
    for (position, verdict) in verdicts.into_iter().enumerate() {
        match preview(verdict, before, after) {
            None => found.left_out += 1,
            Some(told) if told.before != told.after => found.changes.entry(told).or_default().push(position),
            Some(_) => {}
        }
    }
    found
}

impl Kept<'_> {
    /// Ids of the rules that matched.
    fn rules(&self) -> Vec<&str> {
        let rules = self.contributions.iter().filter(|found| found.signal == RULE);
        rules.filter_map(|found| found.detail.as_deref()).collect()
    }

    /// Whether what it holds was locked.
    fn is_locked(&self) -> bool {
        self.contributions.iter().any(|found| found.signal == LOCK)
    }

    fn under(&self, policy: &Policy, rules: &[&str]) -> (MessageVerdict, SenderVerdict) {
        let strengths = self.strengths(policy);
        let parts = REGISTRY.iter().filter_map(|definition| {
            let (strength, is_firm) = *strengths.get(definition.name)?;
            let part = contribution(definition, Hits { is_firm, ..Hits::of(strength) }, policy);
            (part.contribution != 0).then_some(part)
        });
        let counts = |id: &&str| policy.rules.iter().find(|rule| rule.enabled && rule.id == **id);
        let hits = rules.iter().filter_map(counts).filter(|_| policy.is_enabled(RULE));
        let hits = hits.map(|rule| RuleHit { id: rule.id.clone(), verdict: rule.verdict, spans: Vec::new() });
        let ruling = Ruling::again(hits.collect());
        let settled = settle(parts.collect(), self.event, self.sender_kind, &self.context, policy, &ruling);
        let is_locked = self.is_locked() && policy.is_enabled(LOCK);
        (if is_locked { MessageVerdict::Delete } else { settled.message }, settled.sender)
    }

    /// Strength by signal, and whether more than nudges were found. What follows from the policy is found anew.
    fn strengths(&self, policy: &Policy) -> BTreeMap<&str, (u16, bool)> {
        let found = self.contributions.iter().chain(&self.switched_off).filter(|found| found.signal != RULE);
        let mut strengths: BTreeMap<&str, (u16, bool)> = found
            .map(|found| (found.signal.as_ref(), (found.strength, !found.members_do_too.unwrap_or(false))))
            .collect();
        // Words that a rule keeps may be what the text model speaks of: then it was left out, and stays out.
        let is_excused = self.contributions.iter().any(|found| found.signal == RULE && found.kind == Some(Kind::Trust));
        let text = text_model::DEFINITION.name;
        if let Some(wording) = self.wording.filter(|_| !is_excused || strengths.contains_key(text)) {
            strengths.insert(text, (text_model::strength_of(wording, policy.text_threshold.shift), true));
        }
        let half_life = policy.known_spam_days.into();
        for (name, known, strength) in [
            (known_spam::DEFINITION.name, self.context.known_spam, known_spam::strength as fn(_, _) -> _),
            (known_picture::DEFINITION.name, self.context.known_picture, known_picture::strength),
            (known_campaign::DEFINITION.name, self.context.known_campaign, known_campaign::strength),
        ] {
            if let (Some(entry), Some(known)) = (strengths.get_mut(name), known) {
                entry.0 = strength(known, half_life);
            }
        }
        strengths
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::ChatSettings;
    use crate::testing::{judge_with, message, text};
    use crate::verdict::Verdict;

    const ADVERT: &str = "looking for two partners, remote, income from 900$ a week, write me +";

    fn verdict_under(update: &serde_json::Value, settings: &serde_json::Value) -> Verdict {
        judge_with(update, &ChatSettings::read(settings.to_string().as_bytes()).unwrap(), Context::default())
    }

    fn policy(json: &serde_json::Value) -> Policy {
        Policy::read(json.to_string().as_bytes()).unwrap()
    }

    /// What a newcomer's words would get under a policy, told from their verdict under another; and what they get.
    fn told_and_true(
        words: &str,
        before: &serde_json::Value,
        after: &serde_json::Value,
    ) -> [(MessageVerdict, SenderVerdict); 2] {
        let verdict = verdict_under(&text(words), &json!({ "policy": before }));
        let told =
            preview(&String::from_utf8(verdict.to_json().unwrap()).unwrap(), &policy(before), &policy(after)).unwrap();
        assert_eq!(told.before, (verdict.message, verdict.sender), "{words:?} {before}");
        let truth = verdict_under(&text(words), &json!({ "policy": after }));
        [told.after, (truth.message, truth.sender)]
    }

    #[test]
    fn what_is_told_is_what_comes() {
        let rule = |verdict: &str| json!({"rules": [{"id": "roses", "kind": "literal", "pattern": "roses", "verdict": {"message": verdict}}]});
        let policies = [
            json!({}),
            json!({"preset": "strict"}),
            json!({"preset": "gentle"}),
            json!({"thresholds": {"review": 300, "delete": 999, "challenge": 999, "mute": 999, "ban": 999}}),
            json!({"signals": {"text_model": {"enabled": false}}}),
            json!({"signals": {"text_model": {"factor": 300}, "newness": {"factor": 50}}}),
            json!({"signals": {"invite_link": {"enabled": false}, "job_bait": {"enabled": false}}}),
            json!({"text_threshold": {"shift": 1000}}),
            json!({"text_threshold": {"shift": -1000}}),
        ];
        let words = [
            ADVERT,
            "looking for two partners, remote, from 900$ a week",
            "join us at https://t.me/+AbCdEf0123456789 for easy money",
            "the roses need water twice a week in summer",
            "lооking fоr twо pаrtners, remоte, incоme frоm 900$ а week",
        ];
        for words in words {
            for before in &policies {
                for after in &policies {
                    let [told, truth] = told_and_true(words, before, after);
                    assert_eq!(told, truth, "{words:?}: {before} -> {after}");
                }
            }
        }
        let [told, truth] = told_and_true("the roses need water", &rule("delete"), &rule("review"));
        assert_eq!(told, truth);
        let [told, truth] = told_and_true("the roses need water", &rule("delete"), &json!({}));
        assert_eq!((told, truth.0), (truth, MessageVerdict::Keep));
    }

    #[test]
    fn a_switched_off_signal_may_be_switched_on() {
        let off = json!({"signals": {"text_model": {"enabled": false}}});
        let [told, truth] = told_and_true(ADVERT, &off, &json!({}));
        assert_eq!((told, truth.0), (truth, MessageVerdict::Review));
    }

    #[test]
    fn what_is_locked_stays_so_under_the_same_locks_and_cannot_be_told_under_others() {
        let locks = json!({"locks": {"from_everyone": ["sticker"]}});
        let verdict = verdict_under(&message(json!({"sticker": {"file_id": "x"}})), &json!({ "policy": locks }));
        let verdict = String::from_utf8(verdict.to_json().unwrap()).unwrap();
        let under =
            |after: &serde_json::Value| preview(&verdict, &policy(&locks), &policy(after)).map(|told| told.after.0);
        let with = |more: serde_json::Value| {
            let mut policy = locks.clone();
            policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            policy
        };
        assert_eq!(under(&with(json!({"preset": "gentle"}))), Some(MessageVerdict::Delete));
        assert_eq!(under(&with(json!({"signals": {"lock": {"enabled": false}}}))), Some(MessageVerdict::Keep));
        assert_eq!(under(&json!({})), None);
    }

    #[test]
    fn of_many_the_differences_are_told_by_position() {
        let of = |words: &str| {
            let verdict = verdict_under(&text(words), &json!({}));
            String::from_utf8(verdict.to_json().unwrap()).unwrap()
        };
        let advert = of(ADVERT);
        let verdicts = [&*advert, "{}", &of("the roses need water twice a week in summer"), &advert];
        let (before, after) = (Policy::default(), policy(&json!({"text_threshold": {"shift": -1000}})));
        let told = preview(&advert, &before, &after).unwrap();
        assert_ne!(told.before, told.after);
        let found = previews(verdicts, &before, &after);
        assert_eq!(found, Previews { changes: BTreeMap::from([(told, vec![0, 3])]), left_out: 1 });
        assert_eq!(previews(verdicts, &before, &before), Previews { changes: BTreeMap::new(), left_out: 1 });
    }

    #[test]
    fn what_cannot_be_told_is_left_out() {
        let of = |verdict: &str| preview(verdict, &Policy::default(), &Policy::default());
        assert_eq!(of("{}"), None);
        let verdict = verdict_under(&text(ADVERT), &json!({"protected": [42]}));
        assert!(verdict.guard.is_some());
        assert_eq!(of(&String::from_utf8(verdict.to_json().unwrap()).unwrap()), None);
        let rules = json!({"rules": [{"id": "partners", "kind": "literal", "pattern": "partners", "verdict": {"message": "delete"}}]});
        let verdict = verdict_under(&text(ADVERT), &json!({ "policy": rules }));
        assert_eq!(of(&String::from_utf8(verdict.to_json().unwrap()).unwrap()), None);
    }
}
