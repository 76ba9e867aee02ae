//! A file mapped into memory: what is never looked at is never read, and processes share what is.
#![expect(unsafe_code, reason = "mapping a file is")]

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, aligned to a page.
#[derive(Debug)]
pub struct Map(Mmap);

impl Map {
    /// Maps a file.
    ///
    /// # Errors
    /// The system's, where it cannot.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: nobody writes into the file while it is mapped: it is made under another name, then renamed, and replaced only
        // by another file of that name (`src/chatwarden/encoder.py`), which leaves this one's bytes in place.
        Ok(Self(unsafe { Mmap::map(&file) }?))
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
