"""The master key: where it comes from, and what is refused."""

import base64
from pathlib import Path

import pytest
from tests.support.keys import master_key_in

from chatwarden.errors import ConfigurationError, SealBroken
from chatwarden.settings import Settings
from chatwarden.storage.master_key import LocalMasterKey, MasterKeys, read_master_keys

KEY, OTHER = bytes(range(32)), b"k" * 32


def read(**values: object) -> MasterKeys:
    return read_master_keys(Settings(_env_file=None, **values))  # type: ignore[arg-type]


def coded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_the_embedded_one_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = master_key_in(tmp_path)

    assert master_key_in(tmp_path) == first
    assert len(first) == 32
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    assert read(data_dir=tmp_path).present.id == LocalMasterKey(first).id


def test_where_one_is_given_it_counts(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(KEY)

    by_file = read(data_dir=tmp_path / "data", master_key_file=file)
    by_variable = read(data_dir=tmp_path / "data", master_key_base64=coded(KEY))

    assert by_file.present.id == by_variable.present.id == LocalMasterKey(KEY).id
    assert not (tmp_path / "data").exists()


def test_the_former_one_may_be_given_too(tmp_path: Path) -> None:
    file = tmp_path / "former"
    file.write_bytes(OTHER)

    by_file = read(master_key_base64=coded(KEY), former_master_key_file=file)
    by_variable = read(master_key_base64=coded(KEY), former_master_key_base64=coded(OTHER))

    wanted = [LocalMasterKey(KEY).id, LocalMasterKey(OTHER).id]
    assert [[one.id for one in both] for both in (by_file, by_variable)] == [wanted, wanted]


@pytest.mark.parametrize("text", [None, b"short", b"k" * 33])
def test_a_file_that_is_missing_or_no_key_is_refused_and_kept(
    tmp_path: Path, text: bytes | None
) -> None:
    file = tmp_path / "given"
    if text is not None:
        file.write_bytes(text)

    with pytest.raises(ConfigurationError, match="given"):
        read(master_key_file=file)
    assert text is None or file.read_bytes() == text


@pytest.mark.parametrize("text", ["short", "!" * 44, coded(b"k" * 31)])
def test_a_variable_that_is_no_key_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match="CHATWARDEN_MASTER_KEY_BASE64") as refused:
        read(master_key_base64=text)
    assert text not in str(refused.value)


async def test_a_data_key_is_unwrapped_by_its_master_key_at_its_place_only() -> None:
    wrapped = await LocalMasterKey(KEY).wrap(OTHER, place="data key:1")

    assert await LocalMasterKey(KEY).unwrap(wrapped, place="data key:1") == OTHER
    assert OTHER not in wrapped
    for master, place in (
        (LocalMasterKey(KEY), "data key:2"),
        (LocalMasterKey(OTHER), "data key:1"),
    ):
        with pytest.raises(SealBroken):
            await master.unwrap(wrapped, place=place)
