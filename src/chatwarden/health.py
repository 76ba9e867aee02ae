"""How a part of the deployment is."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part. `detail` is a sentence for an operator; never a token or a text."""

    name: str
    state: Literal["ok", "starting", "failing"]
    detail: str
