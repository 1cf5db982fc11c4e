"""A glance never says of an altered page that it is unaltered; of an unaltered one it says what going through it says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.entries import entry_by_entry
from audit.glance import glance
from audit.keys import KeyRing
from audit.page import Page, Question, read_page
from audit.stretch import Stretch
from audit.unseal import Bodies
from tests.audit.test_every_byte import altered, anything
from tests.audit.world import World, a_log, a_step, an_access, erased, erased_accesses

TABLES = ("rows", "contents", "index", "notes", "keys")


def a_page_of_everything() -> World:
    """Steps and accesses, a case erased within the page, a year of accesses erased, checkpoints."""
    world = a_log(9)
    erased(world, f"{1:032x}")
    world.record(a_step(world, f"{3:032x}", 8))
    erased_accesses(world, 2026)
    world.sign()
    return world


def question(world: World, *, keyed: bool = True) -> Question:
    return Question(world.origin, world.verifier.public_key, keyed, keyed, told=True, sizes=(2, 7))


def both(world: World, page: Page, *, keyed: bool = True) -> tuple[Stretch | None, Stretch]:
    """What a glance says, and what going through the page says; each with keys read anew."""
    found = []
    for judge in (glance, entry_by_entry):
        ring = KeyRing(world.provider, world.log.keys, "0b5e")
        bodies = Bodies(world.log, ring, decrypt=True) if keyed else None
        found.append(judge(page, question(world, keyed=keyed), bodies, 0))
    return found[0], found[1]


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(
    "world", [a_log(1), a_log(12), a_page_of_everything()], ids=["one", "many", "erased"]
)
def test_of_an_unaltered_page_both_say_the_same(world: World, keyed: bool) -> None:
    page = read_page(world.log, 0, question(world, keyed=keyed))
    seen, told = both(world, page, keyed=keyed)
    assert told.fault is None
    assert seen == told


@pytest.mark.parametrize("keyed", [True, False])
def test_a_page_with_nodes_of_the_tree_is_glanced_at_too(keyed: bool) -> None:
    world = World()
    world.record(*[an_access() for _ in range(600)])
    page = read_page(world.log, 0, question(world, keyed=keyed))
    seen, told = both(world, page, keyed=keyed)
    assert seen == told
    assert told.nodes == 37 + 2


WORLD = a_page_of_everything()
PAGE = read_page(WORLD.log, 0, question(WORLD))


@pytest.mark.parametrize("table", TABLES)
def test_whatever_byte_is_altered_a_glance_says_nothing_where_there_is_a_fault(table: str) -> None:
    tried = faults = 0
    for wrong in altered_pages(table, every=3 if table == "rows" else 1):
        seen, told = both(WORLD, wrong)
        tried += 1
        faults += told.fault is not None
        assert seen is None or (told.fault is None and seen == told)
    assert 10 < tried == faults, "each of them is a fault of the page itself"


def altered_pages(table: str, every: int) -> list[Page]:
    rows = list(getattr(PAGE, table) or ())
    pages = []
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            for number, wrong in enumerate(altered(value)):
                if number % every == 0:
                    changed = (*row[:column], wrong, *row[column + 1 :])
                    pages.append(replace(PAGE, **{table: [*rows[:place], changed, *rows[place + 1 :]]}))
    return pages


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_a_page_holds_a_glance_says_no_more_than_going_through_it(data: st.DataObject) -> None:
    """Rows altered to any value of any type, taken away, doubled or moved, in several tables at once."""
    page = PAGE
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from([name for name in TABLES if getattr(PAGE, name)]))
        rows = list(getattr(page, table))
        if not rows:
            continue
        place = data.draw(st.integers(0, len(rows) - 1))
        act = data.draw(st.sampled_from(["alter", "remove", "double", "swap"]))
        if act == "alter":
            row = list(rows[place])
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(anything)
            rows[place] = tuple(row)
        elif act == "remove":
            del rows[place]
        elif act == "double":
            rows.insert(place, rows[place])
        else:
            rows[place], rows[-1] = rows[-1], rows[place]
        page = replace(page, **{table: rows})
    if not page.rows:
        return
    seen, told = both(WORLD, page)
    assert seen is None or (told.fault is None and seen == told)
