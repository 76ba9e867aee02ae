"""Every package that ships must go with Apache-2.0: `make check` lists the licences that do not.

Run as a module. Covers what `requirements/runtime.lock` installs; Rust's crates are read from cargo's metadata.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOOD = re.compile(
    r"MIT|Apache|BSD|ISC|PSF|Python Software Foundation|MPL|Mozilla Public License 2|Unicode|Zlib|0BSD|CC0|Unlicense|"
    r"Public Domain|BSL-1\.0|CDLA",
    re.IGNORECASE,
)


def main() -> int:
    """Print packages whose licence is unknown or does not go with Apache-2.0; exit code 1 if any."""
    packages = {**_python(), **_rust()}
    bad = {name: licence for name, licence in packages.items() if not GOOD.search(licence)}
    for name, licence in sorted(bad.items()):
        print(f"{name}: {licence or 'no licence stated'}")
    print(f"licences of {len(packages)} packages looked at")
    return bool(bad)


def _python() -> dict[str, str]:
    lock = (ROOT / "requirements" / "runtime.lock").read_text()
    wanted = {_canonical(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)}
    output = subprocess.run(
        ["pip-licenses", "--format=json", "--from=mixed"], check=True, capture_output=True
    ).stdout
    return {
        row["Name"]: row["License"]
        for row in json.loads(output)
        if _canonical(row["Name"]) in wanted
    }


def _rust() -> dict[str, str]:
    command = ["cargo", "metadata", "--format-version=1", "--locked"]
    output = subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout
    packages = json.loads(output)["packages"]
    return {package["name"]: package["license"] or "" for package in packages}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
