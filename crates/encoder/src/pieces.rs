//! Reads the package's `sp.model`: pieces with their scores, and the table that characters are replaced by.
//!
//! A Protocol Buffers message of an older `SentencePiece`: field 1 are pieces (1 the text, 2 the score), field 3 is the normaliser
//! (2 its table: the size of a trie, the trie, replacements that end in a zero byte).

use crate::error::EncoderError;

/// What `sp.model` holds.
pub struct Vocabulary<'a> {
    /// Text and score of each piece; its position is its number.
    pub pieces: Vec<(&'a [u8], f32)>,
    /// Units of the trie over what is replaced; values are positions in `replacements`.
    pub replaced: Vec<u32>,
    /// Each ends in a zero byte.
    pub replacements: &'a [u8],
}

/// Reads the message.
///
/// # Errors
/// [`EncoderError::Pieces`] where it is none, or has no table.
pub fn read(bytes: &[u8]) -> Result<Vocabulary<'_>, EncoderError> {
    let damaged = EncoderError::Pieces("no SentencePiece model");
    let (mut pieces, mut table) = (Vec::new(), None);
    for field in Fields(bytes) {
        match field.ok_or(EncoderError::Pieces("no SentencePiece model"))? {
            (1, piece) => pieces.extend(read_piece(piece)),
            (3, normaliser) => table = find(normaliser, 2),
            _ => {}
        }
    }
    let table = table.ok_or(EncoderError::Pieces("they have no table of characters"))?;
    let (size, rest) = table.split_first_chunk::<4>().ok_or(damaged)?;
    let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
    let (trie, replacements) =
        rest.split_at_checked(size).ok_or(EncoderError::Pieces("their table of characters is cut off"))?;
    let replaced = trie.chunks_exact(4).filter_map(<[u8]>::first_chunk).copied().map(u32::from_le_bytes).collect();
    Ok(Vocabulary { pieces, replaced, replacements })
}

fn read_piece(message: &[u8]) -> Option<(&[u8], f32)> {
    let score = find(message, 2).and_then(|score| score.first_chunk()).map_or(0.0, |score| f32::from_le_bytes(*score));
    find(message, 1).map(|text| (text, score))
}

fn find(message: &[u8], number: u64) -> Option<&[u8]> {
    Fields(message).map_while(|field| field).find(|(found, _)| *found == number).map(|(_, value)| value)
}

/// Fields of a message: number and value, which of a varint is left out. None once where it is damaged.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, &'a [u8])> {
        let tag = self.varint()?;
        let length = match tag & 7 {
            0 => {
                self.varint()?;
                0
            }
            1 => 8,
            2 => usize::try_from(self.varint()?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (value, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some((tag >> 3, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_and_table_are_read() {
        let piece = [&[10, 2][..], b"ab", &[21], &1.5f32.to_le_bytes()].concat();
        let table = [&4u32.to_le_bytes()[..], &7u32.to_le_bytes(), b"x\0"].concat();
        let normaliser = [&[18, u8::try_from(table.len()).unwrap()][..], &table].concat();
        let mut message = vec![10, u8::try_from(piece.len()).unwrap()];
        message.extend(&piece);
        message.extend([16, 3, 26, u8::try_from(normaliser.len()).unwrap()]);
        message.extend(&normaliser);
        let read = read(&message).unwrap();
        assert_eq!(read.pieces, [(&b"ab"[..], 1.5)]);
        assert_eq!((read.replaced.as_slice(), read.replacements), (&[7][..], &b"x\0"[..]));
        assert!(super::read(&message[..message.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
