"""Policies as API and bot treat them alike: checked by the engine, compared field by field."""
