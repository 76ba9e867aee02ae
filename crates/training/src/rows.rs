//! Labelled messages.

use std::collections::HashSet;

use chatwarden_engine::text_model::TapFeatures;
use serde::Deserialize;
use thiserror::Error;

/// A labelled message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What was written.
    pub text: String,
    /// Whether people called it spam.
    pub is_spam: bool,
    /// Index of its source.
    pub source: usize,
}

/// Labelled messages of several sources.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// Names of the sources: those of their files.
    pub sources: Vec<String>,
    /// All messages, source by source.
    pub rows: Vec<Row>,
    /// Messages of which only features are known, as people's feedback keeps them.
    pub taps: Vec<TapRow>,
}

/// A labelled message without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapRow {
    /// What it was like.
    pub features: TapFeatures,
    /// Whether people called it spam.
    pub is_spam: bool,
    /// Index of its source.
    pub source: usize,
}

/// A line that is no labelled message.
#[derive(Debug, Error)]
#[error("{source_name}, line {line}: {error}")]
pub struct RowError {
    /// Of the file.
    pub source_name: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, without a word of the message.
    pub error: String,
}

#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    /// In hexadecimal digits.
    features: Option<String>,
    label: Label,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Label {
    Spam,
    Ham,
}

impl Corpus {
    /// Takes in a file of JSON Lines: `{"text", "label": "spam" | "ham"}`, or `features` where the text is not known; other
    /// members ignored. Equal lines count once.
    ///
    /// # Errors
    /// [`RowError`] for the first line that is none.
    pub fn add(&mut self, source: &str, lines: &[u8]) -> Result<(), RowError> {
        let index = self.sources.len();
        self.sources.push(source.to_owned());
        let mut seen = HashSet::new();
        for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let refuse = |error| RowError { source_name: source.to_owned(), line: number + 1, error };
            let failed =
                |error: serde_json::Error| refuse(format!("{:?} error at column {}", error.classify(), error.column()));
            let Line { text, features, label } = serde_json::from_slice(line).map_err(failed)?;
            let is_spam = matches!(label, Label::Spam);
            match (text, features) {
                (Some(text), _) => {
                    if seen.insert((text.clone(), is_spam)) {
                        self.rows.push(Row { text, is_spam, source: index });
                    }
                }
                (None, Some(features)) => {
                    let bytes = unhex(&features).ok_or_else(|| refuse("features are no hexadecimal digits".into()))?;
                    let features = TapFeatures::from_bytes(&bytes).map_err(|error| refuse(error.to_string()))?;
                    let tap = TapRow { features, is_spam, source: index };
                    if !self.taps.contains(&tap) {
                        self.taps.push(tap);
                    }
                }
                (None, None) => return Err(refuse("neither text nor features".into())),
            }
        }
        Ok(())
    }
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2)).collect()
}
