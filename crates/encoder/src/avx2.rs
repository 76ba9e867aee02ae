//! [`crate::matrix`] with AVX2: several rows of the input times sixteen columns at once. AVX-VNNI, where a processor has it, does in one
//! instruction what AVX2 needs three for.
#![expect(unsafe_code, reason = "intrinsics")]

use std::arch::asm;
use std::arch::x86_64::{
    __cpuid, __cpuid_count, __m256i, _mm256_add_epi32, _mm256_add_ps, _mm256_cvtepi32_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_setzero_si256, _mm256_storeu_ps,
};

use crate::layers::Rows;
use crate::matrix::{GROUP, PANEL, Panel, assert_fits};

/// Rows of the input at once: with two registers of columns each, what sixteen registers hold.
const ROWS: usize = 4;
/// The same with AVX-VNNI, which needs no registers in between.
const VNNI_ROWS: usize = 6;
/// Columns of a register.
const WIDTH: usize = 8;

/// Whether the processor and the system have AVX-VNNI beside AVX2.
pub fn has_vnni() -> bool {
    const AVX_VNNI: u32 = 1 << 4;
    // SAFETY: each x86-64 processor has the instruction. Newer compilers know that, the oldest that is promised does not.
    #[allow(unused_unsafe, reason = "safe in newer versions of Rust than 1.85")]
    let says_so = unsafe { __cpuid(0).eax >= 7 && __cpuid_count(7, 1).eax & AVX_VNNI != 0 };
    is_x86_feature_detected!("avx2") && says_so
}

/// Compiles for AVX2 what is inlined into `work`. Only where the processor has it.
pub fn run<T>(work: impl FnOnce() -> T) -> T {
    #[target_feature(enable = "avx2")]
    fn wide<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    // SAFETY: the kernels of this module are chosen only where the processor has AVX2.
    unsafe { wide(work) }
}

/// A panel's product: see [`crate::matrix::Matrix::multiply`]. `VNNI` only where [`has_vnni`].
pub fn multiply<const VNNI: bool>(
    panel: &Panel,
    input: &Rows,
    starts: &[usize],
    out: &mut [f32],
    columns: usize,
    at: usize,
) {
    assert_fits(panel, input, starts, out, columns, at);
    let together = if VNNI { VNNI_ROWS } else { ROWS };
    let mut outs = out.chunks_mut(columns * together);
    for starts in starts.chunks(together) {
        let Some(out) = outs.next() else { return };
        // SAFETY: the kernels of this module are chosen only where the processor has what they need; the assertion holds the rest.
        unsafe {
            match starts.len() {
                1 => block::<VNNI, 1>(panel, input, starts, out, columns, at),
                2 => block::<VNNI, 2>(panel, input, starts, out, columns, at),
                3 => block::<VNNI, 3>(panel, input, starts, out, columns, at),
                4 => block::<VNNI, 4>(panel, input, starts, out, columns, at),
                5 => block::<VNNI, 5>(panel, input, starts, out, columns, at),
                _ => block::<VNNI, 6>(panel, input, starts, out, columns, at),
            }
        }
    }
}

/// # Safety
/// The processor has AVX2, and with `VNNI` AVX-VNNI; and what [`assert_fits`] asserts.
#[target_feature(enable = "avx2")]
unsafe fn block<const VNNI: bool, const R: usize>(
    panel: &Panel,
    input: &Rows,
    starts: &[usize],
    out: &mut [f32],
    columns: usize,
    at: usize,
) {
    let Some(starts) = starts.first_chunk::<R>() else { return };
    let depth = panel.depth;
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for (segment, (weights, sums)) in panel.segments().enumerate() {
        // SAFETY: for each start the input has as many rows from there on as the panel has segments.
        let rows = starts.map(|start| unsafe { input.values.as_ptr().add((start + segment) * depth) });
        let mut products = [[_mm256_setzero_si256(); 2]; R];
        for group in (0..depth).step_by(GROUP) {
            #[expect(clippy::cast_ptr_alignment, reason = "loaded unaligned")]
            // SAFETY: a group of a panel is 64 weights, and `depth` is a multiple of a group.
            let (left, right) = unsafe {
                let weights = weights.as_ptr().add(group * PANEL).cast::<__m256i>();
                (_mm256_loadu_si256(weights), _mm256_loadu_si256(weights.add(1)))
            };
            for (row, products) in rows.iter().zip(&mut products) {
                // SAFETY: a row has `depth` bytes.
                let inputs = _mm256_set1_epi32(unsafe { row.add(group).cast::<i32>().read_unaligned() });
                for (product, weights) in products.iter_mut().zip([left, right]) {
                    if VNNI {
                        // SAFETY: the caller holds that the processor has AVX-VNNI; registers only.
                        unsafe {
                            asm!(
                                "{{vex}} vpdpbusd {product}, {inputs}, {weights}",
                                product = inout(ymm_reg) *product,
                                inputs = in(ymm_reg) inputs,
                                weights = in(ymm_reg) weights,
                                options(pure, nomem, nostack, preserves_flags),
                            );
                        }
                    } else {
                        let pairs = _mm256_maddubs_epi16(inputs, weights);
                        *product = _mm256_add_epi32(*product, _mm256_madd_epi16(pairs, ones));
                    }
                }
            }
        }
        for ((start, products), totals) in starts.iter().zip(&products).zip(&mut totals) {
            // SAFETY: each row of the input has a step.
            let step = unsafe { input.steps.get_unchecked(start + segment) };
            let (scale, shift) = (_mm256_set1_ps(step.scale), _mm256_set1_ps(step.shift));
            for (half, (product, total)) in products.iter().zip(totals).enumerate() {
                // SAFETY: a segment has a sum for each of 16 columns.
                let sum = unsafe { _mm256_loadu_ps(sums.as_ptr().add(half * WIDTH)) };
                let worth = _mm256_mul_ps(scale, _mm256_cvtepi32_ps(*product));
                *total = _mm256_add_ps(*total, _mm256_add_ps(worth, _mm256_mul_ps(shift, sum)));
            }
        }
    }
    for (index, totals) in totals.iter().enumerate() {
        for (half, total) in totals.iter().enumerate() {
            // SAFETY: scales and bias have 16 columns; the caller holds that `out` has this row and these columns.
            unsafe {
                let scale = _mm256_loadu_ps(panel.scales.as_ptr().add(half * WIDTH));
                let bias = _mm256_loadu_ps(panel.bias.as_ptr().add(half * WIDTH));
                let value = _mm256_add_ps(_mm256_mul_ps(*total, scale), bias);
                _mm256_storeu_ps(out.as_mut_ptr().add(index * columns + at + half * WIDTH), value);
            }
        }
    }
}
