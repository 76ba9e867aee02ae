//! How the distributed profile lies in Redis, as Python sees it.

use chatwarden_streams::{Partition, Peeked, partition_of, peek, script};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

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
