//! The network: per token a projection and three branches of two convolutions each, over 2, 3 and 5 tokens; their mean, then a
//! deep-averaging head per text.
#![expect(clippy::inline_always, reason = "compiled for the registers of whoever calls: see Kernel::run")]

use crate::error::EncoderError;
use crate::file::{Directory, Writer};
use crate::layers::{Rows, Step, add, add_normalised, add_rectified, normalise, rectify, sum, tanh};
use crate::matrix::{GROUP, Kernel, Matrix, PANEL, pack};

/// Numbers of a vector.
pub const DIMENSIONS: usize = 512;
/// Chunks of the table with a scale each: the one of a piece is its number modulo 17.
pub const CHUNKS: usize = 17;
/// Width of a branch.
const BRANCH: usize = 256;
const BRANCHES: usize = 3;
const FEATURES: usize = DIMENSIONS + BRANCHES * BRANCH;
/// Width of the head's first two layers.
const DEEP: usize = 320;
/// Tokens before and after a text, as zero: what the widest convolution sees of them.
const MARGIN: usize = 2;
const EPSILON: f32 = 1e-12;
/// Tokens each branch looks at, and how many of them stand before.
const REACH: [(usize, usize); BRANCHES] = [(2, 0), (3, 1), (5, 2)];

/// A layer as the file has it: its name there, rows of a segment, segments, columns.
pub struct Shape {
    /// In the file.
    pub name: &'static str,
    /// In the package, with its bias where it has one. Several stand side by side.
    pub sources: &'static [(&'static str, Option<&'static str>)],
    /// Rows of a segment.
    pub depth: usize,
    /// Segments.
    pub segments: usize,
    /// Columns.
    pub columns: usize,
}

const fn shape(
    name: &'static str,
    sources: &'static [(&'static str, Option<&'static str>)],
    depth: usize,
    segments: usize,
    columns: usize,
) -> Shape {
    Shape { name, sources, depth, segments, columns }
}

/// All layers, in the order of [`Network`].
pub const SHAPES: [Shape; 14] = [
    shape(
        "project",
        &[("proj2", Some("proj_b2")), ("proj3", Some("proj_b3")), ("proj5", Some("proj_b5"))],
        DIMENSIONS,
        1,
        BRANCHES * BRANCH,
    ),
    shape("first2", &[("w1_2", Some("b1_2"))], BRANCH, 2, BRANCH),
    shape("first3", &[("w1_3", Some("b1_3"))], BRANCH, 3, BRANCH),
    shape("first5", &[("w1_5", Some("b1_5"))], BRANCH, 5, BRANCH),
    shape("second2", &[("w2_2", Some("b2_2"))], BRANCH, 2, BRANCH),
    shape("second3", &[("w2_3", Some("b2_3"))], BRANCH, 3, BRANCH),
    shape("second5", &[("w2_5", Some("b2_5"))], BRANCH, 5, BRANCH),
    shape("average", &[("cnn_W", None)], BRANCH, FEATURES / BRANCH, DIMENSIONS),
    shape("deep0", &[("d0", None)], BRANCH, DIMENSIONS / BRANCH, DEEP),
    shape("pass1", &[("p1", None)], BRANCH, DIMENSIONS / BRANCH, DEEP),
    shape("deep1", &[("d1", None)], DEEP, 1, DEEP),
    shape("deep2", &[("d2", None)], DEEP, 1, DIMENSIONS),
    shape("pass3", &[("p3", None)], DEEP, 1, DIMENSIONS),
    shape("deep3", &[("d3", None)], BRANCH, DIMENSIONS / BRANCH, DIMENSIONS),
];

/// What the kernels take at once.
const _: () = {
    let mut rest: &[Shape] = &SHAPES;
    while let [shape, others @ ..] = rest {
        assert!(shape.columns % (2 * PANEL) == 0 && shape.depth % (4 * GROUP) == 0);
        rest = others;
    }
};

