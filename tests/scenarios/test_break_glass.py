"""Scenario: a colleague's family calls at night; an inspection, an advice without names, a question of competence.

What is opened is opened with a reason, for a while, on record; Leitung learns of an emergency at once and reviews it.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from states.vocabulary import Command, State
from tests.openings import ADVISER, COORDINATOR, DPO, OTHERS, SECOND_SUPERVISOR, end, review, take
from tests.people import CLINIC, COLLEAGUE, DEPUTY, FAMILY, MIDWIFE, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.access import reads_whole
from workflow.case import Case, Family
from workflow.errors import RefusedError
from workflow.office import OpeningKind, Person
from workflow.pseudonym import pseudonym
from workflow.queries import Heading, Item


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An office on disk on a Monday night, with Leitung twice, data protection, coordination and an adviser."""
    with a_world("sqlite", at="2026-03-09 22:10", folder=tmp_path) as world:
        world.put(*OTHERS)
        yield world


def lines(world: World, by: Person) -> list[str]:
    return [f"{item.heading.label}: {item.what}" for item in world.lotse.today(by) if item.opening]


def numbers(world: World, by: Person) -> set[str]:
    return {case.number for case in world.lotse.cases_for(by)}


def sees(world: World, by: Person, case: Case) -> Family | None:
    return world.lotse.view(by, case.number).family


def test_a_mother_calls_at_night_and_her_fachkraft_is_away(world: World) -> None:
    """Opened at once, worked like a deputy, seen by Leitung at once, closed by itself, reviewed by somebody else."""
    case = world.a_case_in(State.IN_CONTACT)
    with pytest.raises(RefusedError, match="Frau Muster ist zuständig"):
        sees(world, COLLEAGUE, case)
    assert numbers(world, COLLEAGUE) == set()

    opening = take(world, case, OpeningKind.EMERGENCY, COLLEAGUE).opening
    assert opening.until - opening.opened_at == timedelta(minutes=60)
    assert sees(world, COLLEAGUE, case) == world.family(case)
    assert numbers(world, COLLEAGUE) == {case.number}
    assert [hit.number for hit, _ in world.lotse.find(COLLEAGUE, FAMILY.surname)] == [case.number]
    world.do(case, Command.NOTE, COLLEAGUE, text="Hebamme informiert.")
    assert world.entries()[-1].a["on_behalf_of"] == WORKER.id
    assert {item.for_whom for item in world.lotse.today(COLLEAGUE) if not item.opening} == {WORKER.name}

    alarm = "Heute fällig: Notfallzugriff prüfen: Frau Beispiel, 09.03. 22:10 Uhr"
    assert lines(world, SUPERVISOR) == lines(world, SECOND_SUPERVISOR) == [alarm]
    assert lines(world, DPO) == lines(world, WORKER) == []
    with pytest.raises(RefusedError, match="läuft noch"):
        review(world, opening, SUPERVISOR)

    world.wait(minutes=60)
    assert numbers(world, COLLEAGUE) == set()
    with pytest.raises(RefusedError, match="nicht zugeordnet"):
        sees(world, COLLEAGUE, case)
    with pytest.raises(RefusedError):
        world.do(case, Command.NOTE, COLLEAGUE)
    assert world.lotse.find(COLLEAGUE, FAMILY.surname) == []

    review(world, opening, SUPERVISOR, "Mit Frau Beispiel besprochen; richtig entschieden.")
    assert lines(world, SUPERVISOR) == []
    with pytest.raises(RefusedError, match="schon geprüft"):
        review(world, opening, SECOND_SUPERVISOR)
    assert world.verify().size == world.size


