"""Texts at rest."""

import pytest

from chatwarden.errors import SealBroken
from chatwarden.storage.sealing import Sealer

CLEAR = b"the words of a message"


def test_what_was_sealed_opens_at_its_place_only() -> None:
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal(CLEAR, place="outcome:1-2-1")

    assert sealer.open(sealed, place="outcome:1-2-1") == CLEAR
    with pytest.raises(SealBroken):
        sealer.open(sealed, place="outcome:1-3-1")


def test_another_key_or_a_changed_byte_opens_nothing() -> None:
    sealed = Sealer(b"k" * 32).seal(CLEAR, place="a")

    with pytest.raises(SealBroken):
        Sealer(b"l" * 32).open(sealed, place="a")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            Sealer(b"k" * 32).open(bytes(changed), place="a")


def test_the_same_text_is_sealed_differently_each_time_and_never_stands_in_it() -> None:
    sealer = Sealer(b"k" * 32)
    first, second = (sealer.seal(CLEAR, place="a") for _ in range(2))

    assert first != second
    assert CLEAR not in first


def test_bytes_too_short_to_be_sealed_are_refused() -> None:
    with pytest.raises(SealBroken):
        Sealer(b"k" * 32).open(b"\x01", place="a")
