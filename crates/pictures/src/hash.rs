//! How a picture looks, in 64 bits: which of its 64 slowest waves are stronger than their median (the way of pHash).
//!
//! In whole numbers, so that the same picture gives the same bits on every machine.

use std::f64::consts::PI;

use image::GrayImage;
use image::imageops::{FilterType, resize};

/// Waves a side; the constant one is left out, so that brightness does not count.
const WAVES: usize = 8;
/// The picture is shrunk to a square of this side first: finer things are noise.
const SIDE: usize = 32;
/// Of the cosines, before they become whole numbers.
const SCALE: f64 = 1024.0;

/// The hash of a picture.
pub fn hash(picture: &GrayImage) -> u64 {
    let side = u32::try_from(SIDE).unwrap_or(u32::MAX);
    let small = resize(picture, side, side, FilterType::Triangle);
    let cosines: Vec<[i64; SIDE]> = (1..=WAVES).map(cosine).collect();
    // Rows first, then columns of what is left: the two-dimensional transform falls apart into two simple ones.
    let rows: Vec<Vec<i64>> = small
        .as_raw()
        .chunks_exact(SIDE)
        .map(|row| cosines.iter().map(|wave| product(wave, row.iter().map(|shade| i64::from(*shade)))).collect())
        .collect();
    let strengths = cosines.iter().flat_map(|down| {
        (0..WAVES).map(|across| product(down, rows.iter().map(|row| row.get(across).copied().unwrap_or(0))))
    });
    bits(&strengths.collect::<Vec<i64>>())
}

fn bits(strengths: &[i64]) -> u64 {
    let mut sorted = strengths.to_vec();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    strengths.iter().fold(0, |bits, strength| (bits << 1) | u64::from(*strength > median))
}

fn product(wave: &[i64; SIDE], values: impl Iterator<Item = i64>) -> i64 {
    wave.iter().zip(values).map(|(cosine, value)| cosine * value).sum()
}

/// A wave that swings `half_turns` half times over the side.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers, rounded on purpose")]
fn cosine(half_turns: usize) -> [i64; SIDE] {
    std::array::from_fn(|position| {
        let turn = PI * half_turns as f64 * (position as f64 + 0.5) / SIDE as f64;
        (turn.cos() * SCALE).round() as i64
    })
}
