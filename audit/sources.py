"""Where the pages of a log come from: one transaction around all of them, or each in one of its own.

Short transactions let others write meanwhile; the log only grows, so pages read one after the other still fit.
"""

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from audit.entries import entry_by_entry
from audit.glance import glance
from audit.keys import KeyRing
from audit.note import Verifier
from audit.page import Page, Question, read_page
from audit.reader import LogReader
from audit.stretch import Stretch
from audit.unseal import Bodies

Snapshot = Callable[[], AbstractContextManager[LogReader]]
"""Opens one log in a read transaction of its own."""


@dataclass(frozen=True, slots=True)
class Log:
    """One incarnation of a log: how to read it, and its public key under its origin.

    `number` is that of an earlier incarnation, None for the present one.
    """

    snapshot: Snapshot
    verifier: Verifier
    number: int | None = None


Stretches = Callable[[Log, Question, KeyRing | None], Generator[Stretch, None, None]]
"""Gives the full pages of a log from its beginning, in order, as stretches of any length; none after a fault."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the collector of cycles out: a page makes a hundred thousand small objects, and no cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@undisturbed()
def next_stretch(
    snapshot: Snapshot,
    start: int,
    question: Question,
    bodies: Bodies | None,
    before_ms: int,
    *,
    only_full: bool = False,
) -> Stretch | None:
    """Read the page from `start` on in a transaction and judge it after that; None where nothing stands there.

    `only_full`: None too where further entries may follow in the same page. The page is gone when this returns:
    whoever collects cycles after it has nothing to walk through.
    """
    with snapshot() as reader:
        if bodies is None:
            page = read_page(reader, start, question)
        else:
            bodies.make_room()
            page = read_page(reader, start, question, bodies.at_hand)
    if not page.rows or (only_full and not page.full):
        return None
    return judged(page, question, bodies, before_ms)


def judged(page: Page, question: Question, bodies: Bodies | None, before_ms: int) -> Stretch:
    """Judge a page: at a glance where it is evidently unaltered, else entry by entry."""
    seen = glance(page, question, bodies, before_ms)
    return seen if seen is not None else entry_by_entry(page, question, bodies, before_ms)


def full_pages(
    snapshot: Snapshot,
    question: Question,
    keys: KeyRing | None,
    start: int = 0,
    before_ms: int = 0,
    end: int | None = None,
    bodies: Bodies | None = None,
) -> Generator[Stretch, None, None]:
    """Give the full pages from `start` on (as far as `end`), each read in a transaction and judged after it.

    `bodies`: what opens them, where it has opened others before.
    """
    if keys is not None and bodies is None:
        with snapshot() as reader:
            bodies = Bodies(reader, keys, decrypt=question.decrypt)
    while end is None or start < end:
        stretch = next_stretch(snapshot, start, question, bodies, before_ms, only_full=True)
        if stretch is None:
            return
        yield stretch
        if stretch.fault:
            return
        start, before_ms = stretch.end, stretch.last_ms


def own_stretches(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
    """Give the full pages of a log one by one, read by this process in short transactions."""
    return full_pages(log.snapshot, question, keys)
