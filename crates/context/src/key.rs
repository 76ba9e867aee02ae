//! What a record is about.

/// The subject of a record. Every key carries the bot's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A sender in a chat. Users have positive ids, channels negative ones.
    Sender {
        /// The bot.
        bot: i64,
        /// The chat.
        chat: i64,
        /// The sender.
        sender: i64,
    },
    /// A long text in a chat, on one day (UTC): texts matter for a day, so that whole days can be forgotten.
    Text {
        /// The bot.
        bot: i64,
        /// The chat.
        chat: i64,
        /// Hash of the folded text.
        text: u64,
        /// Days since 1970 of the event, by its own date.
        day: i64,
    },
    /// What a sender reacted to in a chat, on one day (UTC).
    Reactions {
        /// The bot.
        bot: i64,
        /// The chat.
        chat: i64,
        /// The sender.
        sender: i64,
        /// Days since 1970 of the event, by its own date.
        day: i64,
    },
    /// Who joined a chat, on one day (UTC).
    Joins {
        /// The bot.
        bot: i64,
        /// The chat.
        chat: i64,
        /// Days since 1970 of the event, by its own date.
        day: i64,
    },
    /// What people said of texts in one band of near-duplicates.
    Feedback {
        /// The bot.
        bot: i64,
        /// The chat.
        chat: i64,
        /// A band of a sketch.
        band: u64,
    },
}

const SENDER: u8 = b's';
const TEXT: u8 = b't';
const REACTIONS: u8 = b'r';
const JOINS: u8 = b'j';
const FEEDBACK: u8 = b'f';
/// A letter and at most four big-endian numbers.
const LARGEST: usize = 1 + 4 * 8;
const DAY: i64 = 86_400;

impl Key {
    /// The key of a text that was written at `date`, seconds since 1970.
    #[must_use]
    pub fn text(bot: i64, chat: i64, text: u64, date: i64) -> Self {
        Self::Text { bot, chat, text, day: date.div_euclid(DAY) }
    }

    /// The key of what a sender reacted to at `date`, seconds since 1970.
    #[must_use]
    pub fn reactions(bot: i64, chat: i64, sender: i64, date: i64) -> Self {
        Self::Reactions { bot, chat, sender, day: date.div_euclid(DAY) }
    }

    /// The key of who joined at `date`, seconds since 1970.
    #[must_use]
    pub fn joins(bot: i64, chat: i64, date: i64) -> Self {
        Self::Joins { bot, chat, day: date.div_euclid(DAY) }
    }

    /// The chat it is about.
    #[must_use]
    pub fn chat(&self) -> i64 {
        match self {
            Self::Sender { chat, .. }
            | Self::Text { chat, .. }
            | Self::Reactions { chat, .. }
            | Self::Joins { chat, .. }
            | Self::Feedback { chat, .. } => *chat,
        }
    }

    /// The day a record is of; none for what is known for good.
    #[must_use]
    pub fn day(&self) -> Option<i64> {
        match self {
            Self::Sender { .. } | Self::Feedback { .. } => None,
            Self::Text { day, .. } | Self::Reactions { day, .. } | Self::Joins { day, .. } => Some(*day),
        }
    }

    /// The key of the same on the day before; none for what is known for good.
    #[must_use]
    pub fn of_yesterday(mut self) -> Option<Self> {
        match &mut self {
            Self::Sender { .. } | Self::Feedback { .. } => return None,
            Self::Text { day, .. } | Self::Reactions { day, .. } | Self::Joins { day, .. } => {
                *day = day.saturating_sub(1);
            }
        }
        Some(self)
    }

    /// Whether no event at `newest` (seconds since 1970) or later asks for it: days before yesterday.
    #[must_use]
    pub fn is_outdated(&self, newest: i64) -> bool {
        self.day().is_some_and(|day| day < oldest_day(newest))
    }

    /// What the stored keys of a chat begin with, one for each kind.
    pub fn prefixes(bot: i64, chat: i64) -> impl Iterator<Item = Vec<u8>> {
        let of = move |kind: u8| [&[kind], bot.to_be_bytes().as_slice(), &chat.to_be_bytes()].concat();
        [SENDER, TEXT, REACTIONS, JOINS, FEEDBACK].into_iter().map(of)
    }

