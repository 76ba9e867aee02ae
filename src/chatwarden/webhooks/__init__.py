"""Outgoing webhooks: a group's events, sent to addresses that its admins name (docs/guides/webhooks.md)."""
