"""Who reads the ASD's word on a notice: whatever the referrer is, by law or by consent alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.vocabulary import Command, State
from tests.people import ASD, CLINIC, MIDWIFE, PARTNER, WORKER
from tests.world import World, a_world
from workflow.audited import Recorded
from workflow.case import Case, ConsentKind, Source
from workflow.disclosures import Disclosure, Why, disclosures
from workflow.feedback import BOUND_BY_SECRECY, Reads, bound_by_secrecy, reads_report
from workflow.institutions import names_of
from workflow.intake.source import SourceKind
from workflow.office import Institution
from workflow.sight import sight_of

BY_WORD = {
    "Geburtsklinik": True,
    "Hebamme": True,
    "Kinderarzt": True,
    "Frauenarzt": True,
    "Hausarztpraxis": True,
    "Erziehungsberatung": True,
    "Schule": True,
    "Schwangerschaftsberatung": False,  # the law asks for a recognised one; only the register says that
    "Suchtberatung": False,
    "Kita": False,
    "Beratungsstelle": False,
    "Jugendamt": False,
    "Nachbarin": False,
    "": False,
}
"""§ 4 (1) KKG, written out a second time, for referrers that stand in no register."""


def reported(world: World, **referral: str) -> Case:
    case = world.a_case_in(State.ESCALATED, MIDWIFE, **referral)
    return world.do(world.do(case, Command.CONFIRM_RECEIPT, ASD), Command.REPORT, ASD)


@pytest.mark.parametrize(("word", "bound"), BY_WORD.items())
def test_without_a_register_the_word_itself_must_say_it(word: str, bound: bool) -> None:
    with a_world() as world:
        case = world.a_referral(source_kind=word or None, institution="Stelle ohne Eintrag")
        assert bound_by_secrecy(case, world.question(case).directory) is bound


def test_the_register_goes_before_the_word() -> None:
    """A Kita that calls itself a clinic is a Kita; a recognised advice centre is bound by its entry."""
    with a_world() as world:
        world.put(Institution("wiese", "Kita Wiese", "daycare"))
        world.put(Institution("haus", "Beratung Haus", "pregnancy_counselling"))
        kita = world.a_referral(source_kind="Geburtsklinik", institution="Kita Wiese")
        advice = world.a_referral(source_kind="Beratungsstelle", institution="Beratung Haus")
        directory = world.question(kita).directory
        assert not bound_by_secrecy(kita, directory)
        assert bound_by_secrecy(advice, directory)


@given(
    kind=st.sampled_from(SourceKind),
    registered=st.booleans(),
    by_partner=st.booleans(),
    consented=st.booleans(),
    withdrawn=st.booleans(),
    expired=st.booleans(),
)
def test_feedback_is_readable_exactly_where_law_or_consent_says_so(
    kind: SourceKind, registered: bool, by_partner: bool, consented: bool, withdrawn: bool, expired: bool
) -> None:
    """Whatever the referrer's kind and whatever the family has said, given, taken back or let run out."""
    with a_world() as world:
        world.put(Institution("nordstadt", CLINIC, str(kind) if registered else "other"))
        case = reported(world)
        if consented:
            last = world.day + timedelta(days=3)
            case = world.do(case, Command.RECORD_FEEDBACK, expires_on=last if expired else None)
            if withdrawn:
                case = world.do(case, Command.WITHDRAW_FEEDBACK)
            world.wait(days=4 if expired else 0)
        case = replace(case, source=Source(case.source.kind, CLINIC, by_partner))
        directory = world.question(case).directory
        law = by_partner and registered and kind in BOUND_BY_SECRECY
        consent = by_partner and consented and not withdrawn and not expired
        ground = reads_report(case, directory, world.day)
        assert ground == (Reads.BY_LAW if law else Reads.BY_CONSENT if consent else None)
        seen = sight_of(PARTNER, case, directory, world.moment).case(case)
        assert (seen.report is not None) == (ground is not None)
        # The status is the family's to give, whatever the law says; who did not refer knows of no case.
        assert not by_partner or (seen.state != "") == consent


def test_neither_who_supports_nor_another_case_reads_it() -> None:
    with a_world() as world:
        case = world.a_case_in(State.HANDED_OVER)
        case = world.do(world.do(case, Command.TRIAGE_YES), Command.ESCALATE_URGENT)
        case = world.do(case, Command.REPORT, ASD)
        directory = world.question(case).directory
        assert sight_of(MIDWIFE, case, directory, world.moment).case(case).report is None
        assert sight_of(WORKER, case, directory, world.moment).case(case).report == case.report


def test_a_new_notice_waits_for_a_new_word() -> None:
    with a_world() as world:
        case = world.do(reported(world), Command.ESCALATE_URGENT)
        assert case.report is None


def test_what_the_referrer_was_told_is_told_to_the_family_with_its_law() -> None:
    """Art. 15: the clinic learnt of it by § 4 (4) KKG; the Kita, without consent, of nothing."""
    with a_world() as world:
        world.put(Institution("wiese", "Kita Wiese", "daycare"))
        clinic, kita = reported(world), reported(world, institution="Kita Wiese")
        assert [(each.why, each.legal_basis, each.data) for each in to_the_referrer(world, clinic)] == [
            (Why.BACK_BY_LAW, "§ 4 Abs. 4 KKG", ("verdict",))
        ]
        assert to_the_referrer(world, kita) == []
        world.do(kita, Command.RECORD_FEEDBACK)
        assert [each.data for each in to_the_referrer(world, kita)] == [("status", "verdict")]


def to_the_referrer(world: World, case: Case) -> list[Disclosure]:
    entries = [Recorded(each.seq, world.now, each.a) for each in world.entries(case)]
    return [each for each in disclosures(entries, case.id) if each.recipient.is_referrer]


def test_every_kind_of_the_law_is_a_kind_of_referrer_and_no_name_means_two() -> None:
    assert set(BOUND_BY_SECRECY) < set(SourceKind)
    assert {SourceKind.DAYCARE, SourceKind.YOUTH_OFFICE, SourceKind.FAMILY, SourceKind.OTHER}.isdisjoint(
        BOUND_BY_SECRECY
    )
    assert names_of(Institution("a", "b", "other", former_names=("c", "b"))) == ("a", "b", "c")
    assert ConsentKind.FEEDBACK.label == "Einwilligung in die Rückmeldung an die meldende Stelle"
