//! What happens to a layer's values beside its product, always in the same order of additions.
#![expect(clippy::inline_always, reason = "compiled for the registers of whoever calls: see Kernel::run")]

use crate::matrix::MOST_INPUT;

/// The whole number that stands for zero.
const ZERO: u8 = 64;
/// Steps to either side of it.
const STEPS: f32 = 63.0;
const _: () = assert!(ZERO as u32 + 63 <= MOST_INPUT as u32);
/// Added to a small number it leaves the nearest whole one in the lowest bits.
const ROUNDING: f32 = 12_582_912.0;
/// Partial sums, so that they can be reckoned side by side.
const LANES: usize = 8;

/// What a row's whole numbers stand for: `scale · number + shift`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// Worth of one.
    pub scale: f32,
    /// Of zero.
    pub shift: f32,
}

/// Rows of whole numbers from 0 to 127.
#[derive(Debug, Default)]
pub struct Rows {
    /// Row by row.
    pub values: Vec<u8>,
    /// One a row.
    pub steps: Vec<Step>,
}

impl Rows {
    /// As many rows as asked for, all zero.
    #[inline(always)]
    pub fn clear(&mut self, rows: usize, width: usize) {
        self.values.clear();
        self.values.resize(rows * width, ZERO);
        self.steps.clear();
        self.steps.resize(rows, Step::default());
    }

    /// Writes a row as whole numbers.
    #[inline(always)]
    pub fn set(&mut self, row: usize, values: &[f32]) {
        let width = values.len();
        let out = self.values.get_mut(row * width..(row + 1) * width);
        if let (Some(out), Some(step)) = (out, self.steps.get_mut(row)) {
            *step = quantise(values, out);
        }
    }

    /// Writes a row of values in `parts` rows, and what is lost by that in as many rows after them.
    #[inline(always)]
    pub fn set_finely(&mut self, row: usize, parts: usize, values: &mut [f32]) {
        let width = values.len() / parts.max(1);
        for (index, values) in values.chunks_exact_mut(width.max(1)).enumerate() {
            self.set(row + index, values);
            let at = (row + index) * width;
            let rounded = self.values.get(at..at + width).unwrap_or_default();
            let step = self.steps.get(row + index).copied().unwrap_or_default();
            for (value, rounded) in values.iter_mut().zip(rounded) {
                *value -= step.scale * (f32::from(*rounded) - f32::from(ZERO));
            }
            self.set(row + parts + index, values);
        }
    }
}

#[inline(always)]
fn quantise(values: &[f32], out: &mut [u8]) -> Step {
    let mut largest = [0.0_f32; LANES];
    for values in values.chunks_exact(LANES) {
        for (largest, value) in largest.iter_mut().zip(values) {
            let value = value.abs();
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let largest = largest.into_iter().fold(0.0, f32::max);
    if largest <= f32::MIN_POSITIVE * STEPS {
        out.fill(ZERO);
        return Step::default();
    }
    let scale = largest / STEPS;
    let inverse = STEPS / largest;
    for (out, value) in out.iter_mut().zip(values) {
        let rounded = value * inverse + (ROUNDING + f32::from(ZERO));
        *out = rounded.to_bits().to_le_bytes()[0] & MOST_INPUT;
    }
    Step { scale, shift: -(f32::from(ZERO) * scale) }
}

/// To mean 0 and variance 1, then times `gain` plus `shift`.
#[inline(always)]
pub fn normalise(values: &mut [f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    let inverse = centre(values, epsilon);
    for ((value, gain), shift) in values.iter_mut().zip(gain).zip(shift) {
        *value = *value * inverse * gain + shift;
    }
}

/// The same, added to `total`. Spoils `values`.
#[inline(always)]
pub fn add_normalised(total: &mut [f32], values: &mut [f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    let inverse = centre(values, epsilon);
    for (((total, value), gain), shift) in total.iter_mut().zip(values).zip(gain).zip(shift) {
        *total += *value * inverse * gain + shift;
    }
}

/// To mean 0. Gives what they are to be multiplied with for a variance of 1.
#[inline(always)]
fn centre(values: &mut [f32], epsilon: f32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a layer's width")]
    let share = 1.0 / values.len() as f32;
    let mean = sum(values, |value| value) * share;
    for value in &mut *values {
        *value -= mean;
    }
    let variance = sum(values, |value| value * value) * share;
    1.0 / (variance + epsilon).sqrt()
}

/// The sum of a function of all values: eight partial sums, then these in order.
#[inline(always)]
pub fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    for values in values.chunks_exact(LANES) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += of(*value);
        }
    }
    sums.iter().sum()
}

/// What is below zero becomes zero.
#[inline(always)]
pub fn rectify(values: &mut [f32]) {
    for value in values {
        *value = if *value > 0.0 { *value } else { 0.0 };
    }
}

/// Adds what is above zero.
#[inline(always)]
pub fn add_rectified(values: &mut [f32], more: &[f32]) {
    for (value, more) in values.iter_mut().zip(more) {
        *value += if *more > 0.0 { *more } else { 0.0 };
    }
}

/// Adds, value by value.
#[inline(always)]
pub fn add(values: &mut [f32], more: &[f32]) {
    for (value, more) in values.iter_mut().zip(more) {
        *value += more;
    }
}

/// The hyperbolic tangent within 3e-7; a system's own differs from machine to machine.
#[inline(always)]
pub fn tanh(value: f32) -> f32 {
    let doubled = (2.0 * value).clamp(-20.0, 20.0);
    1.0 - 2.0 / (exponential(doubled) + 1.0)
}

/// For exponents between −20 and 20: two to a whole number, times a polynomial.
#[inline(always)]
fn exponential(exponent: f32) -> f32 {
    let whole = exponent * std::f32::consts::LOG2_E + ROUNDING - ROUNDING;
    let rest = exponent - whole * std::f32::consts::LN_2;
    let coefficients = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let polynomial = coefficients.into_iter().fold(0.0, |sum, coefficient| sum * rest + coefficient);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "127 ± 29")]
    let power = f32::from_bits(((whole as i32 + 127) as u32) << 23);
    polynomial * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_row_is_kept_within_half_a_step(values in prop::collection::vec(-50.0_f32..50.0, 16)) {
            let mut rows = Rows::default();
            rows.clear(2, 16);
            rows.set(1, &values);
            let step = rows.steps[1];
            for (value, number) in values.iter().zip(&rows.values[16..]) {
                prop_assert!(*number <= MOST_INPUT);
                let kept = step.scale * f32::from(*number) + step.shift;
                prop_assert!((kept - value).abs() <= step.scale * 0.501, "{} for {}", kept, value);
            }
        }

        #[test]
        fn the_tangent_is_as_good_as_the_systems(value in -30.0_f32..30.0) {
            prop_assert!((tanh(value) - value.tanh()).abs() < 3e-7, "{} for {}", tanh(value), value.tanh());
        }
    }
}
