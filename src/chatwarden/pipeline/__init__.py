"""The way of a message: ingest, scan, enforce. See ARCHITECTURE.md."""
