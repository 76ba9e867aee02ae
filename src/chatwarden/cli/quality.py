"""How right the verdicts were, where rows have labels."""

from chatwarden.message_files.judging import Judged


class Quality:
    """Counts. Spam is caught where its message is deleted; ham is hurt there."""

    def __init__(self) -> None:
        self._judged = self._reviewed = self._deleted = self._punished = 0
        self._spam = self._spam_deleted = self._ham = self._ham_deleted = 0

    def add(self, judged: Judged) -> None:
        deleted = judged.message == "delete"
        self._judged += 1
        self._deleted += deleted
        self._reviewed += judged.message == "review"
        self._punished += judged.sender in ("mute", "kick", "ban")
        if judged.label == "spam":
            self._spam += 1
            self._spam_deleted += deleted
        elif judged.label == "ham":
            self._ham += 1
            self._ham_deleted += deleted

    def summary(self) -> str:
        """Lines for a terminal."""
        done = f"{self._deleted} deleted, {self._reviewed} for review"
        lines = [f"{self._judged} judged: {done}; senders to punish: {self._punished}"]
        if self._spam or self._ham:
            lines.append(
                f"precision {_share(self._spam_deleted, self._spam_deleted + self._ham_deleted)}, "
                f"recall {_share(self._spam_deleted, self._spam)} of {self._spam} spam, "
                f"false positives {_share(self._ham_deleted, self._ham)} of {self._ham} ham"
            )
        return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "unknown"
