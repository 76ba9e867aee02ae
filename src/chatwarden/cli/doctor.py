"""`chatwarden doctor`: what is wrong with this deployment, and how to mend it (docs/guides/doctor.md)."""

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from chatwarden.cli.settings import read_settings

if TYPE_CHECKING:
    from chatwarden.doctor.finding import Finding
    from chatwarden.settings import Settings

_MARKS = {"ok": "ok     ", "warning": "warning", "failing": "FAILING"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON per finding.")] = False,
) -> None:
    """Look at token, rights, privacy mode, webhook, database, Redis, backups, and say how to mend each. Exit code 1 where something fails."""
    findings = asyncio.run(_examine(read_settings(), as_json=as_json))
    if any(finding.state == "failing" for finding in findings):
        sys.exit(1)


async def _examine(settings: "Settings", *, as_json: bool) -> "list[Finding]":
    import msgspec

    from chatwarden.doctor.examination import examine

    findings = []
    async for finding in examine(settings):
        findings.append(finding)
        if as_json:
            print(msgspec.json.encode(asdict(finding)).decode(), flush=True)
        else:
            print(f"{_MARKS[finding.state]}  {finding.part}: {finding.detail}", flush=True)
            if finding.mend:
                print(f"         {finding.mend}", flush=True)
    return findings
