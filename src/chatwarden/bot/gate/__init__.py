"""The gate: whoever is suspicious proves to be a person before they may write."""
