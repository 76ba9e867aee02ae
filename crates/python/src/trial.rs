//! Trying rules before they count, as Python sees it.

use std::sync::{Mutex, PoisonError};

use chatwarden_engine::RuleSet;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::PolicyError;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct RuleTrial(pub Mutex<chatwarden_scan::RuleTrial>);

#[pymethods]
impl RuleTrial {
    #[new]
    fn new(python: Python<'_>, rules: &[u8]) -> PyResult<Self> {
        let rules = python.detach(|| RuleSet::read(rules));
        let rules = rules.map_err(|error| PolicyError::new_err(error.to_string()))?;
        Ok(Self(Mutex::new(chatwarden_scan::RuleTrial::new(rules))))
    }

    #[getter]
    fn size(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size()
    }

    fn report<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let report = self.0.lock().unwrap_or_else(PoisonError::into_inner).report();
        report.map(|report| PyBytes::new(python, &report)).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }
}
