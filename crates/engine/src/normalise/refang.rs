//! Links disarmed so that no program sees them: "hxxp", "site[.]com", "t(dot)me", "сайт точка ру".

use super::Glyph;
use crate::link;

/// Endings that make "name dot ending" a host rather than prose.
const ENDINGS: &[&str] = &[
    "com", "net", "org", "me", "io", "ru", "рф", "ру", "su", "xyz", "top", "site", "online", "shop", "club", "info",
    "biz", "app", "vip", "cc", "co", "pro", "link", "live", "ком", "ми",
];

/// What links are disarmed with, and what stands there again.
const BROKEN: &[(&str, &str)] = &[
    ("hxxp", "http"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[точка]", "."),
    ("(точка)", "."),
];
/// The same where an ending of hosts follows.
const SPELT: &[&str] = &[" dot ", " точка "];

/// Whether a host's name ends as people write addresses, not file names or sentences.
pub fn is_host(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending) || link::COMMON_ENDINGS.contains(&ending))
}

/// Makes disarmed links whole, in place. True where there were any.
pub fn refang(glyphs: &mut Vec<Glyph>) -> bool {
    let is_broken = |(position, (left, right)): (usize, (&Glyph, &Glyph))| {
        may_be_broken(left.character, right.character) && glyphs.get(position..).and_then(broken).is_some()
    };
    glyphs.iter().zip(glyphs.iter().skip(1)).enumerate().any(is_broken) && rewrite(glyphs, broken)
}

/// Whether what disarms a link begins with these; most texts hold no such pair.
#[expect(clippy::needless_bitwise_bool, reason = "every pair of a text is asked about: branches cost more")]
pub const fn may_be_broken(first: char, second: char) -> bool {
    let is_bracket = (first == '[') | (first == '(') | (first == '{');
    let is_spelt = (first == ' ') & ((second == 'd') | (second == 'т'));
    is_bracket | is_spelt | ((first == 'h') & (second == 'x'))
}

/// One piece to replace: its length, and what comes in its place, which is no longer.
type Replacement = (usize, &'static str);

/// Rewrites in one pass; `find` is asked about the rest of the text, at no position twice.
fn rewrite(glyphs: &mut Vec<Glyph>, mut find: impl FnMut(&[Glyph]) -> Option<Replacement>) -> bool {
    let (mut read, mut written) = (0, 0);
    let mut is_changed = false;
    while let Some(rest) = glyphs.get(read..).filter(|rest| !rest.is_empty()) {
        let Some((length, by)) = find(rest) else {
            if written < read {
                glyphs.copy_within(read..=read, written);
            }
            read += 1;
            written += 1;
            continue;
        };
        is_changed = true;
        let replaced = rest.get(..length).unwrap_or(rest);
        // Text that was turned round runs backwards.
        let start = replaced.iter().map(|glyph| glyph.start).min().unwrap_or(0);
        let end = replaced.iter().map(|glyph| glyph.end).max().unwrap_or(start);
        for (slot, character) in glyphs.iter_mut().skip(written).zip(by.chars()) {
            *slot = Glyph { character, start, end };
            written += 1;
        }
        read += length;
    }
    glyphs.truncate(written);
    is_changed
}

/// What disarms a link here.
fn broken(rest: &[Glyph]) -> Option<Replacement> {
    match rest.first()?.character {
        'h' | '[' | '(' | '{' => {
            let (word, by) = BROKEN.iter().find(|(word, _)| starts_with(rest, word))?;
            Some((word.chars().count(), by))
        }
        ' ' => {
            let word = SPELT.iter().find(|word| starts_with(rest, word))?;
            let length = word.chars().count();
            starts_with_ending(rest.get(length..)?).then_some((length, "."))
        }
        _ => None,
    }
}

fn starts_with_ending(rest: &[Glyph]) -> bool {
    ENDINGS.iter().any(|ending| {
        let length = ending.chars().count();
        starts_with(rest, ending) && !rest.get(length).is_some_and(|next| next.character.is_alphanumeric())
    })
}

fn starts_with(glyphs: &[Glyph], word: &str) -> bool {
    let mut glyphs = glyphs.iter();
    word.chars().all(|character| glyphs.next().is_some_and(|glyph| glyph.character == character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(text: &str) -> Vec<Glyph> {
        (0..).zip(text.chars()).map(|(start, character)| Glyph { character, start, end: start + 1 }).collect()
    }

    #[test]
    fn work_grows_with_the_text_however_many_links_it_holds() {
        for (piece, whole) in [
            ("t(dot)me ", "t.me "),
            ("a[.]b ", "a.b "),
            ("сайт точка ру ", "сайт.ру "),
            ("hxxp", "http"),
            (" dot com dot com", ".com.com"),
            ("[", "["),
            (" dot ", " dot "),
        ] {
            let mut text = glyphs(&piece.repeat(500));
            let length = text.len();
            let mut asked = 0;
            rewrite(&mut text, |rest| {
                asked += 1;
                broken(rest)
            });
            assert!(asked <= length, "{piece:?}: asked {asked} times of {length} characters");
            let written: String = text.iter().map(|glyph| glyph.character).collect();
            assert_eq!(written, whole.repeat(500), "{piece:?}");
        }
    }

    #[test]
    fn all_that_disarms_is_looked_for() {
        for word in BROKEN.iter().map(|(word, _)| word).chain(SPELT) {
            let mut characters = word.chars();
            assert!(may_be_broken(characters.next().unwrap(), characters.next().unwrap()), "{word:?}");
        }
    }

    #[test]
    fn what_is_written_came_from_where_it_stood() {
        let mut text = glyphs("x t[.]me");
        refang(&mut text);
        let dot = text.iter().find(|glyph| glyph.character == '.').map(|glyph| (glyph.start, glyph.end));
        assert_eq!(dot, Some((3, 6)));
        assert_eq!(text.last().map(|glyph| (glyph.start, glyph.end)), Some((7, 8)));
    }
}
