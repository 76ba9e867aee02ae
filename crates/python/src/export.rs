//! Exports of Telegram Desktop, cut as they are read, as Python sees it.

use std::sync::{Mutex, PoisonError};

use chatwarden_scan::ExportPart;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct ExportSplitter(Mutex<chatwarden_scan::ExportSplitter>);

#[pymethods]
impl ExportSplitter {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    fn feed<'py>(&self, python: Python<'py>, piece: &[u8]) -> Vec<(bool, Bound<'py, PyBytes>)> {
        let parts = python.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).feed(piece));
        let parts = parts.into_iter().map(|part| match part {
            ExportPart::Chat(fields) => (true, PyBytes::new(python, &fields)),
            ExportPart::Message(raw) => (false, PyBytes::new(python, &raw)),
        });
        parts.collect()
    }

    fn end<'py>(&self, python: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let cut = self.0.lock().unwrap_or_else(PoisonError::into_inner).end();
        cut.map(|cut| PyBytes::new(python, &cut))
    }
}
