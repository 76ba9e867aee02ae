//! Hours of the day in which more is locked: a pure function of a message's date and the group's settings.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::locks::Content;
use crate::policy::PolicyError;

const HOUR: u16 = 60;
const DAY: u16 = 24 * HOUR;

/// Hours in which more is locked than by day (docs/guides/locks.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Night {
    /// Whether it counts at all.
    pub enabled: bool,
    /// Its first minute, by the clock of `time_zone`.
    #[schemars(pattern(r"^([01]\d|2[0-3]):[0-5]\d$"))]
    pub begins: String,
    /// The minute after its last one; of the next day where it is earlier than `begins`.
    #[schemars(pattern(r"^([01]\d|2[0-3]):[0-5]\d$"))]
    pub ends: String,
    /// The group's time zone, by its IANA name.
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: String,
    /// Deleted from everybody meanwhile.
    pub from_everyone: BTreeSet<Content>,
    /// Deleted from newcomers meanwhile.
    pub from_newcomers: BTreeSet<Content>,
    /// Whether the group is told when it begins and ends.
    pub is_told: bool,
}

impl Default for Night {
    fn default() -> Self {
        Self {
            enabled: false,
            begins: "23:00".to_owned(),
            ends: "07:00".to_owned(),
            time_zone: "UTC".to_owned(),
            from_everyone: BTreeSet::new(),
            from_newcomers: BTreeSet::from([Content::Everything]),
            is_told: false,
        }
    }
}

/// A night's hours, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hours {
    zone: TimeZone,
    /// Minutes of the day.
    begins: u16,
    ends: u16,
}

impl Night {
    /// The hours; none where they do not count.
    pub(crate) fn hours(&self, path: &str) -> Result<Option<Hours>, PolicyError> {
        let minutes = |field: &str, text: &str| {
            minutes(text)
                .ok_or_else(|| PolicyError::new(format!("{path}night.{field}: must be a time of day such as 23:00")))
        };
        let (begins, ends) = (minutes("begins", &self.begins)?, minutes("ends", &self.ends)?);
        if begins == ends {
            return Err(PolicyError::new(format!("{path}night.ends: must not be the same as `begins`")));
        }
        // Of the zones built in, never of those of the machine: the same settings mean the same hours anywhere.
        let zone = TimeZoneDatabase::bundled().get(&self.time_zone).map_err(|_| {
            PolicyError::new(format!("{path}night.time_zone: must be an IANA name such as Europe/Berlin"))
        })?;
        Ok(self.enabled.then_some(Hours { zone, begins, ends }))
    }
}

impl Hours {
    /// Whether a moment, seconds since 1970, lies in them.
    pub(crate) fn hold(&self, moment: i64) -> bool {
        let Ok(moment) = Timestamp::from_second(moment) else { return false };
        let time = self.zone.to_datetime(moment).time();
        let part = |number: i8| u16::try_from(number).unwrap_or(0);
        let now = part(time.hour()) * HOUR + part(time.minute());
        if self.begins < self.ends {
            (self.begins..self.ends).contains(&now)
        } else {
            now >= self.begins || now < self.ends
        }
    }
}

/// Minutes since midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
    };
    let (hour, minute): (u16, u16) = (number(hour)?, number(minute)?);
    let all = hour * HOUR + minute;
    (minute < HOUR && all < DAY).then_some(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::context::Context;
    use crate::locks::LOCK;
    use crate::policy::ChatSettings;
    use crate::testing::{judge_with, message};
    use crate::verdict::{MessageVerdict, SenderVerdict};

    /// Midnight of 1 July 2026, UTC.
    const SUMMER: i64 = 1_782_864_000;
    /// Midnight of 1 January 2026, UTC.
    const WINTER: i64 = 1_767_225_600;
    const HOUR: i64 = 3600;

    fn settings(night: &serde_json::Value) -> Result<ChatSettings, String> {
        let text = json!({"policy": {"night": night}}).to_string();
        ChatSettings::read(text.as_bytes()).map_err(|error| error.to_string())
    }

    fn is_night(night: &serde_json::Value, moment: i64) -> bool {
        settings(night).unwrap().night_at(moment).is_some()
    }

    #[test]
    fn a_night_may_go_over_midnight_and_ends_before_its_end() {
        let night = json!({"enabled": true, "begins": "22:30", "ends": "06:00"});
        let at = |hour: i64, minute: i64| is_night(&night, SUMMER + hour * HOUR + minute * 60);
        assert_eq!(
            [at(22, 29), at(22, 30), at(23, 59), at(0, 0), at(5, 59), at(6, 0), at(12, 0)],
            [false, true, true, true, true, false, false]
        );
        let noon = json!({"enabled": true, "begins": "12:00", "ends": "14:00"});
        assert!(is_night(&noon, SUMMER + 13 * HOUR) && !is_night(&noon, SUMMER + 14 * HOUR));
        assert!(!is_night(&json!({"begins": "00:00", "ends": "23:59"}), SUMMER));
    }

    #[test]
    fn the_hours_are_those_of_the_groups_clock_in_summer_and_winter() {
        let night = json!({"enabled": true, "begins": "22:00", "ends": "06:00", "time_zone": "Europe/Berlin"});
        assert!(is_night(&night, SUMMER + 20 * HOUR) && !is_night(&night, SUMMER + 19 * HOUR));
        assert!(is_night(&night, WINTER + 21 * HOUR) && !is_night(&night, WINTER + 20 * HOUR));
        let far = json!({"enabled": true, "begins": "22:00", "ends": "06:00", "time_zone": "Asia/Kathmandu"});
        assert!(is_night(&far, SUMMER + 16 * HOUR + 15 * 60) && !is_night(&far, SUMMER + 16 * HOUR));
    }

    #[test]
    fn what_is_locked_at_night_is_free_by_day() {
        let night = json!({"enabled": true, "begins": "22:00", "ends": "06:00", "from_everyone": ["link"]});
        let settings = settings(&night).unwrap();
        let judged = |hour: i64, text: &str, messages_here: u32| {
            let context = Context { messages_here, ..Context::default() };
            judge_with(&message(json!({"text": text, "date": SUMMER + hour * HOUR})), &settings, context)
        };
        let link = judged(23, "see garden.example", 20);
        assert_eq!((link.message, link.sender), (MessageVerdict::Delete, SenderVerdict::None));
        let told = |verdict: &crate::Verdict| {
            verdict.contributions.iter().find(|part| part.signal == LOCK).and_then(|part| part.detail.clone())
        };
        assert_eq!(told(&link).as_deref(), Some("link, at night"));
        assert_eq!(told(&judged(23, "good night", 0)).as_deref(), Some("everything, of newcomers, at night"));
        assert_eq!(told(&judged(12, "see garden.example", 0)), None);
        assert_eq!(told(&judged(23, "good night", 3)), None);
    }

    #[test]
    fn odd_hours_and_zones_are_refused_by_name() {
        let refusal = |night: serde_json::Value| settings(&night).unwrap_err();
        for odd in ["24:00", "7:00", "07:60", "0700", "", "ab:cd", "+7:00"] {
            assert!(refusal(json!({"begins": odd})).starts_with("policy.night.begins: must be a time of day"), "{odd}");
        }
        assert!(refusal(json!({"begins": "07:00"})).starts_with("policy.night.ends: must not be the same"));
        for odd in ["Berlin", "", "Europe/Nowhere", "../etc/passwd"] {
            let words = refusal(json!({"time_zone": odd}));
            assert!(words.starts_with("policy.night.time_zone: must be an IANA name"), "{odd}: {words}");
        }
    }
}
