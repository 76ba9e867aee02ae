"""The operator's folder of lists and rules: taken in at the start, and again when a file in it changes.

In: a folder with text files `scam-hosts*.txt`, `telegram-names*.txt`, `shorteners*.txt`, `brands*.txt` and `rules.json`. Out: an engine that
knows them. Fails never: a file that cannot be used is told in the log, and what was known of it stays in use.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

import structlog

from chatwarden._engine import Engine, HostList, PolicyError

log = structlog.get_logger()

LOOK_SECONDS = 3.0
"""Between two looks at the folder. A changed file is read once it has stood unchanged from one look to the next."""
RULES = "rules.json"
_TOLD_LINES = 20
_KEPT = "what was read of it before stays in use"


class _Stamp(NamedTuple):
    """Tells a changed file from an unchanged one."""

    modified_ns: int
    size: int
    inode: int


class ListFolder:
    """Remembers what was read, so that only changed files are read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, _Stamp] = {}
        self._read: dict[Path, _Stamp] = {}
        self._lists: dict[Path, HostList] = {}
        self._rules = b"[]"
        self._is_gone = False

    def load(self, engine: Engine) -> None:
        """Give the engine everything as it is now."""
        self._seen = self._stamps()
        self._refresh(self._seen, engine)
        engine.set_lists(list(self._lists.values()))
        engine.set_rules(self._rules)

    async def watch(self, engine: Engine) -> None:
        """Give the engine what changes, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self.look, engine)

    def look(self, engine: Engine) -> None:
        """Give the engine what has changed, and has stood unchanged since the last look."""
        stamps = self._stamps()
        settled = {
            path: stamp if self._seen.get(path) == stamp else self._read.get(path)
            for path, stamp in stamps.items()
        }
        self._seen = stamps
        known = {path: stamp for path, stamp in settled.items() if stamp is not None}
        if self._refresh(known, engine):
            engine.set_lists(list(self._lists.values()))

    def _stamps(self) -> dict[Path, _Stamp]:
        try:
            facts = [
                (path, path.stat())
                for path in sorted(self._folder.iterdir())
                if path.suffix == ".txt" or path.name == RULES
            ]
        except OSError as error:
            if not self._is_gone:
                log.error("no lists", folder=str(self._folder), reason=error.strerror)
            self._is_gone = True
            return self._seen
        self._is_gone = False
        return {path: _Stamp(fact.st_mtime_ns, fact.st_size, fact.st_ino) for path, fact in facts}

    def _refresh(self, stamps: dict[Path, _Stamp], engine: Engine) -> bool:
        """Read what is new. True where a list changed; rules go to the engine at once, which says whether it accepts them."""
        changed = False
        for path in self._read.keys() - stamps.keys():
            del self._read[path]
            changed |= self._lists.pop(path, None) is not None
            if path.name == RULES:
                self._rules = b"[]"
                engine.set_rules(self._rules)
            log.info("list taken out", file=path.name)
        for path, stamp in stamps.items():
            if self._read.get(path) == stamp:
                continue
            self._read[path] = stamp
            if path.name == RULES:
                self._take_rules(path, engine)
            elif (found := _read(path)) is not None:
                self._lists[path] = found
                changed = True
        return changed

    def _take_rules(self, path: Path, engine: Engine) -> None:
        try:
            rules = path.read_bytes()
            engine.set_rules(rules)
        except (OSError, PolicyError) as error:
            log.error(f"rules not taken in; {_KEPT}", file=path.name, reason=str(error))
        else:
            self._rules = rules
            log.info("rules read", file=path.name)


def _read(path: Path) -> HostList | None:
    kind = next((kind for kind in HostList.KINDS if path.name.startswith(kind)), None)
    if kind is None:
        kinds = ", ".join(HostList.KINDS)
        log.warning(f"not read: a list's name begins with one of {kinds}", file=path.name)
        return None
    try:
        found = HostList(kind, path.read_bytes())
    except OSError as error:
        log.error(f"list not read; {_KEPT}", file=path.name, reason=error.strerror)
        return None
    told = [f"{line}: {what}" for line, what in found.faults[:_TOLD_LINES]]
    if found.is_broken:
        log.error(
            f"list not taken in: more lines are faulty than good; {_KEPT}",
            file=path.name,
            faulty=found.faulty_lines,
            lines=told,
        )
        return None
    if told:
        log.warning(
            "lines of a list passed over", file=path.name, faulty=found.faulty_lines, lines=told
        )
    log.info("list read", file=path.name, entries=len(found))
    return found
