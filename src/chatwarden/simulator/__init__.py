"""A stateful Telegram Bot API server for the demo and the tests.

It knows people, groups, rights and messages as Telegram does, answers bots in Telegram's own words,
and writes down what they really did (the ledger). Nothing else of Chatwarden is imported here.
"""

from chatwarden.simulator.app import DEFAULT_TOKEN, Simulator, create_app
from chatwarden.simulator.limiter import Limits
from chatwarden.simulator.server import serve, serving

__all__ = ["DEFAULT_TOKEN", "Limits", "Simulator", "create_app", "serve", "serving"]