/// Vectors of numbers beside the layers: name in the file, sources in the package, length of each.
pub const VECTORS: [(&str, &[&str], usize); 5] = [
    ("project.gain", &["ln_g2", "ln_g3", "ln_g5"], BRANCH),
    ("project.shift", &["ln_b2", "ln_b3", "ln_b5"], BRANCH),
    ("features.gain", &["ln_g"], FEATURES),
    ("features.shift", &["ln_b"], FEATURES),
    ("average.added", &["cnn_b"], DIMENSIONS),
];

/// The weights, but for the table.
#[derive(Debug)]
pub struct Network {
    project: Matrix,
    first: [Matrix; BRANCHES],
    second: [Matrix; BRANCHES],
    average: Matrix,
    deep0: Matrix,
    pass1: Matrix,
    deep1: Matrix,
    deep2: Matrix,
    pass3: Matrix,
    deep3: Matrix,
    vectors: [Vec<f32>; 5],
    /// Scale and least value of each chunk of the table.
    chunks: [Step; CHUNKS],
}

/// Memory to work in, kept from batch to batch.
#[derive(Debug, Default)]
pub struct Memory {
    rows: Rows,
    starts: Vec<usize>,
    projected: Vec<f32>,
    hidden: Vec<f32>,
    product: Vec<f32>,
    features: Vec<f32>,
    head: [Vec<f32>; 3],
}

impl Network {
    /// Reads the weights.
    ///
    /// # Errors
    /// [`EncoderError::Layout`] where one is missing.
    pub fn read(file: &Directory) -> Result<Self, EncoderError> {
        let mut layers = Vec::with_capacity(SHAPES.len());
        for shape in &SHAPES {
            layers.push(read_matrix(file, shape)?);
        }
        let mut vectors = Vec::with_capacity(VECTORS.len());
        for (name, sources, length) in VECTORS {
            vectors.push(file.values(name, sources.len() * length)?);
        }
        let numbers: Vec<f32> = file.values("chunks", 2 * CHUNKS)?;
        let (scales, least) = numbers.split_at(CHUNKS);
        let mut chunks = [Step::default(); CHUNKS];
        for (chunk, (scale, shift)) in chunks.iter_mut().zip(scales.iter().zip(least)) {
            *chunk = Step { scale: *scale, shift: *shift };
        }
        let layers: [Matrix; SHAPES.len()] = layers.try_into().map_err(|_| EncoderError::Layout)?;
        let vectors = vectors.try_into().map_err(|_| EncoderError::Layout)?;
        let [project, first2, first3, first5, second2, second3, second5, head @ ..] = layers;
        let (first, second) = ([first2, first3, first5], [second2, second3, second5]);
        let [average, deep0, pass1, deep1, deep2, pass3, deep3] = head;
        Ok(Self { project, first, second, average, deep0, pass1, deep1, deep2, pass3, deep3, vectors, chunks })
    }

