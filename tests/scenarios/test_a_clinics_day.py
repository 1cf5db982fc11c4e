"""A clinic's day: invited on an agreement, it refers, is asked, answers, takes one back, and reads what it may."""

from datetime import date
from pathlib import Path

import pytest

from adapters.login import staff
from adapters.lotse import Lotse
from adapters.partners import (
    Consent,
    entering,
    inviting,
    not_yet,
    receipt_for,
    referral_called,
    referrals_of,
    request_of,
)
from states.vocabulary import Command, Role, State
from tests.login.house import a_house
from tests.people import ASD, OTHER_PARTNER, PARTNER, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.errors import RefusedError, UnknownCaseError
from workflow.feedback import Reads
from workflow.office import Person
from workflow.own_referrals import Receipt, own_referral
from workflow.perform import Request
from workflow.register import Entered, Guest

FAMILY = {"surname": "Musterfrau", "first_name": "Mia", "phone": "0151 00000042", "concern": "Stillen"}
COORDINATOR = Person("koordination", "Frau Netz", frozenset({Role.NETWORK_COORDINATOR}))


def invited(world: World, lotse: Lotse) -> Person:
    """A clinic that joins the network this Monday, and whom it sends."""
    world.put(COORDINATOR)
    agreed = Entered(
        "marien", "Marienklinik", "birth_clinic", agreement="NV 2026/01", agreement_from=date(2026, 3, 9),
        agreement_until=date(2026, 12, 31),
    )  # fmt: skip
    lotse.write(entering(lotse, COORDINATOR, agreed))
    given = lotse.write(inviting(lotse, COORDINATOR, Guest("station3", "Dr. Wochenstation", "marien")))
    assert len(given.link) > 40
    assert (given.person.roles, given.person.institution) == (frozenset({Role.PARTNER}), "Marienklinik")
    return given.person


def refers(lotse: Lotse, clinic: Person, consent: Consent, **more: object) -> Receipt:
    done = lotse.submit(request_of(clinic, consent, {**FAMILY, **more}, key=f"k{more}"))
    return receipt_for(lotse, done, consent)


def steps(lotse: Lotse, clinic: Person, reference: str) -> set[str]:
    return set(referral_called(lotse, clinic, reference).steps)


def does(lotse: Lotse, clinic: Person, reference: str, command: Command, **details: object) -> None:
    own = referral_called(lotse, clinic, reference)
    lotse.submit(Request(command, clinic, own.case, details=details))


def test_from_the_invitation_to_the_answer_and_back(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)

        receipt = refers(lotse, clinic, Consent.ORAL, oral_reason="Frühgeburt", born=date(2026, 3, 8))
        assert receipt.received_on == date(2026, 3, 9)
        assert receipt.contact_until == date(2026, 3, 12), "three working days"
        assert refers(lotse, clinic, Consent.ORAL, oral_reason="Frühgeburt", born=date(2026, 3, 8)) == receipt

        unclear = refers(lotse, clinic, Consent.UNCLEAR)
        assert (unclear.contact_until, unclear.answer_until) == (None, date(2026, 3, 12))
        case = world.case(referral_called(lotse, clinic, unclear.reference).case)
        case = world.do(world.do(case, Command.ASSIGN, WORKER), Command.TRIAGE_NO)
        case = world.do(world.do(case, Command.CHECK_CONSENT_NO), Command.QUERY_CONSENT)

        asked, other = referrals_of(lotse, clinic)
        assert (asked.reference, asked.asked_since) == (unclear.reference, world.now), (
            "what is asked stands first"
        )
        assert other.asked_since is None
        assert not asked.status, "where the case stands is the family's to tell"
        assert {Command.RECORD_CONSENT_PARTNER, Command.REFUSE_CONSENT} <= set(asked.steps)

        does(lotse, clinic, unclear.reference, Command.RECORD_CONSENT_PARTNER, form="written", giver="Mutter")
        answered = referral_called(lotse, clinic, unclear.reference)
        assert (answered.asked_since, answered.answer_until) == (None, None)
        assert world.case(answered.case).duty("first_contact") is not None
        world.verify()


