"""Figures for Prometheus: the ones that are documented and no others, labels from closed sets, nobody's name."""

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from adapters import metrics
from adapters.api.app import create_app, patterns
from adapters.api.problems import Trouble
from adapters.figures import KEYS, STATES, Standing, Watching, measure
from adapters.logs import METHODS
from adapters.lotse import Lotse
from adapters.scheduler.heartbeat import clocks_of_this_machine
from adapters.scheduler.jobs import JOBS, do_once
from audit.notary_file import NotaryFile
from tests.api.house import Client, Desk, TestDoor, a_house
from tests.cli.running import free_port, running
from tests.people import SUPERVISOR, WORKER
from tests.system.program import ROOT
from tests.world import World
from workflow.office import Person

OPERATION = ROOT / "docs" / "operation.md"
CANARY = "Kanarie0815Vogel"
TROUBLES = frozenset(trouble.slug for trouble in Trouble)
CLOSED: dict[str, frozenset[str]] = {
    "method": METHODS | {"?"},
    "route": patterns() | {"-"},
    "status": frozenset({"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"}),
    "trouble": TROUBLES | {"other"},
    "reason": metrics.REASONS,
    "job": KEYS,
    "fate": frozenset({"waiting", "given_up"}),
}
BY_NAME = {"lotse_cases_overdue": frozenset(STATES), "lotse_db_connections": frozenset({"used", "idle"})}


