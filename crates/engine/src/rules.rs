//! Rules that admins write: what to look for, where, and what to do about it.
//!
//! A rule binds by itself, beside the score. Guards stand before it. Whoever reads one thing here: [`Rule`] is what is
//! written, [`RuleSet`] what is looked for, `ruling` how it binds.

mod addresses;
mod expression;
mod rule;
mod ruling;
mod set;
mod texts;
mod wildcard;

pub use rule::{AppliesTo, LookAt, Rule, RuleKind, RulePlace, RuleSender, RuleVerdict};
pub(crate) use ruling::{RULE, Ruling};
pub use set::{RuleHit, RuleSet};
