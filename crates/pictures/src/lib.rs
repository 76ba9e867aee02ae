//! Looks at one picture: how it looks, as 64 bits, and where its QR codes lead.
//!
//! In: the bytes of a file that a stranger made. Out: a [`Picture`]. Fails with [`Unusable`]; what a file costs is bounded before
//! it is decoded, and a decoder that trips over a damaged file takes nobody with it.

mod codes;
mod hash;
mod open;

use std::panic::catch_unwind;

use thiserror::Error;

pub use open::{MOST_BYTES, MOST_PIXELS};

/// What a picture tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pictures that look alike have hashes that differ in few bits: the same one scaled or compressed anew in about 6 of 64 at most,
    /// others in about 32.
    pub hash: u64,
    /// What its QR codes hold, where that may be an address: without spaces, each once.
    pub links: Vec<String>,
}

/// Why a picture was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unusable {
    /// More bytes or pixels than are looked at.
    #[error("larger than {MOST_BYTES} bytes or {MOST_PIXELS} pixels")]
    TooLarge,
    /// Neither JPEG, PNG, WebP nor GIF.
    #[error("neither JPEG, PNG, WebP nor GIF")]
    UnknownFormat,
    /// It does not decode.
    #[error("damaged")]
    Damaged,
}

/// Looks at a picture; of an animation, at its first frame.
///
/// # Errors
/// [`Unusable`] where it is too large, of another format, or damaged.
pub fn look(bytes: &[u8]) -> Result<Picture, Unusable> {
    let looked = catch_unwind(|| {
        let picture = open::open(bytes)?;
        Ok(Picture { hash: hash::hash(&picture), links: codes::links(picture) })
    });
    looked.unwrap_or(Err(Unusable::Damaged))
}
