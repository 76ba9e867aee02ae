"""Playground: what a message would get, without anything coming of it."""
