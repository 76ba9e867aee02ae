use std::borrow::Cow;

use crate::normalise::mixes_look_alikes;
use crate::place::{Place, Span};
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "lookalike_domain",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1500,
    members_do_too: false,
    title: "Look-alike domain",
    sentence: "A link's domain is there to be taken for another: by letters that only look like it, or by a known name in it.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Strength of a link in mixed letters that leads to no known name.
const DRESSED: u16 = 600;
/// Mixed words beside a link, from which it is not the link that was dressed up but everything.
const MOST_DRESSED: usize = 3;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let words = mixed_words(subject);
    for link in subject.own_links() {
        if hits.is_full() {
            return;
        }
        if !link.reads_as_address() {
            continue;
        }
        let (within, outside) = words.around(link.span);
        let is_lookalike = is_lookalike(link.host());
        let is_dressed = within > 0 || (link.shown.is_none() && !link.host().is_ascii());
        let is_forged = || is_lookalike || (within > 0 && subject.lists.is_brand(link.host()));
        let is_all_dressed = is_dressed && outside >= MOST_DRESSED;
        if subject.lists.impersonates(link.host()) || (!is_all_dressed && is_forged()) {
            hits.add(link.span);
        } else if within > 0 || is_lookalike {
            hits.nudge(DRESSED, link.span);
        }
    }
}

/// Words of mixed letters: where each stands, sorted.
struct MixedWords(Vec<(Place, u32, u32)>);

fn mixed_words(subject: &Subject<'_>) -> MixedWords {
    let words = subject.own().flat_map(|view| {
        let words = view.folded.disguise.mixed_words.iter();
        words.map(move |(start, end)| (view.field.place, *start, *end))
    });
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    MixedWords(words)
}

impl MixedWords {
    /// How many stand within a link as it is written, and how many beside it.
    fn around(&self, link: Span) -> (usize, usize) {
        let last = link.offset.saturating_add(link.length);
        let before = |place, offset| self.0.partition_point(|(at, start, _)| (*at, *start) < (place, offset));
        let from = |first, end: usize| self.0.get(first..end).unwrap_or_default();
        let first = self.0.partition_point(|(at, ..)| *at < link.place);
        let all = self.0.partition_point(|(at, ..)| *at <= link.place) - first;
        let near = from(before(link.place, link.offset), before(link.place, last.saturating_add(1)));
        let within = near.iter().filter(|(_, _, end)| *end <= last).count();
        (within, all - within)
    }
}

/// A host of good Cyrillic has a Cyrillic ending too (`.рф`); under a Latin ending it is there to be misread.
fn is_lookalike(host: &str) -> bool {
    if host.is_ascii() && !host.contains("xn--") {
        return false;
    }
    let mut labels: Vec<Cow<'_, str>> = host.split('.').map(decoded).collect();
    let ending = labels.pop().unwrap_or_default();
    ending.is_ascii() && labels.iter().any(|label| mixes_look_alikes(label))
}

fn decoded(label: &str) -> Cow<'_, str> {
    match label.strip_prefix("xn--").map(punycode::decode) {
        Some(Ok(decoded)) => Cow::Owned(decoded),
        _ => Cow::Borrowed(label),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signal::FULL;
    use crate::testing::{assert_hits, assert_traps, hits, message, text};

    #[test]
    fn domains_that_pass_for_others_hit() {
        assert_hits(
            &DEFINITION,
            &["log in at https://xn--pple-43d.com", "https://telegrаm.org/login", "claim on binаncе.com today"],
        );
    }

    #[test]
    fn domains_with_the_name_of_a_brand_hit() {
        assert_hits(
            &DEFINITION,
            &[
                "https://steamcomunity.com/gift",
                "binance-airdrop.xyz/claim",
                "https://telegram.org.check.top",
                "t.me.telegrarn.org/x",
            ],
        );
    }

    #[test]
    fn a_lookalike_behind_a_word_hits() {
        let entities = json!([{"type": "text_link", "offset": 0, "length": 5, "url": "https://аррӏе.com"}]);
        assert!(hits(&DEFINITION, &message(json!({"text": "apple", "entities": entities}))).strength > 0);
    }

    #[test]
    fn where_everything_is_dressed_a_link_is_a_nudge_unless_its_address_is_forged_beneath() {
        let around = |link: &str| text(&format!("sееds аnd sоil, аll thеrе: {link}"));
        for link in ["https://yоutubе.com/watch", "https://jрgaлlery.com/roses"] {
            assert_eq!(hits(&DEFINITION, &around(link)).strength, DRESSED, "{link}");
        }
        for link in ["https://xn--pple-43d.com", "binаnce-airdrop.xyz/claim"] {
            assert_eq!(hits(&DEFINITION, &around(link)).strength, FULL, "{link}");
        }
        assert_eq!(hits(&DEFINITION, &text("seeds and soil: https://jрgaлlery.com/roses")).strength, FULL);
    }

    #[test]
    fn good_domains_of_any_script_are_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "https://xn--e1afmkfd.xn--p1ai",
                "https://пример.рф/новости",
                "https://münchen.de",
                "https://python-telegram-bot.org/docs",
                "https://accounts.binance.com/login",
                "https://google.com.br/maps",
                "finance.com/news",
                "https://example.com",
            ],
        );
    }
}
