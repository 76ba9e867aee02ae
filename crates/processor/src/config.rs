//! Settings from the environment, checked at the start.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chatwarden_engine::Mode;
use chatwarden_engine::text_model::{ModelError, TextModel};
use thiserror::Error;

use crate::address::Address;

const CLAIM_AFTER: Duration = Duration::from_secs(3);
const HEALTH: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8090);

/// The present master key, then the former one: itself, or its file.
const MASTER_KEYS: [(&str, &str); 2] = [
    ("CHATWARDEN_MASTER_KEY_BASE64", "CHATWARDEN_MASTER_KEY_FILE"),
    ("CHATWARDEN_FORMER_MASTER_KEY_BASE64", "CHATWARDEN_FORMER_MASTER_KEY_FILE"),
];

/// A setting that is missing or says nothing.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Set to something else.
    #[error("{name}: {what}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong, and what it has to be.
        what: String,
    },
    /// A file cannot be read.
    #[error("{name}: {path}: {error}")]
    File {
        /// The variable.
        name: &'static str,
        /// Where it points.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Not a text model this version reads.
    #[error("CHATWARDEN_TEXT_MODEL: {0}")]
    Model(#[from] ModelError),
}

/// Settings of the service.
#[derive(Debug, Clone)]
pub struct Config {
    /// `CHATWARDEN_REDIS_URL`.
    pub redis: Address,
    /// `CHATWARDEN_BOT_ID`.
    pub bot_id: i64,
    /// From the file `CHATWARDEN_MASTER_KEY_FILE` or from `CHATWARDEN_MASTER_KEY_BASE64`; then the former one, where it is given in the same way.
    pub master_keys: Vec<[u8; 32]>,
    /// `CHATWARDEN_NEW_GROUP_MODE`: what is done in a group whose settings nobody stored yet; `observe` where it is not set.
    pub new_group_mode: Mode,
    /// `CHATWARDEN_HEALTH_ADDRESS`: where health and metrics are told; 127.0.0.1:8090 where it is not set.
    pub health_address: SocketAddr,
    /// From the file `CHATWARDEN_TEXT_MODEL`; the one that is built in where it is not set.
    pub text_model: Option<Arc<TextModel>>,
    /// `CHATWARDEN_LISTS`: the folder with the operator's lists and rules (`docs/guides/lists.md`).
    pub lists: Option<PathBuf>,
    /// `CHATWARDEN_CLAIM_AFTER`: seconds after which a processor that took an update counts as dead; 3 where it is not set.
    pub claim_after: Duration,
}

impl Config {
    /// Reads the settings from variables.
    ///
    /// # Errors
    /// [`ConfigError`] for the first that is missing or says nothing. Its text holds no secret.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let given = |name: &'static str| variable(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str| given(name).ok_or(ConfigError::Missing(name));
        let invalid = |name: &'static str, what: &str| ConfigError::Invalid { name, what: what.to_owned() };

        let name = "CHATWARDEN_REDIS_URL";
        let redis = Address::read(&needed(name)?).map_err(|what| ConfigError::Invalid { name, what })?;
        let name = "CHATWARDEN_BOT_ID";
        let bot_id = needed(name)?.parse().ok().filter(|id| *id > 0);
        let bot_id = bot_id.ok_or_else(|| invalid(name, "must be the number before the colon of the bot's token"))?;
        let mut master_keys = Vec::new();
        for (coded, file) in MASTER_KEYS {
            let (name, key) = match (given(coded), given(file)) {
                (Some(text), _) => (coded, BASE64_STANDARD.decode(text).unwrap_or_default()),
                (None, Some(path)) => (file, read_file(file, Path::new(&path))?),
                (None, None) => continue,
            };
            master_keys.push(key.try_into().map_err(|_| invalid(name, "is not a key of 32 bytes"))?);
        }
        if master_keys.is_empty() {
            return Err(ConfigError::Missing("CHATWARDEN_MASTER_KEY_FILE"));
        }
        let name = "CHATWARDEN_NEW_GROUP_MODE";
        let new_group_mode = match given(name).as_deref() {
            None | Some("observe") => Mode::Observe,
            Some("guard") => Mode::Guard,
            Some(_) => return Err(invalid(name, "must be observe or guard")),
        };
        let name = "CHATWARDEN_HEALTH_ADDRESS";
        let health_address = given(name).map_or(Ok(HEALTH), |text| text.parse());
        let health_address =
            health_address.map_err(|_| invalid(name, "must be an address and a port, such as 0.0.0.0:8090"))?;
        let name = "CHATWARDEN_TEXT_MODEL";
        let text_model = match given(name) {
            Some(path) => Some(Arc::new(TextModel::read(&read_file(name, Path::new(&path))?)?)),
            None => None,
        };
        let lists = given("CHATWARDEN_LISTS").map(PathBuf::from);
        let name = "CHATWARDEN_CLAIM_AFTER";
        let seconds = |text: String| text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let claim_after = given(name).map_or(Some(CLAIM_AFTER), seconds).filter(|time| !time.is_zero());
        let claim_after = claim_after.ok_or_else(|| invalid(name, "must be a number of seconds above 0"))?;
        Ok(Self { redis, bot_id, master_keys, new_group_mode, health_address, text_model, lists, claim_after })
    }
}

