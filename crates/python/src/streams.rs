//! How the distributed profile lies in Redis, as Python sees it.

use chatwarden_context::{Key, Record, StoredRecord};
use chatwarden_streams::{Partition, Peeked, partition_of, peek, script};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

#[pyfunction]
#[pyo3(signature = (chat_id=None))]
pub fn partition(chat_id: Option<i64>) -> u8 {
    partition_of(chat_id)
}

#[pyfunction]
pub fn partition_tag(bot_id: i64, number: u8) -> String {
    Partition::new(bot_id, number).tag().to_owned()
}

#[pyfunction]
pub fn peek_update(raw: &[u8]) -> (Option<i64>, Option<String>, Option<i64>) {
    let Peeked { update_id, kind, chat } = peek(raw);
    (update_id, kind, chat)
}

#[pyfunction]
pub fn redis_script(name: &str) -> PyResult<String> {
    script(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))
}

#[pyfunction]
pub fn context_prefixes(python: Python<'_>, bot_id: i64, chat_id: i64) -> Vec<Bound<'_, PyBytes>> {
    Key::prefixes(bot_id, chat_id).map(|prefix| PyBytes::new(python, &prefix)).collect()
}

#[pyfunction]
pub fn context_commands<'py>(
    python: Python<'py>,
    bot_id: i64,
    number: u8,
    key: &[u8],
    record: &[u8],
    now: i64,
) -> PyResult<Vec<Vec<Bound<'py, PyBytes>>>> {
    let found =
        Key::from_bytes(key).ok_or_else(|| PyValueError::new_err("a context record has a key of no known kind"))?;
    let record = Record::from_bytes(record).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let name = Partition::new(bot_id, number).context(key);
    let commands = StoredRecord::default().merging(&name, found, &record, now);
    let bytes = |part: Vec<u8>| PyBytes::new(python, &part);
    Ok(commands.into_iter().map(|parts| parts.into_iter().map(bytes).collect()).collect())
}
