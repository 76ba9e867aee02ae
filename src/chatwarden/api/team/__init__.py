"""Team: who may see and decide what in a group."""
