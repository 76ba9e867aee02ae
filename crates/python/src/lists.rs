//! Lists of hosts and names, as Python hands them over.

use std::sync::Arc;

use chatwarden_engine::ListKind;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct HostList(pub Arc<chatwarden_engine::HostList>);

#[pymethods]
impl HostList {
    #[new]
    fn new(python: Python<'_>, kind: &str, text: &[u8]) -> PyResult<Self> {
        let found = ListKind::ALL.into_iter().find(|(_, name)| *name == kind);
        let (kind, _) = found.ok_or_else(|| PyValueError::new_err(format!("no kind of list: {kind}")))?;
        Ok(Self(Arc::new(python.detach(|| chatwarden_engine::HostList::read(kind, text)))))
    }

    #[classattr]
    #[pyo3(name = "KINDS")]
    fn kinds() -> Vec<&'static str> {
        ListKind::ALL.into_iter().map(|(_, name)| name).collect()
    }

    #[getter]
    fn faults(&self) -> Vec<(usize, &'static str)> {
        self.0.faults.iter().map(|fault| (fault.line, fault.what)).collect()
    }

    #[getter]
    fn faulty_lines(&self) -> usize {
        self.0.faulty_lines
    }

    #[getter]
    fn is_broken(&self) -> bool {
        self.0.is_broken()
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}