def test_who_opened_why_and_who_reviewed_it_stands_in_the_case_and_the_reason_nowhere_else(
    world: World,
) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    opening = take(world, case, OpeningKind.EMERGENCY, COLLEAGUE, reason="Mia Musterfrau ruft an").opening
    end(world, opening, COLLEAGUE)
    review(world, opening, SUPERVISOR, "Geprüft: Mia war in Not")
    told = [
        (each.a["action"], each.a["actor"], each.b)
        for each in world.lotse.view(WORKER, case.number).timeline
        if "opening" in each.a
    ]
    assert told == [
        ("opened_for_a_while", COLLEAGUE.id, {"reason": "Mia Musterfrau ruft an"}),
        ("opening_ended", COLLEAGUE.id, None),
        ("opening_reviewed", SUPERVISOR.id, {"remark": "Geprüft: Mia war in Not"}),
    ]
    assert "Mia" not in repr([entry.a for entry in world.entries()])
    seen_by_leitung = world.lotse.view(SUPERVISOR, case.number).timeline
    assert [each.b for each in seen_by_leitung if "opening" in each.a] == [None, None, None]


def test_nobody_reviews_their_own_emergency(world: World) -> None:
    both = Person("beides", "Frau Doppel", COLLEAGUE.roles | SUPERVISOR.roles)
    world.put(both)
    case = world.a_referral()
    opening = take(world, case, OpeningKind.EMERGENCY, both).opening
    end(world, opening, both)
    assert lines(world, both) == []
    with pytest.raises(RefusedError, match="prüft jemand anderes"):
        review(world, opening, both)
    with pytest.raises(RefusedError, match="nicht"):
        review(world, opening, COLLEAGUE)
    review(world, opening, SUPERVISOR)


def test_an_emergency_that_nobody_reviews_is_overdue_after_five_working_days(world: World) -> None:
    opening = take(world, world.a_referral(), OpeningKind.EMERGENCY, COLLEAGUE).opening
    end(world, opening, COLLEAGUE)

    def item() -> Item:
        (found,) = (each for each in world.lotse.today(SUPERVISOR) if each.opening)
        return found

    world.go_to("2026-03-16 23:59")
    assert (item().heading, str(item().due), item().days) == (Heading.DUE, "2026-03-16", 0)
    world.go_to("2026-03-17 00:00")
    assert (item().heading, item().days) == (Heading.OVERDUE, -1)


def test_the_fourth_emergency_of_a_day_is_told_to_data_protection_too_and_is_not_refused(
    world: World,
) -> None:
    cases = [world.a_referral() for _ in range(4)]
    for case in cases[:3]:
        assert not take(world, case, OpeningKind.EMERGENCY, COLLEAGUE).often
    assert lines(world, DPO) == []
    assert take(world, cases[3], OpeningKind.EMERGENCY, COLLEAGUE).often
    assert len(lines(world, DPO)) == 4
    world.go_to("2026-03-10 08:00")
    assert not take(world, cases[0], OpeningKind.EMERGENCY, COLLEAGUE).often


