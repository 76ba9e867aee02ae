//! Text that right-to-left overrides turn round, put into the order a reader sees.
//!
//! After the bidirectional algorithm (UAX 9), as far as overrides go: they nest, they end with U+202C, with the isolate they
//! stand in, with the line, or with the text. Embeddings and isolates without an override turn no letters.

use unicode_normalization::char::is_combining_mark;

const OVERRIDE: char = '\u{202e}';

/// A character and its UTF-16 range.
pub type Placed = (char, u32, u32);

/// One embedding, override or isolate that is open.
struct Open {
    is_isolate: bool,
    /// Where its text starts, if it turns text.
    turns_from: Option<usize>,
    level: u32,
}

/// Whether there is anything to turn.
pub fn is_turned(original: &str) -> bool {
    memchr::memmem::find(original.as_bytes(), OVERRIDE.to_string().as_bytes()).is_some()
}

/// The characters in the order they are seen; `overrides` gets the ranges of the overrides, which are left out.
pub fn seen(characters: impl Iterator<Item = Placed>, overrides: &mut Vec<(u32, u32)>) -> Vec<Placed> {
    let mut out: Vec<Placed> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for (character, start, end) in characters {
        let level = open.last().map_or(0, |open| open.level);
        match character {
            OVERRIDE => {
                overrides.push((start, end));
                // The next odd level: one step turns the text, two leave it turned.
                let turns_from = (level % 2 == 0).then_some(out.len());
                open.push(Open { is_isolate: false, turns_from, level: (level + 1) | 1 });
                continue;
            }
            // A left-to-right override within a right-to-left one turns back.
            '\u{202d}' => {
                let turns_from = (level % 2 == 1).then_some(out.len());
                open.push(Open { is_isolate: false, turns_from, level: (level + 2) & !1 });
            }
            '\u{202a}' | '\u{202b}' => open.push(Open { is_isolate: false, turns_from: None, level }),
            '\u{2066}'..='\u{2068}' => open.push(Open { is_isolate: true, turns_from: None, level }),
            '\u{202c}' if open.last().is_some_and(|open| !open.is_isolate) => close(open.pop(), &mut out),
            '\u{2069}' if open.iter().any(|open| open.is_isolate) => {
                while let Some(last) = open.pop() {
                    let is_isolate = last.is_isolate;
                    close(Some(last), &mut out);
                    if is_isolate {
                        break;
                    }
                }
            }
            '\n' | '\r' | '\u{2029}' => {
                while let Some(last) = open.pop() {
                    close(Some(last), &mut out);
                }
            }
            _ => {}
        }
        out.push((character, start, end));
    }
    while let Some(last) = open.pop() {
        close(Some(last), &mut out);
    }
    out
}

fn close(open: Option<Open>, out: &mut [Placed]) {
    let from = open.and_then(|open| open.turns_from);
    let Some(turned) = from.and_then(|from| out.get_mut(from..)) else { return };
    // Letters of right-to-left scripts run so anyway.
    if turned.iter().any(|(character, ..)| matches!(character, '\u{590}'..='\u{8ff}')) {
        return;
    }
    turned.reverse();
    // A mark follows its letter whichever way the letters run.
    let mut marks = 0;
    for index in 0..turned.len() {
        let is_mark = turned.get(index).is_some_and(|(character, ..)| is_combining_mark(*character));
        if is_mark {
            marks += 1;
        } else if let Some(cluster) = turned.get_mut(index - marks..=index) {
            cluster.reverse();
            marks = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_text(original: &str) -> String {
        let placed = (0..).zip(original.chars()).map(|(start, character)| (character, start, start + 1));
        let is_shown = |character: &char| !matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        seen(placed, &mut Vec::new()).into_iter().map(|(character, ..)| character).filter(is_shown).collect()
    }

    #[test]
    fn an_override_ends_with_its_sign_the_line_the_isolate_or_the_text() {
        assert_eq!(seen_text("\u{202e}onisac\u{202c} here"), "casino here");
        assert_eq!(seen_text("\u{202e}onisac\nhere"), "casino\nhere");
        assert_eq!(seen_text("\u{202e}onisac"), "casino");
        assert_eq!(seen_text("\u{2067}\u{202e}onisac\u{2069} here"), "casino here");
    }

    #[test]
    fn overrides_nest() {
        assert_eq!(seen_text("\u{202e}on\u{202e}isac\u{202c}\u{202c}!"), "casino!");
        assert_eq!(seen_text("\u{202e}ereh \u{202d}casino\u{202c}"), "casino here");
        assert_eq!(seen_text("\u{202c}\u{2069}as it is"), "as it is");
    }

    #[test]
    fn marks_stay_with_their_letters_and_right_to_left_scripts_are_left_alone() {
        assert_eq!(seen_text("\u{202e}e\u{301}fac\u{202c}"), "cafe\u{301}");
        assert_eq!(seen_text("\u{202e}שלום\u{202c}"), "שלום");
    }
}
