"""The only way to Telegram: raw polling, the client for everything else, and who has which rights."""
