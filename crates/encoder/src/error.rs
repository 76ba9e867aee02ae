//! What can be wrong with an encoder's files.

use thiserror::Error;

/// An encoder that cannot be used, or not be made.
#[derive(Debug, Error)]
pub enum EncoderError {
    /// Reading or mapping failed.
    #[error("the encoder's file cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Not an encoder, or one of another layout.
    #[error("no encoder of this version's layout")]
    Layout,
    /// Bytes were changed or are missing.
    #[error("the encoder is damaged: its checksum does not match")]
    Checksum,
    /// The package's weights.
    #[error("the package's weights cannot be used: {0}")]
    Weights(&'static str),
    /// The package's pieces.
    #[error("the package's pieces cannot be used: {0}")]
    Pieces(&'static str),
}
