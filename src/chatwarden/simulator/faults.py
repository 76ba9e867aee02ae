"""Faults the control API orders: the next calls of a method fail, hang or lose their connection."""

from typing import Literal

import msgspec

FaultKind = Literal["error", "hang", "drop"]


class Fault(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What shall go wrong with the next `times` calls.

    `method` "*" means any but getUpdates. `kind` *error* answers with `code` and `description`
    (`retry_after` in seconds), *hang* leaves the call without an answer until the bot gives up, or
    closes the connection after `seconds`; *drop* closes it at once. `after_effect`: the call is
    carried out first, only its answer is lost: the case in which a bot cannot know.
    """

    method: str = "*"
    kind: FaultKind = "error"
    times: int = 1
    chat_id: int | None = None
    code: int = 500
    description: str = "Internal Server Error"
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None
    seconds: float | None = None
    after_effect: bool = False


class Faults:
    """The faults still to come, in the order they were given."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, method: str, chat_id: object) -> Fault | None:
        """The fault for a call, counted off; None if the call may go well."""
        for fault in self.waiting:
            if fault.method.lower() != method.lower() and (
                fault.method != "*" or method == "getUpdates"
            ):
                continue
            if fault.chat_id is not None and str(fault.chat_id) != str(chat_id):
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None
