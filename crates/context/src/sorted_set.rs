//! A record as a sorted set of Redis, into which any worker merges without reading it first.
//!
//! A member is an entry without its date, its score that date; the empty member's score is the date of the first entry ever. So Redis'
//! own order is that of the entries, adding is a union, and lowering the empty member's score is a minimum: joins, all of them.
//!
//! An update that left two different traces (a second round, or two workers that judged it on different contexts) has two members, which
//! become one as they are read. Whoever trims keeps [`MOST_MEMBERS`] and not the 32 that count: a record read is what [`crate::Memory`]
//! has as long as at most eight of its newest 32 updates left a further trace. With more of them it lacks the oldest of these updates, one
//! for each further trace above eight; never the newest.

use crate::record::MOST_ENTRIES;
use crate::{Entry, Key, LayoutError, Record};

/// Members that trimming leaves, beside the empty one. Below the 128 up to which Redis keeps a sorted set in one piece.
const MOST_MEMBERS: usize = MOST_ENTRIES + 8;
/// Version of a member's layout, its first byte.
const LAYOUT: u8 = 1;
/// Redis keeps a sorted set in one piece while no member is longer than 64 bytes.
const MEMBER_SIZE: usize = 1 + 3 * 8 + 1 + 4;
const DAY: i64 = 86_400;
/// Days that a record of a day is kept after it.
const KEPT_DAYS: i64 = 3;
/// Days that a sender's record is kept after the newest entry.
const KEPT_SENDER_DAYS: i64 = 400;

/// A record as Redis holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredRecord {
    /// What it says.
    pub record: Record,
    /// Members it has, the empty one included.
    members: usize,
}

/// A command of Redis: its name and its arguments.
pub type Command = Vec<Vec<u8>>;

impl StoredRecord {
    /// Arguments of `ZRANGE` behind the key that [`StoredRecord::read`] takes the answer of.
    pub const RANGE: [&'static str; 3] = ["0", "-1", "WITHSCORES"];

    /// Reads members and their scores, and how many of them cannot be read: what another version wrote counts as unknown.
    pub fn read<'m>(pairs: impl IntoIterator<Item = (&'m [u8], &'m [u8])>) -> (Self, usize) {
        let mut stored = Self::default();
        let mut faults = 0;
        let mut first_date = None;
        let mut entries = Vec::new();
        for (member, score) in pairs {
            stored.members += 1;
            match (date(score), member) {
                (Some(date), []) => first_date = Some(date),
                (Some(date), member) => match entry(member, date) {
                    Ok(entry) => entries.push(entry),
                    Err(_) => faults += 1,
                },
                (None, _) => faults += 1,
            }
        }
        stored.record = Record::of(first_date, entries);
        (stored, faults)
    }

    /// Commands that merge `added` into the record under `name`, of which `self` is what was known. Neither their order nor how often
    /// they are run changes what is read. `now` is in seconds since 1970 and only keeps what is old from expiring at once.
    #[must_use]
    pub fn merging(&self, name: &[u8], key: Key, added: &Record, now: i64) -> Vec<Command> {
        let (Some(first), Some(newest)) = (added.first_date(), added.entries().last()) else { return Vec::new() };
        let mut add = command("ZADD", name, ["LT"]);
        add.extend([number(first), Vec::new()]);
        for entry in added.entries() {
            add.extend([number(entry.date), member(entry).to_vec()]);
        }
        let mut commands = vec![add];
        if self.members + added.entries().len() > MOST_MEMBERS + 1 {
            // Ranks from the second to the one before the newest.
            let last = format!("-{}", MOST_MEMBERS + 1);
            commands.push(command("ZREMRANGEBYRANK", name, ["1", &last]));
        }
        let known = self.record.entries().last();
        let expires = match key.day() {
            Some(day) if known.is_none() => Some(day.max(now.div_euclid(DAY)) + 1 + KEPT_DAYS),
            None if !matches!(key, Key::Feedback { .. }) => {
                let day = |date: i64| date.max(now).div_euclid(DAY);
                let is_later = known.is_none_or(|known| day(known.date) < day(newest.date));
                is_later.then(|| day(newest.date) + KEPT_SENDER_DAYS)
            }
            _ => None,
        };
        if let Some(day) = expires {
            commands.push(command("EXPIREAT", name, [&(day * DAY).to_string()]));
        }
        commands
    }
}

fn command<const COUNT: usize>(word: &str, name: &[u8], arguments: [&str; COUNT]) -> Command {
    let mut command = vec![word.as_bytes().to_vec(), name.to_vec()];
    command.extend(arguments.into_iter().map(|argument| argument.as_bytes().to_vec()));
    command
}

fn number(number: i64) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn date(score: &[u8]) -> Option<i64> {
    std::str::from_utf8(score).ok()?.parse().ok()
}

