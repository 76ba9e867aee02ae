"""Fetches what the engine wants to know of an event.

In: a job. Out: facts as the engine takes them (`Engine.judge_batch`), as far as they could be had; None where none could. Each source
is bounded by itself; whatever it does, nothing escapes but a defect.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import partial
from typing import Any

import aiohttp
import msgspec

from chatwarden._engine import look_at_picture
from chatwarden.errors import TelegramRefused
from chatwarden.learning.meaning import MeaningReader
from chatwarden.pipeline.enrich.jobs import Job
from chatwarden.pipeline.enrich.message import Looked, PictureFile, look_into
from chatwarden.reputation.http import Http
from chatwarden.reputation.id_list import IdList
from chatwarden.reputation.lists import FederationReader, ask_cas, ask_lols, read_cas_export
from chatwarden.reputation.opinion import SECONDS as OPINION_SECONDS
from chatwarden.reputation.opinion import Model
from chatwarden.reputation.source import Bounds, Source
from chatwarden.settings import Settings
from chatwarden.telegram.client import TelegramClient

MOST_PICTURE_BYTES = 5 * 1024 * 1024
"""As many as `look_at_picture` takes."""
_DAY = 86_400.0
_PROFILES = Bounds(seconds=8, calls=30, calls_a_group=10)
_PICTURES = Bounds(seconds=10, calls=60, calls_a_group=20, fresh_seconds=_DAY)
_CHECKS = Bounds(calls=60, calls_a_group=20)

Facts = dict[str, Any]


class Evidence:
    """All sources of one bot. Use `connect`."""

    def __init__(
        self,
        settings: Settings,
        *,
        telegram: TelegramClient,
        http: Http,
        secret: bytes,
        meaning: MeaningReader | None,
    ) -> None:
        """`secret`: 32 bytes, by which texts are remembered without being known. `meaning`: where a sentence encoder may be there."""
        self._telegram = telegram
        self._meaning = meaning
        self.profiles = Source("profile", self._profile, bounds=_PROFILES)
        self.pictures = Source(
            "picture",
            self._picture,
            bounds=_PICTURES,
            remembered_by=lambda file: file.unique_id,
        )
        self.lists = list(_lists(settings, http))
        self.checks = list(_checks(settings, http))
        self.opinions = _opinions(settings, http, secret)
        self.vectors = None if meaning is None else _vectors(settings, meaning)

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        settings: Settings,
        *,
        telegram: TelegramClient,
        secret: bytes,
        meaning: MeaningReader | None = None,
    ) -> AsyncIterator["Evidence"]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            yield cls(
                settings, telegram=telegram, http=Http(session), secret=secret, meaning=meaning
            )

    async def run(self) -> None:
        """Keep downloaded lists fresh until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for one in self.lists:
                tasks.create_task(one.run(), name=f"list {one.name}")

    async def facts(self, job: Job) -> bytes | None:
        """What could be had of what the job wants."""
        looked = look_into(job.raw, most_bytes=MOST_PICTURE_BYTES)
        asked: dict[str, Awaitable[Any]] = {}
        if "profile" in job.wants and job.user_id is not None:
            asked["profile"] = self.profiles.about(job.user_id, chat_id=job.chat_id)
        if "lists" in job.wants and job.user_id is not None:
            asked["listed"] = self._listed(job.user_id, chat_id=job.chat_id)
        if "picture" in job.wants and looked.picture is not None:
            asked["picture"] = self.pictures.about(looked.picture, chat_id=job.chat_id)
        if "opinion" in job.wants and looked.text and self.opinions is not None:
            asked["opinion"] = self.opinions.about(looked.text, chat_id=job.chat_id)
        if "meaning" in job.wants and looked.text:
            asked["meaning"] = self._means(looked, chat_id=job.chat_id)
        answers = zip(asked, await asyncio.gather(*asked.values()), strict=True)
        facts = {name: answer for name, answer in answers if answer is not None}
        if (meaning := facts.pop("meaning", None)) is not None:
            facts |= meaning
        return msgspec.json.encode(facts) if facts else None

    async def _listed(self, user_id: int, *, chat_id: int) -> list[str] | None:
        """The lists that the user is on; None where none of them is."""
        on = [one.name for one in self.lists if user_id in one]
        checks = [check for check in self.checks if check.name not in on]
        answers = await asyncio.gather(*(one.about(user_id, chat_id=chat_id) for one in checks))
        on += [check.name for check, is_on in zip(checks, answers, strict=True) if is_on]
        return on or None

    async def _means(self, looked: Looked, *, chat_id: int) -> Facts | None:
        """What people's feedback says of a text's meaning; None where it says nothing."""
        if self._meaning is None or self.vectors is None:
            return None
        if (taught := await self._meaning.taught(chat_id)) is None:
            return None
        vector = await self.vectors.about(looked.text, chat_id=chat_id)
        if vector is None:
            return None
        said = taught.says(vector, date=looked.date)
        facts: Facts = {} if said.logit is None else {"meaning": said.logit}
        if said.prior:
            facts["prior"] = said.prior
        if said.campaign is not None:
            facts["campaign"] = dict(zip(("alike", "days", "shared"), said.campaign, strict=True))
        return facts or None

    @property
    def spared(self) -> dict[str, int]:
        """How often a source was not asked, for lack of budget or because it fails: by its name."""
        sources = [self.profiles, self.pictures, *self.checks, self.opinions, self.vectors]
        return {one.name: one.counts["spared"] for one in sources if one is not None}

    async def _profile(self, user_id: int) -> Facts:
        profile = await self._telegram.profile(user_id)
        facts: Facts = {"bio": profile.bio}
        if (channel := profile.personal_channel) is not None:
            facts["personal_channel"] = asdict(channel)
        if profile.photo_file_id is not None:
            photo = PictureFile(profile.photo_file_id, profile.photo_file_id)
            with suppress(TelegramRefused):
                if (looked := await self._picture(photo)) is not None:
                    facts["photo_hash"] = looked["hash"]
        return facts

    async def _picture(self, file: PictureFile) -> Facts | None:
        """None where the file is no picture that can be looked at. The bytes are thrown away."""
        picture = await self._telegram.download(file.file_id, most_bytes=MOST_PICTURE_BYTES)
        try:
            hash_, links = await asyncio.to_thread(look_at_picture, picture)
        except ValueError:
            return None
        return {"hash": f"{hash_:016x}", "links": links}


