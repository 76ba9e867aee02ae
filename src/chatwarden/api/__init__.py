"""The HTTP API and the dashboard's files: a folder per noun with endpoints, schemas and service."""
