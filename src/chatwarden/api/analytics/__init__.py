"""Analytics: what was done in a group over days, and whether it was right."""
