//! Whether a profile advertises: its bio, its personal channel.

use crate::event::Role;
use crate::phrases::PhraseHit;
use crate::place::{Place, Span};
use crate::signal::{Group, Subject};
use crate::signals::REGISTRY;

/// The words that make an advert of what stands at a place; none where it is none.
///
/// People have a site, a channel, a trade in their bio, and say how to reach them. An advert is an invite into a closed chat, a
/// bot started with a parameter, what nobody but an advert says of itself, or an offer together with what makes it tempting or
/// with a call.
pub fn advert(subject: &Subject<'_>, place: Place) -> Vec<Span> {
    let links = subject.links(Role::Profile).filter(|link| link.span.place == place);
    let mut spans: Vec<Span> =
        links.filter(|link| link.is_invite() || link.is_bot_start()).map(|link| link.span).collect();
    let here = |hit: &&PhraseHit| subject.event.fields.get(hit.field).is_some_and(|field| field.place == place);
    let phrases = || subject.phrases_of_all(Role::Profile).filter(here);
    let has = |part: Saying| phrases().any(|hit| saying(hit) == part);
    if has(Saying::Shout) || (has(Saying::Offer) && has(Saying::Lure)) {
        let telling = phrases().filter(|hit| saying(hit) != Saying::Nothing);
        spans.extend(telling.map(|hit| subject.phrase_span(hit)));
    }
    spans
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Saying {
    /// "Free signals", "see my bio": no person is called so.
    Shout,
    Offer,
    Lure,
    Nothing,
}

fn saying(phrase: &PhraseHit) -> Saying {
    let Some(definition) = REGISTRY.get(phrase.signal) else { return Saying::Nothing };
    match (definition.group, definition.phrases.len(), phrase.class) {
        (Group::ProfilePromotion, _, 0) => Saying::Shout,
        (Group::ProfilePromotion, _, _) | (Group::Offer, 2.., 0) => Saying::Offer,
        (Group::Offer, ..) => Saying::Lure,
        _ => Saying::Nothing,
    }
}
