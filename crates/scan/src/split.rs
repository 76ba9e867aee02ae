//! The raw updates of a `getUpdates` answer, each left as Telegram sent it.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

/// Not an answer of `getUpdates`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not an answer of getUpdates: expected a JSON object with \"ok\": true and an array \"result\" (column {column})"
)]
pub struct NotAnAnswer {
    /// Where reading stopped, from 1; 0 where the shape was right but `ok` was not.
    pub column: usize,
}

#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
}

/// The updates of an answer, in its order, as slices of it.
///
/// # Errors
/// [`NotAnAnswer`] where the body is none.
pub fn split_updates(body: &[u8]) -> Result<Vec<&[u8]>, NotAnAnswer> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|error| NotAnAnswer { column: error.column() })?;
    if !answer.ok {
        return Err(NotAnAnswer { column: 0 });
    }
    Ok(answer.result.into_iter().map(|update| update.get().as_bytes()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_split_byte_by_byte() {
        let body = br#"{"ok":true,"result":[{"update_id":1, "x":"\ud83d"},{"update_id":2}]}"#;
        let updates = split_updates(body).unwrap();
        assert_eq!(updates, [&br#"{"update_id":1, "x":"\ud83d"}"#[..], br#"{"update_id":2}"#]);
    }

    #[test]
    fn anything_else_is_refused() {
        for body in [&b""[..], b"[]", br#"{"ok":false,"result":[]}"#, br#"{"ok":true}"#, br#"{"ok":true,"result":{}}"#]
        {
            assert!(split_updates(body).is_err());
        }
    }
}
