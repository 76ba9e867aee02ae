"""API keys: how programs use the API."""
