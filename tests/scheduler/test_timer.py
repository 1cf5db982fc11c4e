"""The rounds of all parts, timed by APScheduler: late ones are made up for once, a clock that is set stops nothing."""

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from adapters.scheduler import timer
from adapters.scheduler.timer import keep_all
from adapters.service import Part

PATIENCE = 20.0


def counting(rounds: list[float], enough: int, stop: threading.Event) -> Callable[[], Sequence[str]]:
    """A round that notes when it was, and stops everything once there were enough."""

    def one() -> Sequence[str]:
        rounds.append(time.monotonic())
        if len(rounds) >= enough:
            stop.set()
        return ()

    return one


def kept(parts: Sequence[Part], stop: threading.Event, **more: object) -> list[str]:
    """What is said until it ends; by itself after a while."""
    said: list[str] = []
    guard = threading.Timer(PATIENCE, stop.set)
    guard.start()
    keep_all(parts, stop, said.append, str, **more)  # type: ignore[arg-type]  # bounds by name, of any type
    guard.cancel()
    return said


def test_parts_run_side_by_side_and_one_that_hangs_stops_no_other_nor_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timer, "PATIENCE", 0.1)
    stop, for_ever, rounds = threading.Event(), threading.Event(), list[float]()

    def hangs() -> Sequence[str]:
        for_ever.wait(PATIENCE)
        return ()

    begun = time.monotonic()
    kept((Part("Hängt", 0.01, hangs), Part("Zählt", 0.01, counting(rounds, 5, stop))), stop)
    assert len(rounds) >= 5
    assert time.monotonic() - begun < 5
    for_ever.set()


def test_a_round_that_takes_longer_than_its_distance_is_never_run_twice_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And that APScheduler has passed a turn over is nothing to be told."""
    stop, rounds, inside = threading.Event(), list[float](), threading.Lock()
    count = counting(rounds, 3, stop)

    def slow() -> Sequence[str]:
        assert inside.acquire(blocking=False)
        time.sleep(0.05)
        inside.release()
        return count()

    assert kept((Part("Langsam", 0.01, slow),), stop) == []
    assert len(rounds) == 3
    assert caplog.records == []


def test_a_part_that_fails_is_told_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    stop, rounds = threading.Event(), list[float]()
    count = counting(rounds, 3, stop)

    def fails_at_first() -> Sequence[str]:
        count()
        if len(rounds) == 1:
            raise OSError("belegt")
        return ["getan"] if len(rounds) == 2 else []

    said = kept((Part("Probe", 0.01, fails_at_first),), stop)
    assert said == ["Probe: belegt", "Probe: getan", "Probe: geht wieder."]
    assert caplog.records == []


def test_where_the_clock_is_set_every_round_begins_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set back by two hours, the next round would otherwise be two hours away; set forward, it comes anyway."""
    monkeypatch.setattr(timer, "LOOK", 0.02)
    for hours in (-2, 24):
        stop, rounds, moved = threading.Event(), list[float](), [0.0]
        threading.Timer(0.15, lambda by=hours, moved=moved: moved.append(by * 3600.0)).start()
        kept(
            (Part("Stündlich", 3600.0, counting(rounds, 2, stop)),),
            stop,
            wall=lambda moved=moved: time.time() + moved[-1],
        )
        assert len(rounds) == 2
        assert rounds[1] - rounds[0] < 5


def test_turns_that_were_missed_are_made_up_for_once() -> None:
    """Whoever slept through a dozen turns does not do a dozen rounds, one after the other."""
    stop, rounds = threading.Event(), list[float]()

    def sleeps_at_first() -> Sequence[str]:
        rounds.append(time.monotonic())
        if len(rounds) == 1:
            time.sleep(0.6)
            threading.Timer(0.1, stop.set).start()
        return ()

    kept((Part("Verschlafen", 0.05, sleeps_at_first),), stop)
    assert 2 <= len(rounds) <= 5
