use crate::lists::ListKind;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "shortener_link",
    kind: Kind::Evidence,
    group: Group::Links,
    weight: 900,
    members_do_too: true,
    title: "Shortened link",
    sentence: "A shortened link hides where it leads.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_links() {
        if hits.is_full() {
            return;
        }
        if link.path().len() > 1 && subject.lists.names_host(ListKind::Shorteners, link.host()) {
            hits.add(link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps, hits_listed};

    #[test]
    fn shortened_links_hit() {
        assert_hits(&DEFINITION, &["bonus https://bit.ly/3xYz", "clck.ru/AbC", "goo[.]su/qwe"]);
    }

    #[test]
    fn the_operators_list_counts_too() {
        let listed = |words| hits_listed(&DEFINITION, words, ListKind::Shorteners, "short.example").strength;
        assert_eq!(
            (listed("see short.example/abc"), listed("see bit.ly/abc"), listed("see long.example/abc")),
            (1000, 1000, 0)
        );
    }

    #[test]
    fn other_links_are_left_alone() {
        assert_traps(&DEFINITION, &["https://example.com/bit.ly", "bit.ly is a shortener", "https://github.com/a/b"]);
    }
}
