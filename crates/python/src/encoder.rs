//! The sentence encoder, as Python sees it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chatwarden_encoder::{DIMENSIONS, EncoderError, Kernel, MOST_CHARACTERS, Workspace};
use chatwarden_engine::text_model::{HeadError, PRIOR_UNTIL_TAPS, Vector, VectorTap};
use chatwarden_engine::{Campaign, JudgedMeaning, Standing, Voice};
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

    #[classattr]
    #[pyo3(name = "MOST_CHARACTERS")]
    fn most_characters() -> usize {
        MOST_CHARACTERS
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

/// What meanings speak for spam before any tap.
#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Prior(chatwarden_engine::text_model::Prior);

#[pymethods]
impl Prior {
    #[new]
    fn new(bytes: &[u8]) -> PyResult<Self> {
        chatwarden_engine::text_model::Prior::from_bytes(bytes).map(Self).map_err(damaged)
    }

    #[classattr]
    #[pyo3(name = "UNTIL_TAPS")]
    fn until_taps() -> usize {
        PRIOR_UNTIL_TAPS
    }

    #[getter]
    fn encoder(&self) -> u64 {
        self.0.encoder()
    }

    fn logit(&self, vector: &[u8]) -> PyResult<i32> {
        Ok(self.0.logit(&Vector::from_bytes(vector).map_err(damaged)?))
    }
}

/// What people judged, to be compared with by meaning.
#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Campaigns(chatwarden_engine::Campaigns);

#[pymethods]
impl Campaigns {
    #[new]
    #[pyo3(signature = (judged, *, shared))]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn new(judged: Vec<(PyBackedBytes, bool, i64, String, i64, bool)>, shared: bool) -> PyResult<Self> {
        let judged = judged.iter().map(|(vector, is_spam, date, person, group, is_owner)| {
            let standing = if *is_owner { Standing::Owner } else { Standing::Member };
            let voice = Voice { person: person.clone(), group: *group, standing };
            Ok(JudgedMeaning { vector: Vector::from_bytes(vector)?, is_spam: *is_spam, date: *date, voice })
        });
        let judged = judged.collect::<Result<Vec<_>, HeadError>>().map_err(damaged)?;
        let of =
            if shared { chatwarden_engine::Campaigns::of_workspace } else { chatwarden_engine::Campaigns::of_group };
        Ok(Self(of(judged)))
    }

    /// How alike the nearest spam is, in thousandths, how many days old, and whether others said so.
    #[pyo3(signature = (vector, *, now, shared = None))]
    fn nearest(
        &self,
        python: Python<'_>,
        vector: &[u8],
        now: i64,
        shared: Option<&Self>,
    ) -> PyResult<Option<(u16, u32, bool)>> {
        let vector = Vector::from_bytes(vector).map_err(damaged)?;
        let known = python.detach(|| {
            let others = || shared.map(|shared| shared.0.nearest(now, &vector)).unwrap_or_default();
            self.0.nearest(now, &vector).known_spam(others)
        });
        Ok(known.map(|known| {
            let Campaign { alike, days, shared } = Campaign::of(known);
            (alike, days, shared)
        }))
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
