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

/// Services that shorten links for anybody.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "tinyurl.com",
    "clck.ru",
    "goo.su",
    "cutt.ly",
    "is.gd",
    "t.ly",
    "rb.gy",
    "shorturl.at",
    "ow.ly",
    "vk.cc",
    "u.to",
    "surl.li",
    "s.id",
    "shrinke.me",
    "adf.ly",
    "tiny.cc",
    "v.gd",
    "rebrand.ly",
    "bl.ink",
    "lnkd.in",
    "soo.gd",
    "qps.ru",
    "inlnk.ru",
    "gg.gg",
    "t.cn",
    "suo.im",
    "dwz.cn",
    "url.cn",
    "bitly.ws",
    "shorturl.asia",
    "tt.vg",
    "n9.cl",
    "kutt.it",
    "cutt.us",
    "x.gd",
    "l24.im",
    "ssur.cc",
    "taplink.cc",
];

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for link in subject.own_links() {
        if SHORTENERS.contains(&link.host()) && link.path().len() > 1 {
            hits.add(link.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn shortened_links_hit() {
        assert_hits(&DEFINITION, &["bonus https://bit.ly/3xYz", "clck.ru/AbC", "goo[.]su/qwe"]);
    }

    #[test]
    fn other_links_are_left_alone() {
        assert_traps(&DEFINITION, &["https://example.com/bit.ly", "bit.ly is a shortener", "https://github.com/a/b"]);
    }
}
