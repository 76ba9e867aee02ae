"""`chatwarden canary`: what the switch between two colours asks before it lets one go live."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from tests.support.deployment import Deployment, deployed
from tests.support.scene import Scene, playing_scene

from chatwarden.canary import CHAT_ID
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, Outcome

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
async def scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


@pytest.fixture(scope="module")
async def deployment(
    scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    home = tmp_path_factory.mktemp("canary") / "data"
    async with deployed(home, scene.url) as deployment:
        yield deployment


async def canary(deployment: Deployment, ingest: str, api: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chatwarden", "canary", ingest, api),
        env=deployment.env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


def addresses(deployment: Deployment) -> tuple[str, str]:
    return deployment.services["ingest"].address, deployment.services["api"].address


async def test_a_deployment_that_judges_brings_the_canary_back_and_does_nothing_in_telegram(
    deployment: Deployment, scene: Scene
) -> None:
    code, said = await canary(deployment, *addresses(deployment))

    assert code == 0, said
    database = Database(deployment.database_url)
    async with database.transaction() as session:
        (outcome,) = await session.scalars(select(Outcome).where(Outcome.chat_id == CHAT_ID))
        actions = list(await session.scalars(select(Action).where(Action.chat_id == CHAT_ID)))
    await database.close()
    assert (outcome.message_verdict, outcome.state) == ("delete", "observed")
    assert actions == []
    asked = [
        call.method
        for call in await scene.control.calls()
        if call.chat_id in (CHAT_ID, str(CHAT_ID))
    ]
    assert not [method for method in asked if not method.startswith("get")]


async def test_without_a_processor_the_canary_says_how_far_it_came(deployment: Deployment) -> None:
    ingest, api = addresses(deployment)
    nowhere = await canary(deployment, NOBODY, api)
    await deployment.services["processor"].stop()
    unjudged = await canary(deployment, ingest, api)

    assert nowhere[0] == unjudged[0] == 1
    assert "Ingest took the message" in unjudged[1]
    assert "Traceback" not in nowhere[1] + unjudged[1]
