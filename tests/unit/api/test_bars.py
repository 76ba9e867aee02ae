import re
from pathlib import Path

from chatwarden.api.outcomes.bars import PERMILLE, bars_of

POLICY = Path(__file__).parents[3] / "crates" / "engine" / "src" / "policy.rs"


def test_the_bars_are_those_of_the_engine() -> None:
    found = re.findall(r"Self::(\w+) => \[([\d, ]+)\]", POLICY.read_text())
    engine = {name.lower(): tuple(map(int, numbers.split(","))) for name, numbers in found}
    assert engine == PERMILLE


def test_a_groups_own_threshold_goes_before_its_presets() -> None:
    bars = bars_of({"preset": "strict", "thresholds": {"delete": 610, "mute": None}})
    assert [(bar.name, bar.probability) for bar in bars] == [
        ("review", 350),
        ("delete", 610),
        ("challenge", 700),
        ("mute", 840),
        ("ban", 920),
    ]


def test_a_policy_without_a_preset_is_standard() -> None:
    assert bars_of({}) == bars_of({"preset": "standard"}) == bars_of({"preset": "of_the_future"})
