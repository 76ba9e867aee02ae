//! Rules, checked and compiled.
//!
//! In: rules as admins write them. Out: a [`RuleSet`]. Fails with [`PolicyError`], which names the rule, the field, and how to
//! mend it.

use std::collections::{BTreeMap, HashMap};

use xxhash_rust::xxh3::xxh3_64;

use crate::context::Context;
use crate::event::Role;
use crate::normalise::Normaliser;
use crate::phrases::writes_without_spaces;
use crate::place::Span;
use crate::policy::{PolicyError, read};
use crate::reading::Reading;
use crate::rules::addresses::Addresses;
use crate::rules::expression::Expression;
use crate::rules::rule::{AppliesTo, LookAt, Rule, RuleKind, RulePlace, RuleSender, RuleVerdict};
use crate::rules::texts::{Fuel, Texts, TextsBuilder};
use crate::rules::wildcard;
use crate::signal::MOST_SPANS;
use crate::verdict::MessageVerdict;

/// Rules a group may have.
const MOST_OF_A_GROUP: usize = 1_000;
/// Rules that all groups share.
const MOST_SHARED: usize = 100_000;
const LONGEST_ID: usize = 64;
/// Characters of a pattern or a note.
const LONGEST_TEXT: usize = 500;
/// Letters that must stand fixed: shorter words stand in too many messages.
const FEWEST_LETTERS: usize = 3;
/// Expressions without a fixed word are run on every message.
const MOST_LOOSE: usize = 20;
/// Bytes that all expressions may take.
const GROUP_SIZE: usize = 16 << 20;
const SHARED_SIZE: usize = 512 << 20;

/// Rules, compiled: looking for all of them is one pass over a text.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Compiled>,
    /// For each form of the words: folded, original.
    own: [Texts; 2],
    names: [Texts; 2],
    addresses: Addresses,
    /// Tells one set from another; none where there are no rules.
    pub(crate) fingerprint: Option<u32>,
}

#[derive(Debug)]
struct Compiled {
    id: Box<str>,
    verdict: RuleVerdict,
    applies_to: AppliesTo,
    expires_at: Option<i64>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHit {
    /// The rule's id; rules that all groups share have `shared/` before it.
    pub id: String,
    /// What it does.
    pub verdict: RuleVerdict,
    /// Where it matched.
    pub spans: Vec<Span>,
}

/// What a set of rules is for.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    most: usize,
    size: usize,
}

impl RuleSet {
    /// Reads rules that all groups share: a JSON array of up to 100,000, as in a policy's `rules`.
    ///
    /// # Errors
    /// [`PolicyError`] with rule, field, what is wrong and how to mend it.
    pub fn read(json: &[u8]) -> Result<Self, PolicyError> {
        let rules: Vec<Rule> = read(json)?;
        let set = Self::compile(&rules, "rules", Bounds { most: MOST_SHARED, size: SHARED_SIZE })?;
        let fingerprint = u32::try_from(xxh3_64(json) & u64::from(u32::MAX)).ok().filter(|_| !set.rules.is_empty());
        Ok(Self { fingerprint, ..set })
    }

    /// Checks and compiles a group's rules; `path` is where they stand.
    pub(crate) fn of_group(rules: &[Rule], path: &str) -> Result<Self, PolicyError> {
        Self::compile(rules, path, Bounds { most: MOST_OF_A_GROUP, size: GROUP_SIZE })
    }

    /// Number of rules that are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Bytes it takes, without the caches that expressions fill while they run.
    #[must_use]
    pub fn size(&self) -> usize {
        let texts = self.own.iter().chain(&self.names).chain([&self.addresses.texts]).map(Texts::size);
        let rules = self.rules.iter().map(|rule| size_of::<Compiled>() + rule.id.len());
        let paths =
            self.addresses.hosts.iter().map(|(host, paths)| host.len() + paths.len() * size_of::<(String, usize)>());
        texts.chain(rules).chain(paths).sum()
    }

