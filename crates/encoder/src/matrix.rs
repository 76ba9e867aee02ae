//! Products of matrices in whole numbers of eight bits, which come out the same whatever reckons them.
//!
//! Weights lie in panels of 16 columns; within a panel four rows of one column stand beside each other, as AVX2 takes them.

use std::array::from_fn;

use crate::layers::Rows;

/// Columns of a panel.
pub const PANEL: usize = 16;
/// Rows that stand beside each other.
pub const GROUP: usize = 4;
/// Largest input: with weights of at most 127 two products fit into 16 bits.
pub const MOST_INPUT: u8 = 127;

/// What multiplies. All give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// What the compiler makes of plain loops.
    Portable,
    /// 32 products in three instructions.
    Avx2,
    /// 32 products an instruction.
    AvxVnni,
    /// 64 products an instruction.
    Avx512Vnni,
}

impl Kernel {
    /// The fastest that this machine runs.
    #[must_use]
    pub fn fastest() -> Self {
        let is_there = |kernel: &Self| kernel.is_there();
        [Self::Avx512Vnni, Self::AvxVnni, Self::Avx2].into_iter().find(is_there).unwrap_or(Self::Portable)
    }

    /// Runs what stands between the products with the same registers. Whatever is inlined into `work` is compiled for them; it comes out
    /// the same, since no addition is moved and none fused.
    #[inline]
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::AvxVnni | Self::Avx512Vnni if self.is_there() => crate::avx2::run(work),
            _ => work(),
        }
    }

    /// Whether this machine runs it.
    #[must_use]
    pub fn is_there(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => crate::avx2::has_vnni(),
            #[cfg(avx512)]
            Self::Avx512Vnni => crate::avx512::is_there(),
            #[cfg(not(avx512))]
            _ => false,
        }
    }
}

/// A layer's weights: `segments` times `depth` rows. A segment is multiplied with one row of the input, so that a convolution over
/// three tokens has three.
#[derive(Debug)]
pub struct Matrix {
    /// Panel by panel.
    pub weights: Vec<i8>,
    /// What one step of a column's weights is worth.
    pub scales: Vec<f32>,
    /// Sum of each segment's weights, panel by panel.
    pub sums: Vec<f32>,
    /// Added at the end.
    pub bias: Vec<f32>,
    /// Rows of a segment: a multiple of four times [`GROUP`].
    pub depth: usize,
    /// How many.
    pub segments: usize,
}

/// A panel's part of a [`Matrix`].
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// Segment by segment, `depth` times 16 each.
    pub weights: &'a [i8],
    /// Column by column.
    pub scales: &'a [f32; PANEL],
    /// Segment by segment.
    pub sums: &'a [f32],
    /// Column by column.
    pub bias: &'a [f32; PANEL],
    /// Rows of a segment.
    pub depth: usize,
}

impl Panel<'_> {
    /// Each segment's weights, and their sums.
    pub fn segments(&self) -> impl Iterator<Item = (&[i8], &[f32])> {
        self.weights.chunks_exact(self.depth * PANEL).zip(self.sums.chunks_exact(PANEL))
    }
}

/// What the pointers of the kernels rest on: for each start the input has as many rows of `depth` bytes from there on as the panel has
/// segments, and a step each; the panel as many weights; `out` a row of `columns` for each start, with this panel's from `at` on.
#[cfg(target_arch = "x86_64")]
pub fn assert_fits(panel: &Panel, input: &Rows, starts: &[usize], out: &[f32], columns: usize, at: usize) {
    let depth = panel.depth;
    let segments = panel.sums.len() / PANEL;
    let rows = input.steps.len().min(input.values.len() / depth);
    assert!(at + PANEL <= columns && out.len() == starts.len() * columns && depth % (4 * GROUP) == 0);
    assert!(panel.weights.len() == segments * depth * PANEL);
    assert!(starts.iter().all(|start| start + segments <= rows));
}

impl Matrix {
    /// Columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.scales.len()
    }

    /// Multiplies. For each of `starts` a row of `out` is written: the product with the rows of the input from there on, as many as
    /// there are segments.
    pub fn multiply(&self, kernel: Kernel, input: &Rows, starts: &[usize], out: &mut [f32]) {
        let columns = self.columns();
        let end = input.steps.len().min(input.values.len() / self.depth);
        let fits = starts.iter().all(|start| start + self.segments <= end);
        debug_assert!(fits && out.len() == starts.len() * columns, "rows of the input are missing");
        if !fits {
            return;
        }
        match kernel {
            #[cfg(avx512)]
            Kernel::Avx512Vnni => {
                self.each(|panels, at| crate::avx512::multiply(panels, input, starts, out, columns, at));
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::AvxVnni => {
                self.each(|[panel], [at]| crate::avx2::multiply::<true>(panel, input, starts, out, columns, at));
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => {
                self.each(|[panel], [at]| crate::avx2::multiply::<false>(panel, input, starts, out, columns, at));
            }
            _ => self.each(|[panel], [at]| portable(panel, input, starts, out, columns, at)),
        }
    }

    /// So many panels at once, with the first column of each.
    fn each<const P: usize>(&self, mut work: impl FnMut(&[Panel; P], [usize; P])) {
        for first in (0..self.columns()).step_by(P * PANEL) {
            let at = from_fn(|index| first + index * PANEL);
            work(&at.map(|at| self.panel(at)), at);
        }
    }

    /// The one whose first column this is.
    fn panel(&self, at: usize) -> Panel<'_> {
        let index = at / PANEL;
        let (rows, segments) = (self.segments * self.depth * PANEL, self.segments * PANEL);
        Panel {
            weights: self.weights.get(index * rows..(index + 1) * rows).unwrap_or_default(),
            scales: columns(&self.scales, at),
            sums: self.sums.get(index * segments..(index + 1) * segments).unwrap_or_default(),
            bias: columns(&self.bias, at),
            depth: self.depth,
        }
    }
}

