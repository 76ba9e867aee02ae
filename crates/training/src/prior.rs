//! What meanings speak for spam: learned from the same rows as the text model, disguised copies of half of them among these.

use chatwarden_encoder::{DIMENSIONS, Encoder, MOST_CHARACTERS, Workspace};
use chatwarden_engine::text_model::{Prior, Vector};
use oorandom::Rand32;

use crate::disguise::Disguise;
use crate::fit::{EPOCHS, Slot, shuffle, sigmoid};
use crate::recipe::{COPY, Chosen, Recipe, balance, harmless};
use crate::rows::Corpus;

/// Texts that are encoded at once.
const BATCH: usize = 256;

/// What the rows of a corpus mean, and disguised copies of some of them: encoded once, to learn from chosen ones.
#[derive(Debug)]
pub struct Meanings {
    encoder: u64,
    rows: Vec<Option<Vector>>,
    /// With the index of the row that each is a copy of.
    copies: Vec<(usize, Option<Vector>)>,
}

impl Meanings {
    /// Encodes all rows, and copies drawn by the recipe's seed.
    #[must_use]
    pub fn of(corpus: &Corpus, recipe: &Recipe, encoder: &Encoder) -> Self {
        let mut random = Rand32::new(recipe.seed);
        let harmless = harmless(corpus, &|_| true);
        let mut copies = Vec::new();
        for (index, row) in corpus.rows.iter().enumerate() {
            if random.rand_range(0..100) < recipe.disguised {
                let way = Disguise::drawn(&mut random);
                if way != Disguise::Padding {
                    copies.push((index, way.apply(&row.text, &mut random, &harmless)));
                }
            }
        }
        let texts: Vec<&str> = corpus.rows.iter().map(|row| row.text.as_str()).collect();
        let disguised: Vec<&str> = copies.iter().map(|(_, text)| text.as_str()).collect();
        let of_copies = vectors(encoder, &disguised);
        Self {
            encoder: encoder.fingerprint(),
            rows: vectors(encoder, &texts),
            copies: copies.iter().map(|(index, _)| *index).zip(of_copies).collect(),
        }
    }

    /// What a row means; none where it means nothing to the encoder.
    #[must_use]
    pub fn of_row(&self, index: usize) -> Option<&Vector> {
        self.rows.get(index)?.as_ref()
    }

    /// Learns the chosen rows. None where that came to numbers that are none.
    #[must_use]
    pub fn learn(&self, corpus: &Corpus, chosen: Chosen<'_>, recipe: &Recipe) -> Option<Prior> {
        let rows = self.rows.iter().enumerate().map(|(index, vector)| (index, vector, 1.0));
        let copies = self.copies.iter().map(|(index, vector)| (*index, vector, COPY));
        let (mut lessons, mut weights, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for (index, vector, weight) in rows.chain(copies).filter(|(index, ..)| chosen(*index)) {
            let (Some(row), Some(vector)) = (corpus.rows.get(index), vector) else { continue };
            lessons.push((vector, row.is_spam));
            weights.push(weight);
            groups.push((row.source, row.is_spam));
        }
        balance(&mut weights, &groups, corpus, recipe);
        let (learned, bias) = fit(&lessons, &weights, recipe.seed);
        Prior::new(self.encoder, &learned, bias)
    }
}

/// Logistic regression by Adagrad, as of the text model; in an order drawn from `seed`.
fn fit(lessons: &[(&Vector, bool)], weights: &[f32], seed: u64) -> (Vec<f32>, f32) {
    let mut slots = vec![Slot::NEW; DIMENSIONS];
    let mut bias = Slot::NEW;
    let mut random = Rand32::new(seed);
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    for _ in 0..EPOCHS {
        shuffle(&mut order, &mut random);
        for index in &order {
            let (Some((vector, is_spam)), Some(weight)) = (lessons.get(*index), weights.get(*index)) else { continue };
            let direction = vector.direction();
            let sum: f32 = slots.iter().zip(&direction).map(|(slot, value)| slot.weight * value).sum();
            let error = weight * (sigmoid(sum + bias.weight) - if *is_spam { 1.0 } else { 0.0 });
            for (slot, value) in slots.iter_mut().zip(&direction) {
                slot.step(error * value);
            }
            bias.step(error);
        }
    }
    (slots.iter().map(|slot| slot.weight).collect(), bias.weight)
}

/// What texts mean, as far as messages are looked at; none where that is nothing.
pub fn vectors(encoder: &Encoder, texts: &[&str]) -> Vec<Option<Vector>> {
    let (mut workspace, mut numbers) = (Workspace::default(), Vec::new());
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        let begun: Vec<&str> = batch.iter().map(|text| beginning(text)).collect();
        encoder.encode(&begun, &mut workspace, &mut numbers);
        vectors.extend(numbers.chunks(DIMENSIONS).map(Vector::of));
    }
    vectors
}

/// As much of a text as is looked at.
fn beginning(text: &str) -> &str {
    text.char_indices().nth(MOST_CHARACTERS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows about two things, each in a direction of its own; every eighth is a copy.
    fn meanings() -> (Corpus, Meanings) {
        let mut corpus = Corpus::default();
        let line = |number: usize| {
            let label = if number % 2 == 0 { "spam" } else { "ham" };
            format!("{}\n", serde_json::json!({"text": format!("row {number}"), "label": label}))
        };
        corpus.add("one", (0..200).map(line).collect::<String>().as_bytes()).unwrap();
        let vector = |number: usize| {
            let mut random = Rand32::new(u64::try_from(number).unwrap());
            let mut numbers: Vec<f32> = (0..DIMENSIONS).map(|_| random.rand_float()).collect();
            numbers[number % 2] += 6.0;
            Vector::of(&numbers)
        };
        let rows = (0..200).map(vector).collect();
        let copies = (0..200).step_by(8).map(|number| (number, vector(number))).collect();
        (corpus, Meanings { encoder: 7, rows, copies })
    }

    fn recipe() -> Recipe {
        Recipe { seed: 7, disguised: 50, ..Recipe::default() }
    }

    #[test]
    fn what_was_not_learned_from_is_told_apart_by_what_was() {
        let (corpus, meanings) = meanings();
        let prior = meanings.learn(&corpus, &|index| index < 150, &recipe()).unwrap();
        let told = |index| prior.logit(meanings.of_row(index).unwrap());
        assert!((150..200).step_by(2).all(|index| told(index) > 100), "{}", told(150));
        assert!((151..200).step_by(2).all(|index| told(index) == 0));
    }

    #[test]
    fn the_same_rows_give_the_same_bytes_and_others_give_others() {
        let (corpus, meanings) = meanings();
        let learn = |most| meanings.learn(&corpus, &|index| index < most, &recipe()).unwrap().to_bytes();
        assert_eq!(learn(150), learn(150));
        assert_ne!(learn(150), learn(100));
    }

    #[test]
    fn no_more_of_a_text_is_looked_at_than_of_a_message() {
        assert_eq!(beginning("roses"), "roses");
        assert_eq!(beginning(&"я".repeat(MOST_CHARACTERS + 5)), "я".repeat(MOST_CHARACTERS));
    }
}
