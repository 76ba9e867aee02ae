//! Cuts a text into pieces of the vocabulary: of all ways the most probable one (unigram language model, Viterbi).

use crate::normaliser::Normaliser;
use crate::trie::Trie;

/// What no piece holds.
const UNKNOWN: u32 = 0;
/// Stands before each text.
const BEGIN: u32 = 1;
/// Stands after each text.
const END: u32 = 2;
/// How much less probable a character that no piece holds is than the least probable piece: natural logarithm.
const UNKNOWN_PENALTY: f64 = 10.0;

/// A vocabulary.
#[derive(Debug, Clone, Copy)]
pub struct Tokeniser<'a> {
    /// How texts are written before.
    pub normaliser: Normaliser<'a>,
    /// The pieces; values are their numbers.
    pub pieces: Trie<'a>,
    /// The logarithm of each piece's probability.
    pub scores: &'a [f32],
    /// The least of them.
    pub least: f32,
}

/// Memory to work in, kept from text to text.
#[derive(Debug, Default)]
pub struct Lattice {
    normal: Vec<u8>,
    best: Vec<Best>,
}

/// The best way to cut the text up to a position.
#[derive(Debug, Clone, Copy)]
struct Best {
    score: f64,
    start: usize,
    piece: u32,
}

impl Tokeniser<'_> {
    /// Adds the numbers of a text's pieces to `tokens`, between one for its begin and one for its end.
    pub fn tokenise(self, text: &str, lattice: &mut Lattice, tokens: &mut Vec<u32>) {
        self.normaliser.normalise(text, &mut lattice.normal);
        tokens.push(BEGIN);
        let from = tokens.len();
        self.find_best(&lattice.normal, &mut lattice.best);
        let mut at = lattice.normal.len();
        while let Some(best) = lattice.best.get(at).filter(|_| at > 0) {
            tokens.push(best.piece);
            at = best.start;
        }
        if let Some(pieces) = tokens.get_mut(from..) {
            pieces.reverse();
        }
        if tokens.len() == from {
            tokens.push(UNKNOWN);
        }
        tokens.push(END);
    }

    fn find_best(self, text: &[u8], best: &mut Vec<Best>) {
        best.clear();
        best.resize(text.len() + 1, Best { score: f64::NEG_INFINITY, start: 0, piece: UNKNOWN });
        if let Some(first) = best.first_mut() {
            first.score = 0.0;
        }
        let unknown = f64::from(self.least) - UNKNOWN_PENALTY;
        let mut rest = text;
        while let Some(first) = rest.first() {
            let start = text.len() - rest.len();
            let before = best.get(start).map_or(0.0, |best| best.score);
            let mut arrive = |length: usize, piece: u32, score: f64| {
                if let Some(best) = best.get_mut(start + length).filter(|best| before + score > best.score) {
                    *best = Best { score: before + score, start, piece };
                }
            };
            let character = first.leading_ones().max(1) as usize;
            let mut is_known = false;
            for (length, piece) in self.pieces.prefixes(rest) {
                let Some(score) = self.scores.get(piece as usize) else { continue };
                is_known |= length == character;
                arrive(length, piece, f64::from(*score));
            }
            if !is_known {
                arrive(character, UNKNOWN, unknown);
            }
            rest = rest.get(character..).unwrap_or_default();
        }
    }
}
