"""Senders: what a group knows of somebody, and what may be done about them."""
