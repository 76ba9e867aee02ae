"""What the doctor says about one part."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a deployment. `failing`: it cannot do its work; `warning`: it can, and something should be mended."""

    part: str
    state: State
    detail: str
    """What was found. Never a token, a password or a text."""
    mend: str = ""
    """What to do; empty where nothing is to be done."""
