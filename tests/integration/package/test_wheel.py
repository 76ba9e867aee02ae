"""The wheel: all that people install, in a virtual environment of its own, without Rust and Node."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.support.product import Product, start_product
from tests.support.scene import eventually

_ROOT = Path(__file__).parents[3]
_NOT_ASKED = "http://127.0.0.1:9"
"""A demo has a Telegram of its own."""


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the tree: what is compiled already is taken as it is."""
    out = tmp_path_factory.mktemp("wheel")
    _run("maturin", "build", "--release", "--quiet", "--out", out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment that holds the wheel, what it needs, and nothing else."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    python = home / "bin" / "python"
    _run("uv", "venv", "--quiet", "--python", sys.executable, home)
    install = ("uv", "pip", "install", "--quiet", "--python", python)
    _run(*install, "--require-hashes", "-r", "requirements/runtime.lock")
    _run(*install, "--no-deps", wheel)
    return home / "bin"


@pytest.fixture(scope="module")
async def demo(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """`chatwarden run` of that environment, which finds no other program."""
    product = await start_product(
        tmp_path_factory.mktemp("demo") / "data",
        _NOT_ASKED,
        python=installed / "python",
        PATH=str(installed),
        CHATWARDEN_BOT_TOKEN="",
    )
    yield product
    assert await product.stop() == 0


def test_the_wheel_holds_engine_dashboard_and_migrations_and_no_source_of_rust(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    assert any(name.startswith("chatwarden/_engine.") for name in names)
    assert "chatwarden/api/static/index.html" in names
    assert any(name.startswith("chatwarden/storage/migrations/versions/") for name in names)
    assert any(name.startswith("chatwarden/locales/") for name in names)
    assert not [name for name in names if name.endswith((".rs", ".svelte", ".ts"))]


def test_the_environment_finds_neither_rust_nor_node(installed: Path) -> None:
    assert [
        shutil.which(name, path=str(installed)) for name in ("cargo", "rustc", "node", "npm")
    ] == [None] * 4
    assert not (installed.parent / "lib" / "node_modules").exists()


async def test_the_demo_group_is_guarded_from_the_wheel(demo: Product) -> None:
    async with demo.client() as client:

        async def has_deleted() -> bool:
            answer = await client.get("/api/v1/outcomes")
            answer.raise_for_status()
            return any(outcome["state"] == "enforced" for outcome in answer.json()["items"])

        await eventually(has_deleted, what="spam of the demo group is deleted", seconds=60)


async def test_the_dashboard_and_its_files_are_served_from_the_wheel(demo: Product) -> None:
    async with httpx.AsyncClient(base_url=demo.address) as client:
        page = await client.get("/")
        script, *_ = [part for part in page.text.split('"') if part.endswith(".js")]
        answer = await client.get(script.removeprefix("."))

    assert page.headers["content-type"].startswith("text/html")
    assert answer.status_code == 200
    assert "javascript" in answer.headers["content-type"]
