"""Transfer: a group's policy, rules and allow list as a file, out and in."""
