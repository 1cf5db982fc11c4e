"""One round of schemathesis: a fresh house, one person, one seed; how every operation was answered, as one JSON line.

    python -m tests.api.fuzzing leitung session 7 100

A process of its own for each round, so that a long campaign takes no more memory than its longest round, and one that
was stopped goes on where it was (`tests/api/test_specification.py`).
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from adapters.api.headers import Answered
from states.vocabulary import State
from tests.api.house import CSRF, House, a_house
from tests.api.test_client import SPEC, listening
from tests.openings import ADMIN, ADVISER, DPO, OTHERS, stands_open
from tests.people import ASD, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from workflow.office import OpeningKind, Person

EVERYBODY = (WORKER, MIDWIFE, PARTNER, ASD, SUPERVISOR, DPO, ADMIN, ADVISER)
SCHEMES = ("token", "session")
# What is well formed may still be refused: the law, the version somebody saw, the process, a key used before.
_REFUSED = [200, 201, 204, 400, 401, 403, 404, 409, 410, 412, 422, 428, 429]
_CONFIG = f"""
[checks.positive_data_acceptance]
expected-statuses = {_REFUSED}

[checks.missing_required_header]
expected-statuses = {_REFUSED}

[phases.stateful]
max-steps = 12
"""
_NUMBERS = ["FH-2026-0001", "FH-2026-0002", "FH-2026-0003", "FH-2026-0004", "FH-2026-9999"]
Tally = Counter[tuple[str, int]]
"""How many requests there were, by operation ("POST /api/v1/search") and status."""


class Unlike(AssertionError):
    """An answer is not as the specification says; what schemathesis told of it is the message."""


def _cases_for(house: House, person: Person) -> None:
    """Cases in several states, and what somebody needs who sees nothing without an opening."""
    world = house.world
    world.put(*OTHERS)
    for state in (State.IN_CONTACT, State.HANDED_OVER, State.ESCALATED):
        world.a_case_in(state)
    case = world.a_referral(by=PARTNER)
    if person == ADVISER:
        stands_open(world, case, OpeningKind.ADVICE)


def _as_asked(place: Path, scheme: str) -> Path:
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
                    parameter["schema"] = {"enum": _NUMBERS}
    place.write_bytes(orjson.dumps(spec))
    return place


def fuzz(folder: Path, person: Person, scheme: str, *more: str) -> Tally:
    """Let schemathesis have its way as this person. Raises Unlike."""
    credential = {"token": f'bearer = "{person.id}"', "session": f'api_key = "{person.id}"'}[scheme]
    config = folder / "schemathesis.toml"
    config.write_text(f"{_CONFIG}\n[auth.openapi.{scheme}]\n{credential}\n")
    tally: Tally = Counter()

    def count(answered: Answered) -> None:
        tally[f"{answered.method} {answered.route}", answered.status] += 1

    with a_house(folder, base_url=None, argon2=(8, 1, 1)) as house:
        _cases_for(house, person)
        house.app.state.count = count
        with listening(house) as address:
            done = subprocess.run(
                [
                    Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run",
                    _as_asked(folder / "spec.json", scheme), "--url", address, "--checks", "all", "--no-color",
                    "--request-timeout", "20", "-H", f"X-CSRF-Token: {CSRF}", "-H", f"Origin: {address}",
                    "--warnings", "off", "--continue-on-failure", *more,
                ],
                capture_output=True, text=True, check=False, cwd=folder,
            )  # fmt: skip
        if done.returncode:
            raise Unlike(done.stdout[-30_000:] + done.stderr[-3_000:])
        house.world.verify()
    return tally


def main(name: str, scheme: str, seed: str, examples: str) -> None:
    """One round; the tally goes to stdout as `[[operation, status, count], …]`."""
    person = next(each for each in EVERYBODY if each.id == name)
    with TemporaryDirectory(prefix="lotse-fuzz-") as folder:
        tally = fuzz(Path(folder), person, scheme, "--max-examples", examples, "--seed", seed)
    sys.stdout.buffer.write(orjson.dumps([[*of, count] for of, count in sorted(tally.items())]) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
