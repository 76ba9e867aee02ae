//! A group's own threshold: how far from the shipped one, so that its trusted members' messages stand below.
//!
//! In: how many of their messages stood in which bin of milli-logits, no text and no sender. Out: where the threshold is to
//! stand. Reckoned by a job now and then, and published with the policy: whoever judges only reads it.

use std::collections::BTreeMap;

/// Milli-logits of a bin, and bins on each side of the shipped threshold.
const BIN: i32 = 100;
const SIDE: i32 = 60;
/// Of trusted members' messages, one in so many may stand above.
const ONE_IN: u64 = 100;
/// Messages below which a group tells too little.
const FEWEST: u64 = 500;
/// Milli-logits the threshold goes at once, and those that are not worth a new version of the policy.
const STEP: i32 = 200;
const NOT_WORTH: i32 = 100;

/// The bin of a message that stands so many milli-logits above the shipped threshold.
#[must_use]
pub fn bin_of(above: i32) -> i32 {
    above.div_euclid(BIN).clamp(-SIDE, SIDE)
}

/// Milli-logits from the shipped threshold to where one in a hundred stands above; none where too few messages tell.
#[must_use]
pub fn own_threshold(counts: &BTreeMap<i32, u64>) -> Option<i32> {
    let all: u64 = counts.values().sum();
    let mut above = 0;
    let bin = counts.iter().rev().find_map(|(bin, count)| {
        above += count;
        (above * ONE_IN > all).then_some(*bin)
    });
    bin.filter(|_| all >= FEWEST).map(|bin| (bin + 1) * BIN)
}

/// Where the threshold goes next, from where it stands: within the bounds, not too far at once; none where it stays.
#[must_use]
pub fn next_threshold(counts: &BTreeMap<i32, u64>, stands: i32, most_lower: i32, most_higher: i32) -> Option<i32> {
    let wanted = own_threshold(counts)?.clamp(-most_lower, most_higher);
    let way = wanted - stands;
    let is_out_of_bounds = !(-most_lower..=most_higher).contains(&stands);
    (way.abs() >= NOT_WORTH || is_out_of_bounds).then_some(stands + way.clamp(-STEP, STEP))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(bins: &[(i32, u64)]) -> BTreeMap<i32, u64> {
        bins.iter().copied().collect()
    }

    #[test]
    fn one_in_a_hundred_may_stand_above() {
        assert_eq!(own_threshold(&counts(&[(-20, 990), (3, 10)])), Some(-1900));
        assert_eq!(own_threshold(&counts(&[(-20, 989), (3, 11)])), Some(400));
    }

    #[test]
    fn few_messages_tell_nothing() {
        assert_eq!(own_threshold(&counts(&[(-20, 499)])), None);
        assert_eq!(own_threshold(&counts(&[])), None);
        assert_eq!(next_threshold(&counts(&[(-20, 499)]), 0, 1000, 1000), None);
    }

    #[test]
    fn it_goes_in_steps_to_its_bounds_and_stays_where_a_step_is_not_worth_it() {
        let low = counts(&[(-30, 1000)]);
        let mut stands = 0;
        let mut steps = 0;
        while let Some(next) = next_threshold(&low, stands, 500, 1000) {
            assert!((next - stands).abs() <= STEP);
            (stands, steps) = (next, steps + 1);
        }
        assert_eq!((stands, steps), (-500, 3));
        assert_eq!(next_threshold(&counts(&[(-5, 1000)]), -350, 500, 1000), None);
        assert_eq!(next_threshold(&counts(&[(40, 1000)]), 900, 500, 1000), Some(1000));
        assert_eq!(next_threshold(&low, -700, 500, 1000), Some(-500), "the bounds were drawn closer");
    }

    #[test]
    fn bins_end_where_nothing_more_is_told() {
        assert_eq!([bin_of(-1), bin_of(0), bin_of(99), bin_of(100)], [-1, 0, 0, 1]);
        assert_eq!([bin_of(i32::MIN), bin_of(i32::MAX)], [-SIDE, SIDE]);
    }
}
