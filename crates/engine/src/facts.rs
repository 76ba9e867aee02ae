//! What is fetched about an event for a second round: slow evidence, looked up outside of the engine.
//!
//! In: JSON by `contracts/generated/facts.schema.json`. Fails with [`InvalidFacts`], which names the field and no content.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::context::KnownSpam;
use crate::event::{Field, Role, Target};
use crate::pictures;
use crate::place::Place;
use crate::policy;
use crate::text_model::MOST_PRIOR;

/// Thousandths of certainty.
const MOST: u16 = 1000;
/// Milli-logits, as a head gives them; what counts of them is bound with what words teach.
const MOST_MEANING: i32 = 30_000;

/// Facts the engine does not accept: a defect of whoever fetched them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("facts: {0}")]
pub struct InvalidFacts(String);

/// What a second round can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// The sender's profile: bio, personal channel, photo.
    Profile,
    /// Whether others list the sender as a spammer.
    Lists,
    /// What stands in the message's picture.
    Picture,
    /// What a language model makes of the words.
    Opinion,
    /// What people's feedback says of the like of it in other words.
    Meaning,
}

impl Want {
    /// The want as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Lists => "lists",
            Self::Picture => "picture",
            Self::Opinion => "opinion",
            Self::Meaning => "meaning",
        }
    }
}

/// Facts about one event; what is absent was not looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// What the sender's profile shows.
    pub profile: Option<Profile>,
    /// Lists of others that name the sender: `cas`, `lols`, `federation:NAME`.
    pub listed: Option<Vec<String>>,
    /// What the message's picture shows.
    pub picture: Option<Picture>,
    /// A language model's probability of spam, in thousandths.
    #[schemars(range(max = 1000))]
    pub opinion: Option<u16>,
    /// Milli-logits by which what the group's feedback taught about meaning finds the words to be spam.
    #[schemars(range(min = -30_000, max = 30_000))]
    pub meaning: Option<i32>,
    /// Milli-logits by which what the words mean is near to spam, before anybody taught the group anything.
    #[schemars(range(max = 2000))]
    pub prior: Option<u16>,
    /// The nearest message that people called spam and the words mean the same as.
    pub campaign: Option<Campaign>,
}

/// A message that people called spam, and whose meaning comes near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// The cosine of the two, in thousandths.
    #[schemars(range(max = 1000))]
    pub alike: u16,
    /// Whole days since it was written.
    pub days: u32,
    /// Whether other groups of the workspace said so, and nobody here.
    pub shared: bool,
}

impl Campaign {
    /// As a fact, of what [`Campaigns`](crate::Campaigns) found.
    #[must_use]
    pub fn of(KnownSpam { distance, days, shared }: KnownSpam) -> Self {
        let alike = u32::from(MOST).saturating_sub(distance);
        Self { alike: u16::try_from(alike).unwrap_or(MOST), days, shared }
    }
}

/// A sender's profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// What they say of themselves.
    pub bio: String,
    /// The channel they show.
    pub personal_channel: Option<PersonalChannel>,
    /// Perceptual hash of their photo.
    pub photo_hash: Option<PictureHash>,
}

/// The channel a profile shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalChannel {
    /// Its title.
    pub title: String,
    /// Its name for links and mentions.
    pub username: String,
    /// Its newest posts.
    pub texts: Vec<String>,
}

/// What a picture shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Picture {
    /// Its perceptual hash.
    pub hash: Option<PictureHash>,
    /// What its QR codes say.
    pub links: Vec<String>,
    /// Words read in it.
    pub text: String,
}

/// A perceptual hash: equal or near for pictures that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHash(pub u64);

impl<'de> Deserialize<'de> for PictureHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let is_hash = digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let hash = u64::from_str_radix(&digits, 16).ok().filter(|_| is_hash);
        hash.map(Self).ok_or_else(|| serde::de::Error::custom("expected 16 hexadecimal digits"))
    }
}

impl Serialize for PictureHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl JsonSchema for PictureHash {
    fn schema_name() -> Cow<'static, str> {
        "PictureHash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-fA-F]{16}$", "description": "A perceptual hash." })
    }
}

impl Facts {
    /// Reads and checks facts.
    ///
    /// # Errors
    /// [`InvalidFacts`] with the field and its limits.
    pub fn read(json: &[u8]) -> Result<Self, InvalidFacts> {
        let facts: Self = policy::read(json).map_err(|error| InvalidFacts(error.to_string()))?;
        if facts.opinion.is_some_and(|opinion| opinion > MOST) {
            return Err(InvalidFacts(format!("opinion: must be within 0..={MOST}")));
        }
        if facts.meaning.is_some_and(|meaning| meaning.abs() > MOST_MEANING) {
            return Err(InvalidFacts(format!("meaning: must be within {}..={MOST_MEANING}", -MOST_MEANING)));
        }
        if facts.prior.is_some_and(|prior| i32::from(prior) > MOST_PRIOR) {
            return Err(InvalidFacts(format!("prior: must be within 0..={MOST_PRIOR}")));
        }
        if facts.campaign.is_some_and(|campaign| campaign.alike > MOST) {
            return Err(InvalidFacts(format!("campaign.alike: must be within 0..={MOST}")));
        }
        Ok(facts)
    }

