//! Wildcards, made into expressions. `*` stands for any characters but spaces, `?` for one; a `*` between spaces stands for
//! up to five words; `\*` is the sign itself. In addresses `*` and `?` stand for any characters, and the pattern for all of it.

use crate::normalise::Normaliser;
use crate::phrases::writes_without_spaces;

/// A character that no word ends or begins beside; it is looked at, not matched.
const NO_WORD: &str = r"[^\p{Alphabetic}\p{N}]|[\u{e00}-\u{eff}\u{1000}-\u{109f}\u{1780}-\u{17ff}\u{3040}-\u{30ff}\u{3400}-\u{9fff}\u{f900}-\u{faff}\u{20000}-\u{3ffff}]";

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Text(String),
    One,
    Any,
    Words,
    Space,
}

/// A pattern for texts as a regular expression, and its letters that stand fixed. Fails with what is wrong and how to mend it.
pub fn in_text(pattern: &str, folded: bool, normaliser: &mut Normaliser) -> Result<(String, String), String> {
    let mut elements = elements(pattern);
    if folded {
        for element in &mut elements {
            if let Element::Text(text) = element {
                normaliser.normalise(text).text().clone_into(text);
            }
        }
    }
    let (Some(first), Some(last)) = (elements.first(), elements.last()) else { return Err("is empty".to_owned()) };
    if [first, last].contains(&&Element::Words) {
        return Err("a `*` alone at the beginning or the end stands for nothing; leave it out".to_owned());
    }
    let (left, right) = (opens(first), closes(last));
    let body: String = elements.iter().map(part_of_text).collect();
    let left = if left { format!(r"(?:\A|{NO_WORD})") } else { String::new() };
    let right = if right { format!(r"(?:\z|{NO_WORD})") } else { String::new() };
    Ok((format!("{left}({body}){right}"), fixed(&elements)))
}

/// A pattern for whole addresses as a regular expression, and its letters that stand fixed.
pub fn in_address(pattern: &str) -> (String, String) {
    let pattern = pattern.trim().to_lowercase();
    let pattern = pattern.split_once("://").map_or(pattern.as_str(), |(_, rest)| rest);
    let pattern = pattern.strip_prefix("www.").unwrap_or(pattern);
    let elements = elements(pattern);
    let body: String = elements.iter().map(part_of_address).collect();
    (format!(r"\A({body})\z"), fixed(&elements))
}

fn elements(pattern: &str) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    for word in pattern.split_whitespace() {
        if matches!(elements.last(), Some(last) if *last != Element::Words) {
            elements.push(Element::Space);
        }
        if word == "*" {
            elements.push(Element::Words);
            continue;
        }
        let mut text = String::new();
        let mut characters = word.chars();
        while let Some(character) = characters.next() {
            let sign = match character {
                '*' => Element::Any,
                '?' => Element::One,
                '\\' => {
                    text.push(characters.next().unwrap_or('\\'));
                    continue;
                }
                _ => {
                    text.push(character);
                    continue;
                }
            };
            if !text.is_empty() {
                elements.push(Element::Text(std::mem::take(&mut text)));
            }
            elements.push(sign);
        }
        if !text.is_empty() {
            elements.push(Element::Text(text));
        }
    }
    elements
}

fn part_of_text(element: &Element) -> String {
    match element {
        Element::Text(text) => text.split(' ').map(regex_syntax::escape).collect::<Vec<_>>().join(r"\s+"),
        Element::One => r"\S".to_owned(),
        Element::Any => r"\S*".to_owned(),
        Element::Words => r"(?:\S+\s+){0,5}".to_owned(),
        Element::Space => r"\s+".to_owned(),
    }
}

fn part_of_address(element: &Element) -> String {
    match element {
        Element::Text(text) => regex_syntax::escape(text),
        Element::One => ".".to_owned(),
        Element::Any | Element::Words => ".*".to_owned(),
        Element::Space => String::new(),
    }
}

fn fixed(elements: &[Element]) -> String {
    let texts = elements.iter().filter_map(|element| if let Element::Text(text) = element { Some(text) } else { None });
    texts.map(String::as_str).collect()
}

fn opens(element: &Element) -> bool {
    if let Element::Text(text) = element { text.chars().next().is_none_or(joins) } else { true }
}

fn closes(element: &Element) -> bool {
    if let Element::Text(text) = element { text.chars().next_back().is_none_or(joins) } else { true }
}

fn joins(character: char) -> bool {
    character.is_alphanumeric() && !writes_without_spaces(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::expression::Expression;

    fn matches(pattern: &str, text: &str) -> bool {
        let (regex, _) = in_text(pattern, true, &mut Normaliser::default()).unwrap();
        !Expression::grouped(&regex).unwrap().find(text).is_empty()
    }

    #[test]
    fn a_star_goes_on_within_a_word() {
        assert!(matches("casin*", "new casinos here"));
        assert!(matches("casin*", "casin"));
        assert!(matches("*coin", "buy bitcoin now"));
        assert!(matches("t.me/*bot", "see t.me/lucky_bot now"));
        assert!(!matches("casin*", "occasin"));
        assert!(!matches("free*bonus", "free the bonus"));
        assert!(matches("???coin", "a bitcoin"));
        assert!(!matches("???coin", "my coin"));
    }

    #[test]
    fn a_star_between_spaces_stands_for_words() {
        assert!(matches("earn * day", "earn day"));
        assert!(matches("earn * day", "earn 80 dollars each day"));
        assert!(!matches("earn * day", "earn one two three four five six day"));
    }

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        assert!(matches(r"what\?", "so what? yes"));
        assert!(!matches(r"5\*", "55"));
        assert!(matches("兼职*", "我要兼职工作"));
    }

    #[test]
    fn matches_follow_each_other_at_one_space() {
        let (regex, fixed) = in_text("ca?e", true, &mut Normaliser::default()).unwrap();
        assert_eq!(Expression::grouped(&regex).unwrap().find("cafe case, café"), [0..4, 5..9]);
        assert_eq!(fixed, "cae");
        assert!(in_text("* casino", true, &mut Normaliser::default()).unwrap_err().contains("stands for nothing"));
    }
}
