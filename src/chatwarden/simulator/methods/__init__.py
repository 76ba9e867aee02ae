"""The Bot API's methods, a file per subject."""
