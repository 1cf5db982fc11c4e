"""schemathesis over the whole specification, all checks, stateful along its links, as several people.

Against the real application on a port of this machine: none is a fault of ours, and every answer is one that the
specification describes. `make test` sends a hundred requests (schemathesis takes ten times the time of what it asks),
`make campaign` at least LOTSE_FUZZ_REQUESTS (200 000) and says how many, of which operation and with which status.
Stopped, it goes on after the last round that LOTSE_FUZZ_TALLY (a file) knows of.
"""

import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import orjson
import pytest

from tests.api.every_request import operations
from tests.api.fuzzing import EVERYBODY, SCHEMES, Tally, fuzz
from tests.people import WORKER

SERVER_FAULT = 500


def test_whatever_is_sent_the_answer_is_one_of_those_described(tmp_path: Path) -> None:
    """A little of everything, each time the same, so that it is no matter of luck."""
    tally = fuzz(
        tmp_path, WORKER, "token", "--max-examples", "1", "--seed", "1", "--phases", "examples,stateful"
    )
    assert len({of for of, _ in tally}) > 60
    assert {200, 409, 422} <= {status for _, status in tally}
    assert faults(tally) == {}


def faults(tally: Tally) -> dict[tuple[str, int], int]:
    return {of: count for of, count in tally.items() if of[1] >= SERVER_FAULT}


def known(place: Path) -> list[Tally]:
    """The rounds that were run before, each a line; one that was cut off in the middle of writing is run anew."""
    found: list[Tally] = []
    for line in place.read_bytes().splitlines() if place.exists() else ():
        try:
            found.append(Counter({(of, status): count for of, status, count in orjson.loads(line)}))
        except ValueError:
            break
    place.write_bytes(b"".join(as_line(tally) for tally in found))
    return found


def as_line(tally: Tally) -> bytes:
    return orjson.dumps([[*of, count] for of, count in sorted(tally.items())]) + b"\n"


def test_a_campaign_that_was_stopped_goes_on_after_its_last_whole_round(tmp_path: Path) -> None:
    place = tmp_path / "tally"
    rounds: list[Tally] = [Counter({("GET /livez", 200): 3}), Counter({("POST /api/v1/search", 422): 4})]
    place.write_bytes(as_line(rounds[0]) + as_line(rounds[1])[:-9])
    assert known(place) == rounds[:1]
    with place.open("ab") as file:
        file.write(as_line(rounds[1]))
    assert known(place) == rounds


@pytest.mark.campaign
def test_two_hundred_thousand_requests_and_no_fault_of_ours(tmp_path: Path) -> None:
    """As everybody in turn, by token and by session, each round with a seed and a process of its own.

    LOTSE_FUZZ_EXAMPLES for each operation and round: with 3 a round has some 7 000 requests.
    """
    wanted = int(os.environ.get("LOTSE_FUZZ_REQUESTS", "200000"))
    examples = os.environ.get("LOTSE_FUZZ_EXAMPLES", "3")
    place = Path(os.environ.get("LOTSE_FUZZ_TALLY", tmp_path / "tally"))
    rounds = known(place)
    total: Tally = sum(rounds, Counter())
    while total.total() < wanted:
        seed, began = len(rounds), time.monotonic()
        person, scheme = EVERYBODY[seed % len(EVERYBODY)], SCHEMES[seed // len(EVERYBODY) % len(SCHEMES)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.api.fuzzing", person.id, scheme, str(seed), examples],
            capture_output=True, check=False, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert done.returncode == 0, (
            f"Runde {seed}: {done.stdout.decode()[-2000:]}{done.stderr.decode()[-30_000:]}"
        )
        with place.open("ab") as file:
            file.write(done.stdout)
        rounds = known(place)
        total += rounds[-1]
        told(seed, person.id, rounds[-1].total(), time.monotonic() - began, total.total())
    for (of, status), count in sorted(total.items()):
        print(f"{count:8} {status} {of}", flush=True)
    assert faults(total) == {}
    assert set(operations()) <= {of for of, _ in total}, "each was asked"


def told(seed: int, person: str, requests: int, seconds: float, total: int) -> None:
    """Say how it goes, for whoever waits."""
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    speed = requests / seconds
    print(
        f"Runde {seed} ({person}): {requests} in {seconds:.0f} s ({speed:.0f}/s), {total} insgesamt, {megabytes} MB",
        flush=True,
    )