def test_leitung_reads_the_content_with_a_reason_and_changes_nothing(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    assert sees(world, SUPERVISOR, case) is None
    opening = take(world, case, OpeningKind.INSPECTION, SUPERVISOR, reason="Beschwerde der Familie").opening
    assert sees(world, SUPERVISOR, case) == world.family(case)
    assert sees(world, SECOND_SUPERVISOR, case) is None
    with pytest.raises(RefusedError):
        world.do(case, Command.CORRECT, SUPERVISOR)
    end(world, opening, SUPERVISOR)
    assert sees(world, SUPERVISOR, case) is None


def test_data_protection_draws_a_sample_with_a_reason(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    with pytest.raises(RefusedError, match="nicht zugeordnet"):
        sees(world, DPO, case)
    take(world, case, OpeningKind.SAMPLE, DPO, reason="Stichprobe 1/2026")
    assert sees(world, DPO, case) == world.family(case)
    assert numbers(world, DPO) == {case.number}
    world.wait(hours=8)
    assert numbers(world, DPO) == set()


def test_the_coordinator_is_asked_who_is_responsible_and_reads_the_concern_without_names(
    world: World,
) -> None:
    """Number, state, district and what it is about (B 205); no name, no referrer, no history."""
    case = world.a_referral(
        concern="Frau Musterfrau (Tel. 0151 00000042) stillt Mia, Beispielweg 1, und fragt nach Hilfe.",
        district="Oberaden",
    )
    assert numbers(world, COORDINATOR) == set()
    opening = take(world, case, OpeningKind.CLARIFY, WORKER, whom=COORDINATOR).opening
    seen = world.lotse.view(COORDINATOR, case.number)
    assert seen.family == Family(
        concern="Frau [Name] (Tel. [Nummer]) stillt [Name], [Anschrift], und fragt nach Hilfe."
    )
    assert (seen.case.number, seen.case.state, seen.case.district) == (case.number, case.state, "Oberaden")
    assert seen.case.source.institution == ""
    assert seen.timeline == ()
    assert CLINIC not in repr(seen.case)
    assert lines(world, COORDINATOR) == [
        "Heute fällig: Um Klärung der Zuständigkeit gebeten, offen bis 23.03.2026"
    ]
    end(world, opening, WORKER)
    with pytest.raises(RefusedError):
        world.lotse.view(COORDINATOR, case.number)


def test_the_adviser_reads_indications_and_the_age_and_cannot_tell_whose(world: World) -> None:
    """Neither a name nor the number: under a pseudonym, another each time."""
    case = world.a_referral(born="2025-12-01")
    world.do(case, Command.TRIAGE_YES, indications="Mia Musterfrau wirkt apathisch, Mutter von Mia weint.")
    opening = take(world, case, OpeningKind.ADVICE, WORKER, whom=ADVISER).opening
    called = pseudonym(opening.id)
    with pytest.raises(RefusedError):
        world.lotse.view(ADVISER, case.number)
    seen = world.lotse.view(ADVISER, called)
    assert (seen.age, seen.family, seen.steps) == ("3 Monate alt", None, ())
    (told,) = seen.timeline
    assert told.b is not None
    assert told.b["indications"] == "[Name] [Name] wirkt apathisch, Mutter von [Name] weint."
    assert [each.number for each in world.lotse.cases_for(ADVISER)] == [called]
    assert lines(world, ADVISER) == ["Heute fällig: Um Beratung gebeten, ohne Namen, offen bis 23.03.2026"]
    asked = world.lotse.question(ADVISER, called)
    assert not any(verdict.allowed for verdict in world.steps(asked.case, ADVISER))
    everything = repr(asked.case) + repr(
        (
            (seen.case, seen.timeline, seen.age, seen.network_label),
            seen.question.case,
            world.lotse.cases_for(ADVISER),
            world.lotse.today(ADVISER),
        )
    )
    for secret in (
        case.number,
        case.id,
        *filter(None, (FAMILY.surname, FAMILY.first_name, FAMILY.phone)),
        CLINIC,
    ):
        assert secret not in everything
    again = take(world, world.a_referral(), OpeningKind.ADVICE, WORKER, whom=ADVISER).opening
    assert pseudonym(again.id) != called


def test_a_deputy_may_ask_for_advice_too_and_a_colleague_may_not(world: World) -> None:
    case = world.a_referral()
    world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-09")
    take(world, case, OpeningKind.ADVICE, DEPUTY, whom=ADVISER)
    with pytest.raises(RefusedError, match="nur die zuständige Fachkraft oder ihre Vertretung"):
        take(world, case, OpeningKind.CLARIFY, COLLEAGUE, whom=COORDINATOR)


@pytest.mark.parametrize("command", [Command.ASSIGN, Command.CLOSE, Command.REOPEN, Command.PROPOSE_HANDOVER])
def test_an_emergency_never_becomes_ones_own_case(world: World, command: Command) -> None:
    """What can wait waits for who keeps the case: after two hours the case is as closed as before."""
    case = world.a_case_in(State.IN_CONTACT)
    take(world, case, OpeningKind.EMERGENCY, COLLEAGUE)
    to = MIDWIFE if command.per_recipient else None
    with pytest.raises(RefusedError):
        world.submit(
            world.ask(case, command, COLLEAGUE, to, {"to": COLLEAGUE.id} if command == Command.ASSIGN else {})
        )
    assert world.may(case, Command.NOTE, COLLEAGUE).allowed
    world.wait(days=1)
    left = world.case(case)
    with world.work() as work:
        assert not reads_whole(COLLEAGUE, left, work.directory, world.moment)
