"""Policy, rules and allow list of a group as a file: written, read, compared with what counts, taken in."""
