"""What stands in place of a person who asked to be erased."""

import hmac

from chatwarden.storage.sealing import derive_key

_LEAST = 2**52
"""Ids of Telegram have up to 52 bits; JavaScript's numbers are exact up to 53."""


class Pseudonyms:
    """Keyed hashes of people's ids: the same for the same person, and nobody without the key tells whose it is."""

    def __init__(self, key: bytes) -> None:
        """`key`: the deployment's data key."""
        self._key = derive_key(key, purpose="pseudonyms")

    def of(self, person: int) -> int:
        """A number that is no id of Telegram's."""
        digest = hmac.digest(self._key, b"%d" % person, "sha256")
        return _LEAST + int.from_bytes(digest[:8]) % _LEAST

    @staticmethod
    def is_one(person: int) -> bool:
        """Whether it is a pseudonym already."""
        return person >= _LEAST
