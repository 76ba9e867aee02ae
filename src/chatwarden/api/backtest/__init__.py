"""Backtest: a file of messages under two policies."""
