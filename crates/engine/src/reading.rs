//! A message as the detectors see it: folded texts, links, mentions and phrases found once.

use std::ops::Range;

use linkify::LinkFinder;
use xxhash_rust::xxh3::Xxh3;

use crate::event::{Event, Media, Role};
use crate::link::{self, Link};
use crate::normalise::{Normalised, Normaliser, is_alphabetic};
use crate::parts::Parts;
use crate::phrases::{PhraseHit, PhraseMatcher};
use crate::place::Span;
use crate::signal::Group;
use crate::signals::REGISTRY;
use crate::sketch::Sketch;
use crate::text_model::{ModelText, Reader};

/// Letters from which a text is long enough that two people rarely write the same; an ideograph counts three.
const LONG_TEXT: usize = 24;
const DAY: i64 = 86_400;
/// Words of mixed letters, or invisible characters, that are no slip of the keyboard.
const NO_SLIP: usize = 3;
/// Shortest name Telegram gives out.
const SHORTEST_NAME: usize = 4;

/// Working memory for reading, kept between messages.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) normaliser: Normaliser,
    pub(crate) reader: Reader,
}

/// One message, read.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The message.
    pub event: Event<'a>,
    pub(crate) folded: Vec<Normalised>,
    /// What the text model knows the sender's own words by.
    pub(crate) model_text: ModelText,
    pub(crate) links: Vec<Link>,
    /// Every `@name`, as the address it stands for.
    pub(crate) mentions: Vec<Link>,
    pub(crate) phrases: Vec<PhraseHit>,
}

impl<'a> Reading<'a> {
    /// Folds the texts of an event.
    pub fn fold(event: Event<'a>, scratch: &mut Scratch) -> Self {
        let folded: Vec<_> = event.fields.iter().map(|field| scratch.normaliser.normalise(&field.text)).collect();
        let model_text = scratch.reader.read(&event.fields, &folded);
        Self { event, folded, model_text, links: Vec::new(), mentions: Vec::new(), phrases: Vec::new() }
    }

    /// Finds links, mentions and phrases in the folded texts.
    pub fn find(&mut self, finder: &LinkFinder, matcher: &PhraseMatcher) {
        for (index, (field, folded)) in self.event.fields.iter().zip(&self.folded).enumerate() {
            let text = folded.text();
            if field.role != Role::Shown {
                matcher.find(index, text, &mut self.phrases);
            }
            let span = |range| {
                let (offset, length) = folded.origin(range);
                Span { place: field.place, offset, length }
            };
            let visible = link::find(finder, text)
                .into_iter()
                .filter_map(|range| Link::read(text.get(range.clone())?, span(range), field.role, None));
            self.links.extend(visible);
            let name = |range: Range<usize>| text.get(range.start + 1..range.end).unwrap_or_default();
            self.mentions
                .extend(mentions(text).map(|range| Link::mention(name(range.clone()), span(range), field.role)));
        }
        for target in &self.event.targets {
            let (offset, length) = target.shown.map_or((0, 0), |shown| (shown.offset, shown.length));
            let span = Span { place: target.place, offset, length };
            self.links.extend(Link::read(&target.url, span, target.role, target.shown));
        }
    }

    /// Number of the sender's own links and mentions in the message itself.
    #[must_use]
    pub fn link_count(&self) -> u32 {
        u32::try_from(self.own_addresses().count()).unwrap_or(u32::MAX)
    }