def asked(port: int, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


class Watched:
    """A house whose requests are counted, and its figures."""

    def __init__(self, world: World, lotse: Lotse, client: Client, port: int) -> None:
        self.world = world
        self.lotse = lotse
        self.client = client
        self.port = port

    def as_(self, person: Person) -> Desk:
        return Desk(self.client, person)

    def text(self) -> str:
        return asked(self.port)

    def samples(self) -> list[Sample]:
        return [each for family in text_string_to_metric_families(self.text()) for each in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The sum over all that have these labels."""
        return sum(
            each.value
            for each in self.samples()
            if each.name == name and labels.items() <= each.labels.items()
        )


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A house with every figure that there is."""
    with a_house(tmp_path) as house:
        world, lotse = house.world, house.app.state.lotse
        lotse.settings.keys.mkdir()
        NotaryFile(lotse.settings.notary).create(lotse.store.origin)
        registry = CollectorRegistry()
        requests = metrics.Requests(registry, patterns(), TROUBLES)
        watching = Watching(lambda: measure(lotse, world.millis()), fresh=0)
        for each in (
            metrics.OfTheProgram(),
            metrics.OfTheWriter(lambda: (house.writer, lotse.store.engine)),
            metrics.OfTheStore(watching.standing),
        ):
            registry.register(each)
        app = create_app(lotse, TestDoor(lotse), house.writer, requests.count)
        with (
            metrics.served(registry, "127.0.0.1", free_port()) as port,
            start_blocking_portal() as portal,
            closing(Client(portal, app)) as client,
        ):
            yield Watched(world, lotse, client, port)


def test_requests_are_counted_by_pattern_method_and_class_of_status(watched: Watched) -> None:
    number = watched.world.a_referral().number
    watched.as_(WORKER).get(f"/cases/{number}")
    watched.as_(WORKER).get(f"/cases/{CANARY}?{CANARY}={CANARY}")
    watched.client.request("GET", f"/{CANARY}")
    watched.client.request(CANARY, "/livez")
    pattern = "/api/v1/cases/{number}"
    assert watched.value("lotse_requests_total", method="GET", route=pattern, status="2xx") == 1
    assert watched.value("lotse_requests_total", method="GET", route=pattern, status="4xx") == 1
    assert watched.value("lotse_requests_total", method="GET", route="-", status="4xx") == 1
    assert watched.value("lotse_requests_total", method="?") == 1
    assert watched.value("lotse_request_seconds_count", route=pattern) == 2
    assert watched.value("lotse_problems_total", trouble="not-found") == 2
    assert CANARY not in watched.text()
    assert number not in watched.text()


def test_what_the_process_does_not_allow_is_counted_by_reason(watched: Watched) -> None:
    number = watched.world.a_referral().number
    watched.as_(WORKER).do(number, "close", reason="goal_reached")
    watched.as_(WORKER).do(number, "triage-no")
    assert watched.value("lotse_refusals_total") == 1
    assert watched.value("lotse_problems_total", trouble="step-not-possible") == 1
    stale = watched.as_(WORKER).post(
        f"/cases/{number}/commands/note", {"text": CANARY}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    assert watched.value("lotse_problems_total", trouble="changed") == 1
    assert watched.value("lotse_writer_batch_jobs_count") > 0
    assert watched.value("lotse_writer_waiting") == 0


def test_overdue_cases_are_counted_by_state_and_in_fives(watched: Watched) -> None:
    """Nobody learns from a figure that there is exactly one family in this state."""
    watched.world.a_referral()
    assert watched.value("lotse_cases_overdue") == 0
    watched.world.wait(days=30)
    assert watched.value("lotse_cases_overdue", state="received") == 5
    assert watched.value("lotse_cases_overdue") == 5
    assert watched.value("lotse_sweep_lag_seconds") > 86_400
    watched.world.sweep()
    assert watched.value("lotse_sweep_lag_seconds") == 0


def test_without_a_store_there_is_one_figure_that_says_so() -> None:
    def gone() -> Standing:
        raise OSError(CANARY)

    registry = CollectorRegistry()
    registry.register(metrics.OfTheStore(Watching(gone).standing))
    with metrics.served(registry, "127.0.0.1", free_port()) as port:
        assert [line for line in asked(port).splitlines() if line[0] != "#"] == ["lotse_store_readable 0.0"]


def test_however_often_somebody_asks_the_store_is_read_at_most_once_in_a_while() -> None:
    looks, at = [], [0.0]

    def count() -> Standing:
        looks.append(at[0])
        raise OSError

    watching = Watching(count, fresh=30, steady=lambda: at[0])
    for second in range(61):
        at[0] = float(second)
        watching.standing()
    assert looks == [0.0, 30.0, 60.0]


def test_every_label_is_of_a_closed_set(watched: Watched) -> None:
    """Whatever was asked, no label has a value that is not on the list of its name."""
    world = watched.world
    number = world.a_referral().number
    watched.as_(WORKER).do(number, "close", reason="goal_reached")
    for command in ("close", "accept", "escalate-urgent", CANARY):
        watched.as_(SUPERVISOR).do(number, command, reason=CANARY)
        watched.as_(WORKER).do(number, command, note=CANARY)
    world.wait(days=400)
    for job in JOBS:
        do_once(job, watched.lotse, clocks_of_this_machine(world.millis))
    seen = set()
    for each in watched.samples():
        for name, value in each.labels.items():
            if name not in ("le", "version"):
                seen.add(name)
                assert value in BY_NAME.get(each.name, CLOSED.get(name, frozenset())), (
                    each.name,
                    name,
                    value,
                )
    assert seen == {*CLOSED, "state"}
    assert CANARY not in watched.text()


@given(st.text(max_size=40), st.sampled_from(["guard:", "guard:!", ""]))
def test_a_reason_is_of_the_list_whatever_a_profile_calls_its_facts(name: str, before: str) -> None:
    assert metrics.reason_of(before + name) in metrics.REASONS


def test_every_figure_is_documented_and_every_documented_figure_is_there(watched: Watched) -> None:
    documented = re.findall(r"^\| `(lotse_[a-z_]+)`", OPERATION.read_text(encoding="utf-8"), re.MULTILINE)
    watched.as_(WORKER).get("/worklist")
    given_out = {family.name for family in text_string_to_metric_families(watched.text())}
    notary = metrics.OfTheNotary(NotaryFile(watched.world.folder / "keys" / "notary.json"))
    given_out |= {family.name for family in notary.collect()}
    assert sorted(documented) == sorted(given_out)


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    registry = CollectorRegistry()
    with (
        metrics.served(registry, "127.0.0.1", free_port()) as port,
        pytest.raises(metrics.MetricsTaken, match="LOTSE_METRICS_PORT"),
        metrics.served(registry, "127.0.0.1", port),
    ):
        pass


def test_a_service_gives_its_figures_on_a_port_of_their_own_and_never_on_the_api(office: Path) -> None:
    api, figures = free_port(), free_port()
    with running("serve", place=office, LOTSE_HTTP_PORT=str(api), LOTSE_METRICS_PORT=str(figures)) as it:
        it.says("Lotse läuft")
        text = asked(figures)
        assert "lotse_store_readable 1.0" in text
        assert "lotse_log_unsigned_entries" in text
        assert re.search(r"^process_open_fds \d", text, re.MULTILINE)
        with pytest.raises(HTTPError, match="404"):
            asked(api, "/metrics")
        assert it.stop() == 0


def test_without_a_port_nothing_is_loaded_that_counts(office: Path) -> None:
    """The library costs time and memory; who does not ask for figures does not pay for them."""
    probe = "import sys, adapters.cli.serve, adapters.api.app; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
    assert office.exists()
