"""schemathesis over the whole specification, as each kind of person: no fault of ours, every answer as it is described.

For `make campaign`; LOTSE_FUZZ_EXAMPLES says how many requests each operation gets at most (there: thousands).
"""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from states.vocabulary import State
from tests.api.house import a_house
from tests.api.test_client import SPEC, listening
from tests.people import ASD, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from workflow.office import Person

# What is well formed may still be refused: the law, the version somebody saw, the process, a key used before.
_REFUSED = '["2xx", "400", "401", "403", "404", "409", "410", "412", "422", "428", "429"]'
CONFIG = f"[checks.positive_data_acceptance]\nexpected-statuses = {_REFUSED}\n"
LEFT_OUT = r"/session|/links/"
"""Signing in has brakes of its own, which a flood of wrong passwords meets as it should."""


def by_token(place: Path) -> Path:
    """The specification without cookies: who sends two credentials at once is refused."""
    spec = orjson.loads(SPEC.read_bytes())
    del spec["components"]["securitySchemes"]["session"]
    spec["security"] = [{"token": []}]
    for operations in spec["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "number":
                    parameter["schema"] = {
                        "enum": ["FH-2026-0001", "FH-2026-0002", "FH-2026-0003", "FH-2026-9999"]
                    }
    place.write_bytes(orjson.dumps(spec))
    return place


@pytest.mark.campaign
@pytest.mark.parametrize("person", [WORKER, MIDWIFE, PARTNER, ASD, SUPERVISOR], ids=lambda each: each.id)
def test_whatever_is_sent_the_answer_is_one_of_those_described(tmp_path: Path, person: Person) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    examples = os.environ.get("LOTSE_FUZZ_EXAMPLES", "5")
    with a_house(tmp_path, base_url=None) as house, listening(house) as address:
        for state in (State.IN_CONTACT, State.HANDED_OVER, State.ESCALATED):
            house.world.a_case_in(state)
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run",
                by_token(tmp_path / "spec.json"), "--url", address, "-H", f"Authorization: Bearer {person.id}",
                "--checks", "all", "--max-examples", examples, "--exclude-path-regex", LEFT_OUT, "--no-color",
            ],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-20_000:]
        house.world.verify()
