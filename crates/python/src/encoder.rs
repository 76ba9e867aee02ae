//! The sentence encoder, as Python sees it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chatwarden_encoder::{DIMENSIONS, EncoderError, Kernel, Workspace};
use chatwarden_engine::text_model::{HeadError, Vector, VectorTap};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyBytes;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Encoder {
    encoder: chatwarden_encoder::Encoder,
    workspace: Mutex<(Workspace, Vec<f32>)>,
}

impl Encoder {
    pub fn inner(&self) -> &chatwarden_encoder::Encoder {
        &self.encoder
    }
}

#[pymethods]
impl Encoder {
    #[new]
    #[pyo3(signature = (file, *, kernel = None))]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn new(python: Python<'_>, file: PathBuf, kernel: Option<&str>) -> PyResult<Self> {
        let kernel = match kernel {
            None => Kernel::fastest(),
            Some("portable") => Kernel::Portable,
            Some("avx2") => Kernel::Avx2,
            Some("avx-vnni") => Kernel::AvxVnni,
            Some("avx512-vnni") => Kernel::Avx512Vnni,
            Some(other) => return Err(PyValueError::new_err(format!("no kernel: {other}"))),
        };
        let encoder = python.detach(|| chatwarden_encoder::Encoder::open(&file)).map_err(failed)?;
        Ok(Self { encoder: encoder.with_kernel(kernel), workspace: Mutex::default() })
    }

    #[classattr]
    #[pyo3(name = "DIMENSIONS")]
    fn dimensions() -> usize {
        DIMENSIONS
    }

    #[getter]
    fn fingerprint(&self) -> u64 {
        self.encoder.fingerprint()
    }

    #[getter]
    fn kernel(&self) -> &'static str {
        match self.encoder.kernel() {
            Kernel::Portable => "portable",
            Kernel::Avx2 => "avx2",
            Kernel::AvxVnni => "avx-vnni",
            Kernel::Avx512Vnni => "avx512-vnni",
        }
    }

    fn tokens(&self, text: &str) -> Vec<u32> {
        self.encoder.tokens(text)
    }

    /// What a head compares; none where the text means nothing to the encoder.
    fn vector<'py>(&self, python: Python<'py>, text: &str) -> Option<Bound<'py, PyBytes>> {
        let vector = python.detach(|| {
            let mut workspace = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
            let (workspace, numbers) = &mut *workspace;
            self.encoder.encode(&[text], workspace, numbers);
            Vector::of(numbers)
        });
        vector.map(|vector| PyBytes::new(python, &vector.to_bytes()))
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn encode<'py>(&self, python: Python<'py>, texts: Vec<PyBackedStr>) -> Bound<'py, PyBytes> {
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        let bytes = python.detach(|| {
            let mut workspace = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
            let (workspace, vectors) = &mut *workspace;
            self.encoder.encode(&texts, workspace, vectors);
            vectors.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()
        });
        PyBytes::new(python, &bytes)
    }
}

/// What taps teach about meaning.
#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Head(chatwarden_engine::text_model::Head);

#[pymethods]
impl Head {
    #[new]
    fn new(bytes: &[u8]) -> PyResult<Self> {
        chatwarden_engine::text_model::Head::from_bytes(bytes).map(Self).map_err(damaged)
    }

    #[getter]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn logit(&self, vector: &[u8]) -> PyResult<i32> {
        Ok(self.0.logit(&Vector::from_bytes(vector).map_err(damaged)?))
    }
}

#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
pub fn learn_head(python: Python<'_>, taps: Vec<(PyBackedBytes, bool, u16, i64)>) -> PyResult<Bound<'_, PyBytes>> {
    let taps = taps.iter().map(|(vector, is_spam, weight, given_at)| {
        let vector = Vector::from_bytes(vector)?;
        Ok(VectorTap { vector, is_spam: *is_spam, weight: *weight, given_at: *given_at })
    });
    let taps = taps.collect::<Result<Vec<_>, HeadError>>().map_err(damaged)?;
    let head = python.detach(|| chatwarden_engine::text_model::Head::learn(&taps).to_bytes());
    Ok(PyBytes::new(python, &head))
}

fn damaged(error: HeadError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

#[pyfunction]
pub fn compile_encoder<'py>(python: Python<'py>, weights: &[u8], vocabulary: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let file = python.detach(|| chatwarden_encoder::compile(weights, vocabulary)).map_err(failed)?;
    Ok(PyBytes::new(python, &file))
}

fn failed(error: EncoderError) -> PyErr {
    match error {
        EncoderError::Unreadable(error) => PyOSError::new_err(error.to_string()),
        error => PyValueError::new_err(error.to_string()),
    }
}
