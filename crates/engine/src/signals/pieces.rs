use crate::parts::Parts;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "pieces",
    kind: Kind::Evidence,
    group: Group::Burst,
    weight: 1200,
    members_do_too: false,
    title: "Advert in pieces",
    sentence: "Several messages of one minute are together an advert.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// An offer and a call are a nudge, as they are in one message; with a third part, 1.2.
const TWO_PARTS: u16 = 700;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let own = subject.reading.parts();
    let (earlier, all) = (subject.context.earlier_parts, own.with(subject.context.earlier_parts));
    let tempts = all.has(Parts::OFFER) || all.has(Parts::LURE);
    // What one message says by itself is judged by itself.
    if subject.context.is_newcomer() && tempts && all.has(Parts::CALL) && all != own && all != earlier {
        hits.strength(if all.count() > 2 { FULL } else { TWO_PARTS });
        hits.count(all.count(), "parts of an advert within a minute");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    fn strength(words: &str, earlier: &[Parts], messages_here: u32) -> u16 {
        let earlier_parts = earlier.iter().fold(Parts::default(), |all, part| all.with(*part));
        let context = Context { messages_here, earlier_parts, ..Context::default() };
        hits_given(&DEFINITION, &text(words), context).strength
    }

    #[test]
    fn pieces_that_make_an_advert_hit() {
        assert_eq!(strength("write me", &[Parts::OFFER, Parts::MEDIA], 0), 1000);
        assert_eq!(strength("доход хороший", &[Parts::LURE, Parts::CALL], 0), 1000);
        assert_eq!(strength("write me", &[Parts::OFFER], 0), TWO_PARTS);
    }

    #[test]
    fn talk_and_those_who_are_known_are_left_alone() {
        assert_eq!(strength("hello", &[Parts::OFFER, Parts::MEDIA], 0), 0);
        assert_eq!(strength("write me", &[Parts::MEDIA], 0), 0);
        assert_eq!(strength("write me", &[Parts::OFFER, Parts::MEDIA], 10), 0);
        assert_eq!(strength("write me", &[Parts::OFFER, Parts::CALL, Parts::MEDIA], 0), 0);
    }
}
