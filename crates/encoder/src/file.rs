//! The encoder's file: a magic word, a fingerprint, a directory of sections, a checksum of all but the table, the sections.

use std::collections::BTreeMap;
use std::ops::Range;

use bytemuck::{AnyBitPattern, NoUninit};
use xxhash_rust::xxh3::Xxh3;

use crate::error::EncoderError;

/// First bytes; the digit is the version of the layout.
const MAGIC: &[u8; 24] = b"chatwarden encoder 1\n\0\0\0";
/// Longest name of a section.
const NAME: usize = 24;
const ENTRY: usize = NAME + 16;
const CHECKSUM: usize = 16;
/// Sections begin at multiples of it: a cache line.
const ALIGNMENT: usize = 64;
/// The one section that is too large to be read as a whole at each start.
pub const TABLE: &str = "table";

/// Collects sections.
#[derive(Default)]
pub struct Writer(Vec<(String, Vec<u8>)>);

impl Writer {
    /// Adds a section, whose name has at most 24 bytes.
    pub fn add<T: NoUninit>(&mut self, name: impl Into<String>, values: &[T]) {
        self.0.push((name.into(), bytemuck::cast_slice(values).to_vec()));
    }

    /// Adds a section of bytes without copying them.
    pub fn add_bytes(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.push((name.to_owned(), bytes));
    }

    /// The file.
    pub fn finish(self, fingerprint: u64) -> Vec<u8> {
        let start = MAGIC.len() + 16 + self.0.len() * ENTRY + CHECKSUM;
        let size = self.0.iter().fold(start, |at, (_, bytes)| at.next_multiple_of(ALIGNMENT) + bytes.len());
        let mut file = Vec::with_capacity(size);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&fingerprint.to_le_bytes());
        file.extend_from_slice(&(self.0.len() as u64).to_le_bytes());
        let mut at = start;
        let mut hash = Xxh3::new();
        for (name, bytes) in &self.0 {
            at = at.next_multiple_of(ALIGNMENT);
            let mut entry = name.as_bytes().to_vec();
            entry.resize(NAME, 0);
            file.extend(entry);
            file.extend_from_slice(&(at as u64).to_le_bytes());
            file.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            at += bytes.len();
        }
        hash.update(&file);
        for (_, bytes) in self.0.iter().filter(|(name, _)| name != TABLE) {
            hash.update(bytes);
        }
        file.extend_from_slice(&hash.digest128().to_le_bytes());
        for (_, bytes) in self.0 {
            file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
            file.extend(bytes);
        }
        file
    }
}

/// Where a file's sections lie.
pub struct Directory<'a> {
    file: &'a [u8],
    /// A number that another encoder does not have.
    pub fingerprint: u64,
    sections: BTreeMap<&'a [u8], Range<usize>>,
}

impl<'a> Directory<'a> {
    /// Reads the directory and checks the checksum.
    ///
    /// # Errors
    /// [`EncoderError::Layout`] where it is none, [`EncoderError::Checksum`] where bytes were changed.
    pub fn read(file: &'a [u8]) -> Result<Self, EncoderError> {
        let damaged = || EncoderError::Layout;
        let rest = file.strip_prefix(MAGIC.as_slice()).ok_or_else(damaged)?;
        let (fingerprint, count) = (number(rest, 0).ok_or_else(damaged)?, number(rest, 8).ok_or_else(damaged)?);
        let end = usize::try_from(count).ok().and_then(|count| count.checked_mul(ENTRY)).ok_or_else(damaged)?;
        let end = end.checked_add(MAGIC.len() + 16).ok_or_else(damaged)?;
        let entries = file.get(MAGIC.len() + 16..end).ok_or_else(damaged)?;
        let mut hash = Xxh3::new();
        hash.update(file.get(..end).unwrap_or_default());
        let mut sections = BTreeMap::new();
        for entry in entries.chunks_exact(ENTRY) {
            let (name, place) = entry.split_at_checked(NAME).ok_or_else(damaged)?;
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            let range = range(place).ok_or_else(damaged)?;
            let bytes = file.get(range.clone()).ok_or_else(damaged)?;
            if name != TABLE.as_bytes() {
                hash.update(bytes);
            }
            sections.insert(name, range);
        }
        if file.get(end..end + CHECKSUM) != Some(&hash.digest128().to_le_bytes()[..]) {
            return Err(EncoderError::Checksum);
        }
        Ok(Self { file, fingerprint, sections })
    }

    /// Where a section lies; its values must be of this type.
    ///
    /// # Errors
    /// [`EncoderError::Layout`] where there is none.
    pub fn place<T: AnyBitPattern>(&self, name: &str) -> Result<Range<usize>, EncoderError> {
        let range = self.sections.get(name.as_bytes()).ok_or(EncoderError::Layout)?;
        self.file.get(range.clone()).and_then(cast::<T>).map(|_| range.clone()).ok_or(EncoderError::Layout)
    }

    /// A copy of a section's values, of which there must be so many.
    ///
    /// # Errors
    /// [`EncoderError::Layout`] where there are not.
    pub fn values<T: AnyBitPattern>(&self, name: &str, count: usize) -> Result<Vec<T>, EncoderError> {
        let place = self.place::<T>(name)?;
        let values = self.file.get(place).and_then(cast::<T>).filter(|values| values.len() == count);
        values.map(<[T]>::to_vec).ok_or(EncoderError::Layout)
    }
}

/// Bytes as values; None where they are not aligned, or their number does not fit.
pub fn cast<T: AnyBitPattern>(bytes: &[u8]) -> Option<&[T]> {
    bytemuck::try_cast_slice(bytes).ok()
}

fn range(place: &[u8]) -> Option<Range<usize>> {
    let start = usize::try_from(number(place, 0)?).ok()?;
    let length = usize::try_from(number(place, 8)?).ok()?;
    Some(start..start.checked_add(length)?)
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|value| u64::from_le_bytes(*value))
}
