//! What a message holds of an advert that may come in pieces: offer, lure, call, picture. Kept in traces, without words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A set of parts. Bits: 1 an offer, 2 a lure, 4 a call to write or a link, 8 something to look at or hear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parts(u8);

impl Parts {
    /// Work, winnings, goods.
    pub const OFFER: Self = Self(1);
    /// What makes it tempting.
    pub const LURE: Self = Self(2);
    /// What the reader is to do: write, or follow a link.
    pub const CALL: Self = Self(4);
    /// A picture, a voice: what carries words unseen.
    pub const MEDIA: Self = Self(8);
    /// As many bits as there are parts.
    pub const WIDTH: u32 = 4;

    /// The set of these bits.
    #[must_use]
    pub const fn of_bits(bits: u8) -> Self {
        Self(bits & ((1 << Self::WIDTH) - 1))
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// What is in one or the other.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of the other are in it.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }
}
