//! The text the text model reads, in training and in judging alike: folded text with what varies taken out.
//!
//! In: folded text ([`super::Normalised::text`]). Out: words and runs of punctuation, one space between them.
//! * Mail, web and Telegram addresses and mentions are one private character each.
//! * A number is one private character, by how many digits it has; within a word ("100к") it stays in its place.
//! * Digits and signs that stand for letters are letters again ("c4s1no").
//! * A doubled letter counts once, in scripts where doubling is spelling and not meaning; of other repeated characters
//!   three are kept.

use linkify::{LinkFinder, LinkKind};
use unicode_normalization::char::is_combining_mark;

use super::leet::{self, Alphabet};
use super::refang;
use super::unicode::{is_alphabetic, is_common_letter};

/// A mail address.
pub const MAIL: char = '\u{e000}';
/// A web address.
pub const URL: char = '\u{e001}';
/// An address of Telegram: `t.me/…`, `tg://…`.
pub const TELEGRAM: char = '\u{e002}';
/// A name with `@`.
pub const MENTION: char = '\u{e003}';
/// A number of one digit.
pub const NUMBER_1: char = '\u{e004}';
/// A number of two digits: ages, small wages.
pub const NUMBER_2: char = '\u{e005}';
/// A number of three digits.
pub const NUMBER_3: char = '\u{e006}';
/// A number of four to six digits: years, sums.
pub const NUMBER_4: char = '\u{e007}';
/// A number of seven digits or more: phones, accounts.
pub const NUMBER_5: char = '\u{e008}';

/// Shortest name of a mention.
const SHORTEST_NAME: usize = 4;
/// Equal characters in a row that are kept where they are no doubled letter.
const MOST_EQUAL: u8 = 3;

/// Appends the model's text of `folded` to `out`; nothing else is allocated.
///
/// ```
/// use chatwarden_engine::normalise::model_text::{MENTION, NUMBER_3, model_text};
/// let mut out = String::new();
/// model_text("goood m0ney, 500$!! ask @some_name", &mut out);
/// assert_eq!(out, format!("god money , {NUMBER_3} $!! ask {MENTION}"));
/// ```
pub fn model_text(folded: &str, out: &mut String) {
    out.reserve(folded.len() + folded.len() / 4);
    let mut writer = Writer { start: out.len(), out };
    let mut read = 0;
    if memchr::memchr3(b'.', b':', b'@', folded.as_bytes()).is_some() {
        let mut finder = LinkFinder::new();
        finder.url_must_have_scheme(false);
        for link in finder.links(folded) {
            if let Some(token) = address(link.as_str(), link.kind()) {
                writer.words(folded.get(read..link.start()).unwrap_or_default());
                writer.apart();
                writer.out.push(token);
                read = link.end();
            }
        }
    }
    writer.words(folded.get(read..).unwrap_or_default());
}

/// The token of an address; none for what only looks like one ("main.rs", "end.Start").
fn address(text: &str, kind: &LinkKind) -> Option<char> {
    if *kind == LinkKind::Email {
        return Some(MAIL);
    }
    let rest = match text.split_once("://") {
        Some(("tg", _)) => return Some(TELEGRAM),
        Some((_, rest)) => rest,
        None => text,
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let is_telegram =
        ["t.me", "telegram.me", "telegram.dog"].iter().any(|name| host.strip_suffix(name).is_some_and(is_above));
    let is_address = || rest.len() < text.len() || rest.len() > host.len() || refang::is_host(host);
    if is_telegram { Some(TELEGRAM) } else { is_address().then_some(URL) }
}

/// Whether this, before a host's name, leaves it that host or one below it.
fn is_above(before: &str) -> bool {
    before.is_empty() || before.ends_with('.')
}

struct Writer<'o> {
    out: &'o mut String,
    /// Length of what stood in `out` before.
    start: usize,
}