    /// The key as it is stored.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LARGEST);
        let mut put = |kind: u8, numbers: &[[u8; 8]]| {
            bytes.push(kind);
            bytes.extend_from_slice(numbers.as_flattened());
        };
        match self {
            Self::Sender { bot, chat, sender } => {
                put(SENDER, &[bot.to_be_bytes(), chat.to_be_bytes(), sender.to_be_bytes()]);
            }
            Self::Text { bot, chat, text, day } => {
                put(TEXT, &[bot.to_be_bytes(), chat.to_be_bytes(), text.to_be_bytes(), day.to_be_bytes()]);
            }
            Self::Reactions { bot, chat, sender, day } => {
                put(REACTIONS, &[bot.to_be_bytes(), chat.to_be_bytes(), sender.to_be_bytes(), day.to_be_bytes()]);
            }
            Self::Joins { bot, chat, day } => {
                put(JOINS, &[bot.to_be_bytes(), chat.to_be_bytes(), day.to_be_bytes()]);
            }
            Self::Feedback { bot, chat, band } => {
                put(FEEDBACK, &[bot.to_be_bytes(), chat.to_be_bytes(), band.to_be_bytes()]);
            }
        }
        bytes
    }

    /// Reads a stored key; none where it is of no known kind.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, mut rest) = bytes.split_first()?;
        let mut take = || {
            let (number, others) = rest.split_first_chunk()?;
            rest = others;
            Some(*number)
        };
        let (bot, chat) = (i64::from_be_bytes(take()?), i64::from_be_bytes(take()?));
        let key = match *kind {
            SENDER => Self::Sender { bot, chat, sender: i64::from_be_bytes(take()?) },
            TEXT => Self::Text { bot, chat, text: u64::from_be_bytes(take()?), day: i64::from_be_bytes(take()?) },
            REACTIONS => {
                Self::Reactions { bot, chat, sender: i64::from_be_bytes(take()?), day: i64::from_be_bytes(take()?) }
            }
            JOINS => Self::Joins { bot, chat, day: i64::from_be_bytes(take()?) },
            FEEDBACK => Self::Feedback { bot, chat, band: u64::from_be_bytes(take()?) },
            _ => return None,
        };
        rest.is_empty().then_some(key)
    }
}

/// The first day whose records matter to an event at `newest`: a day's window reaches into yesterday.
pub(crate) fn oldest_day(newest: i64) -> i64 {
    newest.div_euclid(DAY) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_storage() {
        for key in [
            Key::Sender { bot: 7, chat: -100, sender: -5 },
            Key::text(7, -100, u64::MAX, 5),
            Key::reactions(7, -100, -5, 5),
            Key::joins(7, -100, 5),
            Key::Feedback { bot: 7, chat: -100, band: u64::MAX },
        ] {
            assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
            assert_eq!(Key::prefixes(7, -100).filter(|prefix| key.to_bytes().starts_with(prefix)).count(), 1);
        }
    }

    #[test]
    fn other_bytes_are_no_key() {
        let key = Key::Sender { bot: 7, chat: 1, sender: 2 }.to_bytes();
        let text = Key::text(7, 1, 2, 3).to_bytes();
        for bytes in [
            &b""[..],
            &key[..24],
            &text[..25],
            &text[..32],
            &[key.as_slice(), b"x"].concat(),
            &[text.as_slice(), b"x"].concat(),
            &[b"z", &key[1..]].concat(),
        ] {
            assert_eq!(Key::from_bytes(bytes), None);
        }
    }

    #[test]
    fn what_is_of_a_day_is_outdated_when_another_lies_between() {
        let of = |date| [Key::text(7, 1, 2, date), Key::reactions(7, 1, 2, date), Key::joins(7, 1, date)];
        for (key, next) in of(10 * DAY - 1).into_iter().zip(of(10 * DAY)) {
            assert!(!key.is_outdated(9 * DAY));
            assert!(!key.is_outdated(11 * DAY - 1));
            assert!(key.is_outdated(11 * DAY));
            assert_eq!(next.of_yesterday(), Some(key));
        }
        assert!(!Key::Sender { bot: 7, chat: 1, sender: 2 }.is_outdated(i64::MAX));
    }
}
