"""Ports for servers of the tests' own."""

import socket


def free_port() -> int:
    """One that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
