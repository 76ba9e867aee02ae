//! What a group wants: preset, signals switched or weighed, thresholds of its own.
//!
//! In: JSON by `contracts/generated/policy.schema.json`. Fails with [`PolicyError`], which names field and limits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::facts::PictureHash;
use crate::impersonation;
use crate::locks::Locks;
use crate::night::{Hours, Night};
use crate::normalise::Normaliser;
use crate::pictures::KnownPictures;
use crate::probability::logit;
use crate::rules::{Rule, RuleSet};
use crate::service::ServiceMessage;
use crate::shared::Shared;
use crate::signals::REGISTRY;
use crate::text_model::{Delta, next_threshold};

/// Most a signal may be weighed, in percent of its own weight.
const LARGEST_FACTOR: u16 = 300;
/// Thousandths a threshold may have.
const THRESHOLDS: std::ops::RangeInclusive<u16> = 1..=999;
/// Days a punishment may last.
const DAYS: std::ops::RangeInclusive<u16> = 1..=365;
/// Others who may make a mass join: no more are counted.
const MASS_JOINS: std::ops::RangeInclusive<u16> = 2..=32;
/// Minutes that whoever joined has for an answer: a day at most.
const ANSWER_MINUTES: std::ops::RangeInclusive<u16> = 1..=1440;
/// Minutes a raid goes on after the last mass join.
const RAID_MINUTES: std::ops::RangeInclusive<u16> = 5..=1440;
/// Milli-logits a group's threshold may stand from the shipped one.
const FARTHEST: i32 = 1000;
/// Most admins a chat has in Telegram.
const MOST_ADMINS: usize = 200;
/// Most ids a chat may protect.
const MOST_PROTECTED: usize = 10_000;

/// A policy or chat setting the engine does not accept; the text names the field and its limits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct PolicyError(String);

impl PolicyError {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

/// How strict a group is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Acts only where it is very sure.
    Gentle,
    /// The balance most groups want.
    #[default]
    Standard,
    /// For groups under attack.
    Strict,
}

/// What a group wants done, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How strict the group is.
    pub preset: Preset,
    /// Settings of single signals, by name; the others keep their defaults.
    #[schemars(schema_with = "signals_schema")]
    pub signals: BTreeMap<String, SignalSetting>,
    /// Thresholds of its own, where it has any.
    pub thresholds: ThresholdOverrides,
    /// Others who joined within five minutes from which a join belongs to a mass join.
    #[schemars(range(min = 2, max = 32))]
    pub mass_join_size: u16,
    /// Days after which a muted sender may write again.
    #[schemars(range(min = 1, max = 365))]
    pub mute_days: u16,
    /// Days after which a person's ban ends: a real bot does not wait, a false positive heals. A channel's ban has no end.
    #[schemars(range(min = 1, max = 365))]
    pub ban_days: u16,
    /// Where the text model's threshold stands in this group.
    pub text_threshold: TextThreshold,
    /// Days after which what people called spam counts half as much.
    #[schemars(range(min = 1, max = 365))]
    pub known_spam_days: u16,
    /// Who must prove to be a person, and how.
    pub gate: Gate,
    /// What is done while many join at once.
    pub raid: Raid,
    /// What nobody, or no newcomer, may send.
    pub locks: Locks,
    /// What more nobody, or no newcomer, may send at certain hours.
    pub night: Night,
    /// Telegram's own messages that are cleaned up, by kind.
    pub service_messages: BTreeSet<ServiceMessage>,
    /// Whether whom this group bans other groups of the workspace ban too, and the other way round.
    pub shared_bans: bool,
    /// What the admins themselves want found, and done about it (docs/guides/rules.md).
    #[schemars(length(max = 1000))]
    pub rules: Vec<Rule>,
}

/// Who must prove to be a person before they may write, and how (docs/guides/gate.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    /// Who is asked.
    pub ask: Asked,
    /// What they are asked.
    pub by: GateKind,
    /// Minutes that whoever joined has for it; who does not answer is removed and may come back. Who wrote stays muted until they answer.
    #[schemars(range(min = 1, max = 1440))]
    pub minutes: u16,
    /// The group's own question, where `by` is `question`.
    pub question: Option<Question>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { ask: Asked::default(), by: GateKind::default(), minutes: 5, question: None }
    }
}

