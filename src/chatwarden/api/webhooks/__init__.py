"""Webhooks of a group: where its events are sent."""