    /// Vectors of texts of so many tokens each, whose rows of the table are `table(token)`. `out` has 512 numbers a text.
    pub fn encode<'a>(
        &self,
        kernel: Kernel,
        tokens: &[u32],
        lengths: &[usize],
        table: impl Fn(u32) -> &'a [u8],
        memory: &mut Memory,
        out: &mut [f32],
    ) {
        kernel.run(
            #[inline(always)]
            || {
                self.look_up(tokens, table, memory);
                self.project(kernel, tokens.len(), memory);
                for branch in 0..BRANCHES {
                    self.convolve(kernel, branch, lengths, memory);
                }
                let [_, _, gain, shift, bias] = &self.vectors;
                memory.head[0].clear();
                memory.head[0].resize(lengths.len() * FEATURES, 0.0);
                let mut features = memory.features.chunks_exact_mut(FEATURES);
                for (length, total) in lengths.iter().zip(memory.head[0].chunks_exact_mut(FEATURES)) {
                    for features in features.by_ref().take(*length) {
                        add_normalised(total, features, gain, shift, EPSILON);
                    }
                    let root = root(*length);
                    for value in total {
                        *value /= root;
                    }
                }
                let [total, mean, product] = &mut memory.head;
                multiply_finely(&self.average, kernel, total, &mut memory.rows, &mut memory.starts, product, mean);
                for (length, mean) in lengths.iter().zip(mean.chunks_exact_mut(DIMENSIONS)) {
                    let root = root(*length);
                    for (value, bias) in mean.iter_mut().zip(bias) {
                        *value += bias * root;
                    }
                }
                self.deepen(kernel, memory, out);
            },
        );
    }

    /// Whole numbers of the table into `rows`, what they stand for into `features`.
    #[inline(always)]
    fn look_up<'a>(&self, tokens: &[u32], table: impl Fn(u32) -> &'a [u8], memory: &mut Memory) {
        memory.rows.clear(tokens.len(), DIMENSIONS);
        memory.features.resize(tokens.len() * FEATURES, 0.0);
        let rows = memory.rows.values.chunks_exact_mut(DIMENSIONS).zip(&mut memory.rows.steps);
        for ((token, (row, step)), features) in tokens.iter().zip(rows).zip(memory.features.chunks_exact_mut(FEATURES))
        {
            row.copy_from_slice(table(*token));
            *step = self.chunks.get(*token as usize % CHUNKS).copied().unwrap_or_default();
            for (feature, number) in features.iter_mut().zip(&*row) {
                *feature = step.scale * f32::from(*number) + step.shift;
            }
        }
    }

    #[inline(always)]
    fn project(&self, kernel: Kernel, tokens: usize, memory: &mut Memory) {
        memory.starts.clear();
        memory.starts.extend(0..tokens);
        memory.projected.resize(tokens * BRANCHES * BRANCH, 0.0);
        self.project.multiply(kernel, &memory.rows, &memory.starts, &mut memory.projected);
        let [gain, shift, ..] = &self.vectors;
        for row in memory.projected.chunks_exact_mut(BRANCHES * BRANCH) {
            normalise(row, gain, shift, EPSILON);
        }
    }

    /// One branch: two convolutions, each of which adds to what went in. Into its columns of `features`.
    #[inline(always)]
    fn convolve(&self, kernel: Kernel, branch: usize, lengths: &[usize], memory: &mut Memory) {
        let (Some((_, before)), Some(first), Some(second)) =
            (REACH.get(branch), self.first.get(branch), self.second.get(branch))
        else {
            return;
        };
        let Memory { rows, starts, projected, product, features, .. } = memory;
        let tokens: usize = lengths.iter().sum();
        let own = DIMENSIONS + branch * BRANCH..DIMENSIONS + (branch + 1) * BRANCH;
        for (features, row) in features.chunks_exact_mut(FEATURES).zip(projected.chunks_exact(BRANCHES * BRANCH)) {
            let row = row.get(branch * BRANCH..(branch + 1) * BRANCH);
            if let Some((features, row)) = features.get_mut(own.clone()).zip(row) {
                features.copy_from_slice(row);
            }
        }
        rows.clear(tokens + MARGIN * (lengths.len() + 1), BRANCH);
        starts.clear();
        let mut at = MARGIN;
        for length in lengths {
            starts.extend((at..at + length).map(|row| row - before));
            at += length + MARGIN;
        }
        product.resize(tokens * BRANCH, 0.0);
        for layer in [first, second] {
            for (start, features) in starts.iter().zip(features.chunks_exact(FEATURES)) {
                rows.set(start + before, features.get(own.clone()).unwrap_or_default());
            }
            layer.multiply(kernel, rows, starts, product);
            for (features, product) in features.chunks_exact_mut(FEATURES).zip(product.chunks_exact(BRANCH)) {
                add_rectified(features.get_mut(own.clone()).unwrap_or_default(), product);
            }
        }
    }

    /// The head: two residual blocks, the tangent, length 1. From `head[1]`.
    #[inline(always)]
    fn deepen(&self, kernel: Kernel, memory: &mut Memory, out: &mut [f32]) {
        let Memory { rows, starts, product, hidden, projected, head: [narrow, mean, wide], .. } = memory;
        let mut multiply = |layer: &Matrix, input: &mut Vec<f32>, out: &mut Vec<f32>| {
            multiply_finely(layer, kernel, input, rows, starts, product, out);
        };
        hidden.clone_from(mean);
        multiply(&self.deep0, hidden, narrow);
        rectify(narrow);
        multiply(&self.pass1, mean, wide);
        multiply(&self.deep1, narrow, projected);
        add(wide, projected);
        rectify(wide);
        hidden.clone_from(wide);
        multiply(&self.deep2, hidden, narrow);
        rectify(narrow);
        multiply(&self.pass3, wide, mean);
        multiply(&self.deep3, narrow, projected);
        add(mean, projected);
        for (vector, out) in mean.chunks_exact(DIMENSIONS).zip(out.chunks_exact_mut(DIMENSIONS)) {
            for (out, value) in out.iter_mut().zip(vector) {
                *out = tanh(*value);
            }
            let length = sum(out, |value| value * value).max(EPSILON).sqrt();
            for value in out {
                *value /= length;
            }
        }
    }
}

