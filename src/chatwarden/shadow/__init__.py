"""A part of production's updates for staging, with nobody's name, id or words in them (docs/guides/staging.md)."""
