//! Regular expressions of admins: folded as texts are, bounded in size, with the words that must be there for a match.
//!
//! In: a pattern. Out: an [`Expression`]. Fails with a sentence that says what is wrong, where, and how to mend it.

use std::ops::Range;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::{Input, MatchKind};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

use crate::normalise::Normaliser;

/// Brackets within brackets.
const NEST_LIMIT: u32 = 50;
/// Bytes of compiled states.
const SIZE_LIMIT: usize = 256 << 10;
/// Bytes of the cache that makes it fast, for each thread that uses it.
const CACHE_SIZE: usize = 256 << 10;
/// Characters of a class up to which each is folded: `[её]`; larger ones (`\w`) hold their folded forms anyway.
const SMALL_CLASS: usize = 64;
/// Alternatives of which one must be there.
const MOST_PARTS: usize = 64;
/// Bytes a part must have to tell texts apart.
const SHORTEST_PART: usize = 3;
/// Matches looked for in one text; more would explain nothing more.
const MOST_MATCHES: usize = 8;

/// Short texts of everyday chat; what matches all of them matches nearly everything.
const EVERYDAY: &[&str] =
    &["hello", "ok thanks", "привет", "как дела", "你好", "12:30", "see you at 7", "да", "a", "🙂"];

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    regex: Regex,
    /// Which capture is the match: 0 is all of it.
    capture: usize,
    /// One of these stands in every text that matches; empty where nothing is known.
    pub parts: Vec<String>,
}

impl Expression {
    /// A regular expression that an admin wrote. With `folded` it is for folded texts.
    pub fn regex(pattern: &str, folded: bool, normaliser: &mut Normaliser) -> Result<Self, String> {
        let mut parser = ParserBuilder::new();
        let hir = parser.nest_limit(NEST_LIMIT).case_insensitive(folded).build().parse(pattern);
        let hir = hir.map_err(|error| parse_error(pattern, &error))?;
        let hir = if folded { fold(&hir, normaliser) } else { hir };
        if hir.properties().minimum_len().unwrap_or(0) == 0 {
            return Err("matches the empty text, and so every message; ask for at least one character".to_owned());
        }
        let expression = Self::compile(&hir, 0)?;
        if EVERYDAY.iter().all(|text| expression.regex.is_match(text)) {
            return Err("matches nearly every message; ask for certain words".to_owned());
        }
        Ok(expression)
    }

    /// An expression made from wildcards; its first group is the match.
    pub fn grouped(pattern: &str) -> Result<Self, String> {
        let hir = regex_syntax::parse(pattern).map_err(|error| parse_error(pattern, &error))?;
        Self::compile(&hir, 1)
    }

    fn compile(hir: &Hir, capture: usize) -> Result<Self, String> {
        let config = Config::new()
            .nfa_size_limit(Some(SIZE_LIMIT))
            .onepass(false)
            .dfa(false)
            .hybrid_cache_capacity(CACHE_SIZE)
            .match_kind(MatchKind::LeftmostFirst);
        let regex =
            Regex::builder().configure(config).build_from_hir(hir).map_err(|error| match error.size_limit() {
                Some(limit) => {
                    format!(
                        "takes more than {limit} bytes when compiled; use fewer or smaller repetitions like {{1,100}}"
                    )
                }
                None => format!("cannot be compiled: {error}"),
            })?;
        let mut parts = required(hir).unwrap_or_default();
        parts.sort();
        parts.dedup();
        if parts.len() > MOST_PARTS || parts.iter().any(|part| part.len() < SHORTEST_PART) {
            parts.clear();
        }
        Ok(Self { regex, capture, parts })
    }

    /// Bytes it takes, caches not counted.
    pub fn size(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Byte ranges of the first matches in a text; none is empty.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut captures = Captures::matches(self.regex.group_info().clone());
        if self.capture > 0 {
            captures = Captures::all(self.regex.group_info().clone());
        }
        let mut from = 0;
        while found.len() < MOST_MATCHES {
            self.regex.search_captures(&Input::new(text).span(from..text.len()), &mut captures);
            let Some(span) = captures.get_group(self.capture).filter(|span| span.end > from) else { break };
            from = span.end;
            found.push(span.start..span.end);
        }
        found
    }
}

