//! Ways people hide words from filters, to train and to test on. Spam and ham are disguised alike: being dressed up is
//! no crime.

use oorandom::Rand32;

/// One way to hide words; the strengths are those of docs/detection.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disguise {
    /// Three of ten letters replaced by look-alikes of another script.
    Homoglyphs30,
    /// Six of ten.
    Homoglyphs60,
    /// An invisible character in every third gap between letters.
    Invisible,
    /// Digits and signs for letters.
    Leet,
    /// "l i k e t h i s", half of the words.
    LetterSpacing,
    /// "li.ke th.is".
    DotsInWords,
    /// "li ke th is".
    WordSplitting,
    /// An emoji between words.
    EmojiBetween,
    /// An emoji inside long words.
    EmojiInside,
    /// Combining marks on letters.
    Diacritics,
    /// Full-width letters.
    FullWidth,
    /// Mathematical letters.
    Math,
    /// Letters in circles and squares.
    Enclosed,
    /// Words written backwards under a right-to-left override.
    BidiOverride,
    /// Letters doubled and trebled.
    Repeats,
    /// Neighbouring letters swapped in long words.
    Swaps,
    /// Half of the vowels left out of long words.
    VowelDrop,
    /// Addresses disarmed.
    Links,
    /// Three times as much harmless text around.
    Padding,
    /// Three of the others, one after another.
    Mixed,
}

impl Disguise {
    /// Every way, in the order reports show them.
    pub const ALL: [Self; 20] = [
        Self::Homoglyphs30,
        Self::Homoglyphs60,
        Self::Invisible,
        Self::Leet,
        Self::LetterSpacing,
        Self::DotsInWords,
        Self::WordSplitting,
        Self::EmojiBetween,
        Self::EmojiInside,
        Self::Diacritics,
        Self::FullWidth,
        Self::Math,
        Self::Enclosed,
        Self::BidiOverride,
        Self::Repeats,
        Self::Swaps,
        Self::VowelDrop,
        Self::Links,
        Self::Padding,
        Self::Mixed,
    ];

    /// One of all ways.
    pub fn drawn(random: &mut Rand32) -> Self {
        Self::ALL.get(random.rand_range(0..20) as usize).copied().unwrap_or(Self::Mixed)
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Homoglyphs30 => "homoglyphs 30 %",
            Self::Homoglyphs60 => "homoglyphs 60 %",
            Self::Invisible => "invisible characters",
            Self::Leet => "leet",
            Self::LetterSpacing => "letter spacing",
            Self::DotsInWords => "dots in words",
            Self::WordSplitting => "split words",
            Self::EmojiBetween => "emoji between words",
            Self::EmojiInside => "emoji inside words",
            Self::Diacritics => "diacritics",
            Self::FullWidth => "full width",
            Self::Math => "mathematical letters",
            Self::Enclosed => "enclosed letters",
            Self::BidiOverride => "bidi override",
            Self::Repeats => "repeated letters",
            Self::Swaps => "swapped letters",
            Self::VowelDrop => "dropped vowels",
            Self::Links => "disarmed links",
            Self::Padding => "padding",
            Self::Mixed => "three mixed",
        }
    }

    /// Hides the words of `text`; `harmless` is what padding is made of.
    #[must_use]
    pub fn apply(self, text: &str, random: &mut Rand32, harmless: &[&str]) -> String {
        match self {
            Self::Homoglyphs30 => {
                letters(text, random, |letter, random| chance(random, 30).then(|| look_alike(letter, random))?)
            }
            Self::Homoglyphs60 => {
                letters(text, random, |letter, random| chance(random, 60).then(|| look_alike(letter, random))?)
            }
            Self::Leet => letters(text, random, |letter, random| chance(random, 60).then(|| leet(letter))?),
            Self::FullWidth => letters(text, random, |letter, _| shifted(letter, 0xFF21, 0xFF41)),
            Self::Math => letters(text, random, |letter, _| shifted(letter, 0x1D5D4, 0x1D5EE)),
            Self::Enclosed => letters(text, random, |letter, _| shifted(letter, 0x1F130, 0x24D0)),
            Self::Diacritics => inside(text, random, |_, random| chance(random, 50).then(|| pick(random, MARKS))),
            Self::Invisible => inside(text, random, |gap, random| (gap % 3 == 2).then(|| pick(random, INVISIBLE))),
            Self::LetterSpacing => words(text, random, |word, random| {
                if chance(random, 50) { join(word.chars().map(String::from), " ") } else { word.to_owned() }
            }),
            Self::DotsInWords => words(text, random, |word, random| cut_up(word, random, ".")),
            Self::WordSplitting => words(text, random, |word, random| cut_up(word, random, " ")),
            Self::EmojiInside => words(text, random, |word, random| {
                let emoji = pick(random, EMOJI);
                cut_up(word, random, &emoji.to_string())
            }),
            Self::EmojiBetween => {
                let emojis = |word: &str, random: &mut Rand32| format!("{word} {}", pick(random, EMOJI));
                words(text, random, emojis)
            }
            Self::BidiOverride => words(text, random, |word, random| {
                if length(word) > 3 && chance(random, 50) {
                    format!("\u{202e}{}\u{202c}", word.chars().rev().collect::<String>())
                } else {
                    word.to_owned()
                }
            }),
            Self::Repeats => letters(text, random, |letter, random| {
                chance(random, 25).then(|| letter.to_string().repeat(1 + random.rand_range(1..3) as usize))
            }),
            Self::Swaps => words(text, random, swap),
            Self::VowelDrop => words(text, random, drop_vowels),
            Self::Links => disarm(text),
            Self::Padding => pad(text, random, harmless),
            Self::Mixed => {
                let mut mixed = text.to_owned();
                for _ in 0..3 {
                    let (last, others) = (Self::ALL.len() - 2, &Self::ALL);
                    let way = others.get(random.rand_range(0..u32::try_from(last).unwrap_or(1)) as usize);
                    mixed = way.copied().unwrap_or(Self::Leet).apply(&mixed, random, harmless);
                }
                mixed
            }
        }
    }
}

