"""The control API: how tests and the demo direct the simulation."""
