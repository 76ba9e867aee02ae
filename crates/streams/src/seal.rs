//! Envelopes: texts are encrypted wherever they rest. The layout is that of `storage/sealing.py`.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use thiserror::Error;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 5;
const NONCE_BYTES: usize = 12;

/// Sealed with another key, for another place, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an envelope cannot be opened: another key, another place, or changed bytes")]
pub struct SealBroken;

/// Seals and opens bytes with one key: AES-256-GCM, the place they belong to as associated data.
///
/// Layout: version (1), key id (4), nonce (12), ciphertext with tag.
pub struct Sealer {
    cipher: Aes256Gcm,
    header: [u8; HEADER_BYTES],
}

impl Sealer {
    /// Takes a key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
        let mut header = [VERSION, 0, 0, 0, 0];
        // Names the key without telling it: the first bytes of the encryption of nothing.
        let told = Payload { msg: b"", aad: b"key id" };
        if let Ok(id) = cipher.encrypt(Nonce::from_slice(&[0; NONCE_BYTES]), told) {
            for (place, byte) in header.iter_mut().skip(1).zip(id) {
                *place = byte;
            }
        }
        Self { cipher, header }
    }

    /// Names the key without telling it.
    #[must_use]
    pub fn key_id(&self) -> String {
        let [_, id @ ..] = self.header;
        format!("{:08x}", u32::from_be_bytes(id))
    }

    /// Seals bytes for a place. `nonce` has to be random and new each time.
    ///
    /// # Errors
    /// [`SealBroken`] where the text is longer than AES-GCM takes (64 GiB).
    pub fn seal(&self, clear: &[u8], place: &str, nonce: [u8; NONCE_BYTES]) -> Result<Vec<u8>, SealBroken> {
        let aad = [self.header.as_slice(), place.as_bytes()].concat();
        let payload = Payload { msg: clear, aad: &aad };
        let sealed = self.cipher.encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| SealBroken)?;
        Ok([self.header.as_slice(), &nonce, &sealed].concat())
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealBroken`] for another key, another place, or changed bytes.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>, SealBroken> {
        let rest = sealed.strip_prefix(self.header.as_slice()).ok_or(SealBroken)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealBroken)?;
        let aad = [self.header.as_slice(), place.as_bytes()].concat();
        let payload = Payload { msg: ciphertext, aad: &aad };
        self.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| SealBroken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_at_its_place_only() {
        let sealer = Sealer::new(&[7; 32]);
        let envelope = sealer.seal(b"words", "update:7", [3; 12]).unwrap();
        assert_eq!(sealer.open(&envelope, "update:7").as_deref(), Ok(b"words".as_slice()));
        assert_eq!(sealer.open(&envelope, "update:8"), Err(SealBroken));
        assert_eq!(Sealer::new(&[8; 32]).open(&envelope, "update:7"), Err(SealBroken));
        assert_eq!(sealer.key_id(), format!("{:08x}", u32::from_be_bytes(envelope[1..5].try_into().unwrap())));
        assert_ne!(sealer.key_id(), Sealer::new(&[8; 32]).key_id());
        for (position, byte) in envelope.iter().enumerate() {
            let mut changed = envelope.clone();
            changed[position] = byte ^ 1;
            assert_eq!(sealer.open(&changed, "update:7"), Err(SealBroken));
        }
        assert_eq!(sealer.open(&envelope[..12], "update:7"), Err(SealBroken));
    }

    /// Made by `storage/sealing.py`, which opens them in `tests/unit/test_streams.py`. With an envelope's nonce sealing gives its very bytes.
    #[test]
    fn the_envelopes_that_languages_agree_on_are_made_and_opened() {
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len()).step_by(2).map(|place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap()).collect()
        };
        let text = include_str!("../../../contracts/envelopes.json");
        let envelopes: Vec<std::collections::BTreeMap<String, String>> = serde_json::from_str(text).unwrap();
        assert!(!envelopes.is_empty());
        for envelope in envelopes {
            let with_key = Sealer::new(&bytes(&envelope["key"]).try_into().unwrap());
            let (sealed, clear, place) = (bytes(&envelope["sealed"]), envelope["clear"].as_bytes(), &envelope["place"]);
            assert_eq!(with_key.open(&sealed, place).as_deref(), Ok(clear));
            let nonce = sealed[HEADER_BYTES..HEADER_BYTES + NONCE_BYTES].try_into().unwrap();
            assert_eq!(with_key.seal(clear, place, nonce), Ok(sealed));
        }
    }
}
