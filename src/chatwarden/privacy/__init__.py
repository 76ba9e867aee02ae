"""What is kept of people: what that is, and its erasure (docs/privacy.md)."""