/// Who is asked to prove to be a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Nobody.
    Nobody,
    /// Whose message or join is suspicious, but not enough for more; and everybody who joins during a raid.
    #[default]
    Suspicious,
    /// Everybody who joins by themselves, too.
    Everyone,
}

/// What somebody is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// To press one button.
    Button,
    /// To press the picture that is named, among six.
    #[default]
    Picture,
    /// The group's own question.
    Question,
}

/// A question of the group's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    #[schemars(length(min = 1, max = 300))]
    pub text: String,
    /// 2 to 6 answers, of which the first is right; they are shown in another order.
    #[schemars(length(min = 2, max = 6), inner(length(min = 1, max = 40)))]
    pub answers: Vec<String>,
}

/// What is done while many join at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Raid {
    /// Whether a mass join begins a raid by itself; admins can begin one at any time.
    pub automatic: bool,
    /// Minutes it goes on after the last mass join.
    #[schemars(range(min = 5, max = 1440))]
    pub minutes: u16,
    /// What becomes of whoever joins by themselves during a raid.
    pub joins: RaidJoins,
}

impl Default for Raid {
    fn default() -> Self {
        Self { automatic: true, minutes: 15, joins: RaidJoins::default() }
    }
}

/// What becomes of whoever joins during a raid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RaidJoins {
    /// They must prove to be a person.
    #[default]
    Ask,
    /// They are removed, and may come back.
    Remove,
    /// Nothing but what anybody gets.
    LetIn,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            signals: BTreeMap::new(),
            thresholds: ThresholdOverrides::default(),
            mass_join_size: 15,
            mute_days: 7,
            ban_days: 30,
            text_threshold: TextThreshold::default(),
            known_spam_days: 30,
            gate: Gate::default(),
            raid: Raid::default(),
            locks: Locks::default(),
            night: Night::default(),
            service_messages: BTreeSet::new(),
            shared_bans: true,
            rules: Vec::new(),
        }
    }
}

/// Whether verdicts are carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Verdicts are told and nothing is done.
    Observe,
    /// Verdicts are carried out.
    #[default]
    Guard,
}

/// Setting of one signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignalSetting {
    /// Whether it counts at all.
    pub enabled: bool,
    /// Percent of its own weight.
    #[schemars(range(min = 0, max = 300))]
    pub factor: u16,
}

impl Default for SignalSetting {
    fn default() -> Self {
        Self { enabled: true, factor: 100 }
    }
}

/// Where the text model's threshold stands in one group, in milli-logits from the shipped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextThreshold {
    /// Whether it follows what the group's trusted members write; else it stays where it is.
    pub automatic: bool,
    /// How far it may go down by itself: more is found, and more harmless messages are suspected.
    #[schemars(range(min = 0, max = 1000))]
    pub most_lower: i32,
    /// How far it may go up by itself.
    #[schemars(range(min = 0, max = 1000))]
    pub most_higher: i32,
    /// Where it stands.
    #[schemars(range(min = -1000, max = 1000))]
    pub shift: i32,
}

/// Lower than that, more than one in two hundred harmless channel posts would be deleted (docs/detection.md).
impl Default for TextThreshold {
    fn default() -> Self {
        Self { automatic: true, most_lower: 700, most_higher: FARTHEST, shift: 0 }
    }
}

impl TextThreshold {
    /// Where it goes next by what trusted members' messages came to; none where it stays.
    #[must_use]
    pub fn next(&self, counts: &BTreeMap<i32, u64>) -> Option<i32> {
        next_threshold(counts, self.shift, self.most_lower, self.most_higher).filter(|_| self.automatic)
    }
}

/// Probabilities, in thousandths, from which something is done; absent ones are the preset's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThresholdOverrides {
    /// A human looks at the message.
    #[schemars(range(min = 1, max = 999))]
    pub review: Option<u16>,
    /// The message is deleted.
    #[schemars(range(min = 1, max = 999))]
    pub delete: Option<u16>,
    /// The sender must prove to be a person.
    #[schemars(range(min = 1, max = 999))]
    pub challenge: Option<u16>,
    /// The sender may not write for a time.
    #[schemars(range(min = 1, max = 999))]
    pub mute: Option<u16>,
    /// The sender is banned for a time.
    #[schemars(range(min = 1, max = 999))]
    pub ban: Option<u16>,
}

