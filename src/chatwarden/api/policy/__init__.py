"""Policy: what a group wants done, its history, and what the engine takes as one."""