    /// What was looked up, in the order of [`Want`].
    #[must_use]
    pub fn names(&self) -> Vec<Want> {
        let looked_up = [
            (self.profile.is_some(), Want::Profile),
            (self.listed.is_some(), Want::Lists),
            (self.picture.is_some(), Want::Picture),
            (self.opinion.is_some(), Want::Opinion),
            (self.tells_of_meaning(), Want::Meaning),
        ];
        looked_up.into_iter().filter(|(is_there, _)| *is_there).map(|(_, want)| want).collect()
    }

    /// Perceptual hash of the sender's photo.
    #[must_use]
    pub fn photo_hash(&self) -> Option<u64> {
        self.profile.as_ref()?.photo_hash.map(|hash| hash.0)
    }

    /// Perceptual hash of the message's picture.
    #[must_use]
    pub fn picture_hash(&self) -> Option<u64> {
        self.picture.as_ref()?.hash.map(|hash| hash.0)
    }

    fn tells_of_meaning(&self) -> bool {
        self.meaning.is_some() || self.prior.is_some() || self.campaign.is_some()
    }

    /// What people called spam and the message says in other words.
    #[must_use]
    pub fn known_campaign(&self) -> Option<KnownSpam> {
        self.campaign.map(|Campaign { alike, days, shared }| KnownSpam {
            distance: u32::from(MOST - alike.min(MOST)),
            days,
            shared,
        })
    }

    /// By what the message's picture may be known again: how it looks, where that tells anything. Codes look much alike; a
    /// picture with one is known by where it leads.
    #[must_use]
    pub fn known_by(&self) -> Option<u64> {
        let picture = self.picture.as_ref().filter(|picture| picture.links.is_empty())?;
        picture.hash.map(|hash| hash.0).filter(|hash| pictures::is_telling(*hash))
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = Field<'static>> {
        let bio = self.profile.iter().map(|profile| (Place::Bio, Role::Profile, &profile.bio));
        let channel = self.profile.iter().filter_map(|profile| profile.personal_channel.as_ref());
        let channel = channel.flat_map(|channel| std::iter::once(&channel.title).chain(&channel.texts));
        let channel = (0u16..).zip(channel).map(|(index, text)| (Place::PersonalChannel(index), Role::Profile, text));
        let picture = self.picture.iter().map(|picture| (Place::PictureText, Role::Own, &picture.text));
        let fields = bio.chain(channel).chain(picture).filter(|(_, _, text)| !text.is_empty());
        fields.map(|(place, role, text)| Field { place, role, text: Cow::Owned(text.clone()) })
    }

    pub(crate) fn targets(&self) -> impl Iterator<Item = Target<'static>> {
        let links = self.picture.iter().flat_map(|picture| &picture.links);
        let links = (0u16..).zip(links).filter(|(_, link)| !link.is_empty());
        links.map(|(index, link)| Target {
            url: Cow::Owned(link.clone()),
            role: Role::Own,
            place: Place::PictureLink(index),
            shown: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        Facts::read(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn facts_are_read_and_named() {
        let facts = Facts::read(
            br#"{"profile": {"bio": "roses", "personal_channel": {"title": "My roses", "texts": ["one", "two"]},
                "photo_hash": "00000000000000ff"}, "listed": [], "picture": {"links": ["https://a.example"]}}"#,
        )
        .unwrap();
        assert_eq!(facts.names(), [Want::Profile, Want::Lists, Want::Picture]);
        assert_eq!((facts.photo_hash(), facts.picture_hash()), (Some(255), None));
        let places: Vec<String> = facts.fields().map(|field| field.place.to_string()).collect();
        assert_eq!(places, ["bio", "personal_channel:0", "personal_channel:1", "personal_channel:2"]);
        assert_eq!(facts.targets().count(), 1);
        assert_eq!(Facts::read(b"{}").unwrap().names(), []);
    }

    #[test]
    fn a_picture_is_known_again_by_its_look_unless_it_holds_a_code_or_nothing() {
        let known_by =
            |picture: &str| Facts::read(format!(r#"{{"picture": {picture}}}"#).as_bytes()).unwrap().known_by();
        assert_eq!(known_by(r#"{"hash": "f0f0f0f0f0f0f0f0"}"#), Some(0xf0f0_f0f0_f0f0_f0f0));
        assert_eq!(known_by(r#"{"hash": "f0f0f0f0f0f0f0f0", "links": ["https://a.example"]}"#), None);
        assert_eq!(known_by(r#"{"hash": "0000000000000000"}"#), None);
        assert_eq!(known_by("{}"), None);
    }

    #[test]
    fn a_refusal_names_the_field_and_no_content() {
        assert!(refusal(r#"{"secret": 1}"#).contains("unknown field"));
        assert_eq!(refusal(r#"{"opinion": 1001}"#), "facts: opinion: must be within 0..=1000");
        assert_eq!(refusal(r#"{"meaning": -30001}"#), "facts: meaning: must be within -30000..=30000");
        assert_eq!(refusal(r#"{"prior": 2001}"#), "facts: prior: must be within 0..=2000");
        let alike = refusal(r#"{"campaign": {"alike": 1001, "days": 0, "shared": false}}"#);
        assert_eq!(alike, "facts: campaign.alike: must be within 0..=1000");
        let hash = refusal(r#"{"picture": {"hash": "secret"}}"#);
        assert!(hash.starts_with("facts: picture.hash: expected 16 hexadecimal digits"), "{hash}");
        assert!(!hash.contains("secret"));
        assert!(Facts::read(br#"{"picture": {"hash": "+0000000000000ff"}}"#).is_err());
    }
}
