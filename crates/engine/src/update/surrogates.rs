//! Mends orphan surrogates in JSON escapes.
//!
//! Telegram's texts can hold half of a UTF-16 pair (`\ud83d` alone), which is no Unicode and which `serde_json`
//! refuses. Each orphan becomes U+FFFD: one UTF-16 unit for one, so that entity offsets stay right.

use std::borrow::Cow;

use memchr::memmem;

const ESCAPE: usize = "\\ud83d".len();

/// The same bytes, with every orphan surrogate escape replaced by `\ufffd`.
#[must_use]
pub fn mend(raw: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(raw, b"\\ud").is_none() && memmem::find(raw, b"\\uD").is_none() {
        return Cow::Borrowed(raw);
    }
    let orphans = orphans(raw);
    if orphans.is_empty() {
        return Cow::Borrowed(raw);
    }
    let mut mended = raw.to_vec();
    for start in orphans {
        if let Some(escape) = mended.get_mut(start..start + ESCAPE) {
            escape.copy_from_slice(b"\\ufffd");
        }
    }
    Cow::Owned(mended)
}

fn orphans(raw: &[u8]) -> Vec<usize> {
    let mut orphans = Vec::new();
    let mut position = 0;
    while let Some(found) = raw.get(position..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let start = position + found;
        position = match unit(raw, start) {
            Some(0xD800..=0xDBFF) => {
                if matches!(unit(raw, start + ESCAPE), Some(0xDC00..=0xDFFF)) {
                    start + 2 * ESCAPE
                } else {
                    orphans.push(start);
                    start + ESCAPE
                }
            }
            Some(0xDC00..=0xDFFF) => {
                orphans.push(start);
                start + ESCAPE
            }
            Some(_) => start + ESCAPE,
            None => start + 2,
        };
    }
    orphans
}

/// The UTF-16 unit of a `\uXXXX` escape that starts here.
fn unit(raw: &[u8], start: usize) -> Option<u16> {
    let digits = raw.get(start..start + ESCAPE)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0u16, |unit, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some((unit << 4) | u16::try_from(value).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(raw: &str) -> String {
        String::from_utf8(mend(raw.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn orphans_are_replaced_and_pairs_stay() {
        assert_eq!(mended(r#""a\ud83db""#), r#""a\ufffdb""#);
        assert_eq!(mended(r#""\uDE00x\ud83d""#), r#""\ufffdx\ufffd""#);
        assert_eq!(mended(r#""\ud83d\ud83d\ude00""#), r#""\ufffd\ud83d\ude00""#);
        assert_eq!(mended(r#""\ud83d\ude00 \ud7ff""#), r#""\ud83d\ude00 \ud7ff""#);
    }

    #[test]
    fn an_escaped_backslash_starts_no_escape() {
        assert_eq!(mended(r#""\\ud800 \\\ud800""#), r#""\\ud800 \\\ufffd""#);
    }

    #[test]
    fn a_truncated_escape_is_left_alone() {
        assert_eq!(mended(r#""\ud8"#), r#""\ud8"#);
    }
}