    /// Ids of the rules that are looked for, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.id)
    }

    fn compile(rules: &[Rule], path: &str, bounds: Bounds) -> Result<Self, PolicyError> {
        if rules.len() > bounds.most {
            let most = bounds.most;
            return Err(PolicyError::new(format!("{path}: at most {most} rules; take out those that never hit")));
        }
        let mut known = HashMap::new();
        let mut builder = Builder::default();
        for (index, rule) in rules.iter().enumerate() {
            let wrong = |(field, what): (&str, String)| {
                PolicyError::new(format!("{path}[{index}] ({:?}): {field}: {what}", rule.id))
            };
            check(rule).map_err(wrong)?;
            if let Some(earlier) = known.insert(rule.id.as_str(), index) {
                return Err(wrong(("id", format!("{path}[{earlier}] has it already; choose another"))));
            }
            builder.add(rule).map_err(|what| wrong(("pattern", what)))?;
            if builder.size > bounds.size {
                let what = "all expressions together take too much memory; use smaller repetitions, or literals";
                return Err(wrong(("pattern", what.to_owned())));
            }
        }
        builder.build().map_err(|what| PolicyError::new(format!("{path}: {what}")))
    }

    /// The rules that a message meets. `now` is the event's own date. The second value tells whether something was left out
    /// because it would have cost too much.
    pub(crate) fn find(&self, reading: &Reading<'_>, context: Context, scope: &str) -> (Vec<RuleHit>, bool) {
        if self.is_empty() {
            return (Vec::new(), false);
        }
        let (spans, is_cut_short) = self.spans(reading);
        let hit = |(rule, spans)| self.hit(rule, spans, reading.event.date, context.is_newcomer(), scope);
        (spans.into_iter().filter_map(hit).collect(), is_cut_short)
    }

    /// Positions, as in [`RuleSet::ids`], of the rules that a message meets.
    #[must_use]
    pub fn matching(&self, reading: &Reading<'_>, context: Context) -> Vec<usize> {
        let is_for = |rule: &usize| {
            self.rules.get(*rule).is_some_and(|rule| rule.counts(reading.event.date, context.is_newcomer()))
        };
        self.spans(reading).0.into_keys().filter(is_for).collect()
    }

    /// Where each rule matches, and whether something was left out.
    fn spans(&self, reading: &Reading<'_>) -> (BTreeMap<usize, Vec<Span>>, bool) {
        let mut fuel = Fuel::default();
        let mut spans: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        let mut mark = |rule: usize, span: &dyn Fn() -> Span| {
            let spans = spans.entry(rule).or_default();
            if spans.len() < MOST_SPANS {
                let span = span();
                if !spans.contains(&span) {
                    spans.push(span);
                }
            }
        };
        for (field, folded) in reading.event.fields.iter().zip(&reading.folded) {
            let [in_folded, in_original] = match field.role {
                Role::Own => &self.own,
                Role::Name => &self.names,
                Role::Quoted | Role::Profile | Role::Shown => continue,
            };
            if !in_folded.is_empty() {
                in_folded.find(folded.text(), &mut fuel, &mut |rule, range| {
                    mark(rule, &|| {
                        let (offset, length) = folded.origin(range.clone());
                        Span { place: field.place, offset, length }
                    });
                });
            }
            if !in_original.is_empty() {
                in_original.find(&field.text, &mut fuel, &mut |rule, range| {
                    mark(rule, &|| {
                        let (offset, length) =
                            (units(&field.text, 0, range.start), units(&field.text, range.start, range.end));
                        Span { place: field.place, offset, length }
                    });
                });
            }
        }
        if !self.addresses.is_empty() {
            for link in reading.addresses(Role::Own) {
                self.addresses.find(link, &mut fuel, &mut |rule| mark(rule, &|| link.span));
            }
        }
        (spans, fuel.is_spent())
    }

    fn hit(&self, rule: usize, spans: Vec<Span>, now: i64, is_newcomer: bool, scope: &str) -> Option<RuleHit> {
        let rule = self.rules.get(rule)?;
        let hit = || RuleHit { id: format!("{scope}{}", rule.id), verdict: rule.verdict, spans };
        rule.counts(now, is_newcomer).then(hit)
    }
}

impl Compiled {
    fn counts(&self, now: i64, is_newcomer: bool) -> bool {
        let is_over = self.expires_at.is_some_and(|end| now >= end);
        let is_for_others = self.applies_to == AppliesTo::Newcomers && !is_newcomer;
        !is_over && !is_for_others
    }
}

