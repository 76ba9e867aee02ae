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
    /// What people said of texts and pictures in one band of near-duplicates.
    Feedback {
        /// The bot.
        bot: i64,
        /// Whose feedback: a chat.
        chat: i64,
        /// A band of a sketch.
        band: u64,
    },
}

const FEEDBACK: u8 = b'f';
const SENDER: u8 = b's';
const TEXT: u8 = b't';
/// A letter and big-endian numbers: four of a text, three of the others.
const LARGEST: usize = 1 + 4 * 8;
const DAY: i64 = 86_400;

impl Key {
    /// The key of a text that was written at `date`, seconds since 1970.
    #[must_use]
    pub fn text(bot: i64, chat: i64, text: u64, date: i64) -> Self {
        Self::Text { bot, chat, text, day: date.div_euclid(DAY) }
    }

    /// The same text's key of the day before; none for what is kept for longer.
    #[must_use]
    pub fn of_yesterday(self) -> Option<Self> {
        match self {
            Self::Sender { .. } | Self::Feedback { .. } => None,
            Self::Text { bot, chat, text, day } => Some(Self::Text { bot, chat, text, day: day.saturating_sub(1) }),
        }
    }

    /// Whether no event at `newest` (seconds since 1970) or later asks for it: texts of days before yesterday.
    #[must_use]
    pub fn is_outdated(&self, newest: i64) -> bool {
        matches!(self, Self::Text { day, .. } if *day < oldest_day(newest))
    }

    /// The key as it is stored.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LARGEST);
        match self {
            Self::Sender { bot, chat, sender } => {
                bytes.push(SENDER);
                bytes.extend_from_slice([bot.to_be_bytes(), chat.to_be_bytes(), sender.to_be_bytes()].as_flattened());
            }
            Self::Feedback { bot, chat, band } => {
                bytes.push(FEEDBACK);
                bytes.extend_from_slice([bot.to_be_bytes(), chat.to_be_bytes(), band.to_be_bytes()].as_flattened());
            }
            Self::Text { bot, chat, text, day } => {
                let numbers = [bot.to_be_bytes(), chat.to_be_bytes(), text.to_be_bytes(), day.to_be_bytes()];
                bytes.push(TEXT);
                bytes.extend_from_slice(numbers.as_flattened());
            }
        }
        bytes
    }

    /// Reads a stored key; none where it is of no known kind.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (bot, rest) = rest.split_first_chunk()?;
        let (chat, rest) = rest.split_first_chunk()?;
        let (third, rest) = rest.split_first_chunk()?;
        let (bot, chat) = (i64::from_be_bytes(*bot), i64::from_be_bytes(*chat));
        match *kind {
            SENDER if rest.is_empty() => Some(Self::Sender { bot, chat, sender: i64::from_be_bytes(*third) }),
            FEEDBACK if rest.is_empty() => Some(Self::Feedback { bot, chat, band: u64::from_be_bytes(*third) }),
            TEXT => {
                let day = i64::from_be_bytes(rest.try_into().ok()?);
                Some(Self::Text { bot, chat, text: u64::from_be_bytes(*third), day })
            }
            _ => None,
        }
    }
}

/// The first day whose texts matter to an event at `newest`: a day's window reaches into yesterday.
pub(crate) fn oldest_day(newest: i64) -> i64 {
    newest.div_euclid(DAY) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_storage() {
        let feedback = Key::Feedback { bot: 7, chat: -100, band: u64::MAX };
        for key in [Key::Sender { bot: 7, chat: -100, sender: -5 }, Key::text(7, -100, u64::MAX, 5), feedback] {
            assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
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
    fn a_text_is_outdated_when_a_day_lies_between() {
        let key = Key::text(7, 1, 2, 10 * DAY - 1);
        assert!(!key.is_outdated(9 * DAY));
        assert!(!key.is_outdated(11 * DAY - 1));
        assert!(key.is_outdated(11 * DAY));
        assert_eq!(Key::text(7, 1, 2, 10 * DAY).of_yesterday(), Some(key));
        assert!(!Key::Sender { bot: 7, chat: 1, sender: 2 }.is_outdated(i64::MAX));
    }
}
