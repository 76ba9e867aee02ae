//! Links disarmed so that no program sees them: "hxxp", "site[.]com", "t(dot)me", "сайт точка ру".

use super::Glyph;

/// Endings that make "name dot ending" a host rather than prose.
const ENDINGS: &[&str] = &[
    "com", "net", "org", "me", "io", "ru", "рф", "ру", "su", "xyz", "top", "site", "online", "shop", "club", "info",
    "biz", "app", "vip", "cc", "co", "pro", "link", "live", "ком", "ми",
];

/// Makes disarmed links whole, in place.
pub fn refang(glyphs: &mut Vec<Glyph>) {
    if has_word(glyphs, "hxxp") {
        replace(glyphs, "hxxp", "http", |_| true);
    }
    if glyphs.iter().any(|glyph| matches!(glyph.character, '[' | '(' | '{')) {
        for dot in ["[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", "[точка]", "(точка)"] {
            replace(glyphs, dot, ".", |_| true);
        }
    }
    for dot in [" dot ", " точка "] {
        if has_word(glyphs, dot) {
            replace(glyphs, dot, ".", starts_with_ending);
        }
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

fn has_word(glyphs: &[Glyph], word: &str) -> bool {
    let Some(first) = word.chars().find(|character| *character != ' ') else { return false };
    let skip = usize::from(word.starts_with(' '));
    glyphs.iter().enumerate().any(|(index, glyph)| {
        glyph.character == first
            && index.checked_sub(skip).and_then(|start| glyphs.get(start..)).is_some_and(|rest| starts_with(rest, word))
    })
}

/// Replaces `word` by `by`, whose characters all come from where the word stood, where `rest` after it agrees.
fn replace(glyphs: &mut Vec<Glyph>, word: &str, by: &str, agrees: impl Fn(&[Glyph]) -> bool) {
    let length = word.chars().count();
    let mut position = 0;
    while let Some(rest) = glyphs.get(position..) {
        if rest.is_empty() {
            return;
        }
        if starts_with(rest, word) && agrees(rest.get(length..).unwrap_or_default()) {
            let start = rest.first().map_or(0, |glyph| glyph.start);
            let end = rest.get(length - 1).map_or(start, |glyph| glyph.end);
            let (start, end) = (start.min(end), start.max(end));
            let replacement: Vec<Glyph> = by.chars().map(|character| Glyph { character, start, end }).collect();
            glyphs.splice(position..position + length, replacement);
        }
        position += 1;
    }
}
