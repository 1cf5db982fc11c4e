"""Pages come and go: each is judged and gone before anybody looks through memory for cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

import audit.page
from audit.keys import KeyRing
from audit.page import Page
from audit.sources import Log, Stretches, own_stretches
from audit.verify import verify_all
from tests.audit.world import a_log


@contextmanager
def looking_for_cycles_all_the_time() -> Iterator[list[int]]:
    """Give how many pages are in memory whenever cycles are looked for, which is at every other object."""
    pages: list[int] = []

    def look(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            pages.append(sum(type(each) is Page for each in gc.get_objects()))

    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.callbacks.append(look)
    gc.set_threshold(1)
    try:
        yield pages
    finally:
        gc.set_threshold(*usual)
        gc.callbacks.remove(look)
        gc.unfreeze()


@pytest.mark.parametrize("stretches", [None, own_stretches], ids=["one transaction", "page by page"])
def test_whoever_looks_for_cycles_while_a_log_is_verified_meets_no_page(
    stretches: Stretches | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is a hundred thousand objects and no cycle, so walking through each would be for nothing."""
    monkeypatch.setattr(audit.page, "PAGE", 4)
    world = a_log(13)
    ring = KeyRing(world.provider, world.log.keys, "0b5e")
    log = Log(lambda: nullcontext(world.log), world.verifier)
    with looking_for_cycles_all_the_time() as pages:
        report = verify_all([log], ring, decrypt=True, stretches=stretches)
    assert report.size == 13
    assert len(pages) > 3
    assert not any(pages)
