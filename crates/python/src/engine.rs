//! The engine of one process: settings of chats and the context in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use chatwarden_context::{Key, Memory, Record};
use chatwarden_engine::text_model::{Delta, Tap, TapFeatures, TextModel};
use chatwarden_engine::{ChatSettings, Facts, KnownPicture, KnownPictures, Lists, RuleSet, Sketch};
use chatwarden_scan::{Feedback, Scanner, Sources, records};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::PolicyError;
use crate::item::Item;
use crate::lists::HostList;
use crate::shared::{Shared, SharedTap};
use crate::trial::RuleTrial;

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Engine {
    /// Written only where rules or lists for all groups change: a batch is judged by one state of them.
    scanner: RwLock<Scanner>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    default_settings: ChatSettings,
    settings: HashMap<(i64, i64), ChatSettings>,
    /// What feedback taught each chat; its settings share it.
    taught: HashMap<(i64, i64), Taught>,
    memory: Memory,
}

/// What feedback taught a chat, and the groups of its workspace.
#[derive(Default)]
struct Taught {
    learned: Option<Arc<Delta>>,
    shared: Option<Arc<chatwarden_engine::Shared>>,
    pictures: Arc<KnownPictures>,
}

impl Taught {
    fn tell(&self, settings: &mut ChatSettings) {
        // Weights of its own that are none still stand in place of the shared ones: they were contradicted.
        settings.learned = self.learned.clone().filter(|learned| self.shared.is_some() || !learned.is_empty());
        settings.shared.clone_from(&self.shared);
        settings.pictures = Arc::clone(&self.pictures);
    }
}

#[pyclass(frozen, module = "chatwarden._engine")]
pub struct Batch {
    items: Vec<Py<Item>>,
    /// What the batch adds to records.
    added: Vec<(Key, Record)>,
    /// The same records whole, as they are to be stored.
    changes: Vec<(Vec<u8>, Vec<u8>)>,
    forgotten: Vec<Key>,
    newest: Option<i64>,
}

#[pymethods]
impl Engine {
    #[new]
    fn new() -> PyResult<Self> {
        let scanner = Scanner::new().map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok(Self { scanner: RwLock::new(scanner), state: RwLock::default() })
    }

    fn fresh(&self) -> Self {
        Self {
            scanner: RwLock::new(self.scanner.read().unwrap_or_else(PoisonError::into_inner).clone()),
            state: RwLock::default(),
        }
    }

    fn set_chat(&self, python: Python<'_>, bot_id: i64, chat_id: i64, settings: &[u8]) -> PyResult<()> {
        let mut settings =
            python.detach(|| ChatSettings::read(settings)).map_err(|error| PolicyError::new_err(error.to_string()))?;
        self.write(|state| {
            if let Some(taught) = state.taught.get(&(bot_id, chat_id)) {
                taught.tell(&mut settings);
            }
            state.settings.insert((bot_id, chat_id), settings);
        });
        Ok(())
    }

