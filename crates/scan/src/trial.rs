//! What rules would have hit: for trying them before they count.
//!
//! In: rules and updates, each with its name. Out: for each rule its hits, examples by name, and the good senders among them.
//! Fails never.

use std::collections::BTreeSet;

use chatwarden_engine::{RuleSet, Sender};
use serde::Serialize;

/// Names of messages kept for each rule.
const MOST_EXAMPLES: usize = 10;
/// Ids of good senders kept for each rule.
const MOST_SENDERS: usize = 100;

/// Counts what rules hit, batch after batch.
#[derive(Debug)]
pub struct RuleTrial {
    pub(crate) rules: RuleSet,
    messages: u64,
    matched: u64,
    tallies: Vec<Tally>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Tally {
    id: String,
    hits: u64,
    /// Of all messages.
    share: f64,
    examples: Vec<String>,
    /// Hits on messages that are good, or of senders who are known here.
    good_hits: u64,
    good_examples: Vec<String>,
    good_senders: BTreeSet<i64>,
}

#[derive(Debug, Serialize)]
struct Report<'r> {
    messages: u64,
    /// Messages that at least one rule hit.
    matched: u64,
    rules: &'r [Tally],
    never: Vec<&'r str>,
}

impl RuleTrial {
    /// Begins to count.
    #[must_use]
    pub fn new(rules: RuleSet) -> Self {
        let tallies = rules.ids().map(|id| Tally { id: id.to_owned(), ..Tally::default() }).collect();
        Self { rules, messages: 0, matched: 0, tallies }
    }

    /// Bytes the compiled rules take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.rules.size()
    }

    /// Counts one message and the rules it meets.
    pub(crate) fn count(&mut self, name: &str, sender: Sender, is_good: bool, rules: &[usize]) {
        self.messages += 1;
        self.matched += u64::from(!rules.is_empty());
        for rule in rules {
            let Some(tally) = self.tallies.get_mut(*rule) else { continue };
            tally.hits += 1;
            keep(&mut tally.examples, name);
            if is_good {
                tally.good_hits += 1;
                keep(&mut tally.good_examples, name);
                if tally.good_senders.len() < MOST_SENDERS {
                    tally.good_senders.insert(sender.id);
                }
            }
        }
    }

    /// The report as JSON: `{"messages", "matched", "rules": [{"id", "hits", "share", "examples", "good_hits", "good_examples",
    /// "good_senders"}], "never": [ids]}`, rules in their own order.
    ///
    /// # Errors
    /// Never for a trial; the serialiser's error all the same.
    pub fn report(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut rules = self.tallies.clone();
        for tally in &mut rules {
            tally.share = share(tally.hits, self.messages);
        }
        let never = self.tallies.iter().filter(|tally| tally.hits == 0).map(|tally| tally.id.as_str()).collect();
        serde_json::to_vec(&Report { messages: self.messages, matched: self.matched, rules: &rules, never })
    }
}

fn keep(examples: &mut Vec<String>, name: &str) {
    if examples.len() < MOST_EXAMPLES {
        examples.push(name.to_owned());
    }
}

/// To four places.
#[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^53")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1e4).round() / 1e4 }
}
