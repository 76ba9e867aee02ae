"""Outcomes in words, and what people may do about them: shared by the API and the bot."""
