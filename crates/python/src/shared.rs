//! What the groups of a workspace agree on, as Python sees it.

use std::sync::Arc;

use chatwarden_engine::text_model::TapFeatures;
use chatwarden_engine::{Sketch, Standing, Voice};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct SharedTap(pub chatwarden_engine::SharedTap);

#[pymethods]
impl SharedTap {
    #[new]
    #[pyo3(signature = (person, group, standing, *, features, sketch, picture, is_spam, weight, given_at, date))]
    #[expect(clippy::too_many_arguments, reason = "named in Python")]
    fn new(
        person: String,
        group: i64,
        standing: &str,
        features: Option<&[u8]>,
        sketch: Option<&[u8]>,
        picture: Option<u64>,
        is_spam: bool,
        weight: u16,
        given_at: i64,
        date: i64,
    ) -> PyResult<Self> {
        let standing = match standing {
            "member" => Standing::Member,
            "owner" => Standing::Owner,
            "elsewhere" => Standing::Elsewhere,
            _ => return Err(PyValueError::new_err("standing: member, owner or elsewhere")),
        };
        Ok(Self(chatwarden_engine::SharedTap {
            voice: Voice { person, group, standing },
            features: features.and_then(|features| TapFeatures::from_bytes(features).ok()),
            sketch: sketch.and_then(Sketch::from_bytes),
            picture,
            is_spam,
            weight,
            given_at,
            date,
        }))
    }
}

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Shared(pub Arc<chatwarden_engine::Shared>);

#[pymethods]
impl Shared {
    #[new]
    fn new(python: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let shared = python.detach(|| chatwarden_engine::Shared::from_bytes(bytes));
        Ok(Self(Arc::new(shared.map_err(|error| PyValueError::new_err(error.to_string()))?)))
    }

    #[getter]
    fn fingerprint(&self) -> u32 {
        self.0.fingerprint()
    }

    fn to_bytes<'py>(&self, python: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(python, &self.0.to_bytes())
    }
}
