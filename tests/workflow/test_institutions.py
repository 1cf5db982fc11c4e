"""Institutions: whatever is renamed, no referral is orphaned and nobody reads another's; an agreement has its days."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.vocabulary import Command, Role
from tests.people import CLINIC, INSTITUTIONS, OTHER_PARTNER, PARTNER, PRACTICE, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.access import Relation, relations
from workflow.case import Case, Source
from workflow.errors import DetailsError, RefusedError
from workflow.institutions import known_as, name_today, same_institution, taken_by, why_no_referral
from workflow.office import Directory, Institution, Person
from workflow.register import Entered, enter_institution
from workflow.visible import reach_of

NAMES = ("Klinikum Nordstadt", "Klinikum am Park", "Kinderarztpraxis Süd", "Praxis Wartezimmer", "Kita Wiese")


def enter(world: World, by: Person = SUPERVISOR, **given: object) -> Institution:
    entered = Entered(**given)  # type: ignore[arg-type] # of the test's own words
    return world.carry_out(lambda work: enter_institution(by, entered, work, world.office))


def directory_of(world: World) -> Directory:
    with world.work() as work:
        return work.directory


def refers(world: World, person: Person, case: Case) -> bool:
    found = relations(person, case, directory_of(world), world.moment)
    return any(relation is Relation.REFERRER for _, relation in found)


def test_a_renamed_clinic_keeps_its_referrals_and_its_people() -> None:
    with a_world() as world:
        before = world.a_referral()
        enter(world, id="nordstadt", name="Klinikum am Park")
        after = world.a_referral("written", PARTNER)
        assert after.source == Source("birth_clinic", "Klinikum am Park", by_partner=True)
        newcomer = replace(PARTNER, id="neu", institution="Klinikum am Park")
        world.put(newcomer)
        for case in (before, after):
            assert refers(world, PARTNER, case)
            assert refers(world, newcomer, case)
            assert not refers(world, OTHER_PARTNER, case)
        assert name_today(directory_of(world), before.source.institution) == "Klinikum am Park"


def test_nobody_takes_a_name_that_another_has_or_had() -> None:
    """Otherwise the new one would read the families of the old."""
    with a_world() as world:
        enter(world, id="nordstadt", name="Klinikum am Park")
        for name in (CLINIC, "klinikum am park", PRACTICE, "nordstadt"):
            with pytest.raises(DetailsError):
                enter(world, id="wiese", name=name, kind="daycare")
        assert taken_by(directory_of(world), (CLINIC,), "nordstadt") is None


@given(st.lists(st.tuples(st.sampled_from(("a", "b", "c")), st.sampled_from(NAMES)), max_size=8))
def test_whatever_is_renamed_a_name_means_one_institution_and_never_another(
    steps: list[tuple[str, str]],
) -> None:
    """A walk of entering and renaming: every name said at any time goes on meaning whom it meant."""
    with a_world() as world:
        meant: dict[str, str] = {name: each.id for each in INSTITUTIONS for name in (each.name, each.id)}
        for place, name in steps:
            try:
                enter(world, id=place, name=name, kind="other")
            except DetailsError:
                assert meant.get(name, place) != place
                continue
            assert meant.setdefault(name, place) == place
        directory = directory_of(world)
        for one, whose in meant.items():
            for other, whom in meant.items():
                assert same_institution(directory, one, other) == (whose == whom)
            case = world.a_referral(institution=one)
            for person in (PARTNER, OTHER_PARTNER):
                theirs = meant[person.institution] == whose
                assert refers(world, person, case) == theirs
                assert reach_of(person, directory, world.moment).covers(case) == theirs


def test_an_unregistered_institution_is_known_by_its_letters_alone() -> None:
    nobody = Directory()
    assert same_institution(nobody, "Klinik", "Klinik")
    assert not same_institution(nobody, "Klinik", "klinik")
    assert not same_institution(nobody, "", "")
    assert known_as(nobody, "Klinik") == ("Klinik",)


def test_without_an_agreement_in_force_nothing_new_comes_in_and_what_is_there_can_be_followed() -> None:
    with a_world() as world:
        case = world.a_referral("written", PARTNER)
        enter(world, id="nordstadt", agreement_until=date(2026, 3, 9))
        world.a_referral("unclear", PARTNER)
        world.wait(days=1)
        with pytest.raises(RefusedError) as refused:
            world.a_referral("written", PARTNER)
        assert refused.value.blocked.reason.startswith(
            "Die Netzwerkvereinbarung mit Ihrer Einrichtung ist am 09.03.2026 abgelaufen."
        )
        assert world.entries()[-1].a["reason"] == "agreement"
        assert world.do(case, Command.WITHDRAW_REFERRAL, PARTNER).referral_withdrawn_at == world.now
        assert world.a_referral("written", WORKER), "the house itself takes in whatever it hears"


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (replace(INSTITUTIONS[0], agreement=""), "ist keine Netzwerkvereinbarung festgehalten"),
        (replace(INSTITUTIONS[0], active=False), "steht nicht (mehr) im Verzeichnis"),
        (replace(INSTITUTIONS[0], agreement_from=date(2026, 4, 1)), "gilt erst ab 01.04.2026"),
        (replace(INSTITUTIONS[0], agreement_until=date(2026, 3, 8)), "ist am 08.03.2026 abgelaufen"),
        (replace(INSTITUTIONS[0], agreement_until=date(2026, 3, 9)), None),
    ],
)
def test_each_reason_has_its_sentence(stored: Institution, says: str | None) -> None:
    """On Monday 09.03.2026; the last day counts whole."""
    blocked = why_no_referral(Directory(institutions={stored.id: stored}), CLINIC, date(2026, 3, 9))
    assert (blocked is None) == (says is None)
    if blocked is not None and says is not None:
        assert says in blocked.reason
        assert "Bestehende Meldungen" in blocked.reason


def test_who_may_keep_the_register_is_written_here() -> None:
    may = {Role.NETWORK_COORDINATOR, Role.SUPERVISOR, Role.ADMIN}
    with a_world() as world:
        for role in Role:
            by = Person(f"x-{role.value.replace('_', '-')}", "X", frozenset({role}), institution=CLINIC)
            world.put(by)
            if role in may:
                assert enter(world, by, id="wiese", name="Kita Wiese", kind="daycare").id == "wiese"
                continue
            with pytest.raises(RefusedError):
                enter(world, by, id="wiese", name="Kita Wiese", kind="daycare")
            entry = world.entries()[-1].a
            assert (entry["action"], entry["outcome"], entry["actor"]) == ("institution", "refused", by.id)


@pytest.mark.parametrize(
    "given",
    [
        {"id": "Nicht erlaubt", "name": "Kita"},
        {"id": "kita", "name": "  "},
        {"id": "kita", "name": "Kita", "kind": "kloster"},
        {"id": "kita", "name": "Kita", "kind": "family"},
        {"id": "kita", "name": "Kita", "agreement_until": date(2026, 1, 1)},
        {
            "id": "kita", "name": "Kita", "agreement": "NV", "agreement_from": date(2026, 2, 1),
            "agreement_until": date(2026, 1, 1),
        },
        {"id": "kita", "name": "K" * 201},
        {"id": "kita", "name": "Zeile\nZwei"},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_nothing_is_entered(given: dict[str, object]) -> None:
    with a_world() as world:
        before = directory_of(world)
        with pytest.raises(DetailsError):
            enter(world, SUPERVISOR, **given)
        assert directory_of(world) == before
