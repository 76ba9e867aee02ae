//! The operator's folder of lists and rules: taken in at the start, and again when a file in it changes.
//!
//! In: a folder with text files, whose names begin with a kind of list, and `rules.json`; as `src/chatwarden/lists.py` takes it. Out: engines
//! that know them. Fails never: a file that cannot be used is told in the log, and what was known of it stays in use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use chatwarden_engine::text_model::TextModel;
use chatwarden_engine::{BuildError, HostList, ListKind, Lists, RuleSet};
use chatwarden_scan::Scanner;

/// Between two looks at the folder. A changed file is read once it has stood unchanged from one look to the next.
pub const LOOK: Duration = Duration::from_secs(3);
const RULES: &str = "rules.json";
const KEPT: &str = "what was read of it before stays in use";
const TOLD_LINES: usize = 20;

/// Tells a changed file from an unchanged one.
type Stamp = (SystemTime, u64);

/// Remembers what was read, so that only changed files are read again.
#[derive(Default)]
pub struct Folder {
    path: Option<PathBuf>,
    model: Option<Arc<TextModel>>,
    seen: BTreeMap<PathBuf, Stamp>,
    read: BTreeMap<PathBuf, Stamp>,
    lists: BTreeMap<PathBuf, Arc<HostList>>,
    rules: Option<Arc<RuleSet>>,
    is_gone: bool,
}

impl Folder {
    /// A folder, where there is one, and the model for the engines; none for the one that is built in.
    pub fn new(path: Option<PathBuf>, model: Option<Arc<TextModel>>) -> Self {
        Self { path, model, ..Self::default() }
    }

    /// An engine that knows everything as it is now.
    ///
    /// # Errors
    /// [`BuildError`]: a defect of the release.
    pub fn load(&mut self) -> Result<Scanner, BuildError> {
        self.seen = self.stamps();
        self.refresh(&self.seen.clone());
        self.scanner()
    }

    /// An engine that knows what has changed, and has stood unchanged since the last look; none where nothing has.
    ///
    /// # Errors
    /// [`BuildError`]: a defect of the release.
    pub fn look(&mut self) -> Result<Option<Scanner>, BuildError> {
        let stamps = self.stamps();
        let settled = stamps.iter().filter_map(|(path, stamp)| {
            let stamp = if self.seen.get(path) == Some(stamp) { Some(stamp) } else { self.read.get(path) };
            Some((path.clone(), *stamp?))
        });
        let settled = settled.collect();
        self.seen = stamps;
        if self.refresh(&settled) { self.scanner().map(Some) } else { Ok(None) }
    }

    fn scanner(&self) -> Result<Scanner, BuildError> {
        let mut scanner = Scanner::new()?;
        if let Some(model) = &self.model {
            scanner.set_model(Arc::clone(model));
        }
        scanner.set_lists(Arc::new(Lists::new(self.lists.values().map(Arc::clone).collect())));
        if let Some(rules) = &self.rules {
            scanner.set_rules(Arc::clone(rules));
        }
        Ok(scanner)
    }

    fn stamps(&mut self) -> BTreeMap<PathBuf, Stamp> {
        let Some(path) = &self.path else { return BTreeMap::new() };
        match stamps(path) {
            Ok(stamps) => {
                self.is_gone = false;
                stamps
            }
            Err(error) => {
                if !self.is_gone {
                    tracing::error!(folder = %path.display(), %error, "no lists");
                }
                self.is_gone = true;
                self.seen.clone()
            }
        }
    }

    /// Reads what is new. Whether anything is other than before.
    fn refresh(&mut self, stamps: &BTreeMap<PathBuf, Stamp>) -> bool {
        let mut changed = false;
        let gone: Vec<PathBuf> = self.read.keys().filter(|path| !stamps.contains_key(*path)).cloned().collect();
        for path in gone {
            self.read.remove(&path);
            changed |= self.lists.remove(&path).is_some();
            if is_rules(&path) {
                changed |= self.rules.take().is_some();
            }
            tracing::info!(file = name(&path), "list taken out");
        }
        for (path, stamp) in stamps {
            if self.read.get(path) == Some(stamp) {
                continue;
            }
            self.read.insert(path.clone(), *stamp);
            if is_rules(path) {
                if let Some(rules) = read_rules(path) {
                    self.rules = Some(rules);
                    changed = true;
                }
            } else if let Some(list) = read_list(path) {
                self.lists.insert(path.clone(), list);
                changed = true;
            }
        }
        changed
    }
}

fn stamps(folder: &Path) -> io::Result<BTreeMap<PathBuf, Stamp>> {
    let mut stamps = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") || is_rules(&path) {
            let facts = fs::metadata(&path)?;
            stamps.insert(path, (facts.modified()?, facts.len()));
        }
    }
    Ok(stamps)
}

fn is_rules(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == RULES)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_rules(path: &Path) -> Option<Arc<RuleSet>> {
    let rules = fs::read(path).map_err(|error| error.to_string());
    match rules.and_then(|rules| RuleSet::read(&rules).map_err(|error| error.to_string())) {
        Ok(rules) => {
            tracing::info!(file = RULES, "rules read");
            Some(Arc::new(rules))
        }
        Err(reason) => {
            tracing::error!(file = RULES, reason, "rules not taken in; {KEPT}");
            None
        }
    }
}

fn read_list(path: &Path) -> Option<Arc<HostList>> {
    let file = name(path);
    let Some((kind, _)) = ListKind::ALL.into_iter().find(|(_, kind)| file.starts_with(kind)) else {
        let kinds: Vec<&str> = ListKind::ALL.into_iter().map(|(_, name)| name).collect();
        tracing::warn!(file, "not read: a list's name begins with one of {}", kinds.join(", "));
        return None;
    };
    let text = fs::read(path).inspect_err(|error| tracing::error!(file, %error, "list not read; {KEPT}")).ok()?;
    let list = HostList::read(kind, &text);
    let lines: Vec<String> =
        list.faults.iter().take(TOLD_LINES).map(|fault| format!("{}: {}", fault.line, fault.what)).collect();
    if list.is_broken() {
        let faulty = list.faulty_lines;
        tracing::error!(file, faulty, ?lines, "list not taken in: more lines are faulty than good; {KEPT}");
        return None;
    }
    if !lines.is_empty() {
        tracing::warn!(file, faulty = list.faulty_lines, ?lines, "lines of a list passed over");
    }
    tracing::info!(file, entries = list.len(), "list read");
    Some(Arc::new(list))
}
