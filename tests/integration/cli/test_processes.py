"""Commands as processes of their own: what they import, and how they begin and end."""

import asyncio
import signal
import socket
import sys

import httpx

HELP = """
import sys
from chatwarden.cli import main
sys.argv = ["chatwarden", "--help"]
try:
    main()
finally:
    print("HEAVY", sorted({"aiogram", "sqlalchemy", "fastapi", "alembic"} & set(sys.modules)))
"""


async def output_of(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_help_names_the_commands_and_imports_nothing_heavy() -> None:
    code, out = await output_of("-c", HELP)

    assert code == 0
    assert all(name in out for name in ("run", "scan", "simulator", "migrate", "sign-in-link"))
    assert "HEAVY []" in out


async def test_the_simulator_starts_answers_and_ends_on_a_signal() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        "-m",
        "chatwarden",
        "simulator",
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        address = (await process.stdout.readline()).decode().split()[-1]
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{address}/bot42:TEST/getMe")
        process.send_signal(signal.SIGTERM)
        code = await process.wait()

    assert answer.json()["result"]["id"] == 42
    assert code == 0


async def test_a_taken_port_is_named_by_the_simulator() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, out = await output_of("-m", "chatwarden", "simulator", "--port", port)

    assert code == 1
    assert f"127.0.0.1:{port}" in out
    assert "Traceback" not in out