fn columns(values: &[f32], at: usize) -> &[f32; PANEL] {
    values.get(at..).and_then(<[f32]>::first_chunk).unwrap_or(&[0.0; PANEL])
}

/// Rows that share a look at the weights.
const ROWS: usize = 8;

fn portable(panel: &Panel, input: &Rows, starts: &[usize], out: &mut [f32], columns: usize, at: usize) {
    for (starts, out) in starts.chunks(ROWS).zip(out.chunks_mut(columns * ROWS)) {
        let mut totals = [[0.0; PANEL]; ROWS];
        for (segment, (weights, sums)) in panel.segments().enumerate() {
            let products = products(weights, panel.depth, input, starts, segment);
            for ((total, products), start) in totals.iter_mut().zip(products).zip(starts) {
                let step = input.steps.get(start + segment).copied().unwrap_or_default();
                for ((total, product), sum) in total.iter_mut().zip(products).zip(sums) {
                    *total += step.scale * product + step.shift * sum;
                }
            }
        }
        for (total, out) in totals.iter().zip(out.chunks_exact_mut(columns)) {
            let out = out.get_mut(at..at + PANEL).unwrap_or_default();
            for (((out, total), scale), bias) in out.iter_mut().zip(total).zip(panel.scales).zip(panel.bias) {
                *out = total * scale + bias;
            }
        }
    }
}

/// Of a segment with a row of the input for each start. Whole numbers below 2^24, which 32 bits of floating point hold exactly, and
/// multiply where there is no such instruction for whole ones.
fn products(weights: &[i8], depth: usize, input: &Rows, starts: &[usize], segment: usize) -> [[f32; PANEL]; ROWS] {
    let mut rows: [&[u8]; ROWS] = [&[]; ROWS];
    for (row, start) in rows.iter_mut().zip(starts) {
        let from = (start + segment) * depth;
        *row = input.values.get(from..from + depth).unwrap_or_default();
    }
    let mut products = [[0.0; PANEL]; ROWS];
    for (index, weights) in weights.chunks_exact(GROUP * PANEL).enumerate() {
        let mut columns = [[0.0; PANEL]; GROUP];
        for (column, weights) in weights.chunks_exact(GROUP).enumerate() {
            for (columns, weight) in columns.iter_mut().zip(weights) {
                if let Some(place) = columns.get_mut(column) {
                    *place = f32::from(*weight);
                }
            }
        }
        for (products, row) in products.iter_mut().zip(rows) {
            let inputs = row.get(index * GROUP..(index + 1) * GROUP).unwrap_or_default();
            for (columns, input) in columns.iter().zip(inputs) {
                let input = f32::from(*input);
                for (product, weight) in products.iter_mut().zip(columns) {
                    *product += input * weight;
                }
            }
        }
    }
    products
}

/// Puts weights into panels: `values` row by row. Gives the weights, the columns' scales, and the segments' sums.
#[must_use]
pub fn pack(values: &[f32], columns: usize, segments: usize) -> (Vec<i8>, Vec<f32>, Vec<f32>) {
    let mut scales = vec![f32::MIN_POSITIVE; columns];
    for row in values.chunks_exact(columns) {
        for (scale, value) in scales.iter_mut().zip(row) {
            *scale = scale.max(value.abs() / 127.0);
        }
    }
    let rows = values.len() / columns;
    let (mut weights, mut sums) = (Vec::with_capacity(values.len()), Vec::new());
    for first in (0..columns).step_by(PANEL) {
        for segment in 0..segments {
            let depth = rows / segments;
            let mut sum = [0.0; PANEL];
            for group in (segment * depth..(segment + 1) * depth).step_by(GROUP) {
                for (column, sum) in (first..).zip(&mut sum) {
                    for row in group..group + GROUP {
                        let value = values.get(row * columns + column).copied().unwrap_or(0.0);
                        let steps = value / scales.get(column).copied().unwrap_or(1.0);
                        #[expect(clippy::cast_possible_truncation, reason = "at most 127 steps")]
                        let weight = steps.round_ties_even() as i8;
                        *sum += f32::from(weight);
                        weights.push(weight);
                    }
                }
            }
            sums.extend(sum);
        }
    }
    (weights, scales, sums)
}
