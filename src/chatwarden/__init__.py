"""Chatwarden: spam protection for Telegram groups."""
