"""Operator: the deployment itself, for whoever runs it."""
