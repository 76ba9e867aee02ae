//! A small encoder of drawn weights, for tests: the real layers over a vocabulary of a few pieces.

use crate::file::{TABLE, Writer};
use crate::network::{CHUNKS, DIMENSIONS, SHAPES, VECTORS, write_matrix};
use crate::trie;

/// An encoder's file over these pieces, with the scores of their logarithmic probabilities; the first three are special.
///
/// # Panics
/// Where a piece stands twice.
#[must_use]
#[expect(clippy::expect_used, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for tests")]
pub fn small(pieces: &[(&str, f32)], seed: u64) -> Vec<u8> {
    let mut drawn = draw(seed);
    let mut file = Writer::default();
    let mut keys: Vec<_> = pieces.iter().map(|(piece, _)| piece.as_bytes()).zip(0..).collect();
    keys.sort_unstable();
    file.add("replaced", &trie::make(&[(b"\t", 0), ("Å".as_bytes(), 2)]).expect("sorted"));
    file.add("replacements", b" \0a\0");
    file.add("pieces", &trie::make(&keys).expect("each piece once"));
    file.add("scores", &pieces.iter().map(|(_, score)| *score).collect::<Vec<_>>());
    let table = drawn.by_ref().take(pieces.len() * DIMENSIONS).map(|value| ((value + 1.0) * 31.5) as u8);
    file.add_bytes(TABLE, table.collect());
    file.add("chunks", &[[0.3_f32; CHUNKS], [-9.0; CHUNKS]].concat());
    for shape in &SHAPES {
        let values: Vec<_> = drawn.by_ref().take(shape.segments * shape.depth * shape.columns).collect();
        let bias: Vec<_> = drawn.by_ref().take(shape.columns).collect();
        write_matrix(&mut file, shape, &values.iter().map(|value| value * 0.1).collect::<Vec<_>>(), &bias);
    }
    for (name, sources, length) in VECTORS {
        file.add(name, &drawn.by_ref().take(sources.len() * length).collect::<Vec<_>>());
    }
    file.finish(seed)
}

/// Numbers between −1 and 1 that look drawn (SplitMix64).
fn draw(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u16::try_from((mixed ^ (mixed >> 31)) >> 48).unwrap_or(0);
        f32::from(bits) / 32_768.0 - 1.0
    })
}
