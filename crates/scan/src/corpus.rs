//! Updates made up for benchmarks: seeded, in several languages, the sizes of real groups.

use chatwarden_engine::Sketch;

use crate::feedback::Feedback;

/// A stream of numbers from a seed (`SplitMix64`, Steele et al. 2014).
#[derive(Debug, Clone)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(words.len() as u64)).unwrap_or(0);
        words.get(index).copied().unwrap_or_default()
    }
}

const ENGLISH: &[&str] = &[
    "the",
    "garden",
    "and",
    "maybe",
    "tomorrow",
    "thanks",
    "who",
    "knows",
    "a",
    "good",
    "way",
    "to",
    "water",
    "roses",
    "in",
    "summer",
    "I",
    "tried",
    "it",
    "yesterday",
    "works",
    "for",
    "me",
    "but",
    "slowly",
    "question",
    "about",
    "soil",
    "see",
    "you",
    "there",
    "lol",
    "ok",
];
const RUSSIAN: &[&str] = &[
    "привет",
    "всем",
    "кто",
    "знает",
    "как",
    "лучше",
    "поливать",
    "розы",
    "летом",
    "спасибо",
    "вчера",
    "попробовал",
    "работает",
    "а",
    "у",
    "меня",
    "нет",
    "завтра",
    "посмотрю",
    "вопрос",
    "про",
    "почву",
    "ещё",
    "раз",
    "согласен",
    "может",
    "быть",
    "хорошо",
    "да",
];
const OTHERS: &[&str] = &[
    "merhaba",
    "bugün",
    "bahçe",
    "güzel",
    "terima",
    "kasih",
    "besok",
    "tanaman",
    "hola",
    "mañana",
    "jardín",
    "gracias",
    "سلام",
    "باغ",
    "می‌خواهم",
    "नमस्ते",
    "बगीचा",
    "明天",
    "花园",
    "谢谢大家",
    "よろしく",
    "안녕하세요",
    "정원",
    "vườn",
    "cảm",
    "ơn",
];
const ADVERTS: &[&str] = &[
    "Remote work 18+, from 80 $ a day, write me",
    "Удалённый заработок от 100$ в день, пишите в лс",
    "https://t.me/+AbCdEfGhIjK",
    "招聘兼职 日结500元 私聊",
    "𝗘𝗮𝗿𝗻 ｍｏｎｅｙ now",
    "зaрaбoтoк бeз влoжeний",
    "c.a.s.i.n.o b o n u s",
    "https://example.com/article/2026",
    "@some_channel",
];

/// Groups of the corpus.
const GROUPS: u64 = 50;
const FIRST_GROUP: i64 = -1_001_000_000_000;
const DATE: i64 = 1_780_000_000;

/// Feedback on `count` texts that nobody wrote, spread over the groups of [`corpus`]: chat and what is stored of it.
pub fn known_corpus(seed: u64, count: usize) -> impl Iterator<Item = (i64, Feedback)> {
    let mut numbers = Numbers(seed);
    (0..).take(count).map(move |id| {
        let sketch = Sketch { bits: numbers.next(), bands: std::array::from_fn(|_| numbers.next()) };
        (group(&mut numbers), Feedback { id, date: DATE - 1, sketch, is_spam: true, is_taken_back: false })
    })
}

fn group(numbers: &mut Numbers) -> i64 {
    FIRST_GROUP - i64::try_from(numbers.below(GROUPS)).unwrap_or(0)
}

/// `count` raw updates of 50 senders' groups: median about 50 bytes of text, one in a hundred above 1,300.
#[must_use]
pub fn corpus(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut numbers = Numbers(seed);
    (0..count).map(|index| update(&mut numbers, index)).collect()
}

/// `count` rules for all groups, as JSON, of which `expressions` are regular expressions and the others literals: words of the
/// corpus beside made-up ones, so that most of them nearly match. They ask for review and hit next to nothing.
#[must_use]
pub fn rule_corpus(seed: u64, count: usize, expressions: usize) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    let rules: Vec<_> = (0..count).map(|index| rule(&mut numbers, index, index < expressions)).collect();
    serde_json::Value::from(rules).to_string().into_bytes()
}

fn rule(numbers: &mut Numbers, index: usize, is_expression: bool) -> serde_json::Value {
    let words = if numbers.below(2) == 0 { ENGLISH } else { RUSSIAN };
    let made_up: String = (0..2 + numbers.below(3)).map(|_| numbers.pick(SYLLABLES)).collect();
    let known = numbers.pick(words);
    let pattern = match (is_expression, numbers.below(3)) {
        (true, _) => format!(r"(?:{known}|{made_up}s?) {made_up}\s*\d{{2,4}}"),
        (false, 0) => format!("{made_up} {known}"),
        (false, 1) => format!("{known} {made_up}"),
        (false, _) => format!("{made_up}{index}"),
    };
    serde_json::json!({
        "id": index.to_string(),
        "kind": if is_expression { "regex" } else { "literal" },
        "pattern": pattern,
        "verdict": {"message": "review"},
    })
}

const SYLLABLES: &[&str] = &[
    "ka", "zi", "no", "bet", "win", "lo", "ра", "бо", "та", "да", "мни", "spin", "co", "ru", "дел", "че", "gar", "ro",
    "за", "при",
];

/// Pieces of texts made to cost: what folding, finding or explaining them does most work for.
const HOSTILE: &[&str] = &[
    "t(dot)me ",
    "a[.]b ",
    "сайт точка ру ",
    " dot com",
    "\u{fdfa}",
    "\u{fdfc}",
    "c.a.s.i.n.o ",
    "a b c d ",
    "рaботa ",
    "a\u{200b}",
    "e\u{301}\u{302}",
    "\u{202e}ab\u{202c}",
    "𝗲𝗮𝗿𝗻 ",
    "@someone ",
    "t.me/+AbC ",
    "earn money 18+ write me ",
    "casino claim now ",
    "+7 912 345 67 89 ",
];

