//! Which words made a part of a text look like spam.

use std::collections::HashMap;
use std::ops::Range;

use super::features::{Distinct, Walk, Words};
use super::file::TextModel;
use crate::normalise::model_text::model_text;

/// Words that are named at most.
const MOST_WORDS: usize = 6;
/// Of the strongest word's sum, the share another needs to be named too, in hundredths.
const WORTH_NAMING: i64 = 40;

impl TextModel {
    /// The words of a folded text that speak most for spam, as byte ranges in the order they stand in.
    #[must_use]
    pub fn telling_words(&self, folded: &str) -> Vec<Range<usize>> {
        let (mut distinct, mut known, mut buckets, mut text) =
            (Distinct::default(), Words::default(), Vec::new(), String::new());
        let mut sum_of = |word: &str| -> i64 {
            text.clear();
            model_text(word, &mut text);
            buckets.clear();
            Walk::default().text(&text, &mut known, &mut buckets);
            distinct.keep_first(&mut buckets, 0);
            buckets.iter().map(|bucket| i64::from(self.weight(*bucket))).sum()
        };
        let mut sums = HashMap::new();
        // The strongest first; of equal ones those that stand first.
        let mut strongest: Vec<(i64, Range<usize>)> = Vec::with_capacity(MOST_WORDS + 1);
        for range in word_ranges(folded) {
            let word = folded.get(range.clone()).unwrap_or_default();
            let sum = *sums.entry(word).or_insert_with(|| sum_of(word));
            let place = strongest.partition_point(|(stronger, _)| *stronger >= sum);
            if sum > 0 && place < MOST_WORDS {
                strongest.insert(place, (sum, range));
                strongest.truncate(MOST_WORDS);
            }
        }
        let least = strongest.first().map_or(0, |(sum, _)| sum * WORTH_NAMING / 100);
        let mut named: Vec<_> =
            strongest.into_iter().filter(|(sum, _)| *sum >= least).map(|(_, range)| range).collect();
        named.sort_by_key(|range| range.start);
        named
    }
}

/// Byte ranges between spaces; where a script writes without them, of no more than eight characters.
fn word_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    const LONGEST: usize = 8;
    let mut start = 0;
    text.split(' ').flat_map(move |word| {
        let mut from = start;
        start += word.len() + 1;
        let is_cut = word.chars().any(|character| character >= '\u{2e80}');
        let mut rest = word;
        std::iter::from_fn(move || {
            let end = rest.char_indices().nth(LONGEST).filter(|_| is_cut).map_or(rest.len(), |(index, _)| index);
            rest = rest.get(end..)?;
            let range = from..from + end;
            from += end;
            (end > 0).then_some(range)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_where_the_ranges_say() {
        let text = "one  two 这是一个很长的中文句子啊";
        let words: Vec<&str> = word_ranges(text).map(|range| &text[range]).collect();
        assert_eq!(words, ["one", "two", "这是一个很长的中", "文句子啊"]);
    }
}