/// Settings of one chat: its policy and whom nothing may touch.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChatSettings {
    /// Whether verdicts are carried out.
    pub mode: Mode,
    /// What the group wants.
    pub policy: Policy,
    /// Number of the policy's version, written into verdicts.
    pub policy_version: u32,
    /// Whether a raid is on.
    pub is_raided: bool,
    /// Users and channels that are never touched: owner, admins, the allow list.
    pub protected: Vec<i64>,
    /// The channel this group discusses.
    pub linked_chat_id: Option<i64>,
    /// Whose names others might take; they are protected by their ids in `protected`.
    #[schemars(length(max = 200))]
    pub admins: Vec<Admin>,
    /// What the group's feedback taught, over what is shared.
    #[serde(skip)]
    pub learned: Option<Arc<Delta>>,
    /// What the groups of its workspace agree on.
    #[serde(skip)]
    pub shared: Option<Arc<Shared>>,
    /// Pictures that the group's feedback made known.
    #[serde(skip)]
    pub pictures: Arc<KnownPictures>,
    /// The policy's rules, compiled.
    #[serde(skip)]
    pub(crate) rules: Arc<RuleSet>,
    /// The night's hours, where they count.
    #[serde(skip)]
    pub(crate) hours: Option<Hours>,
}

/// An admin as members see them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Telegram's id.
    pub id: i64,
    /// First and last name.
    pub name: String,
    /// The name for links and mentions; empty where there is none.
    pub username: String,
    /// Perceptual hash of their photo.
    pub photo_hash: Option<PictureHash>,
    /// The name as it is compared.
    #[serde(skip)]
    pub(crate) folded_name: String,
}

/// Milli-logits from which something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// A human looks at the message.
    pub review: i32,
    /// The message is deleted.
    pub delete: i32,
    /// The sender must prove to be a person.
    pub challenge: i32,
    /// The sender may not write for a time.
    pub mute: i32,
    /// The sender is banned.
    pub ban: i32,
}

impl Preset {
    /// Thousandths: review, delete, challenge, mute, ban (docs/detection.md).
    const fn permille(self) -> [u16; 5] {
        match self {
            Self::Gentle => [500, 780, 860, 940, 980],
            Self::Standard => [400, 600, 750, 880, 950],
            Self::Strict => [350, 550, 700, 840, 920],
        }
    }
}

impl Policy {
    /// Reads and checks a policy; what it leaves out has its default.
    ///
    /// # Errors
    /// [`PolicyError`] with the field and its limits.
    pub fn read(json: &[u8]) -> Result<Self, PolicyError> {
        let policy: Self = read(json)?;
        policy.check("")?;
        RuleSet::of_group(&policy.rules, "rules")?;
        Ok(policy)
    }