const INVISIBLE: &[char] = &['\u{200b}', '\u{200c}', '\u{2060}', '\u{feff}', '\u{00ad}', '\u{200d}'];
const MARKS: &[char] = &['\u{300}', '\u{301}', '\u{302}', '\u{303}', '\u{308}', '\u{323}', '\u{336}', '\u{30a}'];
const EMOJI: &[char] = &['🔥', '💰', '✅', '🚀', '💵', '🎁', '😊', '⚡', '❤', '🌹'];
const VOWELS: &str = "aeiouаеиоуыэюяёіїє";

/// Latin letter, and what passes for it; Cyrillic letters are found the other way round.
const LOOK_ALIKES: &[(char, &[char])] = &[
    ('a', &['а', 'α', 'ɑ']),
    ('b', &['Ь', 'ƅ']),
    ('c', &['с', 'ϲ']),
    ('d', &['ԁ', 'ɗ']),
    ('e', &['е', 'ҽ']),
    ('g', &['ɡ', 'ց']),
    ('h', &['һ', 'հ']),
    ('i', &['і', 'ι', 'ı']),
    ('j', &['ј', 'ϳ']),
    ('k', &['к', 'κ']),
    ('l', &['ӏ', 'ⅼ']),
    ('m', &['м', 'ⅿ']),
    ('n', &['п', 'ո']),
    ('o', &['о', 'ο', 'օ']),
    ('p', &['р', 'ρ']),
    ('q', &['ԛ', 'գ']),
    ('r', &['г', 'ᴦ']),
    ('s', &['ѕ', 'ꜱ']),
    ('t', &['т', 'τ']),
    ('u', &['υ', 'ս']),
    ('v', &['ν', 'ѵ']),
    ('w', &['ԝ', 'ѡ']),
    ('x', &['х', 'χ']),
    ('y', &['у', 'γ']),
    ('z', &['ᴢ']),
    ('A', &['А', 'Α']),
    ('B', &['В', 'Β']),
    ('C', &['С', 'Ϲ']),
    ('E', &['Е', 'Ε']),
    ('H', &['Н', 'Η']),
    ('K', &['К', 'Κ']),
    ('M', &['М', 'Μ']),
    ('O', &['О', 'Ο']),
    ('P', &['Р', 'Ρ']),
    ('T', &['Т', 'Τ']),
    ('X', &['Х', 'Χ']),
    ('Y', &['У', 'Υ']),
];

const LEET: &[(char, &str)] = &[
    ('a', "4"),
    ('b', "8"),
    ('e', "3"),
    ('g', "9"),
    ('i', "1"),
    ('l', "1"),
    ('o', "0"),
    ('s', "5"),
    ('t', "7"),
    ('z', "2"),
    ('а', "4"),
    ('б', "6"),
    ('в', "8"),
    ('е', "3"),
    ('з', "3"),
    ('о', "0"),
    ('ч', "4"),
    ('т', "7"),
];

fn chance(random: &mut Rand32, percent: u32) -> bool {
    random.rand_range(0..100) < percent
}

fn pick(random: &mut Rand32, from: &[char]) -> char {
    let index = random.rand_range(0..u32::try_from(from.len().max(1)).unwrap_or(1));
    from.get(index as usize).copied().unwrap_or(' ')
}

fn length(word: &str) -> usize {
    word.chars().count()
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}

/// Replaces letters, those of addresses too: whoever runs a text through a tool does not spare them.
fn letters(text: &str, random: &mut Rand32, mut replace: impl FnMut(char, &mut Rand32) -> Option<String>) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        match replace(character, random).filter(|_| character.is_alphabetic()) {
            Some(replaced) => written.push_str(&replaced),
            None => written.push(character),
        }
    }
    written
}