impl Writer<'_> {
    /// Ends the word before.
    fn apart(&mut self) {
        if self.out.len() > self.start && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    fn words(&mut self, text: &str) {
        for piece in text.split(char::is_whitespace) {
            let mut rest = piece;
            while let Some(first) = rest.chars().next() {
                self.apart();
                let length = match mention(rest) {
                    Some(length) => {
                        self.out.push(MENTION);
                        length
                    }
                    None if starts_word(first) => self.word(rest),
                    None => self.signs(rest),
                };
                rest = rest.get(length..).unwrap_or_default();
            }
        }
        // A trailing space stands only between words.
        if self.out.len() > self.start && self.out.ends_with(' ') {
            self.out.pop();
        }
    }

    /// Writes the word at the start of `rest`; gives its length.
    fn word(&mut self, rest: &str) -> usize {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == rest.len() {
            self.number(digits);
            return digits;
        }
        let start = self.out.len();
        if let Some(length) = self.plain_word(rest) {
            return length;
        }
        self.out.truncate(start);
        let (length, has_signs) = word_length(rest);
        let word = rest.get(..length).unwrap_or(rest);
        match has_signs.then(|| leet::alphabet(word)) {
            None => self.spell(word, None),
            Some(Some(alphabet)) => self.spell(word, Some(alphabet)),
            Some(None) => {
                // Where they are no letters, `@` and `$` end the word.
                let length = word.find(['@', '$']).unwrap_or(length);
                self.spell_with_numbers(word.get(..length).unwrap_or(word));
                return length;
            }
        }
        length
    }

    /// Writes the word at the start of `rest` where it is one of plain letters and nothing after it may belong to it.
    fn plain_word(&mut self, rest: &str) -> Option<usize> {
        let mut previous = ' ';
        for (index, character) in rest.char_indices() {
            match character {
                'a'..='z' | 'а'..='я' if character == previous => {}
                'a'..='z' | 'а'..='я' => self.out.push(character),
                ',' | '.' | '!' | '?' | ':' | '-' | ')' => return Some(index),
                _ => return None,
            }
            previous = character;
        }
        Some(rest.len())
    }

    fn spell(&mut self, word: &str, alphabet: Option<Alphabet>) {
        let mut previous = ' ';
        for character in word.chars() {
            let character = match alphabet.and_then(|alphabet| alphabet.letter(character)) {
                Some(letter) => letter,
                None if character == '’' => '\'',
                None => character,
            };
            if character != previous || !is_squeezed(character) {
                self.out.push(character);
            }
            previous = character;
        }
    }

    fn spell_with_numbers(&mut self, mut rest: &str) {
        while !rest.is_empty() {
            let letters = rest.find(char::is_numeric).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(letters).unwrap_or((rest, ""));
            self.spell(word, None);
            let end = after.find(|character: char| !character.is_numeric() && !is_divider(character));
            let (number, after) = after.split_at_checked(end.unwrap_or(after.len())).unwrap_or((after, ""));
            self.number(number.chars().filter(|digit| !is_divider(*digit)).count());
            rest = after;
        }
    }

    fn number(&mut self, digits: usize) {
        let class = match digits {
            0 => return,
            1 => NUMBER_1,
            2 => NUMBER_2,
            3 => NUMBER_3,
            4..=6 => NUMBER_4,
            _ => NUMBER_5,
        };
        self.out.push(class);
    }

    /// Writes the run of punctuation and pictures at the start of `rest`; gives its length.
    fn signs(&mut self, rest: &str) -> usize {
        let (mut previous, mut equal) = (' ', 0);
        for (index, character) in rest.char_indices() {
            if index > 0 && (starts_word(character) || mention(rest.get(index..).unwrap_or_default()).is_some()) {
                return index;
            }
            equal = if character == previous { u8::saturating_add(equal, 1) } else { 1 };
            previous = character;
            // The tokens are ours alone.
            if equal <= MOST_EQUAL && !matches!(character, MAIL..=NUMBER_5) {
                self.out.push(character);
            }
        }
        rest.len()
    }
}

/// Length of the word at the start of `rest`, and whether it holds what may be digits in place of letters.
fn word_length(rest: &str) -> (usize, bool) {
    let (mut has_signs, mut is_number) = (false, true);
    for (index, character) in rest.char_indices() {
        let is_inside = match character {
            _ if is_common_letter(character) => {
                is_number = false;
                true
            }
            '0'..='9' => {
                has_signs = true;
                true
            }
            '@' | '$' => {
                let is_between = !is_number && follows(rest, index, 1, starts_word);
                has_signs |= is_between;
                is_between
            }
            '\'' | '’' => !is_number && follows(rest, index, character.len_utf8(), is_alphabetic),
            ',' | '.' => is_number && is_thousand(rest.get(index + 1..).unwrap_or_default()),
            _ => {
                has_signs |= character.is_numeric();
                is_number &= character.is_numeric();
                starts_word(character) || continues_word(character)
            }
        };
        if !is_inside {
            return (index, has_signs);
        }
    }
    (rest.len(), has_signs)
}