/// Multiplies with inputs of fourteen bits: the nearest whole numbers, and what is lost by them. Spoils `input`.
#[inline(always)]
fn multiply_finely(
    layer: &Matrix,
    kernel: Kernel,
    input: &mut [f32],
    rows: &mut Rows,
    starts: &mut Vec<usize>,
    product: &mut Vec<f32>,
    out: &mut Vec<f32>,
) {
    let (segments, columns) = (layer.segments, layer.columns());
    let width = segments * layer.depth;
    let texts = input.len() / width;
    rows.clear(2 * texts * segments, layer.depth);
    starts.clear();
    for (index, values) in input.chunks_exact_mut(width).enumerate() {
        rows.set_finely(2 * index * segments, segments, values);
        starts.extend([2 * index * segments, (2 * index + 1) * segments]);
    }
    product.resize(2 * texts * columns, 0.0);
    layer.multiply(kernel, rows, starts, product);
    out.clear();
    for pair in product.chunks_exact(2 * columns) {
        let (coarse, fine) = pair.split_at(columns);
        out.extend(coarse.iter().zip(fine).map(|(coarse, fine)| coarse + fine));
    }
}

fn root(length: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "tokens of a text")]
    let length = length as f32;
    length.sqrt()
}

fn read_matrix(file: &Directory, shape: &Shape) -> Result<Matrix, EncoderError> {
    let Shape { name, depth, segments, columns, .. } = shape;
    Ok(Matrix {
        weights: file.values(&format!("{name}.weights"), segments * depth * columns)?,
        scales: file.values(&format!("{name}.scales"), *columns)?,
        sums: file.values(&format!("{name}.sums"), segments * columns)?,
        bias: file.values(&format!("{name}.bias"), *columns)?,
        depth: *depth,
        segments: *segments,
    })
}

/// Writes a layer into the file; `values` row by row, all sources side by side.
pub fn write_matrix(file: &mut Writer, shape: &Shape, values: &[f32], bias: &[f32]) {
    debug_assert!(shape.columns % PANEL == 0 && values.len() == shape.segments * shape.depth * shape.columns);
    let (weights, scales, sums) = pack(values, shape.columns, shape.segments);
    file.add(format!("{}.weights", shape.name), &weights);
    file.add(format!("{}.scales", shape.name), &scales);
    file.add(format!("{}.sums", shape.name), &sums);
    file.add(format!("{}.bias", shape.name), bias);
}
