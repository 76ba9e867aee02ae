//! One update of a batch, as Python sees it.

use chatwarden_engine::{MessageVerdict, SenderKind, SenderVerdict};
use chatwarden_scan as scan;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Item(pub scan::Item);

#[pymethods]
impl Item {
    #[getter]
    fn status(&self) -> &'static str {
        self.0.status.name()
    }

    #[getter]
    fn update_id(&self) -> Option<i64> {
        self.0.update_id
    }

    #[getter]
    fn kind(&self) -> Option<&str> {
        self.0.kind.as_deref()
    }

    #[getter]
    fn chat_id(&self) -> Option<i64> {
        self.0.summary.chat_id
    }

    #[getter]
    fn message_id(&self) -> Option<i64> {
        self.0.summary.message_id
    }

    #[getter]
    fn sender_kind(&self) -> Option<&'static str> {
        self.0.summary.sender.map(|sender| match sender.kind {
            SenderKind::User => "user",
            SenderKind::Channel => "channel",
        })
    }

    #[getter]
    fn sender_id(&self) -> Option<i64> {
        self.0.summary.sender.map(|sender| sender.id)
    }

    #[getter]
    fn date(&self) -> Option<i64> {
        self.0.summary.date
    }

    #[getter]
    fn sent(&self) -> Option<i64> {
        self.0.summary.sent
    }

    #[getter]
    fn media_group_id(&self) -> Option<&str> {
        self.0.summary.media_group_id.as_deref()
    }

    #[getter]
    fn flagged(&self) -> bool {
        self.0.flagged.is_some()
    }

    #[getter]
    fn is_mass_join(&self) -> bool {
        self.0.is_mass_join
    }

    #[getter]
    fn is_interaction(&self) -> bool {
        self.0.is_interaction
    }

    #[getter]
    fn message(&self) -> Option<&'static str> {
        self.0.message.map(MessageVerdict::name)
    }

    #[getter]
    fn sender(&self) -> Option<&'static str> {
        self.0.sender.map(SenderVerdict::name)
    }

    #[getter]
    fn score(&self) -> Option<i32> {
        self.0.score
    }

    #[getter]
    fn state(&self) -> Option<&'static str> {
        self.0.state.map(scan::State::name)
    }

    #[getter]
    fn actions(&self) -> Vec<(&str, &'static str, Option<i64>, Option<i64>)> {
        let actions = self.0.actions.iter();
        actions.map(|one| (one.id.as_str(), one.kind.name(), one.message_id, one.until_date)).collect()
    }

    #[getter]
    fn trusted_bin(&self) -> Option<i32> {
        self.0.trusted_bin
    }

    #[getter]
    fn picture(&self) -> Option<String> {
        self.0.picture.map(|hash| format!("{hash:016x}"))
    }

    #[getter]
    fn wants(&self) -> Vec<&'static str> {
        self.0.wants.iter().map(|want| want.name()).collect()
    }

    #[getter]
    fn verdict<'py>(&self, python: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.verdict.as_deref().map(|verdict| PyBytes::new(python, verdict))
    }

    #[getter]
    fn texts<'py>(&self, python: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.flagged.as_ref().map(|flagged| PyBytes::new(python, &flagged.texts))
    }

    #[getter]
    fn sender_name(&self) -> Option<&str> {
        self.0.flagged.as_ref().and_then(|flagged| flagged.sender_name.as_deref())
    }

    #[getter]
    fn chat_title(&self) -> Option<&str> {
        self.0.chat_title.as_deref()
    }

    #[getter]
    fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// Ids only: what an item holds beside them may be personal.
    fn __repr__(&self) -> String {
        let id = self.0.update_id.map_or_else(|| "None".to_owned(), |id| id.to_string());
        format!("<Item {} update_id={id}>", self.status())
    }
}
