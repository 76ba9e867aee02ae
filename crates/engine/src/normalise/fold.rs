//! Character by character: spaces, compatibility forms, marks, invisible characters, case.

use unicode_normalization::char::{compose, is_combining_mark};

use super::direction;
use super::refang::may_be_broken;
use super::unicode::{Class, class};
use super::{Disguise, Glyph, May};

/// Characters a folded text may be longer than its original; beyond them no character unfolds to more than one.
const MOST_ADDED: usize = 256;

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
const BREVE: char = '\u{306}';
const DIAERESIS: char = '\u{308}';

/// Folds `original` into `glyphs`, which must be empty, and tells what is to be looked for in them.
pub fn fold(original: &str, glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) -> May {
    glyphs.reserve(original.len());
    if original.is_ascii() {
        fold_ascii(original, glyphs, disguise);
        return look(glyphs);
    }
    let mut start = 0u32;
    let placed = original.chars().map(|character| {
        let from = start;
        start = start.saturating_add(if character > '\u{ffff}' { 2 } else { 1 });
        (character, from, start)
    });
    let mut folder = Folder {
        glyphs,
        disguise,
        raw: ' ',
        after_loose_mark: false,
        joiner: None,
        scripts: 0,
        words: 0,
        may: May::default(),
    };
    if direction::is_turned(original) {
        let seen = direction::seen(placed, &mut folder.disguise.invisible);
        folder.fold(seen.into_iter());
    } else {
        folder.fold(placed);
    }
    folder.may
}

/// What is to be looked for in glyphs that are ASCII.
fn look(glyphs: &[Glyph]) -> May {
    let mut words = 0;
    let may = |may: May, glyph: &Glyph| {
        words = words << 1 | u8::from(glyph.character.is_ascii_alphanumeric());
        May { be_separated: may.be_separated | stand_apart(words), ..may }
    };
    let pairs = glyphs.iter().zip(glyphs.iter().skip(1));
    let is_broken = |found, (left, right): (&Glyph, &Glyph)| found | may_be_broken(left.character, right.character);
    May { be_broken: pairs.fold(false, is_broken), ..glyphs.iter().fold(May::default(), may) }
}

/// Whether the newest three of a word's characters stand apart; `words` has a bit for each character, the newest lowest, that
/// is set for letters and digits.
const fn stand_apart(words: u8) -> bool {
    words & 0b11_1111 == 0b01_0101
}

fn fold_ascii(original: &str, glyphs: &mut Vec<Glyph>, disguise: &mut Disguise) {
    let is_control = |byte: u8| byte.is_ascii_control() && !matches!(byte, b'\t'..=b'\r');
    let glyph = |(start, byte): (u32, u8)| {
        let byte = if byte < b' ' { b' ' } else { byte.to_ascii_lowercase() };
        Glyph { character: char::from(byte), start, end: start.saturating_add(1) }
    };
    disguise.letters += original.bytes().map(|byte| u32::from(byte.is_ascii_alphabetic())).sum::<u32>();
    if original.bytes().any(is_control) {
        let (controls, others): (Vec<_>, Vec<_>) =
            (0u32..).zip(original.bytes()).partition(|(_, byte)| is_control(*byte));
        disguise.invisible.extend(controls.into_iter().map(|(start, _)| (start, start.saturating_add(1))));
        glyphs.extend(others.into_iter().map(glyph));
    } else {
        glyphs.extend((0u32..).zip(original.bytes()).map(glyph));
    }
}

struct Folder<'f> {
    glyphs: &'f mut Vec<Glyph>,
    disguise: &'f mut Disguise,
    /// The character before, as it was written.
    raw: char,
    after_loose_mark: bool,
    /// A joiner that stays if what follows can be joined too.
    joiner: Option<Glyph>,
    /// Scripts of the word so far, a bit each.
    scripts: u8,
    /// As [`stand_apart`] reads it.
    words: u8,
    may: May,
}