fn parse_error(pattern: &str, error: &regex_syntax::Error) -> String {
    let (what, offset) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.offset),
        other => (other.to_string(), 0),
    };
    let position = pattern.get(..offset).map_or(0, |before| before.chars().count()) + 1;
    format!("no valid expression at character {position}: {what}; put a backslash before a sign that is meant as it is")
}

/// The same expression for folded texts: "Café" and "ещё" are looked for as "cafe" and "еще".
fn fold(hir: &Hir, normaliser: &mut Normaliser) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            let folded: String = text.chars().map(|character| fold_character(character, normaliser)).collect();
            Hir::literal(folded.into_bytes())
        }
        HirKind::Class(Class::Unicode(class)) => fold_class(class, normaliser),
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(fold(&repetition.sub, normaliser)), ..repetition.clone() })
        }
        HirKind::Capture(capture) => fold(&capture.sub, normaliser),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(|part| fold(part, normaliser)).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(|part| fold(part, normaliser)).collect()),
    }
}

/// Both cases of one letter fold to one character, which is a literal again.
fn fold_class(class: &ClassUnicode, normaliser: &mut Normaliser) -> Hir {
    let characters = || class.iter().flat_map(|range| range.start()..=range.end());
    if characters().take(SMALL_CLASS + 1).count() > SMALL_CLASS {
        return Hir::class(Class::Unicode(class.clone()));
    }
    let folded: Vec<String> = characters().map(|character| fold_character(character, normaliser)).collect();
    match folded.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => Hir::literal(first.clone().into_bytes()),
        _ => {
            let mut class = class.clone();
            let singles = folded.iter().filter_map(|text| {
                let mut characters = text.chars();
                characters.next().filter(|_| characters.next().is_none())
            });
            singles.for_each(|single| class.push(ClassUnicodeRange::new(single, single)));
            Hir::class(Class::Unicode(class))
        }
    }
}

fn fold_character(character: char, normaliser: &mut Normaliser) -> String {
    if character.is_whitespace() {
        return " ".to_owned();
    }
    normaliser.normalise(character.encode_utf8(&mut [0; 4])).text().to_owned()
}

/// Texts of which one stands in whatever matches; the longest that can be named.
fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![std::str::from_utf8(&literal.0).ok()?.to_owned()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => {
            let shortest = |parts: &Vec<String>| parts.iter().map(String::len).min().unwrap_or(0);
            parts.iter().filter_map(required).max_by_key(shortest)
        }
        HirKind::Alternation(parts) => {
            let each: Vec<Vec<String>> = parts.iter().map(required).collect::<Option<_>>()?;
            Some(each.concat()).filter(|parts| parts.len() <= MOST_PARTS)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> Result<Expression, String> {
        Expression::regex(pattern, true, &mut Normaliser::default())
    }

    #[test]
    fn an_expression_is_folded_as_texts_are() {
        assert_eq!(regex("Café [ЁЕ]щё").unwrap().parts, ["cafe еще"]);
        let text = Normaliser::default().normalise("ο σιγμας");
        assert_eq!(regex("ΣΊΓΜΑΣ").unwrap().find(text.text()).len(), 1);
        assert_eq!(regex(r"earn\s+\d{2,}").unwrap().find("earn 80 and earn 90"), [0..7, 12..19]);
    }

    #[test]
    fn what_must_be_there_is_known() {
        assert_eq!(regex("(?:casino|slots) \\w+").unwrap().parts, ["casino", "slots"]);
        assert_eq!(regex("\\d+ (?:free )?spins?").unwrap().parts, ["spin"]);
        assert!(regex("\\d{4,}").unwrap().parts.is_empty());
        assert!(regex("casino|\\d{4}").unwrap().parts.is_empty());
    }

    #[test]
    fn an_error_says_where_and_how_to_mend_it() {
        assert_eq!(
            regex("казино (").unwrap_err(),
            "no valid expression at character 8: unclosed group; put a backslash before a sign that is meant as it is"
        );
        assert!(regex("a*").unwrap_err().starts_with("matches the empty text"));
        assert!(regex(".").unwrap_err().starts_with("matches nearly every message"));
        assert!(regex(r"[\s\S]+").unwrap_err().starts_with("matches nearly every message"));
        assert!(regex(r"(?:\w{50}){50}").unwrap_err().starts_with("takes more than"));
        assert!(regex(&format!("{}{}", "(?:a".repeat(60), ")+".repeat(60))).unwrap_err().contains("nest"));
        assert!(regex(r"(a)\1").unwrap_err().contains("backreferences are not supported"));
    }
}
