"""The signals: the engine's catalogue of what it looks for."""