def test_without_consent_not_even_a_name_is_kept(tmp_path: Path) -> None:
    """„Noch nicht“: a sentence, a line in the log, and nothing of the family anywhere."""
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        with pytest.raises(RefusedError) as refused:
            lotse.write(not_yet(lotse, clinic))
        assert "Es wurde nichts gespeichert." in refused.value.blocked.reason
        assert world.cases() == []
        last = world.entries()[-1]
        assert (last.a["outcome"], last.a["reason"], last.b) == ("refused", "not_yet", None)
        assert set(last.a) - {"under"} == {"action", "actor", "outcome", "reason", "at"}


def test_a_referral_sent_in_error_is_taken_back_and_nobody_calls(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        receipt = refers(lotse, clinic, Consent.WRITTEN, given_on=date(2026, 3, 9))
        does(lotse, clinic, receipt.reference, Command.WITHDRAW_REFERRAL, reason="falsche Familie")
        own = referral_called(lotse, clinic, receipt.reference)
        assert own.withdrawn
        case = world.do(own.case, Command.ASSIGN, WORKER)
        assert not world.may(case, Command.ATTEMPT_CONTACT).allowed
        assert not world.may(case, Command.CHECK_CONSENT_YES).allowed
        assert [duty.obligation for duty in case.duties] == ["wind_up"]
        case = world.do(case, Command.TRIAGE_NO)
        closed = world.do(case, Command.CLOSE, reason="sent_in_error")
        assert closed.closed_reason == "sent_in_error"
        after = referral_called(lotse, clinic, receipt.reference)
        assert (after.withdrawn, after.status) == (True, "")
        assert Command.WITHDRAW_REFERRAL not in {*own.steps, *after.steps}


def test_a_danger_that_was_seen_goes_on_though_the_referral_is_taken_back(tmp_path: Path) -> None:
    """To take a referral back never blocks § 8a, and is no sign of danger either."""
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        receipt = refers(lotse, clinic, Consent.WRITTEN, given_on=date(2026, 3, 9))
        case = world.do(referral_called(lotse, clinic, receipt.reference).case, Command.ASSIGN, WORKER)
        case = world.do(case, Command.TRIAGE_YES)
        does(lotse, clinic, receipt.reference, Command.WITHDRAW_REFERRAL, reason="doch nicht")
        case = world.case(case)
        assert {duty.obligation for duty in case.duties} == {"danger", "wind_up"}
        assert world.may(case, Command.ESCALATE_URGENT).allowed


def test_once_the_family_is_reached_a_mistake_is_told_by_telephone_and_nothing_else_is_said(
    tmp_path: Path,
) -> None:
    """No refusal says „im Stand …“, whatever is tried, as long as the family has not consented to that."""
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        receipt = refers(lotse, clinic, Consent.WRITTEN, given_on=date(2026, 3, 9), born=date(2026, 2, 1))
        case = world.do(referral_called(lotse, clinic, receipt.reference).case, Command.ASSIGN, WORKER)
        for step in (Command.TRIAGE_NO, Command.CHECK_CONSENT_YES, Command.REACH_FAMILY):
            case = world.do(case, step)
        labels = {
            world.office.network_now.profile.process.label(state) for state in ("in_contact", "received")
        }
        for command in (Command.WITHDRAW_REFERRAL, Command.REFUSE_CONSENT, Command.RECORD_CONSENT_PARTNER):
            with pytest.raises(RefusedError) as refused:
                does(lotse, clinic, receipt.reference, command, reason="Irrtum", form="written")
            said = f"{refused.value.blocked.reason} {refused.value.blocked.next_step}"
            assert "anrufen" in said
            assert not any(label in said for label in labels)
            assert refused.value.blocked.code == "state"
        view = lotse.view(clinic, case.number)
        assert (view.network_label, view.case.state, view.timeline) == ("", "", ())
        assert not any(label in repr(view.steps) for label in labels)
        world.do(case, Command.RECORD_FEEDBACK)
        assert referral_called(lotse, clinic, receipt.reference).status == "Im Kontakt, Klärung"


def test_the_asds_word_comes_back_to_the_clinic_by_law(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        receipt = refers(lotse, clinic, Consent.WRITTEN, given_on=date(2026, 3, 9))
        case = world.do(referral_called(lotse, clinic, receipt.reference).case, Command.ASSIGN, WORKER)
        case = world.do(world.do(case, Command.TRIAGE_YES), Command.ESCALATE_URGENT)
        assert referral_called(lotse, clinic, receipt.reference).report is None
        case = world.do(case, Command.CONFIRM_RECEIPT, ASD)
        world.do(case, Command.REPORT, ASD, confirmed=True, acted=True, acting=True)
        own = referral_called(lotse, clinic, receipt.reference)
        assert own.report is not None
        assert (own.report.confirmed, own.report.acting, own.reads, own.status) == (
            True,
            True,
            Reads.BY_LAW,
            "",
        )


def test_another_practice_does_not_find_it_whatever_kennzeichen_it_types(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        receipt = refers(lotse, clinic, Consent.UNCLEAR)
        for typed in (receipt.reference, receipt.reference.lower(), "CCC-CCC", "nichts"):
            with pytest.raises(UnknownCaseError):
                referral_called(lotse, OTHER_PARTNER, typed)
        assert referrals_of(lotse, OTHER_PARTNER) == ()
        assert referral_called(lotse, clinic, receipt.reference.lower()).reference == receipt.reference


def test_when_the_agreement_ends_nothing_new_comes_in_and_the_old_is_followed(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        clinic = invited(world, lotse)
        receipt = refers(lotse, clinic, Consent.UNCLEAR)
        lotse.write(entering(lotse, SUPERVISOR, Entered("marien", "Klinik am Fluss", agreement="")))
        for consent in (Consent.WRITTEN, Consent.UNCLEAR):
            with pytest.raises(RefusedError) as refused:
                refers(lotse, clinic, consent, giver=str(consent))
            assert "keine Netzwerkvereinbarung" in refused.value.blocked.reason
        with pytest.raises(RefusedError) as refused:
            lotse.write(not_yet(lotse, clinic))
        assert refused.value.blocked.code == "agreement"
        assert Command.WITHDRAW_REFERRAL in steps(lotse, clinic, receipt.reference), (
            "renamed, and still its own"
        )


def test_a_coordinator_does_not_come_in_as_a_clinic_that_comes_in_already(tmp_path: Path) -> None:
    """A second link is for whoever never used the first; it neither sets another's password nor changes a name."""
    with a_house(tmp_path) as house:
        lotse = house.lotse
        clinic = invited(house.world, lotse)
        again = Guest(clinic.id, "Ganz Anders", "marien")
        assert lotse.write(inviting(lotse, COORDINATOR, again)).person == clinic
        house.account(clinic)
        with pytest.raises(RefusedError, match="Leitung oder IT"):
            lotse.write(inviting(lotse, COORDINATOR, again))
        assert house.porter.login(house.attempt(clinic)).person == clinic
        tried = [(each["outcome"], each.get("reason")) for each in house.log("invited")]
        assert tried == [("done", None), ("done", None), ("refused", "comes_in")]

        staff.rename_login(lotse, SUPERVISOR.id, clinic.id, "station")
        with pytest.raises(RefusedError, match="meldet sich schon jemand anders"):
            lotse.write(inviting(lotse, COORDINATOR, Guest("station", "Dr. Neu", "marien")))
        with lotse.store.work(reading=True) as work:
            assert "station" not in work.directory.persons


def test_the_steps_of_a_clinic_do_not_tell_where_the_case_stands(tmp_path: Path) -> None:
    """Without the fourth consent they follow from what the clinic sees; asked for in vain, nothing tells why."""
    with a_world("sqlite", folder=tmp_path) as world:
        told = set()
        for state in State:
            case = world.a_case_in(state, institution=PARTNER.institution)
            own = own_referral(world.question(case, PARTNER))
            assert own.status == ""
            asked = {Command.RECORD_CONSENT_PARTNER, Command.REFUSE_CONSENT}
            told.add(frozenset(own.steps) - (asked if own.answer_until else frozenset()))
        assert told == {
            frozenset(
                {
                    Command.RECORD_RELEASE,
                    Command.WITHDRAW_CONSENT,
                    Command.WITHDRAW_REFERRAL,
                    Command.RAISE_CONCERN,
                }
            )
        }