fn follows(rest: &str, index: usize, length: usize, is_wanted: impl Fn(char) -> bool) -> bool {
    rest.get(index + length..).and_then(|after| after.chars().next()).is_some_and(is_wanted)
}

/// Whether three digits follow and then no further one.
fn is_thousand(after: &str) -> bool {
    after.bytes().take_while(u8::is_ascii_digit).count() == 3
}

const fn is_divider(character: char) -> bool {
    matches!(character, ',' | '.')
}

fn starts_word(character: char) -> bool {
    match character {
        'a'..='z' | 'а'..='я' | '0'..='9' => true,
        _ => character >= '\u{80}' && (is_alphabetic(character) || character.is_numeric()),
    }
}

/// Marks and joiners of the scripts that need them.
fn continues_word(character: char) -> bool {
    character >= '\u{300}' && (matches!(character, '\u{200c}' | '\u{200d}') || is_combining_mark(character))
}

/// Letters that people repeat for no meaning.
fn is_squeezed(character: char) -> bool {
    matches!(character, 'a'..='z' | 'а'..='я') || ('\u{80}'..'\u{590}').contains(&character) && is_alphabetic(character)
}

/// Length of the mention at the start of `rest`.
fn mention(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix('@')?;
    let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length >= SHORTEST_NAME).then_some(length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::Normaliser;

    fn read(original: &str) -> String {
        let mut out = String::from("before");
        model_text(Normaliser::default().normalise(original).text(), &mut out);
        let names = [
            (MAIL, "<mail>"),
            (URL, "<url>"),
            (TELEGRAM, "<telegram>"),
            (MENTION, "<mention>"),
            (NUMBER_1, "<1>"),
            (NUMBER_2, "<2>"),
            (NUMBER_3, "<3>"),
            (NUMBER_4, "<4>"),
            (NUMBER_5, "<5>"),
        ];
        let text = out.strip_prefix("before").unwrap().to_owned();
        names.into_iter().fold(text, |text, (token, name)| text.replace(token, name))
    }

    #[test]
    fn addresses_are_tokens() {
        assert_eq!(read("Mail me: some.one@example.com!"), "mail me : <mail> !");
        assert_eq!(read("see https://Example.com/a?b=c, www.shop.example or bad[.]site"), "se <url> , <url> or <url>");
        assert_eq!(read("t.me/+AbC tg://resolve?domain=x https://x.t.me/1"), "<telegram> <telegram> <telegram>");
        assert_eq!(read("(@some_name) пиши@some_name, TG@some_name"), "( <mention> ) пиши <mention> , tg <mention>");
        assert_eq!(read("加我@some_name谢谢"), "加我 <mention> 谢谢");
    }

    #[test]
    fn what_only_looks_like_an_address_stays_words() {
        assert_eq!(read("run main.rs at the end.Start, a@b"), "run main . rs at the end . start , a @ b");
    }

    #[test]
    fn numbers_are_classes_of_length() {
        assert_eq!(read("5 18+ 500$ 2026 10,000 100.000.000 1.5"), "<1> <2> + <3> $ <4> <4> <5> <1> . <1>");
        assert_eq!(read("100к mp3 user123 24/7 12.05.2024"), "<3>к mp<1> user<3> <2> / <1> <2> . <2> . <4>");
        assert_eq!(read("٣٥ ۱۲۳ १२ ３６"), "<2> <3> <2> <2>");
    }

    #[test]
    fn digits_in_place_of_letters_are_letters() {
        assert_eq!(read("c4s1n0 m0ney 3аработок р@бота ca$ino"), "casino money заработок работа casino");
    }

    #[test]
    fn doubled_letters_and_long_runs_are_squeezed() {
        assert_eq!(read("hellooo раааабота!!!!! 🔥🔥🔥🔥🔥 谢谢"), "helo работа !!! 🔥🔥🔥 谢谢");
    }

    #[test]
    fn words_keep_their_marks_joiners_and_apostrophes() {
        assert_eq!(read("don't d’accord м'ята"), "don't d'acord м'ята");
        assert_eq!(read("नौकरी में क्षेत्र"), "नौकरी में क्षेत्र");
        assert_eq!(read("งานออนไลน์"), "งานออนไลน์");
    }

    #[test]
    fn tokens_cannot_be_forged() {
        let mut out = String::new();
        model_text("a \u{e000}\u{e008} b", &mut out);
        assert_eq!(out, "a b");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(read(""), "");
        assert_eq!(read(" \n "), "");
    }
}