/// A setting of the process: the variable, or where it is not set the file of its name in small letters in `CHATWARDEN_SECRETS_DIR`,
/// /run/secrets where that is not set.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    given(name).or_else(|| {
        let folder = given("CHATWARDEN_SECRETS_DIR").unwrap_or_else(|| "/run/secrets".to_owned());
        secret(Path::new(&folder), name)
    })
}

fn secret(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(name.to_lowercase())).ok()?;
    Some(text.trim().to_owned())
}

fn read_file(name: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    fs::read(path).map_err(|error| ConfigError::File { name, path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Tests run beside one another, in one process.
    static FOLDERS: AtomicU32 = AtomicU32::new(0);

    fn read(changes: &[(&str, &str)]) -> Result<Config, String> {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("chatwarden-config-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (key, short) = (folder.join("key"), folder.join("short"));
        fs::write(&key, [7; 32]).unwrap();
        fs::write(&short, [7; 31]).unwrap();
        let variable = |name: &str| {
            let set = changes.iter().find(|(set, _)| *set == name).map(|(_, value)| *value);
            match (name, set) {
                (_, Some("SHORT")) => Some(short.display().to_string()),
                (_, Some(value)) => Some(value.to_owned()),
                ("CHATWARDEN_REDIS_URL", None) => Some("redis://localhost".to_owned()),
                ("CHATWARDEN_BOT_ID", None) => Some("42".to_owned()),
                ("CHATWARDEN_MASTER_KEY_FILE", None) => Some(key.display().to_string()),
                _ => None,
            }
        };
        let config = Config::read(variable).map_err(|error| error.to_string());
        fs::remove_dir_all(folder).unwrap();
        config
    }

    #[test]
    fn three_settings_are_needed_and_the_rest_has_defaults() {
        let config = read(&[]).unwrap();
        assert_eq!((config.bot_id, config.master_keys, config.new_group_mode), (42, vec![[7; 32]], Mode::Observe));
        assert_eq!((config.health_address, config.claim_after), (HEALTH, CLAIM_AFTER));
        let config = read(&[("CHATWARDEN_NEW_GROUP_MODE", "guard"), ("CHATWARDEN_CLAIM_AFTER", "0.5")]).unwrap();
        assert_eq!((config.new_group_mode, config.claim_after), (Mode::Guard, Duration::from_millis(500)));
    }

    #[test]
    fn a_master_key_may_be_a_variable_and_the_former_one_may_be_given_too() {
        let coded = BASE64_STANDARD.encode([8; 32]);
        let config = read(&[("CHATWARDEN_FORMER_MASTER_KEY_BASE64", &coded)]).unwrap();
        assert_eq!(config.master_keys, [[7; 32], [8; 32]]);
        let config = read(&[("CHATWARDEN_MASTER_KEY_BASE64", &coded)]).unwrap();
        assert_eq!(config.master_keys, [[8; 32]]);
    }

    #[test]
    fn a_setting_may_be_a_file() {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("chatwarden-secrets-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("chatwarden_redis_url"), "redis://file\n").unwrap();
        assert_eq!(secret(&folder, "CHATWARDEN_REDIS_URL").as_deref(), Some("redis://file"));
        assert_eq!(secret(&folder, "CHATWARDEN_BOT_ID"), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn each_wrong_setting_is_named() {
        for (name, value) in [
            ("CHATWARDEN_REDIS_URL", ""),
            ("CHATWARDEN_REDIS_URL", "ftp://x"),
            ("CHATWARDEN_BOT_ID", "42:ABC"),
            ("CHATWARDEN_MASTER_KEY_FILE", "/nowhere/at/all"),
            ("CHATWARDEN_MASTER_KEY_FILE", "SHORT"),
            ("CHATWARDEN_MASTER_KEY_BASE64", "no key"),
            ("CHATWARDEN_FORMER_MASTER_KEY_FILE", "SHORT"),
            ("CHATWARDEN_NEW_GROUP_MODE", "ban"),
            ("CHATWARDEN_HEALTH_ADDRESS", "8090"),
            ("CHATWARDEN_TEXT_MODEL", "SHORT"),
            ("CHATWARDEN_CLAIM_AFTER", "-1"),
            ("CHATWARDEN_CLAIM_AFTER", "0"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(name), "{name}={value}: {error}");
        }
    }
}
