//! The nearest of what people called spam, and ham.

use crate::context::KnownSpam;

const DAY: u64 = 86_400;

/// What is known of the like of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Nearest {
    spam: Option<KnownSpam>,
    ham: Option<KnownSpam>,
}

impl Nearest {
    /// Sees one that somebody judged, written at `date`; what was not written before `now` is not looked at.
    pub fn see(&mut self, now: i64, date: i64, distance: u32, is_spam: bool) {
        let Some(age) = u64::try_from(now.saturating_sub(date)).ok().filter(|age| *age > 0) else { return };
        let found = KnownSpam { distance, days: u32::try_from(age / DAY).unwrap_or(u32::MAX), shared: false };
        let nearest = if is_spam { &mut self.spam } else { &mut self.ham };
        *nearest = Some(nearest.map_or(found, |known| known.min(found)));
    }

    /// The nearest spam; none where one as near was called ham. What is known here counts before what other groups of the
    /// workspace agree on: that is asked for only where nobody here said anything of the like.
    #[must_use]
    pub fn known_spam(self, shared: impl FnOnce() -> Self) -> Option<KnownSpam> {
        if self == Self::default() {
            return shared().spam_unless_ham().map(|known| KnownSpam { shared: true, ..known });
        }
        self.spam_unless_ham()
    }

    fn spam_unless_ham(self) -> Option<KnownSpam> {
        self.spam.filter(|spam| self.ham.is_none_or(|ham| spam.distance < ham.distance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(judged: &[(u32, bool)]) -> Nearest {
        let mut nearest = Nearest::default();
        for (distance, is_spam) in judged {
            nearest.see(1000, 1, *distance, *is_spam);
        }
        nearest
    }

    fn found(own: &[(u32, bool)], shared: &[(u32, bool)]) -> Option<(u32, bool)> {
        seen(own).known_spam(|| seen(shared)).map(|known| (known.distance, known.shared))
    }

    #[test]
    fn the_nearest_spam_is_known_where_no_ham_is_as_near() {
        assert_eq!(found(&[(5, true), (3, true)], &[]), Some((3, false)));
        assert_eq!(found(&[(3, true), (4, false)], &[]), Some((3, false)));
        assert_eq!(found(&[(3, true), (3, false)], &[]), None);
    }

    #[test]
    fn what_is_said_here_wins_over_the_other_groups() {
        assert_eq!(found(&[], &[(0, true)]), Some((0, true)));
        assert_eq!(found(&[], &[(0, true), (0, false)]), None);
        assert_eq!(found(&[(9, false)], &[(0, true)]), None);
        assert_eq!(found(&[(9, true)], &[(0, true)]), Some((9, false)));
    }

    #[test]
    fn what_was_written_later_is_not_looked_at() {
        let mut nearest = Nearest::default();
        nearest.see(1000, 1000, 0, true);
        nearest.see(1000, 2000, 0, true);
        assert_eq!(nearest, Nearest::default());
        nearest.see(200_000, 1000, 0, true);
        assert_eq!(nearest.known_spam(Nearest::default).map(|known| known.days), Some(2));
    }
}
