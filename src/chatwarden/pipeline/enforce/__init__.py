"""The only place that punishes or restores."""
