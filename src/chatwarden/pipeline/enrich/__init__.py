"""Slow evidence: fetched beside the way of a message, judged in a second round."""
