//! [`crate::matrix`] with AVX-512: several rows of the input times two panels at once, each of which is one register wide.
#![expect(unsafe_code, reason = "intrinsics")]
#![expect(clippy::incompatible_msrv, reason = "compiled only where the compiler has them: see build.rs")]

use std::arch::x86_64::{
    _mm512_add_epi32, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_storeu_ps,
};

use crate::layers::Rows;
use crate::matrix::{GROUP, PANEL, Panel, assert_fits};

/// Rows of the input at once: 24 of the 32 registers hold sums.
const ROWS: usize = 12;
/// Panels that share a look at the input.
const PANELS: usize = 2;

/// Whether the processor and the system have AVX-512 with whole-number products.
pub fn is_there() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")
}

/// The panels' products: see [`crate::matrix::Matrix::multiply`]. The second panel's columns stand behind the first's. Only where
/// [`is_there`].
pub fn multiply(
    panels: &[Panel; PANELS],
    input: &Rows,
    starts: &[usize],
    out: &mut [f32],
    columns: usize,
    at: [usize; PANELS],
) {
    for (panel, at) in panels.iter().zip(at) {
        assert_fits(panel, input, starts, out, columns, at);
        assert!(panel.depth == panels[0].depth && panel.sums.len() == panels[0].sums.len());
    }
    // Thirteen rows are seven and six: one alone would wait for each of its sums.
    let together = starts.len().div_ceil(starts.len().div_ceil(ROWS).max(1)).max(1);
    // A segment of two panels stays in the nearest cache while all rows are multiplied with it.
    for segment in 0..panels[0].sums.len() / PANEL {
        for (starts, out) in starts.chunks(together).zip(out.chunks_mut(columns * together)) {
            // SAFETY: the kernel is chosen only where the processor has what it needs; the assertions hold the rest.
            unsafe {
                match starts.len() {
                    1 => block::<1, 4>(panels, segment, input, starts, out, columns, at),
                    2 => block::<2, 4>(panels, segment, input, starts, out, columns, at),
                    3 => block::<3, 2>(panels, segment, input, starts, out, columns, at),
                    4 => block::<4, 1>(panels, segment, input, starts, out, columns, at),
                    5 => block::<5, 1>(panels, segment, input, starts, out, columns, at),
                    6 => block::<6, 1>(panels, segment, input, starts, out, columns, at),
                    7 => block::<7, 1>(panels, segment, input, starts, out, columns, at),
                    8 => block::<8, 1>(panels, segment, input, starts, out, columns, at),
                    9 => block::<9, 1>(panels, segment, input, starts, out, columns, at),
                    10 => block::<10, 1>(panels, segment, input, starts, out, columns, at),
                    11 => block::<11, 1>(panels, segment, input, starts, out, columns, at),
                    _ => block::<ROWS, 1>(panels, segment, input, starts, out, columns, at),
                }
            }
        }
    }
}

/// One segment, added to what `out` has of those before; after the last scaled and with the bias. `S` sums for each row and panel, which the
/// processor reckons side by side: with few rows it would wait for one. They are sums of whole numbers, so their order does not matter.
///
/// # Safety
/// [`is_there`], what [`assert_fits`] asserts for each panel, and all have this segment, equally deep.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn block<const R: usize, const S: usize>(
    panels: &[Panel; PANELS],
    segment: usize,
    input: &Rows,
    starts: &[usize],
    out: &mut [f32],
    columns: usize,
    at: [usize; PANELS],
) {
    let Some(starts) = starts.first_chunk::<R>() else { return };
    let depth = panels[0].depth;
    // SAFETY: each panel has the segment's weights and sums, and for each start the input as many rows from there on as there are segments.
    let (weights, sums, rows) = unsafe {
        (
            panels.map(|panel| panel.weights.as_ptr().add(segment * depth * PANEL)),
            panels.map(|panel| _mm512_loadu_ps(panel.sums.as_ptr().add(segment * PANEL))),
            starts.map(|start| input.values.as_ptr().add((start + segment) * depth)),
        )
    };
    let mut products = [[[_mm512_setzero_si512(); PANELS]; R]; S];
    for group in (0..depth).step_by(GROUP * S) {
        for (group, products) in (group..).step_by(GROUP).zip(&mut products) {
            // SAFETY: a group of a panel is 64 weights and four bytes of each row, and `depth` is a multiple of `S` groups.
            let weights = weights.map(|weights| unsafe { _mm512_loadu_si512(weights.add(group * PANEL).cast()) });
            for (row, products) in rows.iter().zip(products) {
                // SAFETY: as above.
                let inputs = _mm512_set1_epi32(unsafe { row.add(group).cast::<i32>().read_unaligned() });
                for (product, weights) in products.iter_mut().zip(weights) {
                    *product = _mm512_dpbusd_epi32(*product, inputs, weights);
                }
            }
        }
    }
    let mut whole = [[_mm512_setzero_si512(); PANELS]; R];
    for products in products {
        for (whole, product) in whole.as_flattened_mut().iter_mut().zip(products.as_flattened()) {
            *whole = _mm512_add_epi32(*whole, *product);
        }
    }
    let is_last = (segment + 1) * PANEL == panels[0].sums.len();
    for (index, (start, products)) in starts.iter().zip(whole).enumerate() {
        // SAFETY: each row of the input has a step.
        let step = unsafe { input.steps.get_unchecked(start + segment) };
        let (scale, shift) = (_mm512_set1_ps(step.scale), _mm512_set1_ps(step.shift));
        for (((product, sums), panel), at) in products.into_iter().zip(sums).zip(panels).zip(at) {
            let worth = _mm512_mul_ps(scale, _mm512_cvtepi32_ps(product));
            let added = _mm512_add_ps(worth, _mm512_mul_ps(shift, sums));
            // SAFETY: `out` has this row, and these columns; scales and bias have 16.
            unsafe {
                let out = out.as_mut_ptr().add(index * columns + at);
                let before = if segment == 0 { _mm512_setzero_ps() } else { _mm512_loadu_ps(out) };
                let mut total = _mm512_add_ps(before, added);
                if is_last {
                    let (scales, bias) = (_mm512_loadu_ps(panel.scales.as_ptr()), _mm512_loadu_ps(panel.bias.as_ptr()));
                    total = _mm512_add_ps(_mm512_mul_ps(total, scales), bias);
                }
                _mm512_storeu_ps(out, total);
            }
        }
    }
}
