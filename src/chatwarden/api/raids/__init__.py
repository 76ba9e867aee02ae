"""Raids: while many join at once."""
