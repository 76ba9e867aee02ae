//! What meanings speak for spam before anybody taught a group anything: weights over the numbers of a sentence encoder, learned from
//! labelled messages of many communities (`chatwarden train --of meaning`).
//!
//! A hint beside the text model, never against it: it adds a share of its log-odds where these are above nothing.

use xxhash_rust::xxh3::xxh3_64;

use super::head::{DIMENSIONS, HeadError, Vector, in_steps, largest, length, read_steps, steps_product};

/// First byte of what is stored: the version of its layout.
const LAYOUT: u8 = 1;
/// Steps of the largest weight.
const STEPS: f32 = 127.0;
/// Of its log-odds what counts beside the text model's: more of it takes a community for spam that it never saw (docs/detection.md).
const SHARE: f32 = 0.25;

/// From so many taps on, what the group's people said counts alone: beside it the prior finds little more, and hostile taps half as
/// much again (docs/detection.md).
pub const PRIOR_UNTIL_TAPS: usize = 10;
/// Milli-logits that it adds at most.
pub const MOST_PRIOR: i32 = 2000;

/// Weights learned from labelled messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    encoder: u64,
    weights: Box<[i8]>,
    /// What one step of a weight is worth, in logits.
    step: f32,
    bias: f32,
}

impl Prior {
    /// Of [`DIMENSIONS`] weights over directions of length 1, and a constant part; `encoder` is the fingerprint of whose vectors
    /// they are of. None for other numbers.
    #[must_use]
    pub fn new(encoder: u64, weights: &[f32], bias: f32) -> Option<Self> {
        let are_numbers = bias.is_finite() && weights.iter().all(|weight| weight.is_finite());
        let step = largest(weights) / STEPS;
        (are_numbers && weights.len() == DIMENSIONS).then(|| Self {
            encoder,
            weights: in_steps(weights, step),
            step,
            bias,
        })
    }

    /// Fingerprint of the encoder over whose vectors it was learned.
    #[must_use]
    pub fn encoder(&self) -> u64 {
        self.encoder
    }

    /// Milli-logits that a message of this meaning is nearer to spam: 0 where it is not.
    #[must_use]
    pub fn logit(&self, vector: &Vector) -> i32 {
        let steps = vector.steps();
        let sum = steps_product(&self.weights, steps);
        #[expect(clippy::cast_precision_loss, reason = "512 products of 127 steps are below 2^24")]
        let logit = self.step * sum as f32 / length(steps) + self.bias;
        #[expect(clippy::cast_possible_truncation, reason = "clamped before")]
        let logit = (SHARE * logit * 1000.0).round().clamp(0.0, 30_000.0) as i32;
        logit.min(MOST_PRIOR)
    }

    /// As it is stored, 537 bytes: layout, encoder, bias, step, a byte a weight, checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.encoder.to_le_bytes());
        bytes.extend_from_slice(&self.bias.to_le_bytes());
        bytes.extend_from_slice(&self.step.to_le_bytes());
        bytes.extend(self.weights.iter().map(|weight| weight.to_le_bytes()[0]));
        let checksum = xxh3_64(&bytes).to_le_bytes();
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// Reads what is stored.
    ///
    /// # Errors
    /// [`HeadError`] where another version wrote it or bytes are missing or changed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeadError> {
        let (all, checksum) = bytes.split_last_chunk().ok_or(HeadError::Damaged)?;
        let (layout, rest) = all.split_first().ok_or(HeadError::Damaged)?;
        if *layout != LAYOUT {
            return Err(HeadError::Layout(*layout));
        }
        if xxh3_64(all) != u64::from_le_bytes(*checksum) {
            return Err(HeadError::Damaged);
        }
        let (encoder, rest) = rest.split_first_chunk().ok_or(HeadError::Damaged)?;
        let (bias, rest) = rest.split_first_chunk().ok_or(HeadError::Damaged)?;
        let (step, weights) = rest.split_first_chunk().ok_or(HeadError::Damaged)?;
        let [bias, step] = [*bias, *step].map(f32::from_le_bytes);
        if !bias.is_finite() || !step.is_finite() || weights.len() != DIMENSIONS {
            return Err(HeadError::Damaged);
        }
        Ok(Self { encoder: u64::from_le_bytes(*encoder), weights: read_steps(weights), step, bias })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weighs the first number only.
    fn prior(bias: f32) -> Prior {
        let mut weights = [0.0; DIMENSIONS];
        weights[0] = 8.0;
        Prior::new(7, &weights, bias).unwrap()
    }

    fn vector(first: f32) -> Vector {
        let mut numbers = [0.0; DIMENSIONS];
        (numbers[0], numbers[1]) = (first, 1.0 - first.abs());
        Vector::of(&numbers).unwrap()
    }

    #[test]
    fn a_share_of_its_log_odds_counts_and_nothing_speaks_for_a_message() {
        assert_eq!(prior(0.0).logit(&vector(1.0)), 2000);
        assert_eq!(prior(-4.0).logit(&vector(1.0)), 1000);
        assert_eq!(prior(40.0).logit(&vector(1.0)), MOST_PRIOR);
        assert_eq!(prior(0.0).logit(&vector(-1.0)), 0);
        assert_eq!(prior(-9.0).logit(&vector(1.0)), 0);
    }

    #[test]
    fn what_is_stored_comes_back_as_it_was_and_whatever_was_changed_is_refused() {
        let bytes = prior(-1.5).to_bytes();
        assert_eq!(Prior::from_bytes(&bytes).unwrap(), prior(-1.5));
        assert!(bytes.len() <= 2048);
        for index in [1, 9, 100, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert_eq!(Prior::from_bytes(&changed), Err(HeadError::Damaged), "{index}");
        }
        for length in 0..20 {
            assert!(Prior::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn what_is_no_number_is_no_prior() {
        assert_eq!(Prior::new(7, &[f32::NAN; DIMENSIONS], 0.0), None);
        assert_eq!(Prior::new(7, &[0.0; 3], 0.0), None);
        assert_eq!(Prior::new(7, &[0.0; DIMENSIONS], f32::INFINITY), None);
    }
}
