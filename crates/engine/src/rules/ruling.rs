//! How rules bind: beside the score, never through it (docs/detection.md, "Rules of admins").

use crate::place::Span;
use crate::rules::set::RuleHit;
use crate::signal::{FULL, Finding, Group, Kind};
use crate::signals::REGISTRY;
use crate::verdict::{Contribution, MessageVerdict, SenderVerdict};

/// Rules named in one verdict; more would explain nothing more. The verdict follows all of them.
const MOST_NAMED: usize = 16;
/// The signal's name.
pub(crate) const RULE: &str = "rule";

/// The rules that a message meets.
#[derive(Debug, Default)]
pub(crate) struct Ruling {
    /// The strictest first, those that keep last.
    hits: Vec<RuleHit>,
    /// Whether some were not looked for.
    pub is_cut_short: bool,
}

impl Ruling {
    /// Leaves out what only matches inside words that a rule keeps.
    pub fn new(mut hits: Vec<RuleHit>, is_cut_short: bool) -> Self {
        hits.sort_by_key(|hit| std::cmp::Reverse((hit.verdict.message, hit.verdict.sender)));
        let mut ruling = Self { hits, is_cut_short };
        let kept = ruling.kept_words();
        ruling.hits.retain(|hit| keeps(hit) || !hit.spans.iter().all(|span| lies_in(span, &kept)));
        ruling
    }

    /// Of rules that matched once, without where.
    pub fn again(hits: Vec<RuleHit>) -> Self {
        Self { hits, is_cut_short: false }
    }

    /// Takes out of the findings what stands only in words that a rule keeps.
    pub fn excuse(&self, findings: &mut Vec<Finding>) {
        let kept = self.kept_words();
        if kept.is_empty() {
            return;
        }
        findings.retain_mut(|(signal, hits)| {
            let is_evidence = REGISTRY.get(*signal).is_some_and(|definition| definition.kind == Kind::Evidence);
            if !is_evidence || hits.spans.is_empty() {
                return true;
            }
            hits.spans.retain(|span| !lies_in(span, &kept));
            !hits.spans.is_empty()
        });
    }

    /// The verdict of score and bars, as the rules change it.
    pub fn bind(
        &self,
        scored: (MessageVerdict, SenderVerdict),
        bounds: &mut Vec<String>,
    ) -> (MessageVerdict, SenderVerdict) {
        let (mut message, mut sender) = scored;
        if message != MessageVerdict::Keep && self.hits.iter().any(keeps) {
            bounds.push("rule_keep".to_owned());
            // Whoever learns a word that is kept could hide behind it: a human looks at what would have been deleted.
            message = if message == MessageVerdict::Delete { MessageVerdict::Review } else { MessageVerdict::Keep };
            sender = SenderVerdict::None;
        }
        for hit in &self.hits {
            message = message.max(hit.verdict.message);
            sender = sender.max(hit.verdict.sender.into());
        }
        (message, sender)
    }

    /// A contribution for each rule: it names the rule and adds nothing to the score.
    pub fn contributions(self) -> impl Iterator<Item = Contribution> {
        self.hits.into_iter().take(MOST_NAMED).map(|hit| Contribution {
            signal: RULE,
            kind: if keeps(&hit) { Kind::Trust } else { Kind::Evidence },
            group: Group::Rules,
            weight: 0,
            strength: FULL,
            contribution: 0,
            members_do_too: false,
            spans: hit.spans,
            detail: Some(hit.id),
        })
    }

    /// Whether a rule keeps these words.
    pub fn keeps(&self, span: &Span) -> bool {
        self.hits.iter().filter(|hit| keeps(hit)).any(|hit| lies_in(span, &hit.spans))
    }

    fn kept_words(&self) -> Vec<Span> {
        self.hits.iter().filter(|hit| keeps(hit)).flat_map(|hit| hit.spans.iter().copied()).collect()
    }
}

fn keeps(hit: &RuleHit) -> bool {
    hit.verdict.message == MessageVerdict::Keep
}

fn lies_in(span: &Span, kept: &[Span]) -> bool {
    let end = |span: &Span| span.offset.saturating_add(span.length);
    kept.iter().any(|kept| kept.place == span.place && kept.offset <= span.offset && end(span) <= end(kept))
}
