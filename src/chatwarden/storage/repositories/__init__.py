"""Queries, a file per noun. They never commit: the request or the task does, once."""