impl Folder<'_> {
    fn fold(&mut self, characters: impl Iterator<Item = direction::Placed>) {
        let mut characters = characters.peekable();
        while let Some((character, start, end)) = characters.next() {
            let glyph = |character| Glyph { character, start, end };
            let is_loose_mark = match character {
                'a'..='z' | 'а'..='я' => {
                    self.letter(glyph(character));
                    false
                }
                ' '..='\u{7e}' => {
                    if character.is_ascii_alphabetic() {
                        self.letter(glyph(character.to_ascii_lowercase()));
                    } else {
                        self.sign(glyph(character));
                    }
                    false
                }
                'А'..='Я' => {
                    self.letter(glyph(char::from_u32(u32::from(character) + 0x20).unwrap_or(character)));
                    false
                }
                _ => self.other(glyph(character), characters.peek().map(|(next, ..)| *next)),
            };
            self.after_loose_mark = is_loose_mark;
            self.raw = character;
        }
    }

    /// Whether it was a loose mark.
    fn other(&mut self, glyph: Glyph, next: Option<char>) -> bool {
        let Glyph { character, start, end } = glyph;
        match class(character) {
            Class::Letter => self.letter(glyph),
            Class::Emoji if is_regional(character) && !is_regional(self.raw) && !next.is_some_and(is_regional) => {
                // Two make a flag; one alone is a letter in a box.
                let letter = u32::from('a') + u32::from(character) - u32::from('\u{1f1e6}');
                self.letter(Glyph { character: char::from_u32(letter).unwrap_or(character), ..glyph });
                self.dress(start, end);
            }
            Class::Itself | Class::Emoji | Class::Symbol => self.sign(glyph),
            Class::Space => self.sign(Glyph { character: ' ', ..glyph }),
            Class::Invisible => self.invisible(glyph, next),
            Class::Gone => {}
            Class::LooseMark => {
                // A keycap or an accent typed apart is one mark on one letter; a stack is a disguise.
                if self.after_loose_mark {
                    self.disguise.stacked_marks.push((start, end));
                }
                let is_part = matches!(character, BREVE | DIAERESIS);
                if let Some(last) = self.glyphs.last_mut().filter(|_| is_part) {
                    let whole = match (last.character, character) {
                        ('и', BREVE) => 'й',
                        ('у', BREVE) => 'ў',
                        ('і', DIAERESIS) => 'ї',
                        (other, _) => other,
                    };
                    if whole != last.character {
                        *last = Glyph { character: whole, start: last.start, end };
                    }
                }
                return true;
            }
            Class::Mark => self.mark(glyph),
            Class::Fold { to, is_dressed } => {
                let has_grown =
                    self.glyphs.len().saturating_sub(MOST_ADDED) > usize::try_from(start).unwrap_or(usize::MAX);
                if has_grown && to.chars().nth(1).is_some() {
                    self.sign(glyph);
                    return false;
                }
                for character in to.chars() {
                    let part = Glyph { character, ..glyph };
                    match class(character) {
                        Class::Letter => self.letter(part),
                        Class::Mark => self.mark(part),
                        _ => self.sign(part),
                    }
                }
                if is_dressed {
                    self.dress(start, end);
                }
            }
        }
        false
    }

    fn letter(&mut self, glyph: Glyph) {
        self.disguise.letters += 1;
        self.scripts |= match glyph.character {
            '\0'..='\u{24f}' => 1,
            '\u{400}'..='\u{52f}' => 2,
            '\u{370}'..='\u{3ff}' => 4,
            _ => 8,
        };
        self.may.mix |= !self.scripts.is_power_of_two();
        self.push(glyph, true);
    }

    fn sign(&mut self, glyph: Glyph) {
        self.scripts = 0;
        self.push(glyph, glyph.character.is_ascii_digit());
    }

    fn push(&mut self, glyph: Glyph, is_word: bool) {
        if let Some(joiner) = self.joiner.take().filter(|_| joins(glyph.character)) {
            self.words <<= 1;
            self.glyphs.push(joiner);
        }
        self.words = self.words << 1 | u8::from(is_word);
        self.may.be_separated |= stand_apart(self.words);
        self.may.be_broken |= self.glyphs.last().is_some_and(|last| may_be_broken(last.character, glyph.character));
        self.glyphs.push(glyph);
    }

    /// A mark of a script with marks of its own, put together with its letter where they make one.
    fn mark(&mut self, glyph: Glyph) {
        if let Some(last) = self.glyphs.last_mut().filter(|_| self.joiner.is_none()) {
            if let Some(whole) = compose(last.character, glyph.character) {
                *last = Glyph { character: whole, start: last.start, end: glyph.end };
                // It may be a letter where its parts are none.
                self.may.be_separated = true;
                return;
            }
        }
        self.push(glyph, false);
    }

    fn invisible(&mut self, glyph: Glyph, next: Option<char>) {
        let previous = self.glyphs.last().map_or(' ', |last| last.character);
        if !is_needed(glyph.character, previous, self.raw, next) {
            self.disguise.invisible.push((glyph.start, glyph.end));
        } else if matches!(glyph.character, NON_JOINER | JOINER) {
            self.joiner = Some(glyph);
        }
    }

    fn dress(&mut self, start: u32, end: u32) {
        self.disguise.dressed += 1;
        let (first, last) = self.disguise.dressed_range.unwrap_or((start, end));
        self.disguise.dressed_range = Some((first.min(start), last.max(end)));
    }
}

