"""Texts at rest."""

from pathlib import Path

import pytest

from chatwarden.errors import ConfigurationError, SealBroken
from chatwarden.storage.sealing import Sealer, load_master_key

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


def test_the_master_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = load_master_key(tmp_path)

    assert load_master_key(tmp_path) == first
    assert len(first) == 32
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600


def test_a_key_file_of_another_size_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"short")

    with pytest.raises(ConfigurationError, match="is not a key"):
        load_master_key(tmp_path)
    assert (tmp_path / "master.key").read_bytes() == b"short"


def test_a_key_that_is_given_counts_and_none_is_made(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(bytes(range(32)))

    assert load_master_key(tmp_path / "data", given=given) == bytes(range(32))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("text", [None, b"short", b"k" * 32])
def test_a_given_key_that_is_missing_or_none_or_another_than_the_datas_is_refused(
    tmp_path: Path, text: bytes | None
) -> None:
    load_master_key(tmp_path)
    given = tmp_path / "given"
    if text is not None:
        given.write_bytes(text)

    with pytest.raises(ConfigurationError, match="given"):
        load_master_key(tmp_path, given=given)
