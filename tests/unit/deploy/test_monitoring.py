"""Rules, dashboards and runbooks agree with one another, and with what the code counts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatwarden.health import PartHealth, metrics_of

_ROOT = Path(__file__).parents[3]
_RULES = _ROOT / "deploy" / "monitoring" / "rules.yml"
_DASHBOARDS = sorted((_ROOT / "deploy" / "monitoring" / "dashboards").glob("*.json"))
_NAME = re.compile(r"\b((?:chatwarden|caddy)_[a-z_]+|chatwarden:[a-z_:0-9]+)\b")
_OF_THE_PROXY = {"caddy_http_request_duration_seconds_count"}
"""https://caddyserver.com/docs/metrics"""


def groups() -> list[dict[str, Any]]:
    loaded: dict[str, Any] = yaml.safe_load(_RULES.read_text())
    groups: list[dict[str, Any]] = loaded["groups"]
    return groups


def rules() -> list[dict[str, Any]]:
    return [rule for group in groups() for rule in group["rules"]]


def counted() -> set[str]:
    """The names under which the code tells Prometheus what it counts."""
    source = (_ROOT / "crates" / "processor" / "src" / "metrics.rs").read_text()
    prefix = re.findall(r'with_prefix\("(\w+)"\)', source)[0]
    names = set(_OF_THE_PROXY)
    kinds = dict(
        re.findall(r"^    (\w+): (?:Family<\w+, )?(Counter|Gauge|Histogram)", source, re.MULTILINE)
    )
    fields = {"stage": "stages"}
    for name in re.findall(r'all\.register\("(\w+)"', source):
        names.add(
            f"{prefix}_{name}" + ("_total" if kinds[fields.get(name, name)] == "Counter" else "")
        )
    for name in re.findall(r'all\.register_with_unit\("(\w+)"', source):
        names |= {f"{prefix}_{name}_seconds_{part}" for part in ("bucket", "count", "sum")}
    names |= set(re.findall(r"^(\w+)\{", metrics_of([PartHealth("a", "ok", "")]), re.MULTILINE))
    return names | {rule["record"] for rule in rules() if "record" in rule}


def expressions() -> list[str]:
    found = [rule["expr"] for rule in rules()]
    for dashboard in _DASHBOARDS:
        for panel in json.loads(dashboard.read_text())["panels"]:
            found += [target["expr"] for target in panel["targets"]]
    return found


def test_every_metric_of_a_rule_or_a_panel_is_one_that_something_counts() -> None:
    named = {name for expression in expressions() for name in _NAME.findall(expression)}

    assert "chatwarden_processor_waiting" in named
    assert named - counted() == set()


def test_the_names_that_are_counted_are_told_from_those_that_are_not() -> None:
    names = counted()

    assert {
        "chatwarden_processor_events_total",
        "chatwarden_processor_stage_seconds_bucket",
    } < names
    assert "chatwarden_processor_waiting_total" not in names


@pytest.mark.parametrize("alert", [rule["alert"] for rule in rules() if "alert" in rule])
def test_every_alert_has_a_runbook_that_says_what_to_do(alert: str) -> None:
    (rule,) = [rule for rule in rules() if rule.get("alert") == alert]
    book = _ROOT / rule["annotations"]["runbook_url"]

    assert book == _ROOT / "docs" / "runbooks" / f"{alert}.md"
    assert "## What to do\n1. " in book.read_text()
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_there_is_no_runbook_without_an_alert() -> None:
    alerts = {rule["alert"] for rule in rules() if "alert" in rule}
    books = {book.stem for book in (_ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}

    assert books == alerts


def test_a_part_that_is_not_well_counts_as_zero() -> None:
    told = metrics_of(
        [PartHealth("a", "ok", ""), PartHealth("b", "starting", ""), PartHealth("c", "failing", "")]
    )

    assert [line.split()[-1] for line in told.splitlines() if not line.startswith("#")] == [
        "1",
        "0",
        "0",
    ]
