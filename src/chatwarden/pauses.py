"""Keeps what makes a process' loop wait short: garbage collections, and the turns of its threads.

A full collection looks at every object there is, and nothing else runs meanwhile: a quarter of a second with the types of Telegram's and of the API, every few seconds.
What the start left behind stays as long as the process: it is not looked at again.

A thread that comes back with rows waits for Python's lock for as long as the loop may keep it.
"""

import asyncio
import gc
import sys

_STARTED_AFTER = (10.0, 30.0, 120.0)
"""Seconds. What is used for the first time later on is no more than a collection takes in a few milliseconds."""
_NEW_OBJECTS = 5_000
"""From which the newest are looked at."""
_LOCK_SECONDS = 0.0005
"""A tenth of what Python begins with."""


def keep_pauses_short() -> None:
    """Call once, in the loop of a process that goes on."""
    sys.setswitchinterval(_LOCK_SECONDS)
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    loop = asyncio.get_running_loop()
    for seconds in _STARTED_AFTER:
        loop.call_later(seconds, gc.freeze)
