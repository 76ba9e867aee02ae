//! The text every matcher reads, with a way back to the original's UTF-16 offsets.
//!
//! In: an original text. Out: folded text, where each byte came from, and what disguise was found on the way.
//! The steps, in order: put turned text into the order it is read in (`direction`), fold characters (`fold`), join separated
//! letters (`join`), repair words of mixed scripts (`confusables`), make links whole again (`refang`), squeeze spaces.
//! Whoever wants to see through more disguise than can be taken off for certain asks for the other reading (`view`).

mod confusables;
pub mod counting;
mod direction;
mod fold;
mod join;
mod leet;
pub mod model_text;
mod refang;
mod tables;
mod unicode;

use std::ops::Range;

pub use confusables::mixes_look_alikes;
use counting::count;
pub(crate) use unicode::{is_alphabetic, is_picture};

/// Rounds of joining and making whole; texts that need more are made to cost.
const MOST_ROUNDS: usize = 4;

/// One character on its way from the original to the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Glyph {
    character: char,
    /// First UTF-16 unit in the original.
    start: u32,
    /// UTF-16 unit after the last in the original.
    end: u32,
}

/// Where a character of a folded text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    /// Its first byte in the folded text.
    byte: u32,
    /// First UTF-16 unit in the original.
    start: u32,
    /// UTF-16 unit after the last in the original.
    end: u32,
}

/// What a folded text may hold: most hold nothing of it, and are spared the steps that look for it.
#[derive(Debug, Clone, Copy, Default)]
struct May {
    /// A word of mixed scripts.
    mix: bool,
    /// Letters that stand apart.
    be_separated: bool,
    /// A disarmed link.
    be_broken: bool,
}

/// A folded text that knows where its bytes came from.
#[derive(Debug, Clone, Default)]
pub struct Normalised {
    text: String,
    /// Where each character of `text` came from.
    origins: Vec<Origin>,
    /// What was done to hide the words.
    pub disguise: Disguise,
}

/// Traces of disguise, as UTF-16 ranges of the original.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disguise {
    /// Words that mix look-alike letters of another script in.
    pub mixed_words: Vec<(u32, u32)>,
    /// Invisible characters that no script or emoji needs there.
    pub invisible: Vec<(u32, u32)>,
    /// Combining marks stacked on letters that do not take them.
    pub stacked_marks: Vec<(u32, u32)>,
    /// Number of letters drawn in another style: mathematical, enclosed, full width, small capitals.
    pub dressed: u32,
    /// First and last unit of the dressed letters.
    pub dressed_range: Option<(u32, u32)>,
    /// Words written with something between every two letters.
    pub separated: Vec<(u32, u32)>,
    /// Number of letters in all.
    pub letters: u32,
}

impl Normalised {
    /// The folded text: lower case, single spaces, no disguise.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of its characters.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.origins.len()
    }

    /// Number of ASCII digits: what needs many of them need not look at most texts.
    #[must_use]
    pub fn digits(&self) -> u32 {
        count(&self.text, |byte| byte.is_ascii_digit())
    }

    /// First byte of the folded text, from byte `from` on, that came from the original's UTF-16 unit `unit` or later.
    #[must_use]
    pub fn position(&self, from: usize, unit: u32) -> usize {
        let from = u32::try_from(from).unwrap_or(u32::MAX);
        let mut rest = self.origins.iter().skip(self.origins.partition_point(|origin| origin.byte < from));
        let found = rest.find(|origin| origin.start >= unit);
        found.map_or(self.text.len(), |origin| usize::try_from(origin.byte).unwrap_or(usize::MAX))
    }

    /// UTF-16 offset and length in the original of a byte range of the folded text.
    #[must_use]
    pub fn origin(&self, range: Range<usize>) -> (u32, u32) {
        let is_ascii = self.origins.len() == self.text.len();
        let index = |byte: usize| {
            if is_ascii {
                return byte.min(self.origins.len());
            }
            let byte = u32::try_from(byte).unwrap_or(u32::MAX);
            self.origins.partition_point(|origin| origin.byte < byte)
        };
        let origins = self.origins.get(index(range.start)..index(range.end)).unwrap_or_default();
        let start = origins.iter().map(|origin| origin.start).min().unwrap_or(0);
        let end = origins.iter().map(|origin| origin.end).max().unwrap_or(start);
        (start, end - start)
    }
}

/// Folds texts; keeps its working memory between them.
#[derive(Debug, Default)]
pub struct Normaliser {
    glyphs: Vec<Glyph>,
}

impl Normaliser {
    /// Folds one text.
    pub fn normalise(&mut self, original: &str) -> Normalised {
        let mut disguise = Disguise::default();
        self.glyphs.clear();
        let may = fold::fold(original, &mut self.glyphs, &mut disguise);
        self.undo(may, &mut disguise);
        self.write(original.len(), disguise)
    }

    /// Takes off the disguise that there may be.
    fn undo(&mut self, mut may: May, disguise: &mut Disguise) {
        // A link made whole can complete a word written apart, and the other way round.
        for _ in 0..MOST_ROUNDS {
            may.mix |= may.be_separated && join::join(&mut self.glyphs, disguise);
            if may.mix {
                confusables::repair(&mut self.glyphs, disguise);
            }
            if !((may.mix || may.be_broken) && refang::refang(&mut self.glyphs)) {
                break;
            }
            may = May { be_separated: true, be_broken: true, ..may };
        }
    }

