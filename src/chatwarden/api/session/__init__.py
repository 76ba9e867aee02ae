"""Session: signing in and out."""
