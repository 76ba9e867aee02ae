use crate::lists::ListKind;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

/// Heavy enough to ban a newcomer and to delete a regular's message by itself.
pub static DEFINITION: Definition = Definition {
    name: "scam_listed_domain",
    kind: Kind::Evidence,
    group: Group::Listed,
    weight: 5000,
    members_do_too: false,
    title: "Known scam domain",
    sentence: "A link leads to a domain on the operator's list of scams.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_links() {
        if hits.is_full() {
            return;
        }
        if subject.lists.names_host(ListKind::ScamHosts, link.host()) {
            hits.add(link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hits_listed;

    fn strength(words: &str) -> u16 {
        hits_listed(&DEFINITION, words, ListKind::ScamHosts, "evil.example\n*.shady.example\n").strength
    }

    #[test]
    fn listed_domains_hit_however_they_are_written() {
        for words in ["https://evil.example/claim", "login.evil.example", "hxxp://evil[.]example", "a.shady.example/x"]
        {
            assert_eq!(strength(words), 1000, "{words}");
        }
    }

    #[test]
    fn other_domains_are_left_alone() {
        for words in
            ["https://good.example", "notevil.example", "shady.example", "evil.example.org", "x.org/evil.example"]
        {
            assert_eq!(strength(words), 0, "{words}");
        }
    }
}