/// Characters of Telegram's longest message.
const LONGEST: usize = 4096;

/// Raw updates with texts made to cost, each as long as Telegram allows: one piece again and again, and all of them in turn.
#[must_use]
pub fn hostile() -> Vec<Vec<u8>> {
    let mixture = HOSTILE.concat();
    let pieces = HOSTILE.iter().copied().chain([mixture.as_str()]);
    pieces.map(|piece| piece.chars().cycle().take(LONGEST).collect()).enumerate().map(long).collect()
}

/// Raw updates with ordinary words, each as long as Telegram allows: English, Russian, and other languages mixed.
#[must_use]
pub fn longest() -> Vec<Vec<u8>> {
    let mut numbers = Numbers(1);
    let mut text = |words: &&[&str]| {
        let mut text = String::new();
        while text.chars().count() < LONGEST {
            text.push_str(numbers.pick(words));
            text.push_str(if numbers.below(15) == 0 { ".\n" } else { " " });
        }
        text.chars().take(LONGEST).collect::<String>()
    };
    [ENGLISH, RUSSIAN, OTHERS].iter().map(&mut text).enumerate().map(long).collect()
}

fn long((index, text): (usize, String)) -> Vec<u8> {
    message(index, 1_000 + index as u64, FIRST_GROUP, "who", &text)
}

fn update(numbers: &mut Numbers, index: usize) -> Vec<u8> {
    let text = text(numbers);
    let sender = 1_000 + numbers.below(5_000);
    let chat = group(numbers);
    message(index, sender, chat, numbers.pick(ENGLISH), &text)
}

fn message(index: usize, sender: u64, chat: i64, name: &str, text: &str) -> Vec<u8> {
    let update = serde_json::json!({
        "update_id": 100_000 + index,
        "message": {
            "message_id": 1 + index,
            "from": {"id": sender, "is_bot": false, "first_name": name, "username": format!("member{sender}"), "language_code": "en"},
            "chat": {"id": chat, "title": "Gardeners", "type": "supergroup"},
            "date": DATE + i64::try_from(index / 20).unwrap_or(0),
            "text": text,
        }
    });
    update.to_string().into_bytes()
}

fn text(numbers: &mut Numbers) -> String {
    let words = match numbers.below(10) {
        0..=3 => ENGLISH,
        4..=7 => RUSSIAN,
        _ => OTHERS,
    };
    let bytes = match numbers.below(100) {
        0..=54 => 8 + numbers.below(50),
        55..=84 => 50 + numbers.below(120),
        85..=97 => 170 + numbers.below(700),
        _ => 1_300 + numbers.below(2_000),
    };
    let bytes = usize::try_from(bytes).unwrap_or(0);
    let mut text = String::with_capacity(bytes + 16);
    if numbers.below(20) == 0 {
        text.push_str(numbers.pick(ADVERTS));
    }
    while text.len() < bytes {
        if !text.is_empty() {
            text.push(if numbers.below(15) == 0 { '\n' } else { ' ' });
        }
        text.push_str(numbers.pick(words));
    }
    if numbers.below(8) == 0 {
        text.push_str(" 🙂");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_are_judged_and_explained_in_bounds() {
        let scanner = crate::Scanner::new().unwrap();
        let updates = hostile();
        let sources = crate::Sources::new(updates.iter().map(Vec::as_slice));
        let settings = chatwarden_engine::ChatSettings::default();
        let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
        assert_eq!(outcome.items.len(), HOSTILE.len() + 1);
        for (item, piece) in outcome.items.iter().zip(HOSTILE.iter().chain(&["all of them"])) {
            let size = item.verdict.as_ref().unwrap().len();
            assert!(size < 8192, "{piece:?}: a verdict of {size} bytes");
        }
    }

    #[test]
    fn made_up_rules_compile_and_hit_next_to_nothing() {
        let rules = rule_corpus(1, 2000, 20);
        assert_eq!(rules, rule_corpus(1, 2000, 20));
        let rules = chatwarden_engine::RuleSet::read(&rules).unwrap();
        assert_eq!(rules.len(), 2000);
        let mut scanner = crate::Scanner::new().unwrap();
        scanner.set_rules(std::sync::Arc::new(rules));
        let updates = corpus(3, 1000);
        let sources = crate::Sources::new(updates.iter().map(Vec::as_slice));
        let settings = chatwarden_engine::ChatSettings::default();
        let outcome = scanner.judge(scanner.prepare(7, &sources), 1, |_| &settings, |_| None);
        let is_hit = |item: &&crate::Item| String::from_utf8_lossy(item.verdict.as_ref().unwrap()).contains("shared/");
        let hit = outcome.items.iter().filter(is_hit).count();
        assert!(hit < 20, "{hit} of 1000 hit");
    }

    #[test]
    fn a_seed_gives_the_same_updates_and_sizes_are_those_of_real_groups() {
        let updates = corpus(7, 2000);
        assert_eq!(updates, corpus(7, 2000));
        let mut numbers = Numbers(7);
        let mut sizes: Vec<usize> = (0..10_000).map(|_| text(&mut numbers).len()).collect();
        sizes.sort_unstable();
        assert!((40..=60).contains(&sizes[5000]), "median {}", sizes[5000]);
        assert!((1200..=2200).contains(&sizes[9900]), "p99 {}", sizes[9900]);
    }
}
