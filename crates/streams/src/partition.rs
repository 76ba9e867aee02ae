//! Partitions and the names of their keys.

use xxhash_rust::xxh3::xxh3_64;

/// Partitions of a bot. Part of the layout: another number would move chats.
pub const PARTITIONS: u8 = 16;

/// The partition of a chat; updates without a chat are of partition 0.
#[must_use]
pub fn partition_of(chat: Option<i64>) -> u8 {
    let hash = chat.map_or(0, |chat| xxh3_64(&chat.to_le_bytes()));
    u8::try_from(hash % u64::from(PARTITIONS)).unwrap_or(0)
}

/// One of a bot's partitions, with the names of its keys. All of them lie in one slot of a Redis Cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    tag: String,
}

impl Partition {
    /// Consumer group of those who judge updates.
    pub const SCAN: &'static str = "scan";

    /// The partition of a bot.
    #[must_use]
    pub fn new(bot: i64, number: u8) -> Self {
        Self { tag: format!("{{cw:{bot}:{number}}}") }
    }

    /// What all its keys begin with: the hash tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// A key of the partition.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.tag)
    }

    /// Stream of updates that are not judged yet: `u` the sealed update, `f` sealed facts of a second round.
    #[must_use]
    pub fn updates(&self) -> String {
        self.key("updates")
    }

    /// Stream of what is to be recorded: `k` = `batch` with `v` the sealed items and `n` a flag for each; or `k` = `action` with `id`.
    #[must_use]
    pub fn records(&self) -> String {
        self.key("records")
    }

    /// Sorted set of chats by their first due action. Whatever script touches the queue names it as its first key.
    #[must_use]
    pub fn due(&self) -> String {
        self.key("due")
    }

    /// Hash: chat -> its settings as JSON, sealed for [`Partition::chat_place`].
    #[must_use]
    pub fn chats(&self) -> String {
        self.key("chats")
    }

    /// Hash: chat -> what its own feedback taught, as `MessagePack`.
    #[must_use]
    pub fn learned(&self) -> String {
        self.key("learned")
    }

    /// Hash: chat -> the name of what its workspace shares, over which it learned.
    #[must_use]
    pub fn over(&self) -> String {
        self.key("over")
    }

    /// Hash: name -> what a workspace shares (`Shared`), once for all its chats here.
    #[must_use]
    pub fn shared(&self) -> String {
        self.key("shared")
    }

    /// Which data key a bot's processes seal with, by its id.
    #[must_use]
    pub fn key_id(bot: i64) -> String {
        Self::new(bot, 0).key("key")
    }

    /// That data key, wrapped by the master key for [`Partition::data_key_place`].
    #[must_use]
    pub fn data_key(bot: i64) -> String {
        Self::new(bot, 0).key("data-key")
    }

    /// What a data key is wrapped for.
    #[must_use]
    pub fn data_key_place(id: &str) -> String {
        format!("data key:{id}")
    }

    /// What a chat's settings are sealed for.
    #[must_use]
    pub fn chat_place(bot: i64, chat: i64) -> String {
        format!("group:{bot}:{chat}")
    }

    /// There once the hashes of chats hold all that the database has: before that nothing may be judged.
    #[must_use]
    pub fn loaded(&self) -> String {
        self.key("loaded")
    }

    /// Number that grows with each change of a chat.
    #[must_use]
    pub fn version(&self) -> String {
        self.key("version")
    }

    /// Sorted set: chat -> version at which it last changed.
    #[must_use]
    pub fn changed(&self) -> String {
        self.key("changed")
    }

    /// Bits of updates that were judged, by the low 16 bits of their id.
    #[must_use]
    pub fn seen(&self, update_id: i64) -> String {
        format!("{}:seen:{}", self.tag, update_id >> 16)
    }

    /// The bytes a context record's key begins with.
    #[must_use]
    pub fn context(&self, key: &[u8]) -> Vec<u8> {
        [self.tag.as_bytes(), b":c:", key].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chats_partition_is_part_of_the_layout() {
        assert_eq!(partition_of(None), 0);
        let found: Vec<u8> = (0..8).map(|number| partition_of(Some(-1_001_234_567_890 - number))).collect();
        assert_eq!(found, [8, 14, 11, 4, 3, 9, 7, 11]);
    }

    #[test]
    fn chats_spread_over_all_partitions() {
        let mut counts = [0_u32; PARTITIONS as usize];
        for chat in 0..16_000 {
            counts[usize::from(partition_of(Some(-1_000_000_000_000 - chat)))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }

    #[test]
    fn keys_share_the_hash_tag() {
        let partition = Partition::new(7, 3);
        assert_eq!(partition.updates(), "{cw:7:3}:updates");
        assert_eq!(partition.seen(65_536 * 2 + 5), "{cw:7:3}:seen:2");
        assert_eq!(partition.context(b"x"), b"{cw:7:3}:c:x");
    }
}
