"""schemathesis over the whole specification, all checks, stateful along its links, as several people.

Against the real application on a port of this machine, its requests counted by what it writes into its access log:
none is a fault of ours, and every answer is one that the specification describes. `make test` sends a few hundred,
`make campaign` at least LOTSE_FUZZ_REQUESTS (200 000) and says how many.
"""

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from states.vocabulary import State
from tests.api.house import CSRF, House, a_house
from tests.api.test_client import SPEC, listening
from tests.openings import ADMIN, ADVISER, DPO, OTHERS, stands_open
from tests.people import ASD, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from workflow.office import OpeningKind, Person

EVERYBODY = (WORKER, MIDWIFE, PARTNER, ASD, SUPERVISOR, DPO, ADMIN, ADVISER)
# What is well formed may still be refused: the law, the version somebody saw, the process, a key used before.
_REFUSED = [200, 201, 204, 400, 401, 403, 404, 409, 410, 412, 422, 428, 429]
CONFIG = f"""
[checks.positive_data_acceptance]
expected-statuses = {_REFUSED}

[checks.missing_required_header]
expected-statuses = {_REFUSED}

[phases.stateful]
max-steps = 12
"""
NUMBERS = ["FH-2026-0001", "FH-2026-0002", "FH-2026-0003", "FH-2026-0004", "FH-2026-9999"]


@dataclass
class Count(logging.Handler):
    """How many requests were answered, by status."""

    by_status: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line of the access log."""
        assert isinstance(record.args, tuple)
        self.by_status[str(record.args[2])] += 1

    __hash__ = logging.Handler.__hash__


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count what the application answers meanwhile."""
    log, handler = logging.getLogger("lotse.access"), Count()
    level, spread = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield handler.by_status
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = spread


def cases_for(house: House, person: Person) -> None:
    """Cases in several states, and what somebody needs who sees nothing without an opening."""
    world = house.world
    world.put(*OTHERS)
    for state in (State.IN_CONTACT, State.HANDED_OVER, State.ESCALATED):
        world.a_case_in(state)
    case = world.a_referral(by=PARTNER)
    if person == ADVISER:
        stands_open(world, case, OpeningKind.ADVICE)


def as_asked(place: Path, scheme: str) -> Path:
    """The specification with one way to sign in; numbers are those that there are, and one that is none."""
    spec = orjson.loads(SPEC.read_bytes())
    spec["components"]["securitySchemes"] = {scheme: spec["components"]["securitySchemes"][scheme]}
    spec["security"] = [{scheme: []}]
    for operations in spec["paths"].values():
        for operation in operations.values():
            # A place with an unescaped # ends the address before the step: what answers then is another operation.
            operation["responses"]["405"] = operation["responses"]["400"]
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "number":
                    parameter["schema"] = {"enum": NUMBERS}
    place.write_bytes(orjson.dumps(spec))
    return place


def fuzz(folder: Path, person: Person, scheme: str, *more: str) -> Counter[str]:
    """Let schemathesis have its way as this person; how many answers there were, by status."""
    credential = {"token": f'bearer = "{person.id}"', "session": f'api_key = "{person.id}"'}[scheme]
    config = folder / "schemathesis.toml"
    config.write_text(f"{CONFIG}\n[auth.openapi.{scheme}]\n{credential}\n")
    with a_house(folder, base_url=None, argon2=(8, 1, 1)) as house:
        cases_for(house, person)
        with listening(house) as address, counted() as answers:
            done = subprocess.run(
                [
                    Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run",
                    as_asked(folder / "spec.json", scheme), "--url", address, "--checks", "all", "--no-color",
                    "--request-timeout", "20", "-H", f"X-CSRF-Token: {CSRF}", "-H", f"Origin: {address}",
                    "--warnings", "off", "--continue-on-failure", *more,
                ],
                capture_output=True, text=True, check=False, cwd=folder,
            )  # fmt: skip
        assert done.returncode == 0, done.stdout[-30_000:] + done.stderr[-3_000:]
        assert not [status for status in answers if status.startswith("5")], answers
        house.world.verify()
        return answers


def test_whatever_is_sent_the_answer_is_one_of_those_described(tmp_path: Path) -> None:
    """A little of everything, each time the same, so that it is no matter of luck."""
    answers = fuzz(
        tmp_path, WORKER, "token", "--max-examples", "15", "--seed", "1", "--phases", "examples,stateful"
    )
    assert answers.total() > 200
    assert {"200", "409", "422"} <= set(answers)


@pytest.mark.campaign
def test_two_hundred_thousand_requests_and_no_fault_of_ours(tmp_path: Path) -> None:
    """As everybody in turn, until so many were answered; LOTSE_FUZZ_EXAMPLES for each operation and round."""
    wanted = int(os.environ.get("LOTSE_FUZZ_REQUESTS", "200000"))
    examples = os.environ.get("LOTSE_FUZZ_EXAMPLES", "100")
    answers: Counter[str] = Counter()
    rounds = 0
    while answers.total() < wanted:
        person = EVERYBODY[rounds % len(EVERYBODY)]
        scheme = ("token", "session")[rounds // len(EVERYBODY) % 2]
        folder = tmp_path / str(rounds)
        folder.mkdir()
        answers += fuzz(folder, person, scheme, "--max-examples", examples, "--seed", str(rounds))
        rounds += 1
        print(f"{rounds} Runden, {answers.total()} Anfragen, {dict(answers)}", flush=True)
