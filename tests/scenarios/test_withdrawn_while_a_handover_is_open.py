"""Scenario: the family withdraws while a midwife is being asked, or comes (Art. 7 (3) DSGVO)."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Barrier, Thread

import pytest

from adapters.db.memory import MemoryStore, MemoryWork
from tests.people import COLLEAGUE, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from tests.scenarios.day import C, Day, Story
from tests.world import World, a_world
from workflow.case import HandoverStatus
from workflow.errors import ConflictError, RefusedError
from workflow.office import Person
from workflow.perform import submit
from workflow.wording import NO_LONGER_YOURS

NO_MORE_CONTACT = "Bitte beachten: Widerruf der Familie: bitte keinen Kontakt mehr aufnehmen"
NOTHING_MORE = "Fall nach Ablehnung oder Widerruf beenden"


def asked(day: Day) -> Story:
    """A family for which Frau Yıldız has been asked."""
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_FEEDBACK)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    return case


def test_a_withdrawal_ends_the_open_handover_at_once_and_the_midwife_sees_it(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    assert day.worklist(MIDWIFE) == ["Heute fällig: Neue Anfrage, Do 12.03.2026"]

    day.it_is("Di 10.03.2026 16:05")
    case.step(C.WITHDRAW_CONSENT, said_by="Mutter", channel="phone")
    assert case.state == "Einwilligung ungeklärt"
    assert [h.status for h in case.case.handovers] == [HandoverStatus.FALLEN]
    assert case.due() == {NOTHING_MORE: "Di 17.03.2026"}
    assert case.refused(C.ACCEPT, by=MIDWIFE) == NO_LONGER_YOURS
    assert case.refused(C.NOTE, by=PARTNER) != NO_LONGER_YOURS
    assert day.worklist(MIDWIFE) == [NO_MORE_CONTACT]

    # She is told also where the case is closed at once, for a fortnight, and learns nothing else.
    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="consent_withdrawn")
    assert day.worklist(MIDWIFE) == [NO_MORE_CONTACT]
    day.it_is("Di 24.03.2026 16:05")
    assert day.worklist(MIDWIFE) == []
    assert case.refused(C.ACCEPT, by=MIDWIFE) == "Dieser Fall ist Ihnen nicht zugeordnet."


def test_after_a_withdrawal_nobody_contacts_hands_over_or_reports_back(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    case.step(C.WITHDRAW_CONSENT)
    for command in (
        C.ATTEMPT_CONTACT,
        C.REACH_FAMILY,
        C.QUERY_CONSENT,
        C.CHECK_CONSENT_YES,
        C.RECORD_FEEDBACK,
    ):
        case.refused(command)
    for command in (C.RECORD_CONSENT_FOR, C.PROPOSE_HANDOVER):
        case.refused(command, to=MIDWIFE)
    stands = {consent.kind.value for consent in case.case.consents if consent.stands()}
    assert stands <= {"release"}, (
        "What the family had agreed to is withdrawn, the feedback to the clinic too."
    )


def test_what_was_lawful_before_stays_on_record(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    before = len(case.case.consents)
    case.step(C.WITHDRAW_CONSENT)
    assert len(case.case.consents) == before
    assert [entry.a["action"] for entry in case.log()][-2:] == ["propose_handover:r", "withdraw_consent"]


@pytest.mark.parametrize("who", [WORKER, COLLEAGUE, MIDWIFE, PARTNER, SUPERVISOR], ids=lambda who: who.id)
def test_whoever_hears_the_withdrawal_enters_it(day: Day, who: Person) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    assert case.step(C.WITHDRAW_CONSENT, by=who).state == "consent_pending"


def test_a_withdrawal_only_for_the_midwife_leaves_the_contact(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    case.step(C.WITHDRAW_CONSENT_FOR, to=MIDWIFE)
    assert case.state == "Im Kontakt, Klärung"
    assert list(case.due()) == ["Bedarf klären"]
    assert case.refused(C.PROPOSE_HANDOVER, to=MIDWIFE).startswith(
        "„Übergabe anfragen“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie für Frau Yıldız"
    )


def test_on_a_screen_that_is_out_of_date_a_withdrawal_counts_and_an_acceptance_does_not(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    seen = case.case.version
    case.step(C.NOTE)
    with pytest.raises(ConflictError, match="inzwischen geändert"):
        day.world.do(case.id, C.ACCEPT, MIDWIFE, MIDWIFE, version=seen)
    assert day.world.do(case.id, C.WITHDRAW_CONSENT, WORKER, version=seen).state == "consent_pending"


def at_once(*deeds: Callable[[], object]) -> None:
    """Let several people press their button in the same moment; those who come too late are told so."""
    start = Barrier(len(deeds))

    def act(deed: Callable[[], object]) -> None:
        start.wait()
        with suppress(ConflictError, RefusedError):
            deed()

    threads = [Thread(target=act, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("attempt", range(5))
def test_a_withdrawal_never_loses_a_race_against_an_acceptance(day: Day, attempt: int) -> None:
    """Whoever comes first: in the end the family's word stands, and nobody supports it."""
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    seen = case.case.version
    requests = (
        day.world.request(case.id, C.ACCEPT, MIDWIFE, MIDWIFE, version=seen),
        day.world.request(case.id, C.WITHDRAW_CONSENT, WORKER, version=seen),
        day.world.request(case.id, C.NOTE, SUPERVISOR, version=seen),
    )
    turned = requests[attempt % 3 :] + requests[: attempt % 3]
    at_once(*(partial(day.world.submit, request) for request in turned))
    assert case.state == "Einwilligung ungeklärt"
    assert "withdrawn" in case.case.marks
    assert all(h.status is HandoverStatus.FALLEN for h in case.case.handovers)