def _lists(settings: Settings, http: Http) -> Iterator[IdList]:
    folder = settings.data_dir / "reputation"
    if settings.cas != "off":
        address = f"{settings.cas_api}/export.csv"
        yield IdList("cas", address, read=read_cas_export, http=http, file=folder / "cas.csv")
    for one in settings.federations:
        name, file = f"federation:{one.name}", folder / f"federation-{one.name}.txt"
        yield IdList(name, one.url, read=FederationReader(one.key), http=http, file=file)


def _checks(settings: Settings, http: Http) -> Iterator[Source[int, bool]]:
    if settings.cas == "check":
        yield Source("cas", partial(ask_cas, http, settings.cas_api), bounds=_CHECKS)
    if settings.lols:
        yield Source("lols", partial(ask_lols, http, settings.lols_api), bounds=_CHECKS)


def _vectors(settings: Settings, meaning: MeaningReader) -> Source[str, bytes]:
    calls = settings.meaning_calls_a_minute
    bounds = Bounds(seconds=2, calls=calls, calls_a_group=calls, fresh_seconds=_DAY)
    return Source("meaning", meaning.vector, bounds=bounds, remembered_by=meaning.digest)


def _opinions(settings: Settings, http: Http, secret: bytes) -> Source[str, int] | None:
    if settings.opinion_api is None:
        return None
    key = settings.opinion_key
    model = Model(
        http,
        settings.opinion_api,
        model=settings.opinion_model,
        key=None if key is None else key.get_secret_value(),
        secret=secret,
    )
    bounds = Bounds(
        seconds=OPINION_SECONDS,
        calls=settings.opinion_calls_a_day,
        calls_a_group=settings.opinion_calls_a_day,
        period_seconds=_DAY,
        fresh_seconds=_DAY,
    )
    return Source("opinion", model.ask, bounds=bounds, remembered_by=model.digest)
