"""Plain ASGI wrappers round the whole application: they never hold a stream up."""
