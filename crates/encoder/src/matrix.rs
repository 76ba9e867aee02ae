//! Products of matrices in whole numbers of eight bits, which come out the same whatever reckons them.
//!
//! Weights lie in panels of 16 columns; within a panel four rows of one column stand beside each other, as AVX2 takes them.

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
}

impl Kernel {
    /// The fastest that this machine runs.
    #[must_use]
    pub fn fastest() -> Self {
        let is_there = |kernel: &Self| kernel.is_there();
        [Self::AvxVnni, Self::Avx2].into_iter().find(is_there).unwrap_or(Self::Portable)
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
            #[cfg(not(target_arch = "x86_64"))]
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
    /// Rows of a segment: a multiple of [`GROUP`].
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
        for (index, panel) in self.panels().enumerate() {
            let at = index * PANEL;
            match kernel {
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => crate::avx2::multiply::<false>(&panel, input, starts, out, columns, at),
                #[cfg(target_arch = "x86_64")]
                Kernel::AvxVnni => crate::avx2::multiply::<true>(&panel, input, starts, out, columns, at),
                _ => portable(&panel, input, starts, out, columns, at),
            }
        }
    }

    fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        let weights = self.weights.chunks_exact(self.segments * self.depth * PANEL);
        let sums = self.sums.chunks_exact(self.segments * PANEL);
        let columns = self.scales.chunks_exact(PANEL).zip(self.bias.chunks_exact(PANEL));
        weights.zip(sums).zip(columns).filter_map(|((weights, sums), (scales, bias))| {
            let (scales, bias) = (scales.first_chunk()?, bias.first_chunk()?);
            Some(Panel { weights, scales, sums, bias, depth: self.depth })
        })
    }
}

/// Rows that share a look at the weights.
const ROWS: usize = 8;

fn portable(panel: &Panel, input: &Rows, starts: &[usize], out: &mut [f32], columns: usize, at: usize) {
    for (starts, out) in starts.chunks(ROWS).zip(out.chunks_mut(columns * ROWS)) {
        let mut totals = [[0.0; PANEL]; ROWS];
        let segments = panel.weights.chunks_exact(panel.depth * PANEL).zip(panel.sums.chunks_exact(PANEL));
        for (segment, (weights, sums)) in segments.enumerate() {
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