class Overtaken(MemoryWork):
    """A unit of work without a writer's lock around it: others commit between its reading and its writing."""

    def __init__(self, world: World, others: list[Callable[[], object]]) -> None:
        assert isinstance(world.store, MemoryStore)
        super().__init__(world.store, world.millis)
        self._others = others

    def commit(self) -> None:
        if self._others:
            self._store.lock.release()
            self._others.pop()()
            self._store.lock.acquire()
        super().commit()


def test_overtaken_on_the_way_a_withdrawal_is_made_again_and_an_acceptance_is_not() -> None:
    """The system repeats it by itself on the newer case; nobody is asked to press again."""
    with a_world() as world:
        case = asked(Day(world))
        others: list[Callable[[], object]] = [
            partial(case.step, C.ACCEPT, MIDWIFE),
            partial(case.step, C.NOTE, SUPERVISOR),
        ]
        done = submit(
            world.request(case.id, C.WITHDRAW_CONSENT), lambda: Overtaken(world, others), world.office
        )
        assert others == []
        assert [entry.a["action"] for entry in case.log()][-3:] == ["note", "accept:r", "withdraw_consent"]
        assert case.state == "Einwilligung ungeklärt"
        assert done.case.handovers[0].status is HandoverStatus.FALLEN

        second = asked(Day(world))
        others.append(partial(second.step, C.NOTE, SUPERVISOR))
        with pytest.raises(ConflictError, match="inzwischen geändert"):
            submit(
                world.request(second.id, C.ACCEPT, MIDWIFE, MIDWIFE),
                lambda: Overtaken(world, others),
                world.office,
            )
        assert second.state == "Übergabe angefragt"
        world.verify()


def test_a_running_support_ends_with_the_withdrawal_too(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    case.step(C.ACCEPT, by=MIDWIFE)
    day.it_is("Mi 15.04.2026 10:00")
    case.step(C.WITHDRAW_CONSENT, by=MIDWIFE, said_by="Mutter")
    assert case.state == "Einwilligung ungeklärt"
    assert case.due() == {NOTHING_MORE: "Mi 22.04.2026"}
    assert case.case.handovers[0].status is HandoverStatus.FALLEN


def test_where_the_asd_was_told_the_midwife_reads_nothing_of_it(day: Day) -> None:
    """Her request falls, too, but that is no withdrawal, and why is not hers to know."""
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    case.step(C.TRIAGE_YES)
    case.step(C.ESCALATE_URGENT)
    assert day.worklist(MIDWIFE) == []


def test_a_withdrawal_never_blocks_the_way_to_the_asd(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = asked(day)
    case.step(C.WITHDRAW_CONSENT)
    case.step(C.TRIAGE_YES, indications="Die Mutter schreit das Kind an.")
    case.step(C.ESCALATE_URGENT)
    assert case.state == "An den ASD übergeben"
