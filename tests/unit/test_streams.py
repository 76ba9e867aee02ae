"""What the languages of the distributed profile must agree on: sealed envelopes (`crates/streams/src/seal.rs` reads the same file)."""

import json
from pathlib import Path

import pytest

from chatwarden.errors import SealBroken
from chatwarden.storage.sealing import Sealer

ENVELOPES = json.loads((Path(__file__).parents[2] / "contracts" / "envelopes.json").read_text())


@pytest.mark.parametrize("envelope", ENVELOPES, ids=[each["place"] for each in ENVELOPES])
def test_an_agreed_envelope_opens_at_its_place_only(envelope: dict[str, str]) -> None:
    sealer, sealed = Sealer(bytes.fromhex(envelope["key"])), bytes.fromhex(envelope["sealed"])

    assert sealer.open(sealed, place=envelope["place"]) == envelope["clear"].encode()
    with pytest.raises(SealBroken):
        sealer.open(sealed, place=envelope["place"] + "1")
