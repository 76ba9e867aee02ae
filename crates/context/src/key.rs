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
    /// A long text in a chat.
    Text {
        /// The bot.
        bot: i64,
        /// The chat.
        chat: i64,
        /// Hash of the folded text.
        text: u64,
    },
}

const SENDER: u8 = b's';
const TEXT: u8 = b't';
/// A letter and three big-endian numbers.
const SIZE: usize = 1 + 3 * 8;

impl Key {
    /// The key as it is stored.
    #[must_use]
    pub fn to_bytes(self) -> [u8; SIZE] {
        let (kind, numbers) = match self {
            Self::Sender { bot, chat, sender } => {
                (SENDER, [bot.to_be_bytes(), chat.to_be_bytes(), sender.to_be_bytes()])
            }
            Self::Text { bot, chat, text } => (TEXT, [bot.to_be_bytes(), chat.to_be_bytes(), text.to_be_bytes()]),
        };
        let mut bytes = [kind; SIZE];
        for (slot, byte) in bytes.iter_mut().skip(1).zip(numbers.as_flattened()) {
            *slot = *byte;
        }
        bytes
    }

    /// Reads a stored key; none where it is of no known kind.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (bot, rest) = rest.split_first_chunk()?;
        let (chat, rest) = rest.split_first_chunk()?;
        let last = rest.try_into().ok()?;
        let (bot, chat) = (i64::from_be_bytes(*bot), i64::from_be_bytes(*chat));
        match *kind {
            SENDER => Some(Self::Sender { bot, chat, sender: i64::from_be_bytes(last) }),
            TEXT => Some(Self::Text { bot, chat, text: u64::from_be_bytes(last) }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_storage() {
        for key in [Key::Sender { bot: 7, chat: -100, sender: -5 }, Key::Text { bot: 7, chat: -100, text: u64::MAX }] {
            assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
        }
    }

    #[test]
    fn other_bytes_are_no_key() {
        let key = Key::Sender { bot: 7, chat: 1, sender: 2 }.to_bytes();
        for bytes in [&b""[..], &key[..24], &[key.as_slice(), b"x"].concat(), &[b"z", &key[1..]].concat()] {
            assert_eq!(Key::from_bytes(bytes), None);
        }
    }
}