    /// What the message itself holds of an advert.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut parts = Parts::default();
        if self.own_addresses().next().is_some() {
            parts = parts.with(Parts::CALL);
        }
        let carries = [Media::Photo, Media::Video, Media::Animation, Media::Voice, Media::VideoNote];
        if self.event.media.is_some_and(|media| carries.contains(&media)) {
            parts = parts.with(Parts::MEDIA);
        }
        for phrase in &self.phrases {
            let field = self.event.fields.get(phrase.field);
            if field.is_some_and(|field| field.role == Role::Own && !field.place.is_fetched()) {
                parts = parts.with(part_of(phrase));
            }
        }
        parts
    }

    /// Whether the sender's own words hide: of mixed letters, full of invisible characters, or spaced out.
    pub(crate) fn are_words_hidden(&self) -> bool {
        let own = self.event.fields.iter().zip(&self.folded).filter(|(field, _)| field.role == Role::Own);
        own.into_iter().any(|(_, folded)| {
            let disguise = &folded.disguise;
            let marks = disguise.mixed_words.len().max(disguise.invisible.len());
            marks >= NO_SLIP || !disguise.separated.is_empty()
        })
    }

    fn own_addresses(&self) -> impl Iterator<Item = &Link> {
        self.addresses(Role::Own).filter(|link| !link.span.place.is_fetched())
    }

    /// Links and mentions in fields of a role.
    pub(crate) fn addresses(&self, role: Role) -> impl Iterator<Item = &Link> {
        self.links.iter().chain(&self.mentions).filter(move |link| link.role == role)
    }

    /// What the message says on its day, as one number: its album, else its folded words, else what it carries.
    ///
    /// Saying the same all day long counts once as a sign of trust; a sticker every morning counts every morning.
    #[must_use]
    pub fn tag(&self) -> u64 {
        let mut hash = Xxh3::new();
        hash.update(&(self.event.date / DAY).to_le_bytes());
        if let Some(album) = &self.event.media_group_id {
            hash.update(b"album");
            hash.update(album.as_bytes());
            return hash.digest();
        }
        for text in self.own_texts() {
            hash.update(text.as_bytes());
            hash.update(b"\n");
        }
        if self.own_texts().next().is_none() {
            hash.update(format!("{:?}", self.event.media).as_bytes());
        }
        hash.digest()
    }

    /// The folded words as one number, where they are long enough to be told from small talk.
    #[must_use]
    pub fn long_text(&self) -> Option<u64> {
        if !self.has_letters(LONG_TEXT) {
            return None;
        }
        let mut hash = Xxh3::new();
        for text in self.own_texts() {
            hash.update(text.as_bytes());
            hash.update(b"\n");
        }
        Some(hash.digest())
    }

    /// The sender's own words, to be known again among near-duplicates; none where they are too short.
    #[must_use]
    pub fn sketch(&self) -> Option<Sketch> {
        Sketch::of_text(&self.model_text)
    }

    /// Whether the message has so many letters; an ideograph counts three.
    #[must_use]
    pub fn has_letters(&self, number: usize) -> bool {
        let weight = |character: char| match character {
            '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => 3,
            _ => usize::from(is_alphabetic(character) || character.is_numeric()),
        };
        let mut characters = self.own_texts().flat_map(str::chars);
        let short = characters
            .try_fold(0, |length, character| Some(length + weight(character)).filter(|length| *length < number));
        short.is_none()
    }

    fn own_texts(&self) -> impl Iterator<Item = &str> {
        let fields = self.event.fields.iter().zip(&self.folded);
        let own = fields.filter(|(field, _)| field.role == Role::Own && !field.place.is_fetched());
        own.map(|(_, folded)| folded.text())
    }
}

/// Signals of offers have several classes of phrases, the first of which says what is offered; the one of calls has one.
fn part_of(phrase: &PhraseHit) -> Parts {
    let Some(definition) = REGISTRY.get(phrase.signal) else { return Parts::default() };
    match (definition.group, definition.phrases.len(), phrase.class) {
        (Group::Offer, 1, _) => Parts::CALL,
        (Group::Offer, _, 0) => Parts::OFFER,
        (Group::Offer, _, _) => Parts::LURE,
        _ => Parts::default(),
    }
}

/// Byte ranges of `@name` in a folded text; a mail address is none.
fn mentions(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    memchr::memchr_iter(b'@', text.as_bytes()).filter_map(move |start| {
        let (before, rest) = text.as_bytes().split_at_checked(start)?;
        let name = rest.iter().skip(1).take_while(|byte| is_name(**byte)).count();
        let is_mail = before.last().is_some_and(|byte| is_name(*byte));
        (name >= SHORTEST_NAME && !is_mail).then_some(start..start + 1 + name)
    })
}
