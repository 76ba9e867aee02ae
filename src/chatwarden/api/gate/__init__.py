"""The gate: what a newcomer is asked."""
