"""Raids: many join at once. They begin by themselves or by an admin's word, and end by themselves."""