const fn is_regional(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Whether its neighbours explain an invisible character: joiners in scripts and emoji, variation selectors, direction
/// marks beside right-to-left text, flags' tags. `previous` is folded, `raw` and `next` as they were written.
fn is_needed(character: char, previous: char, raw: char, next: Option<char>) -> bool {
    match character {
        NON_JOINER | JOINER => joins(previous),
        '\u{fe00}'..='\u{fe0f}' => !raw.is_alphabetic() || is_ideograph(raw),
        '\u{e0020}'..='\u{e007f}' => previous == '🏴',
        // Typeset pages bring a soft hyphen into every long word.
        '\u{ad}' => true,
        // Direction marks and isolates come with pasted text too; between two letters of a left-to-right script they split words.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202d}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            !(is_splittable(previous) && next.is_some_and(is_splittable))
        }
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(raw),
        '\u{180b}'..='\u{180f}' => matches!(raw, '\u{1800}'..='\u{18af}'),
        _ => false,
    }
}

fn is_splittable(character: char) -> bool {
    character.is_alphabetic() && character < '\u{590}'
}

/// Characters of scripts that need joiners, and emoji.
fn joins(character: char) -> bool {
    matches!(character, '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}')
        || character >= '\u{2000}' && (class(character) == Class::Emoji || is_combining_mark(character))
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(original: &str) -> String {
        let mut glyphs = Vec::new();
        fold(original, &mut glyphs, &mut Disguise::default());
        glyphs.iter().map(|glyph| glyph.character).collect()
    }

    #[test]
    fn parts_typed_apart_are_put_together() {
        assert_eq!(folded("か\u{3099}は\u{309a}"), "がぱ");
        assert_eq!(folded("ｶﾞｲﾄﾞ"), "ガイド");
        assert_eq!(folded("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"), "한글");
        assert_eq!(folded("и\u{306} і\u{308} у\u{306} е\u{308}"), "й ї ў е");
        assert_eq!(folded("\u{9c7}\u{9be}"), "\u{9cb}");
    }

    #[test]
    fn a_letter_in_a_box_is_a_letter_and_two_are_a_flag() {
        assert_eq!(folded("🇩🇪 🇨\u{200b}🇦\u{200b}🇸\u{200b}🇮\u{200b}🇳\u{200b}🇴"), "🇩🇪 casino");
    }

    #[test]
    fn controls_are_invisible_and_line_breaks_spaces() {
        let mut disguise = Disguise::default();
        let mut glyphs = Vec::new();
        fold("ca\u{8}si\u{1}no\nяb\u{7f}c\u{85}d", &mut glyphs, &mut disguise);
        let text: String = glyphs.iter().map(|glyph| glyph.character).collect();
        assert_eq!(text, "casino яbc d");
        assert_eq!(disguise.invisible.len(), 3);
        assert_eq!(folded("ca\u{8}si\u{1}no\n"), "casino ");
    }

    #[test]
    fn a_folded_text_is_hardly_longer_than_its_original() {
        for piece in ["\u{fdfc}", "\u{fdf2}", "⑽", "ﬃ", "㍿", "Ⅷ"] {
            let mut glyphs = Vec::new();
            let full_width = "Ｅａｒｎ";
            fold(&(piece.repeat(4096) + full_width), &mut glyphs, &mut Disguise::default());
            assert!(glyphs.len() <= 4096 + 4 + MOST_ADDED + 4, "{piece}: {}", glyphs.len());
            let end: String = glyphs.iter().skip(glyphs.len() - 4).map(|glyph| glyph.character).collect();
            assert_eq!(end, "earn", "{piece}");
        }
    }

    #[test]
    fn a_wall_of_phrase_ligatures_stays_as_long_as_it_is() {
        assert_eq!(folded(&"\u{fdfa}".repeat(4096)), "\u{fdfa}".repeat(4096));
    }
}
