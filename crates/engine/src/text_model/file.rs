//! The model file: a magic word, a header in JSON, the weights, a checksum.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::delta::{Delta, held, thousandths};
use super::features::BUCKETS;
use super::pieces::{ModelText, Part};
use super::structure::STRUCTURE;

/// First bytes of a model file; the digit is the version of layout and features.
const MAGIC: &[u8] = b"chatwarden text model 1\n";
const CHECKSUM: usize = 16;
/// Milli-logits taken off each time the parts double: of many, one looks bad by chance.
const PER_DOUBLING: i32 = 200;

/// What is told of a model beside its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// What it was trained from.
    pub sources: Vec<SourceCount>,
    /// Milli-logits, calibrated, from which a text counts as spam: chosen on sources the judging model had not seen.
    pub threshold: i32,
    /// Slope and shift from the raw sum to a calibrated logit.
    pub calibration: (f64, f64),
    /// What one step of a weight is worth.
    pub scale: f64,
    /// Constant part of the sum.
    pub bias: f64,
    /// Weights of the structure features.
    pub structure: [f32; STRUCTURE],
}

/// Rows of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceCount {
    /// The source's name.
    pub name: String,
    /// Rows of spam.
    pub spam: usize,
    /// Rows of ham.
    pub ham: usize,
}

/// A model file that cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Not a model, or one of another layout.
    #[error("no text model of this version's layout")]
    Layout,
    /// Bytes were changed or are missing.
    #[error("the text model is damaged: its checksum does not match")]
    Checksum,
    /// The header.
    #[error("the text model's header cannot be read: {0}")]
    Header(#[from] serde_json::Error),
    /// A number in the header that is none.
    #[error("the text model's {0} is not a number to reckon with")]
    Number(&'static str),
}

/// The most suspicious part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strongest {
    /// Its calibrated milli-logits.
    pub logit: i32,
    /// How many of them the group's taps brought.
    pub learned: i32,
    /// Its place among the text's parts.
    pub part: usize,
}

/// What a text model says of the words of a message, whatever a policy makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WordingScore {
    /// Milli-logits above the model's shipped threshold.
    pub above: i32,
    /// How many of them the group's taps brought.
    pub learned: i32,
    /// Whether the words hide: of mixed letters, full of invisible characters, or spaced out.
    pub is_hidden: bool,
}

/// A model that is ready to judge.
#[derive(Debug, Clone, PartialEq)]
pub struct TextModel {
    card: ModelCard,
    weights: Box<[i8]>,
    fingerprint: u32,
}

impl TextModel {
    /// Puts a model together.
    ///
    /// # Errors
    /// [`ModelError::Layout`] where there is not one weight a bucket, [`ModelError::Number`] for what is not finite.
    pub fn new(card: ModelCard, weights: Vec<i8>) -> Result<Self, ModelError> {
        let finite = |name, is_finite: bool| is_finite.then_some(()).ok_or(ModelError::Number(name));
        finite("calibration", card.calibration.0.is_finite() && card.calibration.1.is_finite())?;
        finite("scale", card.scale.is_finite())?;
        finite("bias", card.bias.is_finite())?;
        finite("structure", card.structure.iter().all(|weight| weight.is_finite()))?;
        if weights.len() != BUCKETS {
            return Err(ModelError::Layout);
        }
        let mut model = Self { card, weights: weights.into_boxed_slice(), fingerprint: 0 };
        model.fingerprint = u32::try_from(xxh3_64(&model.to_bytes()?) >> 32).unwrap_or(0);
        Ok(model)
    }

