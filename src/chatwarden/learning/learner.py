"""Makes of people's feedback what messages are judged with: of a group's own, and of what its workspace agrees on.

In: a group whose feedback changed, a workspace whose groups did. Out: a new version of what was learned and the marks of known spam,
stored in one transaction; then the engine of this process takes them. Fails with StorageUnavailable; then nothing changed.

What a workspace shares depends on feedback alone, what a group learned on its own feedback and on what is shared: both can be learned
anew at any time, and come out the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import structlog

from chatwarden._engine import MOST_TAPS, Batch, Engine, Shared, SharedTap
from chatwarden.errors import StorageUnavailable
from chatwarden.learning.meaning import MeaningLearner
from chatwarden.storage.database import Database
from chatwarden.storage.models import Feedback, Imported, Workspace
from chatwarden.storage.repositories import feedback as repository
from chatwarden.storage.repositories import imported, workspaces
from chatwarden.storage.repositories.context import store_context
from chatwarden.storage.repositories.groups import find_group, list_groups
from chatwarden.storage.repositories.workspaces import SharedFeedback

log = structlog.get_logger()

OnLearned = Callable[[int, Sequence[tuple[bytes, bytes]]], Awaitable[None]]

NOBODYS = 0
"""Stands for the workspace of groups that are in none: they share what was taken in from elsewhere."""
_WEIGHT_OF_IMPORTED = 300
"""Of a tap's 1000: as much as a ban in Telegram."""
_LOOK_SECONDS = 60.0
"""How often is looked for what changed without a word: from the command line, or by a process that died."""
_RESTS_FOR = 9
"""As many times as long as it took to share a workspace's feedback it is not shared again: a tenth of a core at most, however many tap."""


class _Lesson(NamedTuple):
    """What is to be learned anew."""

    of: Literal["group", "workspace"]
    id: int