/// The entry's bytes. Those of a later update of the same second sort behind: the number's sign is flipped.
fn member(entry: &Entry) -> [u8; MEMBER_SIZE] {
    let mut bytes = [0; MEMBER_SIZE];
    let parts: [&[u8]; 6] = [
        &[LAYOUT],
        &(entry.update_id ^ i64::MIN).to_be_bytes(),
        &entry.message_id.to_be_bytes(),
        &entry.tag.to_be_bytes(),
        &[entry.flags],
        &entry.links.to_be_bytes(),
    ];
    for (place, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    bytes
}

fn entry(member: &[u8], date: i64) -> Result<Entry, LayoutError> {
    let (layout, mut rest) = member.split_first().ok_or(LayoutError::Damaged)?;
    if *layout != LAYOUT {
        return Err(LayoutError::Unknown(*layout));
    }
    let mut take = || {
        let (number, others) = rest.split_first_chunk().ok_or(LayoutError::Damaged)?;
        rest = others;
        Ok(*number)
    };
    let update_id = i64::from_be_bytes(take()?) ^ i64::MIN;
    let message_id = i64::from_be_bytes(take()?);
    let tag = u64::from_be_bytes(take()?);
    let (flags, links) = rest.split_first().ok_or(LayoutError::Damaged)?;
    let links = u32::from_be_bytes(links.try_into().map_err(|_| LayoutError::Damaged)?);
    Ok(Entry { date, update_id, message_id, tag, flags: *flags, links })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::Memory;

    const KEY: Key = Key::Sender { bot: 7, chat: -5, sender: 42 };

    /// The three commands of Redis, as its documentation has them.
    #[derive(Debug, Default, Clone)]
    struct SortedSet(BTreeMap<Vec<u8>, i64>);

    impl SortedSet {
        fn run(&mut self, commands: &[Command]) {
            for command in commands {
                let words: Vec<_> = command.iter().map(|word| String::from_utf8_lossy(word)).collect();
                match words[0].as_ref() {
                    "ZADD" => {
                        for pair in command[3..].chunks(2) {
                            let score = date(&pair[0]).unwrap();
                            let known = self.0.entry(pair[1].clone()).or_insert(score);
                            *known = score.min(*known);
                        }
                    }
                    "ZREMRANGEBYRANK" => {
                        let keep: usize = words[3].strip_prefix('-').unwrap().parse::<usize>().unwrap() - 1;
                        let order = self.order();
                        let surplus = order.len().saturating_sub(keep);
                        for (_, member) in order.iter().take(surplus).skip(1) {
                            self.0.remove(member);
                        }
                    }
                    "EXPIREAT" => {}
                    other => panic!("{other}"),
                }
            }
        }

        fn order(&self) -> BTreeSet<(i64, Vec<u8>)> {
            self.0.iter().map(|(member, score)| (*score, member.clone())).collect()
        }

        fn read(&self) -> StoredRecord {
            let pairs: Vec<_> =
                self.order().into_iter().map(|(score, member)| (member, score.to_string().into_bytes())).collect();
            let (stored, faults) =
                StoredRecord::read(pairs.iter().map(|(member, score)| (member.as_slice(), score.as_slice())));
            assert_eq!(faults, 0);
            stored
        }
    }

    /// An update and what it leaves; its date follows from its number, as Telegram's do.
    fn trace(update_id: i64, flags: u8) -> Entry {
        Entry { date: update_id / 3, update_id, message_id: update_id, tag: 5, flags, links: 0 }
    }

    fn record(entries: &[Entry]) -> Record {
        let mut record = Record::default();
        for entry in entries {
            record.add(*entry);
        }
        record
    }

    /// Batches of traces with the worker that merges each; a worker merges on what it read some steps before.
    fn batches(flags: u8) -> impl Strategy<Value = Vec<(usize, bool, Vec<Entry>)>> {
        let entry = (0..120i64, 0..flags).prop_map(|(update_id, flags)| trace(update_id, flags));
        proptest::collection::vec((0..3usize, any::<bool>(), proptest::collection::vec(entry, 1..20)), 1..40)
    }

    /// What Redis and memory know after the batches, merged by workers each of which looks at the set only now and then.
    fn merged(batches: &[(usize, bool, Vec<Entry>)]) -> (SortedSet, Record) {
        let (mut set, mut memory) = (SortedSet::default(), Memory::default());
        let mut read = [const { None }; 3];
        for (worker, looks, entries) in batches {
            let added = record(entries);
            if *looks || read[*worker].is_none() {
                read[*worker] = Some(set.read());
            }
            let known: &StoredRecord = read[*worker].as_ref().unwrap();
            set.run(&known.merging(b"k", KEY, &added, 0));
            memory.merge(KEY, &added);
        }
        (set, memory.get(&KEY).cloned().unwrap_or_default())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn whoever_merges_in_whatever_order_the_record_is_that_of_memory(batches in batches(1)) {
            let (set, memory) = merged(&batches);
            prop_assert_eq!(set.read().record, memory.clone());
            let mut shuffled = batches;
            shuffled.reverse();
            shuffled.extend(shuffled.clone());
            prop_assert_eq!(merged(&shuffled).0.read().record, memory);
        }

        #[test]
        fn with_further_traces_only_the_oldest_updates_are_missing_one_for_each_above_eight(batches in batches(4)) {
            let (set, memory) = merged(&batches);
            // What is merged is a batch's record: two traces of an update in it are one already, and maybe one that neither was.
            let all: BTreeSet<Entry> =
                batches.iter().flat_map(|(_, _, entries)| record(entries).entries().to_vec()).collect();
            let newest: BTreeSet<_> = memory.entries().iter().map(Entry::moment).collect();
            let traces = all.iter().filter(|entry| newest.contains(&entry.moment())).count();
            let lost = traces.saturating_sub(MOST_MEMBERS);
            let read = set.read().record;
            prop_assert_eq!(read.first_date(), memory.first_date());
            let alike = memory.entries().len().saturating_sub(lost);
            let tail = |record: &Record| record.entries().iter().rev().take(alike).copied().collect::<Vec<_>>();
            prop_assert_eq!(tail(&read), tail(&memory));
        }

        #[test]
        fn trimming_leaves_forty_members_and_the_first_date(batches in batches(4)) {
            let (mut set, memory) = merged(&batches);
            let newest = trace(500, 0);
            set.run(&set.read().merging(b"k", KEY, &record(&[newest]), 0));
            prop_assert!(set.0.len() <= MOST_MEMBERS + 1);
            prop_assert_eq!(set.read().record.first_date(), memory.first_date());
        }

        #[test]
        fn a_member_is_its_entry_and_sorts_like_it(left in any::<(i64, i64, u64, u8, u32)>(), right in any::<i64>()) {
            let (update_id, message_id, tag, flags, links) = left;
            let first = Entry { date: 5, update_id, message_id, tag, flags, links };
            prop_assert_eq!(entry(&member(&first), 5), Ok(first));
            let second = Entry { update_id: right, ..first };
            prop_assert_eq!(member(&first).cmp(&member(&second)), update_id.cmp(&right));
        }
    }

    #[test]
    fn a_members_layout_is_what_is_stored() {
        let entry = Entry { date: 9, update_id: 1, message_id: 2, tag: 3, flags: 4, links: 5 };
        let bytes = [1, 128, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 5];
        assert_eq!(member(&entry), bytes);
        const { assert!(MEMBER_SIZE <= 64) };
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_the_rest_is_known() {
        let good = member(&trace(9, 0));
        let pairs: [(&[u8], &[u8]); 5] =
            [(b"", b"2"), (&good, b"3"), (&good[1..], b"3"), (b"\x09x", b"3"), (&good, b"x")];
        let (stored, faults) = StoredRecord::read(pairs);
        assert_eq!((stored.record.entries(), faults), ([trace(9, 0)].as_slice(), 3));
        assert_eq!(stored.record.first_date(), Some(2));
    }

    #[test]
    fn days_expire_after_three_and_senders_after_four_hundred_but_never_at_once() {
        let expires = |stored: &StoredRecord, key, date, now| {
            let added = record(&[Entry { date, ..trace(1, 0) }]);
            let commands = stored.merging(b"k", key, &added, now);
            let found = commands.iter().find(|command| command[0] == b"EXPIREAT")?;
            Some(String::from_utf8_lossy(&found[2]).parse::<i64>().unwrap())
        };
        let new = StoredRecord::default();
        let joins = Key::joins(7, -5, 10 * DAY + 5);
        assert_eq!(expires(&new, joins, 10 * DAY + 5, 10 * DAY + 6), Some(14 * DAY));
        assert_eq!(expires(&new, joins, 10 * DAY + 5, 900 * DAY), Some(904 * DAY));
        assert_eq!(expires(&new, KEY, 10 * DAY + 5, 10 * DAY + 6), Some(410 * DAY));
        assert_eq!(expires(&new, KEY, 10 * DAY + 5, 900 * DAY), Some(1_300 * DAY));
        let known = StoredRecord { record: record(&[Entry { date: 10 * DAY, ..trace(1, 0) }]), members: 2 };
        assert_eq!(expires(&known, joins, 10 * DAY + 5, 0), None);
        assert_eq!(expires(&known, KEY, 10 * DAY + 5, 0), None);
        assert_eq!(expires(&known, KEY, 11 * DAY, 0), Some(411 * DAY));
        assert_eq!(expires(&new, Key::Feedback { bot: 7, chat: -5, band: 1 }, 5, 0), None);
    }
}
