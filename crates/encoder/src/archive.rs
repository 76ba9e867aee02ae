//! Reads the arrays of an `.npz` file: a ZIP archive of `NumPy` arrays, version 1 of their format.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

use flate2::read::DeflateDecoder;

use crate::error::EncoderError;

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const STORED: usize = 0;
const DEFLATED: usize = 8;
/// More than any array of the package has: what claims more is not unpacked.
const MOST_BYTES: usize = 16 << 20;

/// An archive's arrays by name.
pub struct Archive<'a> {
    bytes: &'a [u8],
    entries: BTreeMap<&'a str, Entry>,
}

struct Entry {
    method: usize,
    packed: usize,
    size: usize,
    local: usize,
}

impl<'a> Archive<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// [`EncoderError::Weights`] where it is none.
    pub fn read(bytes: &'a [u8]) -> Result<Self, EncoderError> {
        let entries = directory(bytes).ok_or(EncoderError::Weights("no ZIP archive"))?;
        Ok(Self { bytes, entries })
    }

    /// An array of numbers of 32 bits, which must have this shape.
    ///
    /// # Errors
    /// [`EncoderError::Weights`] where it is missing or another one.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        let bytes = self.array(name, "<f4", shape, 4)?;
        let values: Vec<f32> =
            bytes.chunks_exact(4).filter_map(<[u8]>::first_chunk).copied().map(f32::from_le_bytes).collect();
        let is_finite = values.iter().all(|value| value.is_finite());
        is_finite.then_some(values).ok_or(EncoderError::Weights("a number is not finite"))
    }

    /// An array of bytes, which must have this shape.
    ///
    /// # Errors
    /// [`EncoderError::Weights`] where it is missing or another one.
    pub fn bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<u8>, EncoderError> {
        self.array(name, "|u1", shape, 1)
    }

    fn array(&self, name: &str, kind: &str, shape: &[usize], width: usize) -> Result<Vec<u8>, EncoderError> {
        let mut bytes = self.unpack(name)?;
        let header = header(&bytes).ok_or(EncoderError::Weights("no NumPy array of version 1"))?;
        let text = bytes.get(header.clone()).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        let sizes: Vec<_> = shape.iter().map(usize::to_string).collect();
        let last = if shape.len() == 1 { "," } else { "" };
        let shape_text = format!("'shape': ({}{last})", sizes.join(", "));
        let is_wanted = text.contains(&format!("'descr': '{kind}'"))
            && text.contains("'fortran_order': False")
            && text.contains(&shape_text);
        if !is_wanted || bytes.len() - header.end != shape.iter().product::<usize>() * width {
            return Err(EncoderError::Weights("an array has another shape or type"));
        }
        bytes.drain(..header.end);
        Ok(bytes)
    }

    fn unpack(&self, name: &str) -> Result<Vec<u8>, EncoderError> {
        let entry = self.entries.get(name).ok_or(EncoderError::Weights("an array is missing"))?;
        let packed = packed(self.bytes, entry).ok_or(EncoderError::Weights("an array is cut off"))?;
        if entry.size > MOST_BYTES {
            return Err(EncoderError::Weights("an array is too large"));
        }
        let mut bytes = Vec::with_capacity(entry.size);
        let read = match entry.method {
            STORED => Read::take(packed, entry.size as u64 + 1).read_to_end(&mut bytes),
            DEFLATED => DeflateDecoder::new(packed).take(entry.size as u64 + 1).read_to_end(&mut bytes),
            _ => return Err(EncoderError::Weights("an array is packed in an unknown way")),
        };
        let is_whole = read.is_ok_and(|size| size == entry.size);
        is_whole.then_some(bytes).ok_or(EncoderError::Weights("an array cannot be unpacked"))
    }
}

fn directory(bytes: &[u8]) -> Option<BTreeMap<&str, Entry>> {
    let end = bytes.windows(END.len()).rposition(|window| window == END)?;
    let count = short(bytes, end + 10)?;
    let mut at = long(bytes, end + 16)?;
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        if bytes.get(at..at.checked_add(4)?)? != ENTRY {
            return None;
        }
        let lengths = [short(bytes, at + 28)?, short(bytes, at + 30)?, short(bytes, at + 32)?];
        let name = std::str::from_utf8(bytes.get(at + 46..at + 46 + lengths[0])?).ok()?;
        let entry = Entry {
            method: short(bytes, at + 10)?,
            packed: long(bytes, at + 20)?,
            size: long(bytes, at + 24)?,
            local: long(bytes, at + 42)?,
        };
        entries.insert(name.strip_suffix(".npy")?, entry);
        at += 46 + lengths.iter().sum::<usize>();
    }
    Some(entries)
}

fn packed<'a>(bytes: &'a [u8], entry: &Entry) -> Option<&'a [u8]> {
    let local = bytes.get(entry.local..)?;
    if !local.starts_with(LOCAL) {
        return None;
    }
    let start = 30 + short(local, 26)? + short(local, 28)?;
    local.get(start..start.checked_add(entry.packed)?)
}

/// Where an array's header stands: after magic, version and its own length.
fn header(bytes: &[u8]) -> Option<Range<usize>> {
    let rest = bytes.strip_prefix(b"\x93NUMPY\x01\x00")?;
    let end = 10 + short(rest, 0)?;
    (end <= bytes.len()).then_some(10..end)
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|value| u16::from_le_bytes(*value).into())
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_archive_is_said_to_be_none() {
        for bytes in [&b""[..], b"PK", b"PK\x05\x06", b"PK\x05\x06\0\0\0\0\0\0\x01\0\0\0\0\0\xff\xff\xff\x7f\0\0"] {
            assert!(matches!(Archive::read(bytes), Err(EncoderError::Weights("no ZIP archive"))), "{bytes:?}");
        }
    }
}
