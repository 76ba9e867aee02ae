//! The encoder as others use it: a mapped file, texts in, vectors out.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::error::EncoderError;
use crate::file::{Directory, TABLE, cast};
use crate::map::Map;
use crate::matrix::Kernel;
use crate::network::{DIMENSIONS, Memory, Network};
use crate::normaliser::Normaliser;
use crate::tokeniser::{Lattice, Tokeniser};
use crate::trie::Trie;

/// Tokens that go through the network together: weights are read once for all of them, and what lies between still fits beside
/// the weights in a core's cache. A longer text goes alone.
const TOGETHER: usize = 96;

/// A sentence encoder, ready to work. Threads share it; each has its own [`Workspace`].
pub struct Encoder {
    file: Map,
    network: Network,
    places: Places,
    least: f32,
    fingerprint: u64,
    kernel: Kernel,
}

struct Places {
    replaced: Range<usize>,
    replacements: Range<usize>,
    pieces: Range<usize>,
    scores: Range<usize>,
    table: Range<usize>,
}

/// Memory to work in. After the largest batch was seen, no more is asked for.
#[derive(Debug, Default)]
pub struct Workspace {
    lattice: Lattice,
    tokens: Vec<u32>,
    lengths: Vec<usize>,
    memory: Memory,
}

impl Encoder {
    /// Maps a file that [`crate::compile`] made.
    ///
    /// # Errors
    /// [`EncoderError`] says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, EncoderError> {
        let file = Map::open(path)?;
        let directory = Directory::read(&file)?;
        let network = Network::read(&directory)?;
        let places = Places {
            replaced: directory.place::<u32>("replaced")?,
            replacements: directory.place::<u8>("replacements")?,
            pieces: directory.place::<u32>("pieces")?,
            scores: directory.place::<f32>("scores")?,
            table: directory.place::<u8>(TABLE)?,
        };
        let fingerprint = directory.fingerprint;
        let scores: &[f32] = file.get(places.scores.clone()).and_then(cast).unwrap_or_default();
        let least = scores.iter().copied().fold(0.0, f32::min);
        if scores.is_empty() || places.table.len() < scores.len() * DIMENSIONS {
            return Err(EncoderError::Layout);
        }
        Ok(Self { network, places, least, fingerprint, kernel: Kernel::fastest(), file })
    }

    /// The same with another kernel: the same vectors, for a test or a measurement. Stays as it is where the machine does not run that.
    #[must_use]
    pub fn with_kernel(self, kernel: Kernel) -> Self {
        let kernel = if kernel.is_there() { kernel } else { self.kernel };
        Self { kernel, ..self }
    }

    /// What multiplies.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// A number that another encoder does not have: of the package's files.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Numbers of a text's pieces.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        self.tokeniser().tokenise(text, &mut Lattice::default(), &mut tokens);
        tokens
    }

    /// Vectors of these texts, of length 1, into `vectors`: 512 numbers each, one after the other. What a text gets does not depend on
    /// the others.
    pub fn encode(&self, texts: &[&str], workspace: &mut Workspace, vectors: &mut Vec<f32>) {
        vectors.clear();
        vectors.resize(texts.len() * DIMENSIONS, 0.0);
        let tokeniser = self.tokeniser();
        let Workspace { lattice, tokens, lengths, memory } = workspace;
        tokens.clear();
        lengths.clear();
        let mut rest = vectors.as_mut_slice();
        for text in texts {
            let before = tokens.len();
            tokeniser.tokenise(text, lattice, tokens);
            if tokens.len() > TOGETHER && !lengths.is_empty() {
                let (out, later) = rest.split_at_mut(lengths.len() * DIMENSIONS);
                rest = later;
                self.run(tokens.get(..before).unwrap_or_default(), lengths, memory, out);
                tokens.drain(..before);
                lengths.clear();
                lengths.push(tokens.len());
            } else {
                lengths.push(tokens.len() - before);
            }
        }
        if !lengths.is_empty() {
            self.run(tokens, lengths, memory, rest);
        }
    }

    fn run(&self, tokens: &[u32], lengths: &[usize], memory: &mut Memory, out: &mut [f32]) {
        let table = self.file.get(self.places.table.clone()).unwrap_or_default();
        let row = |token: u32| {
            let at = token as usize * DIMENSIONS;
            table.get(at..at + DIMENSIONS).unwrap_or(&[0; DIMENSIONS])
        };
        self.network.encode(self.kernel, tokens, lengths, row, memory, out);
    }

    fn tokeniser(&self) -> Tokeniser<'_> {
        Tokeniser {
            normaliser: Normaliser {
                replaced: Trie::new(self.section(&self.places.replaced)),
                replacements: self.section(&self.places.replacements),
            },
            pieces: Trie::new(self.section(&self.places.pieces)),
            scores: self.section(&self.places.scores),
            least: self.least,
        }
    }

    fn section<T: bytemuck::AnyBitPattern>(&self, place: &Range<usize>) -> &[T] {
        self.file.get(place.clone()).and_then(cast).unwrap_or_default()
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fingerprint, kernel, .. } = self;
        formatter
            .debug_struct("Encoder")
            .field("fingerprint", fingerprint)
            .field("kernel", kernel)
            .finish_non_exhaustive()
    }
}
