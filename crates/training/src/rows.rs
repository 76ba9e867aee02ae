//! Labelled messages.

use std::collections::HashSet;

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
    text: String,
    label: Label,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Label {
    Spam,
    Ham,
}

impl Corpus {
    /// Takes in a file of JSON Lines: `{"text", "label": "spam" | "ham"}`, other members ignored. Equal lines count once.
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
            let failed = |error: serde_json::Error| RowError {
                source_name: source.to_owned(),
                line: number + 1,
                error: format!("{:?} error at column {}", error.classify(), error.column()),
            };
            let Line { text, label } = serde_json::from_slice(line).map_err(failed)?;
            let is_spam = matches!(label, Label::Spam);
            if seen.insert((text.clone(), is_spam)) {
                self.rows.push(Row { text, is_spam, source: index });
            }
        }
        Ok(())
    }
}
