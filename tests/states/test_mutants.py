"""What becomes of a single slip in the table: it is refused, or changes nothing, or only takes away what is no right.

The whole run is for `make campaign`; each ordinary run takes a seeded sample. Nothing survives unexplained: either
the machine shows that the mutant behaves the same, or only allows less, or it stands in `lawful_mutants.toml` with
its reason, family by family.
"""

import os
import random
import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest

from states.prover import first_finding, local_breaches
from states.space import Space
from tests.states.behaviour import AS_IT_IS, behaviour
from tests.states.mutants import Mutant, mutants

REVIEWED = Path(__file__).parent / "lawful_mutants.toml"
SEED = 2026
SAMPLE = 90
REFUSED, SAME, LESS = "refused", "same", "less"


@cache
def every_mutant() -> tuple[Mutant, ...]:
    return tuple(mutants())


@cache
def reviewed() -> tuple[tuple[str, str], ...]:
    """Give (pattern, reason) as they were reviewed."""
    families = tomllib.loads(REVIEWED.read_text(encoding="utf-8"))["family"]
    return tuple((pattern, family["reason"]) for family in families for pattern in family["mutants"])


def fate(place: int) -> str:
    """Say what becomes of a mutant: refused, the same, less, or the pattern under which it was reviewed."""
    mutant = every_mutant()[place]
    space = Space(mutant.make())
    if first_finding(space) is not None:
        return REFUSED
    acts = behaviour(space)
    if acts.same_as(AS_IT_IS):
        return SAME
    if acts.less_than(AS_IT_IS):
        return LESS
    return next((pattern for pattern, _ in reviewed() if fnmatchcase(mutant.name, pattern)), "")


def unexplained(places: Sequence[int], fates: Sequence[str]) -> list[str]:
    return [every_mutant()[place].name for place, told in zip(places, fates, strict=True) if not told]


def test_a_mutant_is_known_by_its_name() -> None:
    names = [mutant.name for mutant in every_mutant()]
    assert len(names) == len(set(names)) > 18_000


def test_every_way_of_going_wrong_is_tried() -> None:
    ways = {mutant.name.split(" ")[0].split(":")[0].split(">")[0].split("@")[0] for mutant in every_mutant()}
    assert {
        "delete", "redirect", "shortcut", "-role", "+role", "kind", "drop", "flip", "add", "effect", "meaning",
        "obligation",
    } <= ways  # fmt: skip


def test_a_sample_of_slips_is_refused_or_explained() -> None:
    chosen = random.Random(SEED).sample(range(len(every_mutant())), SAMPLE)  # noqa: S311 - a repeatable choice
    fates = [fate(place) for place in chosen]
    assert unexplained(chosen, fates) == []
    assert fates.count(REFUSED) > 0.85 * SAMPLE


def test_rows_alone_tell_most_slips_in_rows() -> None:
    """The cheap laws, which need no exploring, already refuse most of what can go wrong in a row."""
    rows = [mutant for mutant in every_mutant() if mutant.name.split(" ")[0] not in {"meaning", "obligation"}]
    chosen = random.Random(SEED).sample(rows, 400)  # noqa: S311 - a repeatable choice
    assert sum(bool(local_breaches(mutant.make())) for mutant in chosen) > 0.8 * len(chosen)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_every_slip_is_refused_or_explained() -> None:
    """At least 97 of 100 slips that change anything are refused; each of the others is explained."""
    places = range(len(every_mutant()))
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        fates = pool.map(fate, places, chunksize=20)
    assert unexplained(places, fates) == []
    idle = {pattern for pattern, _ in reviewed()} - set(fates)
    assert idle == set(), "every reviewed pattern still explains something"
    changing = len(fates) - fates.count(SAME)
    print({told: fates.count(told) for told in (REFUSED, SAME, LESS)}, len(fates))
    assert fates.count(REFUSED) >= 0.97 * changing