class Learner:
    """One bot's learning."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        *,
        bot_id: int,
        meaning: MeaningLearner | None = None,
        on_learned: OnLearned | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`meaning`: where a sentence encoder may be there. `on_learned`: told of groups that have learned something new, with the context records that mark known spam, where other
        processes judge, too.
        """
        self._database = database
        self._engine = engine
        self._bot_id = bot_id
        self._meaning = meaning
        self._on_learned = on_learned
        self._clock = clock
        self._lessons: asyncio.Queue[_Lesson] = asyncio.Queue()
        self._waiting: set[_Lesson] = set()
        self._shared: dict[int, Shared] = {}
        """What each workspace shares, over the engine's model; at NOBODYS what counts for groups of none."""
        self._placed: dict[int, int] = {}
        """The workspace over whose knowledge each group judges."""
        self._rested_at: dict[int, float] = {}
        """By workspace, from when on it may be shared again, in seconds of the event loop."""
        self._imported = (0, 0)
        """What was taken in from elsewhere when that was last looked at."""

    def feedback_changed(self, chat_id: int) -> None:
        """A group's feedback was given or taken back: what it learned counts within a second."""
        self._want(_Lesson("group", chat_id))

    def workspaces_changed(self, chat_id: int, workspace_ids: Collection[int]) -> None:
        """A group came to a workspace, or left one."""
        for workspace_id in workspace_ids:
            self._want(_Lesson("workspace", workspace_id))
        self._want(_Lesson("group", chat_id))

    async def run(self) -> None:
        """Learn whenever feedback changes, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    lesson = await self._lessons.get()
            except TimeoutError:
                try:
                    await self.look()
                except StorageUnavailable as error:
                    log.error("feedback waits for the database", detail=error.detail)
            else:
                await self._learn_or_later(lesson)

    async def learn_next(self) -> None:
        """Wait until there is something to learn, and learn it."""
        await self._learn_or_later(await self._lessons.get())

    async def start(self) -> None:
        """Take what was learned; what changed since is learned by `run`. Call once, before the first batch."""
        model = self._engine.model
        async with self._database.transaction() as session:
            learned = await repository.learned_of_bot(session, bot_id=self._bot_id, model=model)
            of_groups = await workspaces.groups_by_workspace(session, bot_id=self._bot_id)
            stored = await workspaces.workspaces_of_bot(session, bot_id=self._bot_id)
            pictures = await repository.known_pictures(session, bot_id=self._bot_id)
            taken_in = await imported.all_imported(session)
            self._imported = await imported.imported_state(session)
            groups = await list_groups(session, bot_id=self._bot_id)
        if taken_in:
            self._shared[NOBODYS] = await self._agreed(taken_in)
        for chat_id, said in pictures.items():
            self._engine.set_pictures(self._bot_id, chat_id, [known_picture(row) for row in said])
        for workspace in stored:
            self._take_stored(workspace, model=model)
        for group in groups:
            self._placed[group.chat_id] = of_groups.get(group.chat_id, NOBODYS)
            shared = self._shared.get(self._placed[group.chat_id])
            self._engine.set_learned(self._bot_id, group.chat_id, None, shared)
        for one in learned:
            shared = self._shared.get(of_groups.get(one.chat_id, NOBODYS))
            if one.shared != _fingerprint(shared):
                self.feedback_changed(one.chat_id)
                continue
            try:
                self._engine.set_learned(self._bot_id, one.chat_id, one.delta, shared)
            except ValueError as error:
                # Written by another version: learned anew from the feedback.
                log.warning("learned anew", chat_id=one.chat_id, reason=str(error))
                self.feedback_changed(one.chat_id)
        await self.look()

    async def look(self) -> None:
        """Want whatever is behind its feedback. Raises StorageUnavailable."""
        which = {"bot_id": self._bot_id, "model": self._engine.model}
        async with self._database.transaction() as session:
            groups = await repository.groups_to_learn(session, **which)
            shares = await workspaces.workspaces_to_share(session, **which)
            of_groups = await workspaces.groups_by_workspace(session, bot_id=self._bot_id)
            taken_in = await imported.imported_state(session)
        moved = {
            chat_id
            for chat_id, its in self._placed.items()
            if of_groups.get(chat_id, NOBODYS) != its
        }
        if taken_in != self._imported:
            self._imported = taken_in
            self._want(_Lesson("workspace", NOBODYS))
        for chat_id in {*groups, *moved}:
            self.feedback_changed(chat_id)
        for workspace_id in shares:
            self._want(_Lesson("workspace", workspace_id))

    async def learn(self, chat_id: int) -> None:
        """Learn a group's feedback anew, and what its workspace makes of it. Raises StorageUnavailable."""
        workspace_id = await self._learn_own(chat_id)
        if workspace_id != NOBODYS:
            await self.share(workspace_id)

    async def _learn_own(self, chat_id: int) -> int:
        """The workspace that the group is in."""
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
        workspace_id = NOBODYS if group is None else group.workspace_id or NOBODYS
        await self._learn_group(chat_id, workspace_id)
        return workspace_id

    async def share(self, workspace_id: int) -> None:
        """Find anew what the groups of a workspace agree on; where that changed, each of them learns over it. Raises StorageUnavailable."""
        now = self._clock()
        async with self._database.transaction() as session:
            workspace = await session.get(Workspace, workspace_id)
            if workspace is None and workspace_id != NOBODYS:
                return
            taken_in = await imported.all_imported(session)
            said = []
            if workspace is not None:
                said = await workspaces.shared_feedback(session, workspace, most_a_group=MOST_TAPS)
            of_groups = await workspaces.groups_by_workspace(session, bot_id=self._bot_id)
            everyone = await list_groups(session, bot_id=self._bot_id)
        shared = await self._agreed(taken_in, said)
        async with self._database.transaction() as session:
            await workspaces.store_shared(
                session, workspace_id, shared=shared.to_bytes(), model=self._engine.model, now=now
            )
        known = self._shared.get(workspace_id)
        self._shared[workspace_id] = shared
        if _fingerprint(known) == shared.fingerprint:
            return
        groups = [
            group.chat_id
            for group in everyone
            if of_groups.get(group.chat_id, NOBODYS) == workspace_id
        ]
        log.info(
            "shared", workspace=workspace_id, taps=len(taken_in) + len(said), groups=len(groups)
        )
        for chat_id in groups:
            await self._learn_group(chat_id, workspace_id)

    async def _share_and_rest(self, workspace_id: int) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self.share(workspace_id)
        ended = loop.time()
        self._rested_at[workspace_id] = ended + _RESTS_FOR * (ended - began)

    async def _agreed(
        self, taken_in: Sequence[Imported], said: Sequence[SharedFeedback] = ()
    ) -> Shared:
        def agree() -> Shared:
            return self._engine.share([*map(imported_tap, taken_in), *map(_tap, said)])

        return await asyncio.to_thread(agree)

    async def _learn_group(self, chat_id: int, workspace_id: int) -> None:
        now = self._clock()
        shared = self._shared.get(workspace_id)
        async with self._database.transaction() as session:
            before = await repository.find_learned(session, bot_id=self._bot_id, chat_id=chat_id)
            taps = await repository.taps_of_group(
                session, bot_id=self._bot_id, chat_id=chat_id, limit=MOST_TAPS
            )
            changed = await repository.changed_since(
                session,
                bot_id=self._bot_id,
                chat_id=chat_id,
                since=None if before is None else before.learned_at,
            )
            pictures = await repository.known_pictures(
                session, bot_id=self._bot_id, chat_id=chat_id
            )
        if before is None and not taps and not changed and shared is not None:
            # Nobody here said anything: nothing of its own to keep.
            self._placed[chat_id] = workspace_id
            self._engine.set_learned(self._bot_id, chat_id, None, shared)
            if self._on_learned is not None:
                await self._on_learned(chat_id, [])
            return
        delta = await asyncio.to_thread(
            self._engine.learn,
            [(tap.features, tap.is_spam, tap.weight, _seconds(tap.given_at)) for tap in taps],
            shared,
        )
        head = None if self._meaning is None else await self._meaning.learn(chat_id, taps)
        marks = self._engine.take_feedback(
            self._bot_id,
            chat_id,
            [
                (
                    row.id,
                    _seconds(row.message_date),
                    row.sketch or b"",
                    row.label == "spam",
                    row.taken_back_at is not None,
                )
                for row in changed
            ],
        )
        version = await self._store(
            chat_id, delta, head, marks, shared=shared, taps=len(taps), now=now
        )
        self._placed[chat_id] = workspace_id
        self._engine.set_learned(self._bot_id, chat_id, delta, shared)
        said = [known_picture(row) for row in pictures[chat_id]]
        self._engine.set_pictures(self._bot_id, chat_id, said)
        self._engine.commit(marks)
        if self._on_learned is not None:
            await self._on_learned(chat_id, marks.changes)
        log.info("learned", chat_id=chat_id, version=version, taps=len(taps), bytes=len(delta))

    async def _store(
        self,
        chat_id: int,
        delta: bytes,
        head: bytes | None,
        marks: Batch,
        *,
        shared: Shared | None,
        taps: int,
        now: datetime,
    ) -> int:
        async with self._database.transaction() as session:
            await store_context(session, marks.changes)
            return await repository.store_learned(
                session,
                bot_id=self._bot_id,
                chat_id=chat_id,
                delta=delta,
                head=head,
                model=self._engine.model,
                shared=_fingerprint(shared),
                taps=taps,
                now=now,
            )

    def _take_stored(self, workspace: Workspace, *, model: int) -> None:
        if workspace.shared is None or workspace.model != model:
            return
        try:
            self._shared[workspace.id] = Shared(workspace.shared)
        except ValueError as error:
            log.warning("shared anew", workspace=workspace.id, reason=str(error))
            self._want(_Lesson("workspace", workspace.id))

    def _want(self, lesson: _Lesson) -> None:
        """Once, however often it is asked for before its turn comes; a workspace's turn comes when it has rested."""
        if lesson in self._waiting:
            return
        self._waiting.add(lesson)
        loop = asyncio.get_running_loop()
        rested_at = self._rested_at.get(lesson.id, 0.0) if lesson.of == "workspace" else 0.0
        if rested_at <= loop.time():
            self._lessons.put_nowait(lesson)
        else:
            loop.call_at(rested_at, self._lessons.put_nowait, lesson)

    async def _learn_or_later(self, lesson: _Lesson) -> None:
        self._waiting.discard(lesson)
        try:
            if lesson.of == "workspace":
                await self._share_and_rest(lesson.id)
            elif (workspace_id := await self._learn_own(lesson.id)) != NOBODYS:
                # After the groups that wait: what several of them were told is shared once.
                self._want(_Lesson("workspace", workspace_id))
        except StorageUnavailable as error:
            log.error("feedback waits for the database", detail=error.detail)
            await asyncio.sleep(error.seconds)
            self._want(lesson)


