"""Chatwarden: spam protection for Telegram groups that admins can trust."""
