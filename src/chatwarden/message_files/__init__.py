"""Files of messages: exports of Telegram Desktop and JSON Lines, read message by message, and judged."""
