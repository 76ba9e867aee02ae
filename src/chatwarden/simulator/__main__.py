"""``python -m chatwarden.simulator --port 8081 --token 42:TEST``."""

import argparse

from chatwarden.simulator.app import DEFAULT_TOKEN
from chatwarden.simulator.limiter import Limits
from chatwarden.simulator.server import serve


def main() -> None:
    """Serve a simulator until interrupted."""
    parser = argparse.ArgumentParser(prog="chatwarden.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", action="append", help="a bot's token; may be given again")
    parser.add_argument("--limits", action="store_true", help="answer 429 as Telegram does")
    parser.add_argument("--demo", action="store_true", help="play the demo group")
    given = parser.parse_args()
    limits = Limits() if given.limits else None
    tokens = given.token or [DEFAULT_TOKEN]
    serve(given.host, given.port, tokens=tokens, limits=limits, demo=given.demo)


if __name__ == "__main__":
    main()
