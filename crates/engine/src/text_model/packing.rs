//! Numbers as few bytes: seven bits a byte, the lowest first, the eighth says that more follow.

const MORE: u8 = 0x80;

/// Appends a number.
pub fn pack(mut number: u32, bytes: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return bytes.push(low & !MORE);
        }
        bytes.push(low | MORE);
    }
}

/// Reads what was packed.
pub struct Unpack<'a>(pub &'a [u8]);

impl Unpack<'_> {
    /// The next number; none where bytes are missing or it is too large.
    pub fn number(&mut self) -> Option<u32> {
        let mut number = 0u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.bytes()?;
            number |= u64::from(byte & !MORE) << shift;
            if byte & MORE == 0 {
                return u32::try_from(number).ok();
            }
        }
        None
    }

    /// The next bytes as they are.
    pub fn bytes<const COUNT: usize>(&mut self) -> Option<[u8; COUNT]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_comes_back(number: u32, small in 0u32..300) {
            let mut bytes = Vec::new();
            pack(number, &mut bytes);
            pack(small, &mut bytes);
            let mut packed = Unpack(&bytes);
            prop_assert_eq!((packed.number(), packed.number(), packed.number()), (Some(number), Some(small), None));
        }
    }
}
