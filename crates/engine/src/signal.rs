//! What a signal is, and what its detector works with.

use std::ops::Range;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::event::{Event, Field, Role};
use crate::link::Link;
use crate::lists::Lists;
use crate::normalise::Normalised;
use crate::phrases::PhraseHit;
use crate::place::{Place, Span};
use crate::policy::ChatSettings;
use crate::reading::Reading;
use crate::text_model::{TextModel, WordingScore};

/// Full strength of a signal.
pub const FULL: u16 = 1000;

/// Spans a contribution keeps; more would explain nothing more.
pub(crate) const MOST_SPANS: usize = 8;

/// One finding of the registry's signal at the index.
pub(crate) type Finding = (usize, Hits);

/// What a signal speaks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What the message says.
    Evidence,
    /// Who sends it and how; never punishes alone.
    Context,
    /// What speaks for the sender.
    Trust,
}

/// Signals that tell much the same; together they add no more than the group's cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// New here.
    Newness,
    /// Promotes a profile.
    ProfilePromotion,
    /// Named by lists that others keep.
    ExternalLists,
    /// Pretends to be somebody else.
    Impersonation,
    /// Where links lead.
    Links,
    /// Many messages at once.
    Burst,
    /// Disguised words.
    Obfuscation,
    /// What is offered in words.
    Offer,
    /// What the message is carried by.
    Carrier,
    /// What an operator's list names.
    Listed,
    /// What the admins wrote rules for: they bind for themselves and add nothing to a score.
    Rules,
    /// Speaks for the sender.
    Trust,
}

impl Group {
    /// Those with a cap.
    pub(crate) const CAPPED: [Self; 7] = [
        Self::Newness,
        Self::ProfilePromotion,
        Self::ExternalLists,
        Self::Links,
        Self::Offer,
        Self::Burst,
        Self::Obfuscation,
    ];

    /// Most milli-logits the group adds (docs/detection.md, rule 3).
    #[must_use]
    pub const fn cap(self) -> Option<i32> {
        match self {
            Self::Newness | Self::ProfilePromotion => Some(2000),
            Self::ExternalLists => Some(2500),
            Self::Links | Self::Offer => Some(3000),
            Self::Burst => Some(1200),
            Self::Obfuscation => Some(1500),
            Self::Impersonation | Self::Carrier | Self::Listed | Self::Rules | Self::Trust => None,
        }
    }

    /// The group's name as it is written in verdicts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newness => "newness",
            Self::ProfilePromotion => "profile_promotion",
            Self::ExternalLists => "external_lists",
            Self::Impersonation => "impersonation",
            Self::Links => "links",
            Self::Burst => "burst",
            Self::Obfuscation => "obfuscation",
            Self::Offer => "offer",
            Self::Carrier => "carrier",
            Self::Listed => "listed",
            Self::Rules => "rules",
            Self::Trust => "trust",
        }
    }
}

/// Everything there is to know of a signal, in its own file.
#[derive(Debug)]
pub struct Definition {
    /// Its name in verdicts and policies.
    pub name: &'static str,
    /// Evidence, context or trust.
    pub kind: Kind,
    /// The group whose cap it shares.
    pub group: Group,
    /// Milli-logits at full strength; trust is negative.
    pub weight: i32,
    /// Whether good members do this too: alone it never punishes a sender (docs/detection.md, rule 5).
    pub members_do_too: bool,
    /// Two to four words for lists and forms.
    pub title: &'static str,
    /// One English sentence an admin understands.
    pub sentence: &'static str,
    /// Classes of phrases to look for, in folded text; a trailing `*` lets the word go on.
    pub phrases: &'static [&'static [&'static str]],
    /// Regular expressions for folded text.
    pub patterns: &'static [&'static str],
    /// Finds it.
    pub detect: fn(&Subject<'_>, &mut Hits),
}

/// What a detector found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits {
    pub(crate) strength: u16,
    /// Whether more was found than nudges.
    pub(crate) is_firm: bool,
    pub(crate) spans: Vec<Span>,
    pub(crate) detail: Option<String>,
}

impl Hits {
    /// Found this strongly, of [`FULL`]; nothing is marked.
    pub(crate) fn of(strength: u16) -> Self {
        Self { strength, ..Self::default() }
    }

    /// Raises the strength to at least this, of [`FULL`].
    pub fn strength(&mut self, strength: u16) {
        self.is_firm = true;
        self.raise(strength);
    }

    /// Marks words that good members have there too: alone they stay a nudge, and never punish a sender.
    pub fn nudge(&mut self, strength: u16, span: Span) {
        self.raise(strength);
        self.span(span);
    }

    fn raise(&mut self, strength: u16) {
        self.strength = self.strength.max(strength.min(FULL));
    }

    /// Marks words.
    pub fn span(&mut self, span: Span) {
        if self.spans.len() < MOST_SPANS && !self.spans.contains(&span) {
            self.spans.push(span);
        }
    }

    /// Marks words at full strength.
    pub fn add(&mut self, span: Span) {
        self.strength(FULL);
        self.span(span);
    }

    /// Whether further words would change nothing: full strength, and as many marked as are kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_firm && self.strength == FULL && self.spans.len() == MOST_SPANS
    }

    /// Numbers behind the finding; never words of the message.
    pub fn count(&mut self, number: impl Into<i64>, name: &str) {
        let number: i64 = number.into();
        self.detail(format!("{number} {name}"));
    }

    /// What is behind the finding, in numbers; never words of the message.
    pub fn detail(&mut self, detail: String) {
        self.detail = Some(detail);
    }
}

