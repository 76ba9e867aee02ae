"""Me: who is signed in."""
