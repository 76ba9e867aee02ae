"""The operator's own text model, made by `chatwarden train`."""

from pathlib import Path

from chatwarden._engine import Engine
from chatwarden.errors import FileUnusable


def take_text_model(engine: Engine, file: Path) -> None:
    """Judge by the model of this file. Raises FileUnusable: nothing is judged by another model than the one asked for."""
    try:
        engine.set_model(file.read_bytes())
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}.") from None
    except ValueError as error:
        raise FileUnusable(f"{file}: {error}.") from None


def new_engine(file: Path | None) -> Engine:
    """An engine that judges by the model of this file, without one by the built-in one. Raises FileUnusable."""
    engine = Engine()
    if file is not None:
        take_text_model(engine, file)
    return engine
