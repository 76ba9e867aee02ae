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

/// Where a sender's record lies: its key, and its name in Redis.
#[pyfunction]
pub fn sender_record(
    python: Python<'_>,
    bot_id: i64,
    number: u8,
    chat_id: i64,
    sender_id: i64,
) -> (Bound<'_, PyBytes>, Bound<'_, PyBytes>) {
    let key = Key::Sender { bot: bot_id, chat: chat_id, sender: sender_id }.to_bytes();
    let name = Partition::new(bot_id, number).context(&key);
    (PyBytes::new(python, &key), PyBytes::new(python, &name))
}

/// The messages of a sender's stored record, the newest first: id, and seconds since 1970.
#[pyfunction]
pub fn messages_in_record(record: &[u8]) -> PyResult<Vec<(i64, i64)>> {
    let record = Record::from_bytes(record).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(messages(&record))
}

/// The same of a record as Redis holds it: members and scores.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn messages_in_members(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(i64, i64)> {
    let (stored, _) = StoredRecord::read(pairs.iter().map(|(member, score)| (member.as_slice(), score.as_slice())));
    messages(&stored.record)
}

fn messages(record: &Record) -> Vec<(i64, i64)> {
    let mut found: Vec<(i64, i64)> = Vec::new();
    for entry in record.entries().iter().rev().filter(|entry| entry.message_id > 0) {
        // An edit is another entry of the same message, which is as old as its first one.
        match found.iter_mut().find(|(message_id, _)| *message_id == entry.message_id) {
            Some((_, date)) => *date = (*date).min(entry.date),
            None => found.push((entry.message_id, entry.date)),
        }
    }
    found
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
