"""An ASD's day: what lies there, whom to telephone, a question, an answer, its word, and back to the Frühe Hilfen."""

from pathlib import Path

import pytest

from adapters.escalations import notice_opened, notices
from states.vocabulary import Command, State
from tests.people import ASD, CLINIC, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.case import Case, Package
from workflow.errors import RefusedError
from workflow.queries import Heading


def documented(world: World) -> Case:
    case = world.do(world.a_case_in(State.IN_CONTACT), Command.ASSESS_RISK_YES)
    return world.do(world.do(case, Command.INVOLVE_FAMILY), Command.ESCALATE, fields=("contact",))


def urgent(world: World) -> Case:
    return world.a_case_in(State.ESCALATED)


def test_unconfirmed_stands_before_confirmed_urgent_before_the_rest_and_the_oldest_first(
    tmp_path: Path,
) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        first = documented(world)
        world.wait(hours=1)
        second = urgent(world)
        world.wait(hours=1)
        third = urgent(world)
        confirmed = world.do(urgent(world), Command.CONFIRM_RECEIPT, ASD)
        found = notices(lotse, ASD)
        assert [n.number for n in found] == [each.number for each in (second, third, first, confirmed)]
        assert [n.urgent for n in found] == [True, True, False, True]
        assert all("110" in n.way for n in found[:3]), "the telephone way, while nobody has confirmed"
        assert found[3].way == ""
        assert found[3].confirmed_at == world.now
        assert found[2].told == (Package.CONTACT,)
        assert found[0].told_to == "Frau Dienst"
        assert found[0].record_missing
        world.wait(days=2)
        assert notices(lotse, ASD)[0].overdue


def test_a_question_stands_on_the_fachkrafts_list_until_it_is_answered(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        case = world.do(world.do(urgent(world), Command.COMPLETE_RECORD), Command.CONFIRM_RECEIPT, ASD)
        case = world.do(case, Command.ASK, ASD, question="Wann war der letzte Hausbesuch?")
        (item,) = [each for each in lotse.today(WORKER) if each.obligation == "question"]
        assert (item.heading, item.what, item.days) == (Heading.DANGER, "Rückfrage des ASD beantworten", 1)
        (waits,) = [each for each in lotse.today(ASD) if each.obligation == "question"]
        assert waits.heading is Heading.WAITING
        assert notices(lotse, ASD)[0].asked_since == world.now

        world.wait(hours=2)
        case = world.do(case, Command.REPLY, answer="Montag; die Mutter war allein.")
        assert not [each for each in lotse.today(WORKER) if each.obligation == "question"]
        opened = notice_opened(lotse, ASD, case.number)
        assert [(word.question, word.by, word.text) for word in opened.words] == [
            (True, "asd", "Wann war der letzte Hausbesuch?"),
            (False, "fachkraft", "Montag; die Mutter war allein."),
        ]
        told = [told.a["action"] for told in opened.view.timeline]
        assert Command.TRIAGE_YES in told
        assert not {"triage(no)", "reach_family", "note", "receive(consent)"} & set(told), (
            "not the remaining file"
        )
        assert opened.view.family is not None
        assert opened.view.family.concern == "", "only what was told"


def test_its_word_and_the_way_back_to_the_fruehe_hilfen(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        lotse = world.lotse
        case = world.do(urgent(world), Command.CONFIRM_RECEIPT, ASD)
        case = world.do(case, Command.ASK, ASD)
        case = world.do(case, Command.REPORT, ASD, confirmed=False, acted=True, acting=False)
        case = world.do(case, Command.RETURN_CASE, ASD)
        assert case.state == State.RECEIVED
        assert "asked" not in case.marks, "what nobody answered any more is not owed any more"
        assert case.duty("question") is None
        assert notices(lotse, ASD) == ()
        assert case.report is not None, "the referrer reads it all the same"
        assert not world.may(case, Command.REPORT, WORKER).allowed


def test_the_fachkraft_notes_what_the_asd_said_by_telephone(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        case = world.do(urgent(world), Command.ASK, WORKER, asked_by="Frau Dienst", channel="phone")
        with pytest.raises(Exception, match="vorab hingewiesen"):
            world.do(case, Command.REPORT, WORKER, family_told=False)
        case = world.do(
            case, Command.REPORT, WORKER, told_by="Frau Dienst", family_told=False, reason="Schutz"
        )
        assert case.report is not None
        last = [each for each in world.entries(case) if each.a["action"] == "report"][-1].a
        assert last["disclosed"][0]["institution"] == CLINIC


@pytest.mark.parametrize("by", [WORKER, SUPERVISOR])
def test_the_inbox_is_the_asds_and_whoever_else_looks_is_on_record(tmp_path: Path, by: object) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        person = WORKER if by is WORKER else SUPERVISOR
        with pytest.raises(RefusedError):
            notices(world.lotse, person)
        last = world.entries()[-1].a
        assert (last["action"], last["outcome"], last["actor"]) == ("escalations", "refused", person.id)


def test_a_family_that_came_by_itself_has_no_referrer_to_tell(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        case = world.do(world.do(world.a_referral("self"), Command.TRIAGE_YES), Command.ESCALATE_URGENT)
        blocked = world.may(case, Command.REPORT, ASD).blocked
        assert blocked is not None
        assert "keine meldende Stelle" in blocked.reason
