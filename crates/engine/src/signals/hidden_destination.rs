use crate::link::{Link, same_destination};
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "hidden_destination",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 1500,
    members_do_too: false,
    title: "Hidden destination",
    sentence: "A link shows one address and leads to another.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for hidden in subject.own_links().filter(|link| link.shown.is_some()) {
        let shown = subject
            .own_links()
            .filter(|link| link.shown.is_none() && link.reads_as_address() && stands_within(link, hidden));
        for link in shown {
            if !same_destination(link.destination(), hidden.destination()) {
                hits.add(hidden.span);
            }
        }
    }
}

fn stands_within(link: &Link, hidden: &Link) -> bool {
    let (inner, outer) = (link.span, hidden.span);
    inner.place == outer.place
        && inner.offset >= outer.offset
        && inner.offset + inner.length <= outer.offset + outer.length
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{hits, message};

    fn strength(shown: &str, url: &str) -> u16 {
        let entities = json!([{"type": "text_link", "offset": 4, "length": shown.encode_utf16().count(), "url": url}]);
        hits(&DEFINITION, &message(json!({"text": format!("see {shown} now"), "entities": entities}))).strength
    }

    #[test]
    fn a_shown_address_that_lies_hits() {
        assert_eq!(strength("https://binance.com", "https://binance-bonus.example/claim"), 1000);
        assert_eq!(strength("paypal.com/login", "http://paypal.com@evil.example"), 1000);
        assert_eq!(strength("t.me/official", "https://drainer.example"), 1000);
    }

    #[test]
    fn the_same_destination_spelled_differently_is_left_alone() {
        assert_eq!(strength("example.com", "https://www.example.com/page?utm=1"), 0);
        assert_eq!(strength("docs.example.com", "https://example.com/docs"), 0);
        assert_eq!(strength("telegram.me/rust", "https://t.me/rust"), 0);
        assert_eq!(strength("our page", "https://example.com"), 0);
        assert_eq!(strength("main.rs", "https://example.com/main.rs"), 0);
    }
}
