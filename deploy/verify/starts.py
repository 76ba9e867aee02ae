"""How long each service takes to start, and how much memory it has: one container after the other is started anew, with nothing else asked.

In: a Compose project that runs, by name. Out: figures as JSON. Seconds are from the container's start to the line in which the service says
that it serves; memory is what Docker counts of the container, before (after the load of the scenario) and some seconds after the start.
"""

import argparse
import json
import re
import shutil
import subprocess
import time
from datetime import datetime
from typing import Any

SERVES = re.compile(r'^(ingest|enforce|record|bot|api|Dashboard): http|"message":"started"')
DOCKER = shutil.which("docker") or "docker"
SECONDS = 60
SETTLED = 10


def docker(*command: str) -> str:
    done = subprocess.run([DOCKER, *command], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def moment(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*Z", r"\1+00:00", text))


def megabytes(container: str) -> float:
    amount = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", container).split("/")[0]
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", amount.strip()).groups()  # type: ignore[union-attr]
    return round(float(number) * {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}[unit] / 1e6)


def seconds_to_serve(container: str) -> float:
    began = docker("inspect", "--format", "{{.State.StartedAt}}", container).strip()
    for _ in range(SECONDS * 2):
        for line in docker("logs", "--timestamps", "--since", began, container).splitlines():
            at, _, said = line.partition(" ")
            if SERVES.search(said):
                return round((moment(at) - moment(began)).total_seconds(), 2)
        time.sleep(0.5)
    raise AssertionError(f"{container} does not say that it serves")


def figures_of(container: str) -> dict[str, Any]:
    after_load = megabytes(container)
    docker("restart", container)
    seconds = seconds_to_serve(container)
    time.sleep(SETTLED)
    return {"starts_in_s": seconds, "memory_mb": megabytes(container), "after_load_mb": after_load}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", required=True)
    parser.add_argument("--image", required=True)
    given = parser.parse_args()
    label = f"label=com.docker.compose.project={given.project}"
    form = '{{.Label "com.docker.compose.service"}} {{.ID}}'
    running = dict(
        line.split() for line in docker("ps", "--filter", label, "--format", form).splitlines()
    )
    figures = {
        name: figures_of(container)
        for name, container in sorted(running.items())
        if re.match("ingest|api|processor|enforce|record|bot", name)
    }
    demo = docker("run", "--detach", "--read-only", "--tmpfs=/tmp", given.image).strip()
    try:
        figures["embedded, with the demo group"] = {"starts_in_s": seconds_to_serve(demo)}
        time.sleep(SETTLED * 3)
        figures["embedded, with the demo group"]["memory_mb"] = megabytes(demo)
    finally:
        docker("rm", "--force", "--volumes", demo)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