    /// The model that is built in.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with it: a defect of the release.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::read(include_bytes!("../../models/text.model"))
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ModelError::Layout)?;
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(ModelError::Layout)?;
        if xxh3_128(content).to_le_bytes() != *checksum {
            return Err(ModelError::Checksum);
        }
        let (size, rest) = rest.split_first_chunk::<4>().ok_or(ModelError::Layout)?;
        let size = usize::try_from(u32::from_le_bytes(*size)).map_err(|_| ModelError::Layout)?;
        let (header, rest) = rest.split_at_checked(size).ok_or(ModelError::Layout)?;
        let (weights, _) = rest.split_last_chunk::<CHECKSUM>().ok_or(ModelError::Layout)?;
        let weights = weights.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
        Self::new(serde_json::from_slice(header)?, weights)
    }

    /// The model as a file's bytes.
    ///
    /// # Errors
    /// Never for a model that was put together; the serialiser's error all the same.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let header = serde_json::to_vec(&self.card)?;
        let size = u32::try_from(header.len()).map_err(|_| ModelError::Layout)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        let checksum = xxh3_128(&bytes).to_le_bytes();
        bytes.extend_from_slice(&checksum);
        Ok(bytes)
    }

    /// The same weights under another calibration and threshold.
    ///
    /// # Errors
    /// [`ModelError::Number`] for what is not finite.
    pub fn tuned(self, calibration: (f64, f64), threshold: i32) -> Result<Self, ModelError> {
        Self::new(ModelCard { threshold, calibration, ..self.card }, self.weights.into_vec())
    }

    /// A number that another model does not have, written into verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// What is told of it.
    #[must_use]
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The weight of a bucket, in steps of the card's scale.
    #[must_use]
    pub fn weight(&self, bucket: u32) -> i32 {
        self.weights.get(bucket as usize).copied().map_or(0, i32::from)
    }

    /// Calibrated milli-logits of a part.
    #[must_use]
    pub fn logit(&self, text: &ModelText, part: &Part) -> i32 {
        self.logit_of(text.buckets(part), part.structure.values())
    }

    /// Calibrated milli-logits of buckets and structure features.
    pub(super) fn logit_of(&self, buckets: &[u32], structure: [f32; STRUCTURE]) -> i32 {
        let sum: i32 = buckets.iter().map(|bucket| self.weight(*bucket)).sum();
        let length = f64::from(u32::try_from(buckets.len().max(1)).unwrap_or(u32::MAX)).sqrt();
        let structure: f64 = self
            .card
            .structure
            .iter()
            .zip(structure)
            .map(|(weight, value)| f64::from(*weight) * f64::from(value))
            .sum();
        let raw = self.card.scale * f64::from(sum) / length + structure + self.card.bias;
        let (slope, shift) = self.card.calibration;
        milli(slope * raw + shift)
    }

    /// The most suspicious part, with what a group's taps taught laid over: of its words, and milli-logits that a [`super::Head`]
    /// says of the whole text's meaning. None where every part is silent.
    #[must_use]
    pub fn strongest(&self, text: &ModelText, delta: Option<&Delta>, meaning: i32) -> Option<Strongest> {
        let chance = i32::try_from(text.parts().len().max(1).ilog2()).unwrap_or(0) * PER_DOUBLING;
        let parts = text.parts().iter().enumerate().filter(|(_, part)| !part.is_silent());
        let logits = parts.map(|(index, part)| {
            let words = delta.map_or(0.0, |delta| delta.logit(text.buckets(part)));
            let learned = held(words + thousandths(meaning));
            Strongest { logit: self.logit(text, part) - chance + learned, learned, part: index }
        });
        logits.reduce(|best, other| if other.logit > best.logit { other } else { best })
    }
}

/// Rounded to whole thousandths, within what a score can hold.
#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn milli(logit: f64) -> i32 {
    (logit * 1000.0).round().clamp(-30_000.0, 30_000.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_model::testing::{card, read};

    /// A model that knows one word as spam.
    fn model_against(word: &str) -> TextModel {
        let text = read(word);
        let mut weights = vec![0; BUCKETS];
        for bucket in text.buckets(&text.parts()[0]) {
            weights[*bucket as usize] = 100;
        }
        TextModel::new(card(), weights).unwrap()
    }

    #[test]
    fn a_model_comes_back_from_its_file_as_it_was() {
        let model = model_against("casino");
        assert_eq!(TextModel::read(&model.to_bytes().unwrap()).unwrap(), model);
    }

    #[test]
    fn a_damaged_file_is_refused_and_says_why() {
        let bytes = model_against("casino").to_bytes().unwrap();
        let mut changed = bytes.clone();
        changed[1000] ^= 1;
        assert!(matches!(TextModel::read(&changed), Err(ModelError::Checksum)));
        assert!(matches!(TextModel::read(&bytes[..bytes.len() - 1]), Err(ModelError::Checksum)));
        assert!(matches!(TextModel::read(b"something else"), Err(ModelError::Layout)));
        let broken = ModelCard { bias: f64::NAN, ..card() };
        assert!(matches!(TextModel::new(broken, vec![0; BUCKETS]), Err(ModelError::Number("bias"))));
    }

    #[test]
    fn an_advert_between_harmless_lines_is_the_strongest_part() {
        let model = model_against("casino bonus for everybody today");
        let padded = "We met in the garden yesterday evening.\nCasino bonus for everybody today\nThe roses need water twice a week.";
        let text = read(padded);
        let strongest = model.strongest(&text, None, 0).unwrap();
        assert_eq!(text.parts()[strongest.part].range.as_ref().map(|(field, _)| *field), Some(0));
        assert!(strongest.part == 2 && strongest.logit > model.logit(&text, &text.parts()[0]) + 500);
    }

    #[test]
    fn what_a_text_means_moves_it_within_the_bounds_of_all_taps() {
        let model = model_against("casino");
        let text = read("casino");
        let logit = |meaning| model.strongest(&text, None, meaning).unwrap();
        let moved = |meaning| logit(meaning).logit - logit(0).logit;
        assert_eq!(logit(1500).learned, moved(1500));
        assert!(moved(1500) > 1000 && moved(-1500) < -1000);
        assert!(moved(30_000) < 4000 && moved(-30_000) > -4000);
    }

    #[test]
    fn bare_links_and_bare_numbers_are_silent() {
        let model = model_against("casino");
        assert_eq!(model.strongest(&read("https://t.me/some_name"), None, 0), None);
        assert_eq!(model.strongest(&read("12 345 67, 89!"), None, 0), None);
        assert!(model.strongest(&read("call 12 345 67"), None, 0).is_some());
        assert!(model.strongest(&read("🔥🔥🔥"), None, 0).is_some());
        assert_eq!(model.strongest(&read(""), None, 0), None);
        assert!(model.strongest(&read("casino"), None, 0).is_some());
    }
}
