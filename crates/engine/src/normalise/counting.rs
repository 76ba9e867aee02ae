//! Counts over whole texts, many bytes in a step.

/// Bytes of a text that count at once: the number fits a byte, so that processors count sixteen or more of them in a step.
const AT_ONCE: usize = 128;

/// How many bytes of a text are so.
#[must_use]
pub fn count(text: &str, is_wanted: impl Fn(u8) -> bool) -> u32 {
    let parts = text.as_bytes().chunks(AT_ONCE);
    parts.map(|part| u32::from(part.iter().map(|byte| u8::from(is_wanted(*byte))).sum::<u8>())).sum()
}

/// Characters of a text: each has one byte that does not continue another.
#[must_use]
pub fn count_characters(text: &str) -> u32 {
    count(text, |byte| byte & 0b1100_0000 != 0b1000_0000)
}

/// Characters that are not ASCII.
pub fn foreign(text: &str) -> impl Iterator<Item = char> {
    let foreign = if text.is_ascii() { "" } else { text };
    foreign.chars().filter(|character| !character.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_a_text_all_of_it_is_counted() {
        for length in [0, 1, 127, 128, 129, 255, 256, 4096] {
            let text = "aя🙂!".chars().cycle().take(length).collect::<String>();
            let number = u32::try_from(length).unwrap();
            assert_eq!(count_characters(&text), number);
            assert_eq!(count(&text, |byte| byte == b'a'), number.div_ceil(4));
            assert!(foreign(&text).eq(text.chars().filter(|character| !character.is_ascii())));
        }
    }
}
