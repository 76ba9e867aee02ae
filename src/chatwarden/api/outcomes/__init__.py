"""Outcomes: what was judged, what was done about it, and how to take it back."""
