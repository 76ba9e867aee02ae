//! Campaigns that are known by what they mean: messages that people called spam, said again in other words.
//!
//! In: messages that people judged, as vectors of a sentence encoder; another message's vector. Out: the nearest of them. All are
//! looked at, one after another: a group has a thousand at most, and a thousand cost no more than the vector did.

use crate::nearest::Nearest;
use crate::shared::{Agreement, Voice};
use crate::text_model::Vector;

/// Of a cosine, in thousandths.
const FULL: u32 = 1000;
/// From this cosine on two messages are said to mean the same: below it harmless ones come near (docs/detection.md, "Known campaigns").
pub const LEAST_ALIKE: u32 = 750;

/// A message that somebody judged.
#[derive(Debug, Clone)]
pub struct JudgedMeaning {
    /// What it means.
    pub vector: Vector,
    /// What was said of it.
    pub is_spam: bool,
    /// Seconds since 1970, its own.
    pub date: i64,
    /// Who said it, and where.
    pub voice: Voice,
}

/// Messages that people judged, to be compared with.
#[derive(Debug, Clone)]
pub struct Campaigns {
    /// With the length of each vector, which is asked for at every comparison.
    judged: Vec<(f32, JudgedMeaning)>,
    /// Whether several must have said so of what is as near.
    is_shared: bool,
}

impl Campaigns {
    /// What a group's own people judged: one voice is enough.
    #[must_use]
    pub fn of_group(judged: Vec<JudgedMeaning>) -> Self {
        Self::new(judged, false)
    }

    /// What the people of a workspace's groups judged: as near counts as the last voice that is needed comes.
    #[must_use]
    pub fn of_workspace(judged: Vec<JudgedMeaning>) -> Self {
        Self::new(judged, true)
    }

    fn new(judged: Vec<JudgedMeaning>, is_shared: bool) -> Self {
        Self { judged: judged.into_iter().map(|judged| (judged.vector.length(), judged)).collect(), is_shared }
    }

    /// What is known of the like of a message, of the time before `now`. Its distances are thousandths that the cosine lacks.
    #[must_use]
    pub fn nearest(&self, now: i64, vector: &Vector) -> Nearest {
        let own = vector.length();
        let before = self.judged.iter().filter(|(_, judged)| judged.date < now);
        let mut near: Vec<(u32, &JudgedMeaning)> = before
            .map(|(length, judged)| (thousandths(judged.vector.product(vector) / (length * own)), judged))
            .filter(|(alike, _)| *alike >= LEAST_ALIKE)
            .map(|(alike, judged)| (FULL.saturating_sub(alike), judged))
            .collect();
        near.sort_by(|left, right| (left.0, right.1.date).cmp(&(right.0, left.1.date)));
        let mut nearest = Nearest::default();
        for is_spam in [false, true] {
            let mut agreement = Agreement::default();
            let said = near.iter().filter(|(_, judged)| judged.is_spam == is_spam);
            for (distance, judged) in said {
                agreement.add(&judged.voice);
                if !self.is_shared || agreement.is_reached() {
                    nearest.see(now, judged.date, *distance, is_spam);
                    break;
                }
            }
        }
        nearest
    }
}

/// Of a cosine; 0 where two point apart.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn thousandths(cosine: f32) -> u32 {
    (cosine * 1000.0).round().clamp(0.0, 1000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KnownSpam;
    use crate::shared::Standing;
    use crate::text_model::DIMENSIONS;

    const NOW: i64 = 1_000_000;

    /// Turned by so many degrees from the first axis towards another one.
    fn turned(degrees: f32, towards: usize) -> Vector {
        let mut numbers = [0.0; DIMENSIONS];
        (numbers[0], numbers[towards]) = (degrees.to_radians().cos(), degrees.to_radians().sin());
        Vector::of(&numbers).unwrap()
    }

    fn judged(degrees: f32, is_spam: bool, person: &str, group: i64) -> JudgedMeaning {
        let voice = Voice { person: person.into(), group, standing: Standing::Member };
        JudgedMeaning { vector: turned(degrees, 1), is_spam, date: NOW - 100, voice }
    }

    fn found(own: &[JudgedMeaning], shared: &[JudgedMeaning]) -> Option<KnownSpam> {
        let [own, shared] = [Campaigns::of_group(own.to_vec()), Campaigns::of_workspace(shared.to_vec())];
        own.nearest(NOW, &turned(0.0, 1)).known_spam(|| shared.nearest(NOW, &turned(0.0, 1)))
    }

    #[test]
    fn what_means_the_same_is_known_and_what_does_not_is_not() {
        let distance = |degrees| found(&[judged(degrees, true, "a", 1)], &[]).map(|known| known.distance);
        assert_eq!(distance(0.0), Some(0));
        assert!(distance(30.0).is_some_and(|distance| (132..=136).contains(&distance)), "{:?}", distance(30.0));
        assert_eq!(distance(45.0), None);
        assert_eq!(distance(180.0), None);
        let nearest = found(&[judged(35.0, true, "a", 1), judged(10.0, true, "a", 1), judged(20.0, true, "a", 1)], &[]);
        assert!(nearest.is_some_and(|known| known.distance < 20 && !known.shared), "{nearest:?}");
    }

    #[test]
    fn where_something_as_near_was_called_harmless_nothing_is_known() {
        assert_eq!(found(&[judged(10.0, true, "a", 1), judged(10.0, false, "b", 1)], &[]), None);
        assert!(found(&[judged(10.0, true, "a", 1), judged(20.0, false, "b", 1)], &[]).is_some());
    }

    #[test]
    fn in_other_groups_as_near_counts_as_the_last_voice_needed() {
        let (near, far) = (judged(5.0, true, "a", 2), judged(30.0, true, "b", 3));
        assert_eq!(found(&[], std::slice::from_ref(&near)), None, "one person");
        let again = judged(5.0, true, "a", 3);
        assert_eq!(found(&[], &[near.clone(), again]), None, "one person in two groups");
        let both = found(&[], &[near.clone(), far]);
        assert!(both.is_some_and(|known| known.shared && known.distance > 130), "{both:?}");
        assert_eq!(found(&[judged(35.0, false, "c", 1)], &[near, judged(5.0, true, "b", 3)]), None, "said here");
    }

    #[test]
    fn one_person_takes_nothing_away_that_others_agree_on() {
        let agreed = [judged(10.0, true, "a", 2), judged(10.0, true, "b", 3)];
        let denied = [&agreed[..], &[judged(0.0, false, "c", 4)]].concat();
        assert_eq!(found(&[], &denied), found(&[], &agreed));
        let both_deny = [denied.as_slice(), &[judged(5.0, false, "d", 5)]].concat();
        assert_eq!(found(&[], &both_deny), None);
    }

    #[test]
    fn what_was_written_later_is_not_looked_at() {
        let later = JudgedMeaning { date: NOW, ..judged(0.0, true, "a", 1) };
        assert_eq!(found(&[later], &[]), None);
    }
}
