//! How a text is written before it is cut into pieces: characters replaced by table, one `▁` for each run of spaces and one before all.

use crate::trie::Trie;

const SPACE: &[u8] = "▁".as_bytes();

/// The table: a trie whose values are positions among replacements, each of which ends in a zero byte.
#[derive(Debug, Clone, Copy)]
pub struct Normaliser<'a> {
    /// Over what is replaced.
    pub replaced: Trie<'a>,
    /// By what.
    pub replacements: &'a [u8],
}

impl Normaliser<'_> {
    /// Writes the text anew into `normal`. Of a text with nothing to say nothing is left.
    pub fn normalise(self, text: &str, normal: &mut Vec<u8>) {
        normal.clear();
        let mut rest = text.as_bytes();
        while let Some((b" ", length)) = self.next(rest) {
            rest = rest.get(length..).unwrap_or_default();
        }
        if rest.is_empty() {
            return;
        }
        normal.extend_from_slice(SPACE);
        let mut is_after_space = true;
        while let Some((mut written, length)) = self.next(rest) {
            rest = rest.get(length..).unwrap_or_default();
            while let (true, Some(after)) = (is_after_space, written.strip_prefix(b" ".as_slice())) {
                written = after;
            }
            for byte in written {
                match byte {
                    b' ' => normal.extend_from_slice(SPACE),
                    byte => normal.push(*byte),
                }
            }
            is_after_space = written.last().map_or(is_after_space, |last| *last == b' ');
        }
        while let Some(before) = normal.strip_suffix(SPACE) {
            normal.truncate(before.len());
        }
    }

    /// What the text begins with as it is to be written, and how many bytes of the text that is; None at its end.
    fn next<'b>(&'b self, text: &'b [u8]) -> Option<(&'b [u8], usize)> {
        let first = *text.first()?;
        let replaced = self.replaced.prefixes(text).last();
        let replacement = replaced.and_then(|(length, at)| {
            let from = self.replacements.get(at as usize..).filter(|from| !from.is_empty())?;
            Some((from.split(|byte| *byte == 0).next()?, length))
        });
        let length = match first {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        replacement.or_else(|| text.get(..length).map(|character| (character, length)))
    }
}