    fn write(&self, size: usize, disguise: Disguise) -> Normalised {
        let mut text = String::with_capacity(size);
        let mut origins = Vec::with_capacity(self.glyphs.len());
        let mut after_space = true;
        for glyph in &self.glyphs {
            let is_space = glyph.character == ' ';
            if !(is_space && after_space) {
                let byte = u32::try_from(text.len()).unwrap_or(u32::MAX);
                origins.push(Origin { byte, start: glyph.start, end: glyph.end });
                text.push(glyph.character);
            }
            after_space = is_space;
        }
        if text.ends_with(' ') {
            text.pop();
            origins.pop();
        }
        Normalised { text, origins, disguise }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normalised(original: &str) -> Normalised {
        Normaliser::default().normalise(original)
    }

    fn folded(original: &str) -> String {
        normalised(original).text().to_owned()
    }

    #[test]
    fn line_breaks_and_runs_of_spaces_become_one_space() {
        assert_eq!(folded("Earn\r\nfast\t\tnow \u{a0} "), "earn fast now");
    }

    #[test]
    fn dressed_letters_become_plain_ones() {
        assert_eq!(folded("𝗘𝗮𝗿𝗻 ｍｏｎｅｙ Ⓕⓐⓢⓣ 🅽🅾🆆 ᴛᴏᴅᴀʏ"), "earn money fast now today");
        assert!(normalised("𝗘𝗮𝗿𝗻").disguise.dressed == 4);
    }

    #[test]
    fn look_alikes_are_repaired_to_the_script_that_owns_the_word() {
        assert_eq!(folded("зaрaбoтoк"), "заработок");
        assert_eq!(folded("Теlеgrаm"), "telegram");
        assert_eq!(normalised("зaрaбoтoк сегодня").disguise.mixed_words, [(0, 9)]);
    }

    #[test]
    fn good_words_of_either_script_are_left_alone() {
        assert_eq!(folded("Привет, ход сор hello"), "привет, ход сор hello");
        assert_eq!(normalised("Привет world").disguise, Disguise { letters: 11, ..Disguise::default() });
    }

    #[test]
    fn yo_counts_as_ye_and_short_i_stays() {
        assert_eq!(folded("ещё мой Йод и\u{306}"), "еще мой йод й");
    }

    #[test]
    fn invisible_characters_vanish_and_are_counted() {
        let text = normalised("ca\u{200b}si\u{200b}no");
        assert_eq!(text.text(), "casino");
        assert_eq!(text.disguise.invisible.len(), 2);
    }

    #[test]
    fn joiners_that_a_script_or_an_emoji_needs_are_no_disguise() {
        for good in ["می\u{200c}خواهم", "क\u{94d}\u{200d}ष", "👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥"]
        {
            assert!(normalised(good).disguise.invisible.is_empty(), "{good:?}");
        }
    }

    #[test]
    fn separated_letters_are_joined() {
        assert_eq!(folded("c.a.s.i.n.o here"), "casino here");
        assert_eq!(folded("р а б о т а  д л я  всех"), "работа д л я всех");
        assert_eq!(folded("I am a b"), "i am a b");
        assert_eq!(folded("c🔥a🔥s🔥i🔥n🔥o"), "casino");
    }

    #[test]
    fn disarmed_links_are_made_whole() {
        assert_eq!(folded("hxxps://bad[.]site"), "https://bad.site");
        assert_eq!(folded("go to t(dot)me/some and bad dot com"), "go to t.me/some and bad.com");
        assert_eq!(folded("зайди на сайт точка ру"), "зайди на сайт.ру");
        assert_eq!(folded("the dot is round"), "the dot is round");
    }

    #[test]
    fn text_written_backwards_is_turned() {
        assert_eq!(folded("\u{202e}onisac\u{202c} here"), "casino here");
    }

    #[test]
    fn origins_lead_back_to_the_words() {
        let original = "😀 зaрaбoтoк";
        let text = normalised(original);
        let start = text.text().find("заработок").unwrap();
        assert_eq!(text.origin(start..start + "заработок".len()), (3, 9));
    }

    #[test]
    fn turkish_and_accented_letters_lose_their_marks() {
        assert_eq!(folded("İŞ günlük é"), "is gunluk e");
    }

    proptest! {
        #[test]
        fn what_is_not_looked_for_is_not_there(
            text in "(?s)(.|[a-cхτдй. _🔥\\[(1]|hx|\\(dot\\)| dot com| точка ру|и\u{306}|\u{1112}\u{1161}|\u{200c}|a\\.b\\.c|р а б о т){0,40}"
        ) {
            let mut normaliser = Normaliser::default();
            let mut disguise = Disguise::default();
            let may = fold::fold(&text, &mut normaliser.glyphs, &mut disguise);
            normaliser.undo(May { be_separated: true, be_broken: true, ..may }, &mut disguise);
            let (found, all) = (normalised(&text), normaliser.write(text.len(), disguise));
            prop_assert_eq!(found.text(), all.text());
            prop_assert_eq!(found.disguise, all.disguise);
            prop_assert_eq!(found.origins, all.origins);
        }
    }

    #[test]
    fn scripts_with_marks_of_their_own_keep_them() {
        assert_eq!(folded("नौकरी"), "नौकरी");
        assert_eq!(folded("งานออนไลน์"), "งานออนไลน์");
        assert_eq!(folded("が한국"), "が한국");
    }
}
