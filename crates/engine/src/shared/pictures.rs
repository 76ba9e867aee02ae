//! Pictures that people of several groups called the same.

use std::cmp::Reverse;

use super::SharedTap;
use super::agreement::Agreement;
use crate::pictures::{KnownPicture, KnownPictures, distance};

/// The newest feedback that is looked at.
const MOST_TAPS: usize = 5_000;

/// Those whose like enough people of the workspace called the same.
pub fn agreed(taps: &[SharedTap]) -> KnownPictures {
    let mut newest: Vec<(&SharedTap, u64)> = taps.iter().filter_map(|tap| Some((tap, tap.picture?))).collect();
    newest.sort_by_key(|(tap, hash)| (Reverse((tap.given_at, tap.date)), *hash, tap.is_spam, &tap.voice));
    newest.truncate(MOST_TAPS);
    let is_agreed = |(tap, hash): &&(&SharedTap, u64)| {
        let mut agreement = Agreement::default();
        newest.iter().any(|(other, near)| {
            if other.is_spam == tap.is_spam && distance(*hash, *near).is_some() {
                agreement.add(&other.voice);
            }
            agreement.is_reached()
        })
    };
    let known = newest.iter().filter(is_agreed);
    KnownPictures::new(known.map(|(tap, hash)| KnownPicture { date: tap.date, hash: *hash, is_spam: tap.is_spam }))
}
