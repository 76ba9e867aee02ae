"""Groups: where the bot is."""