/// UTF-16 code units between two bytes of a text.
fn units(text: &str, start: usize, end: usize) -> u32 {
    let units = text.get(start..end).map_or(0, |part| part.chars().map(char::len_utf16).sum());
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// What can be said of a rule without compiling it: the field, and what is wrong.
fn check(rule: &Rule) -> Result<(), (&'static str, String)> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if rule.id.is_empty() || rule.id.len() > LONGEST_ID || !rule.id.bytes().all(is_plain) {
        return Err(("id", format!("1 to {LONGEST_ID} letters a-z, digits, `_`, `-` and `.`")));
    }
    let length = rule.pattern.chars().count();
    if length == 0 || length > LONGEST_TEXT {
        return Err(("pattern", format!("must have 1 to {LONGEST_TEXT} characters; it has {length}")));
    }
    if rule.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_TEXT) {
        return Err(("note", format!("at most {LONGEST_TEXT} characters")));
    }
    if rule.places.is_empty() {
        return Err(("places", "must name at least one of own, names, links".to_owned()));
    }
    if rule.expires_at.is_some_and(|end| end < 0) {
        return Err(("expires_at", "must be seconds since 1970".to_owned()));
    }
    if rule.verdict.sender != RuleSender::None && rule.verdict.message != MessageVerdict::Delete {
        let what = "only where the message is deleted; set verdict.message to delete, or leave the sender alone";
        return Err(("verdict.sender", what.to_owned()));
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Builder {
    rules: Vec<Compiled>,
    own: [TextsBuilder; 2],
    names: [TextsBuilder; 2],
    in_addresses: TextsBuilder,
    addresses: Addresses,
    normaliser: Normaliser,
    loose: usize,
    size: usize,
}

impl Builder {
    /// Takes a rule in. A rule that is switched off is checked all the same.
    fn add(&mut self, rule: &Rule) -> Result<(), String> {
        let index = self.rules.len();
        let in_texts = |place: &&RulePlace| **place != RulePlace::Links;
        for place in rule.places.iter().filter(in_texts) {
            self.add_text(rule, *place, index)?;
        }
        if rule.places.contains(&RulePlace::Links) {
            self.add_address(rule, index)?;
        }
        if rule.enabled {
            self.rules.push(Compiled {
                id: rule.id.as_str().into(),
                verdict: rule.verdict,
                applies_to: rule.applies_to,
                expires_at: rule.expires_at,
            });
        }
        Ok(())
    }

    fn add_text(&mut self, rule: &Rule, place: RulePlace, index: usize) -> Result<(), String> {
        let is_folded = rule.look_at == LookAt::Folded;
        let expression = match rule.kind {
            RuleKind::Literal => {
                let literal = if is_folded {
                    self.normaliser.normalise(&rule.pattern).text().to_owned()
                } else {
                    rule.pattern.clone()
                };
                long_enough(&literal)?;
                if rule.enabled {
                    self.texts(place, is_folded).literal(index, literal);
                }
                return Ok(());
            }
            RuleKind::Wildcard => {
                let (regex, fixed) = wildcard::in_text(&rule.pattern, is_folded, &mut self.normaliser)?;
                long_enough(&fixed)?;
                Expression::grouped(&regex)?
            }
            RuleKind::Regex => Expression::regex(&rule.pattern, is_folded, &mut self.normaliser)?,
        };
        self.weigh(&expression)?;
        if rule.enabled {
            self.texts(place, is_folded).expression(index, expression);
        }
        Ok(())
    }

    fn add_address(&mut self, rule: &Rule, index: usize) -> Result<(), String> {
        let expression = match rule.kind {
            RuleKind::Literal if rule.enabled => return self.addresses.add(&rule.pattern, index),
            RuleKind::Literal => return Addresses::default().add(&rule.pattern, index),
            RuleKind::Wildcard => {
                let (regex, fixed) = wildcard::in_address(&rule.pattern);
                long_enough(&fixed)?;
                Expression::grouped(&regex)?
            }
            RuleKind::Regex => Expression::regex(&rule.pattern, true, &mut self.normaliser)?,
        };
        self.weigh(&expression)?;
        if rule.enabled {
            self.in_addresses.expression(index, expression);
        }
        Ok(())
    }

    fn texts(&mut self, place: RulePlace, is_folded: bool) -> &mut TextsBuilder {
        let [folded, original] = if place == RulePlace::Names { &mut self.names } else { &mut self.own };
        if is_folded { folded } else { original }
    }

    fn weigh(&mut self, expression: &Expression) -> Result<(), String> {
        self.size += expression.size();
        self.loose += usize::from(expression.parts.is_empty());
        if self.loose > MOST_LOOSE {
            return Err(format!(
                "holds no word that stands fixed, so that it must be tried on every message; {MOST_LOOSE} rules may be so: \
                 add a word of three letters to it"
            ));
        }
        Ok(())
    }

    fn build(self) -> Result<RuleSet, String> {
        let [own_folded, own_original] = self.own;
        let [names_folded, names_original] = self.names;
        Ok(RuleSet {
            rules: self.rules,
            own: [own_folded.build()?, own_original.build()?],
            names: [names_folded.build()?, names_original.build()?],
            addresses: Addresses { texts: self.in_addresses.build()?, ..self.addresses },
            fingerprint: None,
        })
    }
}

/// Signs say little, an ideograph says as much as two letters.
fn long_enough(words: &str) -> Result<(), String> {
    let weight = |character: char| match character {
        _ if character.is_whitespace() || character.is_ascii_punctuation() => 0,
        _ if writes_without_spaces(character) => 2,
        _ => 1,
    };
    let letters: usize = words.chars().map(weight).sum();
    if letters < FEWEST_LETTERS {
        return Err(format!("is too short: {FEWEST_LETTERS} letters must stand fixed, or it would match too much"));
    }
    Ok(())
}
