//! Many literals and expressions, found in one pass over a text.
//!
//! One automaton holds every literal and the words that expressions need: its cost does not grow with their number. Only an
//! expression whose words stand in a text is run on it.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::phrases::{ends_word, starts_word};
use crate::rules::expression::Expression;

/// What may be looked at in one message. A text that would cost more is left, and the verdict says so.
#[derive(Debug)]
pub struct Fuel {
    words: u32,
    expressions: u32,
}

impl Default for Fuel {
    fn default() -> Self {
        Self { words: 20_000, expressions: 200 }
    }
}

impl Fuel {
    /// Whether something was left out.
    pub fn is_spent(&self) -> bool {
        self.words == 0 || self.expressions == 0
    }
}

/// Literals and expressions, compiled.
#[derive(Debug, Default)]
pub struct Texts {
    automaton: Option<AhoCorasick>,
    /// For each pattern of the automaton.
    owners: Vec<Owner>,
    expressions: Vec<(usize, Expression)>,
    /// Expressions that need no certain word: they are run on every text.
    loose: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Owner {
    /// A literal of this rule.
    Literal(usize),
    /// A word that the expression at this index needs.
    Part(usize),
}

/// Collects what is to be compiled into [`Texts`].
#[derive(Debug, Default)]
pub struct TextsBuilder {
    words: Vec<String>,
    texts: Texts,
}

impl TextsBuilder {
    /// Adds a literal of a rule.
    pub fn literal(&mut self, rule: usize, literal: String) {
        self.words.push(literal);
        self.texts.owners.push(Owner::Literal(rule));
    }

    /// Adds an expression of a rule.
    pub fn expression(&mut self, rule: usize, mut expression: Expression) {
        let index = self.texts.expressions.len();
        if expression.parts.is_empty() {
            self.texts.loose.push(index);
        }
        for part in std::mem::take(&mut expression.parts) {
            self.words.push(part);
            self.texts.owners.push(Owner::Part(index));
        }
        self.texts.expressions.push((rule, expression));
    }

    /// Compiles. Fails where the literals are too many for one automaton.
    pub fn build(mut self) -> Result<Texts, String> {
        if !self.words.is_empty() {
            // Few patterns make a table that is read fastest; many would make it too large for the processor's caches.
            let kind = (self.words.len() > 100).then_some(AhoCorasickKind::ContiguousNFA);
            let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(&self.words);
            self.texts.automaton = Some(automaton.map_err(|error| format!("the patterns do not compile: {error}"))?);
        }
        self.texts.owners.shrink_to_fit();
        Ok(self.texts)
    }
}

impl Texts {
    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty() && self.expressions.is_empty()
    }

    /// Bytes it takes, caches of expressions not counted.
    pub fn size(&self) -> usize {
        self.automaton.as_ref().map_or(0, AhoCorasick::memory_usage)
            + self.owners.len() * size_of::<Owner>()
            + self.expressions.iter().map(|(_, expression)| expression.size()).sum::<usize>()
    }

    /// Tells rule and byte range of what a text holds.
    pub fn find(&self, text: &str, fuel: &mut Fuel, found: &mut impl FnMut(usize, Range<usize>)) {
        let mut wanted = self.loose.clone();
        let words = self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text));
        for word in words {
            if fuel.words == 0 {
                break;
            }
            fuel.words -= 1;
            match self.owners.get(word.pattern().as_usize()) {
                Some(Owner::Literal(rule)) if starts_word(text, word.start()) && ends_word(text, word.end()) => {
                    found(*rule, word.range());
                }
                Some(Owner::Part(expression)) => wanted.push(*expression),
                _ => {}
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        for index in wanted {
            if fuel.expressions == 0 {
                break;
            }
            fuel.expressions -= 1;
            let Some((rule, expression)) = self.expressions.get(index) else { continue };
            expression.find(text).into_iter().for_each(|range| found(*rule, range));
        }
    }
}
