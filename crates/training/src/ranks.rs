//! How well logits tell spam from good messages, whatever the threshold.

/// Logits of both labels, sorted; silence is the smallest.
#[derive(Debug)]
pub struct Ranks {
    ham: Vec<i32>,
    spam: Vec<i32>,
}

impl Ranks {
    /// Of logits; none where one label has none.
    #[must_use]
    pub fn new(mut ham: Vec<i32>, mut spam: Vec<i32>) -> Option<Self> {
        ham.sort_unstable();
        spam.sort_unstable();
        (!ham.is_empty() && !spam.is_empty()).then_some(Self { ham, spam })
    }

    /// Area under the curve of hits over false alarms (Hanley & `McNeil` 1982), in thousandths.
    #[must_use]
    pub fn area(&self) -> u32 {
        let below = |logit: &i32| {
            self.ham.partition_point(|other| other < logit) + self.ham.partition_point(|other| other <= logit)
        };
        let halves: usize = self.spam.iter().map(below).sum();
        u32::try_from(halves * 500 / (self.spam.len() * self.ham.len())).unwrap_or(0)
    }

    /// Of the spam what stands above all but a hundredth of the good messages, in thousandths.
    #[must_use]
    pub fn recall_at_one_percent(&self) -> u32 {
        let limit = self.ham.get(self.ham.len() - 1 - self.ham.len() / 100).copied().unwrap_or(i32::MAX);
        share(&self.spam, |logit| logit > limit)
    }

    /// What reaches a threshold: of the good messages, and of the spam, in thousandths.
    #[must_use]
    pub fn shares_from(&self, threshold: i32) -> [u32; 2] {
        [&self.ham, &self.spam].map(|logits| share(logits, |logit| logit >= threshold))
    }
}

/// Share of the logits that a rising condition holds for, in thousandths.
fn share(sorted: &[i32], is_above: impl Fn(i32) -> bool) -> u32 {
    let above = sorted.len() - sorted.partition_point(|logit| !is_above(*logit));
    u32::try_from(above * 1000 / sorted.len().max(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_apart_is_told_in_thousandths() {
        let ranks = Ranks::new((0..200).collect(), vec![100, 198, 199, 300]).unwrap();
        // Two of 200 good messages may stand at or above the limit, 197.
        assert_eq!(ranks.recall_at_one_percent(), 750);
        assert_eq!(ranks.shares_from(199), [5, 500]);
        assert_eq!(ranks.area(), 873);
        assert!(Ranks::new(vec![1], vec![]).is_none());
    }
}