/// What a detector looks at: one message, read, with what is known of its sender.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// The message.
    pub event: &'s Event<'s>,
    /// What is known of sender and text.
    pub context: &'s Context,
    /// The group's settings.
    pub settings: &'s ChatSettings,
    /// Known hosts and names.
    pub lists: &'s Lists,
    pub(crate) reading: &'s Reading<'s>,
    pub(crate) wording: Option<Wording<'s>>,
    pub(crate) signal: usize,
    pub(crate) patterns: &'s [Regex],
}

/// What the text model says of the sender's own words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording<'s> {
    /// The part of the message that it finds worst.
    pub(crate) part: usize,
    pub(crate) score: WordingScore,
    pub(crate) model: &'s TextModel,
}

/// A field with its folded text.
#[derive(Debug, Clone, Copy)]
pub struct View<'s> {
    /// Index into [`Event::fields`].
    pub index: usize,
    /// The original.
    pub field: &'s Field<'s>,
    /// The folded text.
    pub folded: &'s Normalised,
}

impl View<'_> {
    /// The words of a byte range of the folded text.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let (offset, length) = self.folded.origin(range);
        Span { place: self.field.place, offset, length }
    }

    /// A UTF-16 range of the original as a span.
    #[must_use]
    pub fn original(&self, (start, end): (u32, u32)) -> Span {
        Span { place: self.field.place, offset: start, length: end.saturating_sub(start) }
    }
}

impl<'s> Subject<'s> {
    /// Fields whose words count this way.
    pub fn views(&self, role: Role) -> impl Iterator<Item = View<'s>> + use<'s> {
        let reading = self.reading;
        let fields = reading.event.fields.iter().zip(&reading.folded).enumerate();
        let views = fields.map(|(index, (field, folded))| View { index, field, folded });
        views.filter(move |view| view.field.role == role)
    }

    /// The sender's own words.
    pub fn own(&self) -> impl Iterator<Item = View<'s>> + use<'s> {
        self.views(Role::Own)
    }

    /// Links that count this way.
    pub fn links(&self, role: Role) -> impl Iterator<Item = &'s Link> + use<'s> {
        self.reading.links.iter().filter(move |link| link.role == role)
    }

    /// The sender's own links, hidden ones and buttons included.
    pub fn own_links(&self) -> impl Iterator<Item = &'s Link> + use<'s> {
        self.links(Role::Own)
    }

    /// Names mentioned in fields of a role.
    pub fn mentions(&self, role: Role) -> impl Iterator<Item = Span> + use<'s> {
        self.reading.mentions.iter().filter(move |link| link.role == role).map(|link| link.span)
    }

    /// The sender's own links and mentions, as addresses.
    pub fn own_addresses(&self) -> impl Iterator<Item = &'s Link> + use<'s> {
        self.reading.addresses(Role::Own)
    }

    /// This signal's phrases found in fields of a role, in order of field and position.
    pub fn phrases(&self, role: Role) -> impl Iterator<Item = &'s PhraseHit> + use<'s> {
        let (signal, reading) = (self.signal, self.reading);
        reading.phrases.iter().filter(move |hit| {
            hit.signal == signal && reading.event.fields.get(hit.field).is_some_and(|field| field.role == role)
        })
    }

    /// Phrases of every signal found in fields of a role.
    pub fn phrases_of_all(&self, role: Role) -> impl Iterator<Item = &'s PhraseHit> + use<'s> {
        let reading = self.reading;
        reading
            .phrases
            .iter()
            .filter(move |hit| reading.event.fields.get(hit.field).is_some_and(|field| field.role == role))
    }

    /// Where a phrase stands in the original.
    #[must_use]
    pub fn phrase_span(&self, hit: &PhraseHit) -> Span {
        let place = self.event.fields.get(hit.field).map_or(Place::Text, |field| field.place);
        let (offset, length) =
            self.reading.folded.get(hit.field).map_or((0, 0), |folded| folded.origin(hit.start..hit.end));
        Span { place, offset, length }
    }

    /// The folded words of a phrase.
    #[must_use]
    pub fn phrase_words(&self, hit: &PhraseHit) -> &'s str {
        self.reading.folded.get(hit.field).and_then(|folded| folded.text().get(hit.start..hit.end)).unwrap_or_default()
    }

    /// Matches of this signal's pattern in one field's folded text.
    pub fn matches(&self, pattern: usize, view: &View<'s>) -> impl Iterator<Item = Range<usize>> + use<'s> {
        let (patterns, folded) = (self.patterns, view.folded);
        patterns
            .get(pattern)
            .into_iter()
            .flat_map(move |pattern| pattern.find_iter(folded.text()).map(|found| found.range()))
    }

    /// The words that speak most for spam, in the part of the message that the text model finds worst.
    pub(crate) fn telling_words(&self) -> Vec<Span> {
        let (Some(wording), reading) = (self.wording, self.reading) else { return Vec::new() };
        let worst = reading.model_text.parts().get(wording.part).and_then(|part| part.range.clone());
        let whole = || {
            let longest = self.own().max_by_key(|view| view.folded.text().len());
            longest.map(|view| (view.index, 0..view.folded.text().len()))
        };
        let Some((field, range)) = worst.or_else(whole) else { return Vec::new() };
        let Some(view) = self.own().find(|view| view.index == field) else { return Vec::new() };
        let words = wording.model.telling_words(view.folded.text().get(range.clone()).unwrap_or_default());
        words.into_iter().map(|word| view.span(range.start + word.start..range.start + word.end)).collect()
    }

    /// Letters in the sender's own words.
    #[must_use]
    pub fn letters(&self) -> u32 {
        self.own().map(|view| view.folded.disguise.letters).fold(0, u32::saturating_add)
    }
}