def _tap(said: SharedFeedback) -> SharedTap:
    return SharedTap(
        said.given_by,
        said.chat_id,
        "owner" if said.is_owner else "member",
        features=said.features,
        sketch=said.sketch,
        picture=int(said.picture, 16) if said.picture and said.source == "admin" else None,
        is_spam=said.label == "spam",
        weight=said.weight,
        given_at=_seconds(said.given_at),
        date=_seconds(said.message_date),
    )


def imported_tap(row: Imported) -> SharedTap:
    """The file says how many agreed; here it is one voice, of little weight."""
    return SharedTap(
        f"import:{row.source}",
        NOBODYS,
        "elsewhere",
        features=row.features,
        sketch=row.sketch,
        picture=None if row.picture is None else int(row.picture, 16),
        is_spam=row.label == "spam",
        weight=_WEIGHT_OF_IMPORTED,
        given_at=_seconds(row.imported_at),
        date=_seconds(row.message_date),
    )


def known_picture(row: Feedback) -> tuple[int, int, bool]:
    """As the engine takes what was said of a picture."""
    assert row.picture is not None
    return int(row.picture, 16), _seconds(row.message_date), row.label == "spam"


def _fingerprint(shared: Shared | None) -> int | None:
    return None if shared is None else shared.fingerprint


def _seconds(when: datetime) -> int:
    return int(when.timestamp())