    /// Its thresholds in milli-logits.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        let own = &self.thresholds;
        let [review, delete, challenge, mute, ban] = self.preset.permille();
        Thresholds {
            review: logit(own.review.unwrap_or(review)),
            delete: logit(own.delete.unwrap_or(delete)),
            challenge: logit(own.challenge.unwrap_or(challenge)),
            mute: logit(own.mute.unwrap_or(mute)),
            ban: logit(own.ban.unwrap_or(ban)),
        }
    }

    /// Whether a signal counts in this group.
    pub(crate) fn is_enabled(&self, name: &str) -> bool {
        self.signals.get(name).is_none_or(|setting| setting.enabled)
    }

    /// A signal's weight in this group, milli-logits.
    pub(crate) fn weight(&self, name: &str, weight: i32) -> i32 {
        match self.signals.get(name) {
            Some(setting) if setting.enabled => weight * i32::from(setting.factor) / 100,
            Some(_) => 0,
            None => weight,
        }
    }

    fn check(&self, path: &str) -> Result<(), PolicyError> {
        for (name, setting) in &self.signals {
            if !REGISTRY.iter().any(|definition| definition.name == name) {
                let known: Vec<&str> = REGISTRY.iter().map(|definition| definition.name).collect();
                let known = known.join(", ");
                return Err(PolicyError(format!("{path}signals.{name}: no signal of this name; there are {known}")));
            }
            if setting.factor > LARGEST_FACTOR {
                return Err(PolicyError(format!("{path}signals.{name}.factor: must be within 0..={LARGEST_FACTOR}")));
            }
        }
        let own = &self.thresholds;
        let named = [
            ("review", own.review),
            ("delete", own.delete),
            ("challenge", own.challenge),
            ("mute", own.mute),
            ("ban", own.ban),
        ];
        for (name, permille) in named {
            if permille.is_some_and(|permille| !THRESHOLDS.contains(&permille)) {
                return Err(PolicyError(format!("{path}thresholds.{name}: must be within 1..=999 (thousandths)")));
            }
        }
        let days =
            [("mute_days", self.mute_days), ("ban_days", self.ban_days), ("known_spam_days", self.known_spam_days)];
        for (name, days) in days {
            if !DAYS.contains(&days) {
                return Err(PolicyError(format!("{path}{name}: must be within 1..=365")));
            }
        }
        let own = &self.text_threshold;
        for (name, value, least) in
            [("most_lower", own.most_lower, 0), ("most_higher", own.most_higher, 0), ("shift", own.shift, -FARTHEST)]
        {
            if !(least..=FARTHEST).contains(&value) {
                return Err(PolicyError(format!("{path}text_threshold.{name}: must be within {least}..={FARTHEST}")));
            }
        }
        if !MASS_JOINS.contains(&self.mass_join_size) {
            return Err(PolicyError(format!("{path}mass_join_size: must be within 2..=32")));
        }
        self.gate.check(path)?;
        self.locks.check(path)?;
        self.night.hours(path)?;
        if !RAID_MINUTES.contains(&self.raid.minutes) {
            return Err(PolicyError(format!("{path}raid.minutes: must be within 5..=1440")));
        }
        let Thresholds { review, delete, challenge, mute, ban } = self.thresholds();
        if review > delete || challenge > mute || mute > ban || delete > challenge {
            let order = "review <= delete <= challenge <= mute <= ban, the preset's values included";
            return Err(PolicyError(format!("{path}thresholds: must rise: {order}")));
        }
        Ok(())
    }
}

impl Gate {
    fn check(&self, path: &str) -> Result<(), PolicyError> {
        if !ANSWER_MINUTES.contains(&self.minutes) {
            return Err(PolicyError(format!("{path}gate.minutes: must be within 1..=1440")));
        }
        let Some(question) = &self.question else {
            return match self.by {
                GateKind::Question => Err(PolicyError(format!("{path}gate.question: is missing, and `by` wants one"))),
                GateKind::Button | GateKind::Picture => Ok(()),
            };
        };
        let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        if !fits(&question.text, 300) {
            return Err(PolicyError(format!("{path}gate.question.text: must have 1 to 300 characters")));
        }
        if !(2..=6).contains(&question.answers.len()) || !question.answers.iter().all(|answer| fits(answer, 40)) {
            let limits = "must be 2 to 6 answers of 1 to 40 characters";
            return Err(PolicyError(format!("{path}gate.question.answers: {limits}")));
        }
        let distinct: BTreeSet<&str> = question.answers.iter().map(|answer| answer.trim()).collect();
        if distinct.len() != question.answers.len() {
            return Err(PolicyError(format!("{path}gate.question.answers: must differ from each other")));
        }
        Ok(())
    }
}

impl ChatSettings {
    /// Reads and checks the settings of a chat.
    ///
    /// # Errors
    /// [`PolicyError`] with the field and its limits.
    pub fn read(json: &[u8]) -> Result<Self, PolicyError> {
        let mut settings: Self = read(json)?;
        settings.policy.check("policy.")?;
        if settings.protected.len() > MOST_PROTECTED {
            return Err(PolicyError(format!("protected: at most {MOST_PROTECTED} ids")));
        }
        if settings.admins.len() > MOST_ADMINS {
            return Err(PolicyError(format!("admins: at most {MOST_ADMINS}")));
        }
        let mut normaliser = Normaliser::default();
        for admin in &mut settings.admins {
            admin.folded_name = impersonation::bare_name(normaliser.normalise(&admin.name).text());
        }
        settings.rules = Arc::new(RuleSet::of_group(&settings.policy.rules, "policy.rules")?);
        settings.protected.sort_unstable();
        settings.hours = settings.policy.night.hours("policy.")?;
        Ok(settings)
    }

    /// Weights over the text model: the group's own over the shared ones, or these alone.
    #[must_use]
    pub fn wording(&self) -> Option<&Delta> {
        self.learned
            .as_deref()
            .or_else(|| self.shared.as_deref().map(Shared::wording).filter(|delta| !delta.is_empty()))
    }

