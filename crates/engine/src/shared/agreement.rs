//! When people agree: two of two groups, or three; and what their words come to then.

use std::collections::{BTreeMap, BTreeSet};

use super::SharedTap;
use crate::text_model::{BUCKETS, Delta, Tap, TextModel};

/// Groups, and people, that must say the same.
const GROUPS: usize = 2;
const PEOPLE: usize = 3;
/// Of what is agreed on, the share that counts where nobody said so themselves: others' words are a hint here.
const SHARE: f32 = 0.5;

/// Who said something, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Voice {
    /// Who.
    pub person: String,
    /// In which group.
    pub group: i64,
    /// What their word is worth.
    pub standing: Standing,
}

/// What somebody's word is worth to groups other than their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// One word among several.
    Member,
    /// Answers for the whole workspace: their word in two groups needs no second person.
    Owner,
    /// Stands for people of another deployment who agreed there.
    Elsewhere,
}

/// Voices that say the same.
#[derive(Debug, Default)]
pub struct Agreement<'v> {
    people: BTreeSet<&'v str>,
    groups: BTreeSet<i64>,
    of_owner: BTreeSet<i64>,
    is_agreed_elsewhere: bool,
}

impl<'v> Agreement<'v> {
    /// Takes one more voice in.
    pub fn add(&mut self, voice: &'v Voice) {
        self.people.insert(&voice.person);
        self.groups.insert(voice.group);
        match voice.standing {
            Standing::Member => {}
            Standing::Owner => {
                self.of_owner.insert(voice.group);
            }
            Standing::Elsewhere => self.is_agreed_elsewhere = true,
        }
    }

    /// Whether that is enough. One person in many groups is one person.
    pub fn is_reached(&self) -> bool {
        self.people.len() >= PEOPLE
            || (self.groups.len() >= GROUPS && self.people.len() >= 2)
            || self.of_owner.len() >= GROUPS
            || self.is_agreed_elsewhere
    }
}

/// Weights that voices agree on: of each bucket the largest that enough of them reach, of one sign.
pub fn wording(model: &TextModel, taps: &[SharedTap]) -> Delta {
    let mut of_voice: BTreeMap<&Voice, Vec<Tap>> = BTreeMap::new();
    for tap in taps {
        let Some(features) = tap.features.clone() else { continue };
        let tap_of_voice = Tap { features, is_spam: tap.is_spam, weight: tap.weight, given_at: tap.given_at };
        of_voice.entry(&tap.voice).or_default().push(tap_of_voice);
    }
    let mut everyone = Agreement::default();
    for voice in of_voice.keys() {
        everyone.add(voice);
    }
    if !everyone.is_reached() {
        return Delta::of_weights(&[]);
    }
    let deltas: Vec<(&Voice, Delta)> =
        of_voice.into_iter().map(|(voice, taps)| (voice, Delta::learn(model, None, &taps))).collect();
    let mut said: Vec<Vec<(f32, &Voice)>> = vec![Vec::new(); BUCKETS];
    for (voice, delta) in &deltas {
        for (bucket, weight) in delta.weights() {
            if let Some(said) = said.get_mut(bucket as usize) {
                said.push((weight, voice));
            }
        }
    }
    let sum = |said: Vec<(f32, &Voice)>| agreed(&said, 1.0) + agreed(&said, -1.0);
    let weights: Vec<f32> = said.into_iter().map(|said| sum(said) * SHARE).collect();
    Delta::of_weights(&weights)
}

/// The largest weight of a sign that enough voices reach; 0 where none is.
fn agreed(said: &[(f32, &Voice)], sign: f32) -> f32 {
    let mut said: Vec<_> = said.iter().filter(|(weight, _)| weight * sign > 0.0).collect();
    said.sort_by(|(left, _), (right, _)| right.abs().total_cmp(&left.abs()));
    let mut agreement = Agreement::default();
    for (weight, voice) in said {
        agreement.add(voice);
        if agreement.is_reached() {
            return *weight;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(person: &str, group: i64) -> Voice {
        let standing = if person == "owner" { Standing::Owner } else { Standing::Member };
        Voice { person: person.into(), group, standing }
    }

    fn agree(voices: &[(&str, i64)]) -> bool {
        let voices: Vec<Voice> = voices.iter().map(|(person, group)| voice(person, *group)).collect();
        let mut agreement = Agreement::default();
        for voice in &voices {
            agreement.add(voice);
        }
        agreement.is_reached()
    }

    #[test]
    fn two_groups_or_three_people_agree_and_one_person_never_does() {
        assert!(agree(&[("a", 1), ("b", 2)]));
        assert!(agree(&[("a", 1), ("b", 1), ("c", 1)]));
        assert!(agree(&[("owner", 1), ("owner", 2)]));
        assert!(!agree(&[("a", 1), ("b", 1)]));
        assert!(!agree(&[("a", 1), ("a", 2), ("a", 3)]));
        assert!(!agree(&[("owner", 1)]));
        assert!(!agree(&[]));
    }

    #[test]
    fn the_weight_is_what_the_last_voice_needed_reaches() {
        let (a, b, c) = (voice("a", 1), voice("b", 2), voice("c", 3));
        assert!((agreed(&[(0.2, &c), (0.9, &a), (0.5, &b)], 1.0) - 0.5).abs() < f32::EPSILON);
        assert!((agreed(&[(-0.9, &a), (0.5, &b), (-0.1, &c)], -1.0) + 0.1).abs() < f32::EPSILON);
        assert!(agreed(&[(0.9, &a), (-0.5, &b)], 1.0).abs() < f32::EPSILON);
    }
}