    #[pyo3(signature = (bot_id, chat_id, delta, shared=None))]
    fn set_learned(
        &self,
        python: Python<'_>,
        bot_id: i64,
        chat_id: i64,
        delta: Option<&[u8]>,
        shared: Option<&Shared>,
    ) -> PyResult<()> {
        let delta = python.detach(|| delta.map(Delta::from_bytes).transpose());
        let delta = delta.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let learned = delta.map(Arc::new);
        let shared = shared.map(|shared| Arc::clone(&shared.0)).filter(|shared| !shared.is_empty());
        self.write(|state| {
            let taught = state.taught.entry((bot_id, chat_id)).or_default();
            (taught.learned, taught.shared) = (learned, shared);
            if let Some(settings) = state.settings.get_mut(&(bot_id, chat_id)) {
                taught.tell(settings);
            }
        });
        Ok(())
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn set_pictures(&self, bot_id: i64, chat_id: i64, pictures: Vec<(u64, i64, bool)>) {
        let picture =
            |(hash, date, is_spam): &(u64, i64, bool)| KnownPicture { date: *date, hash: *hash, is_spam: *is_spam };
        let pictures = Arc::new(KnownPictures::new(pictures.iter().map(picture)));
        self.write(|state| {
            let taught = state.taught.entry((bot_id, chat_id)).or_default();
            taught.pictures = pictures;
            if let Some(settings) = state.settings.get_mut(&(bot_id, chat_id)) {
                taught.tell(settings);
            }
        });
    }

    #[pyo3(signature = (taps, shared=None))]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn learn<'py>(
        &self,
        python: Python<'py>,
        taps: Vec<(PyBackedBytes, bool, u16, i64)>,
        shared: Option<&Shared>,
    ) -> Bound<'py, PyBytes> {
        let tap = |(features, is_spam, weight, given_at): &(PyBackedBytes, bool, u16, i64)| {
            let features = TapFeatures::from_bytes(features).ok()?;
            Some(Tap { features, is_spam: *is_spam, weight: *weight, given_at: *given_at })
        };
        let learned = python.detach(|| {
            let taps: Vec<Tap> = taps.iter().filter_map(tap).collect();
            let shared = shared.map(|shared| &*shared.0);
            self.scanner.read().unwrap_or_else(PoisonError::into_inner).learn(shared, &taps).to_bytes()
        });
        PyBytes::new(python, &learned)
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn share(&self, python: Python<'_>, taps: Vec<PyRef<'_, SharedTap>>) -> Shared {
        let taps: Vec<_> = taps.iter().map(|tap| tap.0.clone()).collect();
        let scanner = || self.scanner.read().unwrap_or_else(PoisonError::into_inner);
        Shared(Arc::new(python.detach(|| scanner().share(&taps))))
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn take_feedback(&self, bot_id: i64, chat_id: i64, feedback: Vec<(i64, i64, PyBackedBytes, bool, bool)>) -> Batch {
        let read = |(id, date, sketch, is_spam, is_taken_back): &(i64, i64, PyBackedBytes, bool, bool)| {
            let sketch = Sketch::from_bytes(sketch)?;
            Some(Feedback { id: *id, date: *date, sketch, is_spam: *is_spam, is_taken_back: *is_taken_back })
        };
        let feedback: Vec<Feedback> = feedback.iter().filter_map(read).collect();
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Batch::new(records(bot_id, chat_id, &feedback), None, &state.memory)
    }

    fn set_rules(&self, python: Python<'_>, rules: &[u8]) -> PyResult<()> {
        let rules = python.detach(|| RuleSet::read(rules));
        let rules = Arc::new(rules.map_err(|error| PolicyError::new_err(error.to_string()))?);
        python.detach(|| self.scanner.write().unwrap_or_else(PoisonError::into_inner).set_rules(rules));
        Ok(())
    }

    fn set_model(&self, python: Python<'_>, model: &[u8]) -> PyResult<()> {
        let model = python.detach(|| TextModel::read(model));
        let model = Arc::new(model.map_err(|error| PyValueError::new_err(error.to_string()))?);
        python.detach(|| self.scanner.write().unwrap_or_else(PoisonError::into_inner).set_model(model));
        Ok(())
    }

    #[getter]
    fn model(&self) -> u32 {
        self.scanner.read().unwrap_or_else(PoisonError::into_inner).model()
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn set_lists(&self, python: Python<'_>, lists: Vec<PyRef<'_, HostList>>) {
        let lists: Vec<_> = lists.iter().map(|list| Arc::clone(&list.0)).collect();
        python.detach(|| {
            let lists = Arc::new(Lists::new(lists));
            self.scanner.write().unwrap_or_else(PoisonError::into_inner).set_lists(lists);
        });
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn try_rules(
        &self,
        python: Python<'_>,
        trial: &RuleTrial,
        bot_id: i64,
        updates: Vec<PyBackedBytes>,
        rows: Vec<(String, bool)>,
    ) {
        python.detach(|| {
            let sources = Sources::new(updates.iter().map(|update| &**update));
            let scanner = self.scanner.read().unwrap_or_else(PoisonError::into_inner);
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let mut trial = trial.0.lock().unwrap_or_else(PoisonError::into_inner);
            scanner.try_rules(&mut trial, &scanner.prepare(bot_id, &sources), &rows, |key| state.memory.get(key));
        });
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn load_context(&self, python: Python<'_>, records: Vec<(PyBackedBytes, PyBackedBytes)>) -> usize {
        let is_unreadable = |memory: &mut Memory, key: &[u8], record: &[u8]| memory.load(key, record).is_err();
        python.detach(|| {
            self.write(|state| {
                records.iter().filter(|(key, record)| is_unreadable(&mut state.memory, key, record)).count()
            })
        })
    }

    #[pyo3(signature = (bot_id, updates, round=1, facts=None))]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]
    fn judge_batch(
        &self,
        python: Python<'_>,
        bot_id: i64,
        updates: Vec<PyBackedBytes>,
        round: u8,
        facts: Option<Vec<Option<PyBackedBytes>>>,
    ) -> PyResult<Batch> {
        let facts = read_facts(&facts.unwrap_or_default(), updates.len())?;
        let (items, batch) = python.detach(|| {
            let sources = Sources::new(updates.iter().map(|update| &**update)).with_facts(facts);
            let scanner = self.scanner.read().unwrap_or_else(PoisonError::into_inner);
            let prepared = scanner.prepare(bot_id, &sources);
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let settings = |chat_id| state.settings.get(&(bot_id, chat_id)).unwrap_or(&state.default_settings);
            let outcome = scanner.judge(prepared, round, settings, |key| state.memory.get(key));
            (outcome.items, Batch::new(outcome.changes, outcome.newest, &state.memory))
        });
        let items = items.into_iter().map(|item| Py::new(python, Item(item))).collect::<PyResult<_>>()?;
        Ok(Batch { items, ..batch })
    }

    fn commit(&self, python: Python<'_>, batch: &Batch) {
        python.detach(|| {
            self.write(|state| {
                batch.added.iter().for_each(|(key, record)| state.memory.merge(*key, record));
                if let Some(newest) = batch.newest {
                    state.memory.forget(newest);
                }
            });
        });
    }

    fn forget_record(&self, key: &[u8]) -> PyResult<()> {
        let key = Key::from_bytes(key).ok_or_else(|| PyValueError::new_err("no key of the context"))?;
        self.write(|state| state.memory.remove(&key));
        Ok(())
    }

    fn context_size(&self) -> usize {
        self.state.read().unwrap_or_else(PoisonError::into_inner).memory.len()
    }
}

fn read_facts(facts: &[Option<PyBackedBytes>], updates: usize) -> PyResult<Vec<Option<Facts>>> {
    if !facts.is_empty() && facts.len() != updates {
        return Err(PyValueError::new_err("facts: one for each update, or none at all"));
    }
    let read = |json: &PyBackedBytes| Facts::read(json).map_err(|error| PyValueError::new_err(error.to_string()));
    facts.iter().map(|json| json.as_ref().map(read).transpose()).collect()
}

impl Engine {
    fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Batch {
    /// A batch's context beside what is known; its items come later, because they need the GIL.
    fn new(added: BTreeMap<Key, Record>, newest: Option<i64>, memory: &Memory) -> Self {
        let is_outdated = |key: &Key| newest.is_some_and(|newest| key.is_outdated(newest));
        let added: Vec<(Key, Record)> = added.into_iter().filter(|(key, _)| !is_outdated(key)).collect();
        let whole = |(key, record): &(Key, Record)| (key.to_bytes(), memory.merged(key, record).to_bytes());
        let changes = added.iter().map(whole).collect();
        let forgotten = newest.into_iter().flat_map(|newest| memory.outdated(newest)).collect();
        Self { items: Vec::new(), added, changes, forgotten, newest }
    }
}

#[pymethods]
impl Batch {
    #[getter]
    fn items(&self, python: Python<'_>) -> Vec<Py<Item>> {
        self.items.iter().map(|item| item.clone_ref(python)).collect()
    }

    #[getter]
    fn changes<'py>(&self, python: Python<'py>) -> Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let bytes = |bytes: &[u8]| PyBytes::new(python, bytes);
        self.changes.iter().map(|(key, record)| (bytes(key), bytes(record))).collect()
    }
    #[getter]
    fn forgotten<'py>(&self, python: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.forgotten.iter().map(|key| PyBytes::new(python, &key.to_bytes())).collect()
    }
}