    /// What more is locked at a moment, seconds since 1970.
    #[must_use]
    pub fn night_at(&self, moment: i64) -> Option<&Night> {
        self.hours.as_ref().filter(|hours| hours.hold(moment)).map(|_| &self.policy.night)
    }

    /// Whether an id is on the list of those never touched.
    #[must_use]
    pub fn protects(&self, id: i64) -> bool {
        self.protected.binary_search(&id).is_ok()
    }
}

pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, PolicyError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let prefix = if path == "." { String::new() } else { format!("{path}: ") };
        PolicyError(format!("{prefix}{}", error.into_inner()))
    })?;
    deserializer.end().map_err(|error| PolicyError(error.to_string()))?;
    Ok(value)
}

/// One property per signal, so that forms and pages follow from the schema.
fn signals_schema(generator: &mut SchemaGenerator) -> Schema {
    let setting = generator.subschema_for::<SignalSetting>();
    let properties: serde_json::Map<String, serde_json::Value> = REGISTRY
        .iter()
        .map(|definition| {
            let property = serde_json::json!({
                "title": definition.title,
                "description": definition.sentence,
                "allOf": [setting],
            });
            (definition.name.to_owned(), property)
        })
        .collect();
    json_schema!({ "type": "object", "additionalProperties": false, "properties": properties, "default": {} })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        ChatSettings::read(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_the_field_and_its_limits() {
        assert!(
            refusal(r#"{"policy":{"preset":"harsh"}}"#)
                .starts_with("policy.preset: unknown variant `harsh`, expected one of")
        );
        assert!(refusal(r#"{"policy":{"colour":1}}"#).contains("unknown field `colour`"));
        assert!(refusal(r#"{"policy":{"signals":{"nonsense":{}}}}"#).starts_with("policy.signals.nonsense: no signal"));
        let factor = r#"{"policy":{"signals":{"invite_link":{"factor":301}}}}"#;
        assert_eq!(refusal(factor), "policy.signals.invite_link.factor: must be within 0..=300");
        assert!(refusal(r#"{"policy":{"thresholds":{"ban":1000}}}"#).contains("1..=999"));
        assert!(refusal(r#"{"policy":{"thresholds":{"delete":990}}}"#).contains("must rise"));
        assert_eq!(refusal(r#"{"policy":{"mute_days":0}}"#), "policy.mute_days: must be within 1..=365");
        assert_eq!(refusal(r#"{"policy":{"ban_days":366}}"#), "policy.ban_days: must be within 1..=365");
        assert_eq!(refusal(r#"{"policy":{"known_spam_days":0}}"#), "policy.known_spam_days: must be within 1..=365");
        assert_eq!(refusal(r#"{"policy":{"mass_join_size":33}}"#), "policy.mass_join_size: must be within 2..=32");
        let own = r#"{"policy":{"text_threshold":{"shift":-1001}}}"#;
        assert_eq!(refusal(own), "policy.text_threshold.shift: must be within -1000..=1000");
        let own = r#"{"policy":{"text_threshold":{"most_lower":-1}}}"#;
        assert_eq!(refusal(own), "policy.text_threshold.most_lower: must be within 0..=1000");
        assert!(refusal(r#"{"admins":[{"id":1,"phone":"5"}]}"#).contains("unknown field `phone`"));
        assert!(refusal(r#"{"mode":"off"}"#).starts_with("mode: unknown variant"));
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let settings = ChatSettings::read(b"{}").unwrap();
        assert_eq!(settings.policy.preset, Preset::Standard);
        assert_eq!((settings.mode, settings.policy.mute_days, settings.policy.ban_days), (Mode::Guard, 7, 30));
        assert_eq!(
            settings.policy.thresholds(),
            Thresholds { review: -405, delete: 405, challenge: 1099, mute: 1992, ban: 2944 }
        );
    }

    #[test]
    fn a_factor_weighs_a_signal_and_a_switch_silences_it() {
        let policy = Policy::read(br#"{"signals":{"invite_link":{"factor":50},"newness":{"enabled":false}}}"#).unwrap();
        assert_eq!(policy.weight("invite_link", 1500), 750);
        assert_eq!(policy.weight("newness", 2000), 0);
        assert_eq!(policy.weight("other", 300), 300);
    }
}