/// Puts characters into the gaps between two letters; gaps are counted through the text.
fn inside(text: &str, random: &mut Rand32, mut put: impl FnMut(usize, &mut Rand32) -> Option<char>) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    let mut characters = text.chars().peekable();
    let mut gap = 0;
    while let Some(character) = characters.next() {
        written.push(character);
        if character.is_alphabetic() && characters.peek().is_some_and(|next| next.is_alphabetic()) {
            written.extend(put(gap, random));
            gap += 1;
        }
    }
    written
}

/// Rewrites words of letters; white space, addresses and what else stands between stays.
fn words(text: &str, random: &mut Rand32, mut rewrite: impl FnMut(&str, &mut Rand32) -> String) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let is_word =
            !word.is_empty() && word.chars().all(|character| character.is_alphabetic() || ",.!?".contains(character));
        written.push_str(&if is_word { rewrite(word, random) } else { word.to_owned() });
        written.push_str(piece.get(word.len()..).unwrap_or_default());
    }
    written
}

fn look_alike(letter: char, random: &mut Rand32) -> Option<String> {
    if let Some((_, others)) = LOOK_ALIKES.iter().find(|(latin, _)| *latin == letter) {
        return Some(pick(random, others).to_string());
    }
    let latin = LOOK_ALIKES.iter().find(|(_, others)| others.first() == Some(&letter))?;
    Some(latin.0.to_string())
}

fn leet(letter: char) -> Option<String> {
    let lower = letter.to_lowercase().next()?;
    LEET.iter().find(|(plain, _)| *plain == lower).map(|(_, digit)| (*digit).to_owned())
}

/// A Latin letter in an alphabet that starts elsewhere.
fn shifted(letter: char, upper: u32, lower: u32) -> Option<String> {
    let (base, from) = match letter {
        'A'..='Z' => (upper, 'A'),
        'a'..='z' => (lower, 'a'),
        _ => return None,
    };
    char::from_u32(base + u32::from(letter) - u32::from(from)).map(String::from)
}

fn cut_up(word: &str, random: &mut Rand32, with: &str) -> String {
    let characters: Vec<char> = word.chars().collect();
    if characters.len() < 4 {
        return word.to_owned();
    }
    let at = random.rand_range(1..u32::try_from(characters.len() - 1).unwrap_or(2)) as usize;
    let (left, right) = characters.split_at(at);
    format!("{}{with}{}", left.iter().collect::<String>(), right.iter().collect::<String>())
}

fn swap(word: &str, random: &mut Rand32) -> String {
    let mut characters: Vec<char> = word.chars().collect();
    if characters.len() > 4 {
        let at = random.rand_range(1..u32::try_from(characters.len() - 2).unwrap_or(2)) as usize;
        characters.swap(at, at + 1);
    }
    characters.into_iter().collect()
}

fn drop_vowels(word: &str, random: &mut Rand32) -> String {
    if length(word) < 5 {
        return word.to_owned();
    }
    let keep = |(index, character): &(usize, char)| *index == 0 || !VOWELS.contains(*character);
    let characters = word.chars().enumerate().filter(|character| keep(character) || chance(random, 50));
    characters.map(|(_, character)| character).collect()
}

fn disarm(text: &str) -> String {
    text.replace("https://", "hxxps://")
        .replace("http://", "hxxp://")
        .replace("t.me/", "t(.)me/")
        .replace(".com", "[.]com")
        .replace(".ru", " точка ru")
        .replace('@', "@ ")
}

fn pad(text: &str, random: &mut Rand32, harmless: &[&str]) -> String {
    let (mut before, mut after) = (String::new(), String::new());
    let most = u32::try_from(harmless.len()).unwrap_or(u32::MAX);
    let wanted = text.len() * 3;
    // Where nothing harmless is at hand there is nothing to pad with.
    for turn in 0..wanted * u32::from(most > 0) as usize {
        if before.len() + after.len() >= wanted {
            break;
        }
        let line = harmless.get(random.rand_range(0..most.max(1)) as usize).copied().unwrap_or_default();
        let side = if turn % 2 == 0 { &mut before } else { &mut after };
        side.push_str(line);
        side.push('\n');
    }
    format!("{before}{text}\n{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_changes_the_text_and_the_seed_decides_how() {
        let text = "Работа для всех: earn money at https://site.com, пишите @someone сегодня вечером";
        for way in Disguise::ALL {
            let once = way.apply(text, &mut Rand32::new(7), &["a harmless line"]);
            assert_ne!(once, text, "{}", way.name());
            assert_eq!(once, way.apply(text, &mut Rand32::new(7), &["a harmless line"]), "{}", way.name());
        }
    }

    #[test]
    fn padding_is_three_times_the_text() {
        let padded = Disguise::Padding.apply("buy now", &mut Rand32::new(1), &["tea", "coffee"]);
        assert!(padded.contains("buy now") && padded.len() >= 28, "{padded}");
        assert_eq!(Disguise::Padding.apply("buy", &mut Rand32::new(1), &[]), "buy\n");
    }
}
