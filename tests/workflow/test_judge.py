"""What a list of steps promises and what happens are the same, for every person, case and command.

Where a step is blocked, it is refused with that very sentence, nothing has changed, and following the next steps
named leads to the step in the end.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from states.vocabulary import Command, State
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    MIDWIFE,
    NURSE,
    OTHER_PARTNER,
    PARTNER,
    PEOPLE,
    PLANNER,
    RECIPIENTS,
    SUPERVISOR,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world
from workflow.case import Case
from workflow.errors import Blocked, RefusedError
from workflow.judge import Verdict
from workflow.office import Person
from workflow.perform import perform
from workflow.wording import LOOK_AGAIN, as_next_step

TWO = ("yildiz", "nachbar")


@pytest.fixture(scope="module")
def world() -> World:
    """An office with a deputy at work."""
    world = a_world()
    world.substitute(DEPUTY, WORKER, "2026-03-01", "2026-12-31")
    return world


def a_case(world: World, kind: str) -> Case:
    """A case in each state, and some that are not the usual ones."""
    unusual: dict[str, Callable[[World], Case]] = {
        "self-referred": lambda w: w.a_referral("self"),
        "unassigned": lambda w: w.a_referral(by=PARTNER),
        "withdrawn": lambda w: w.do(w.a_case_in(State.HANDED_OVER), Command.WITHDRAW_CONSENT, MIDWIFE),
        "in danger": lambda w: w.do(
            w.do(w.a_case_in(State.IN_CONTACT), Command.ASSESS_RISK_YES), Command.INVOLVE_FAMILY
        ),
        "expired": expired,
        "returning": returning,
        "with a second consent": lambda w: w.do(
            w.a_case_in(State.HANDED_OVER), Command.RECORD_CONSENT_FOR, to="nachbar"
        ),
    }
    return unusual[kind](world) if kind in unusual else world.a_case_in(kind)


def expired(world: World) -> Case:
    """Contact is allowed and due, but since last night no longer."""
    case = world.a_case_in(State.CONSENT_CHECKED, expires_on=world.day)
    world.wait(days=1)
    return case


def returning(world: World) -> Case:
    """The ASD has confirmed the notice, and the midwife still supports the family."""
    case = world.do(world.a_case_in(State.HANDED_OVER), Command.RAISE_CONCERN, MIDWIFE)
    return world.do(world.do(case, Command.ESCALATE_URGENT), Command.CONFIRM_RECEIPT, ASD)


KINDS = (
    *(str(state) for state in State), "self-referred", "unassigned", "withdrawn", "in danger", "expired",
    "returning", "with a second consent",
)  # fmt: skip


def questions(world: World) -> Iterator[tuple[str, str | None]]:
    """Every command, with every recipient it could concern."""
    for name, spec in world.office.network_now.profile.process.commands.items():
        if not name.startswith("receive(") and name != Command.FLAG_OVERDUE:
            for recipient in TWO if spec.per_recipient else (None,):
                yield name, recipient


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_promised_happens_and_what_is_blocked_is_refused_with_the_same_sentence(
    world: World, kind: str
) -> None:
    """All people, all commands: judged, then performed in a unit of work that is thrown away."""
    case = a_case(world, kind)
    allowed = 0
    for person in PEOPLE:
        for command, recipient in questions(world):
            verdict = world.may(case, command, person, recipient)
            request = world.request(case, command, person, recipient)
            with world.work() as work:
                if verdict.allowed:
                    done = perform(request, work, world.office)
                    assert done.case.state == verdict.target, (person, command)
                    assert done.step is not None
                    assert done.step.role is verdict.role
                    allowed += 1
                else:
                    with pytest.raises(RefusedError) as refused:
                        perform(request, work, world.office)
                    assert refused.value.blocked == verdict.blocked
                    assert work.case(case.id) == case
    assert allowed
    assert world.case(case) == case


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_of_steps_has_every_command_and_agrees_with_each_single_answer(
    world: World, kind: str
) -> None:
    case = a_case(world, kind)
    for person in (WORKER, MIDWIFE, PARTNER, ASD, SUPERVISOR):
        steps = world.steps(case, person)
        asked = {verdict.command for verdict in steps}
        process = world.office.network_now.profile.process
        missing = {name for name in process.commands if name not in asked}
        assert all(
            name.startswith("receive(")
            or name == Command.FLAG_OVERDUE
            or process.commands[name].per_recipient
            for name in missing
        )
        hidden = person is PARTNER  # without the fourth consent nobody tells it where the case is going
        plain = tuple(replace(v, idle=False, idle_reason="") for v in steps)
        single = (world.may(case, v.command, person, v.recipient) for v in steps)
        assert plain == tuple(replace(v, target="") if hidden else v for v in single)


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_is_a_whole_german_sentence_without_the_family(world: World, kind: str) -> None:
    case = a_case(world, kind)
    family = world.family(case)
    for person in PEOPLE:
        for command, recipient in questions(world):
            blocked = world.may(case, command, person, recipient).blocked
            if blocked is None:
                continue
            sentence = blocked.sentence
            assert sentence[0].isupper() or sentence[0] == "„", sentence
            assert sentence.endswith("."), sentence
            assert "_" not in sentence, sentence
            for words in (family.surname, family.phone, family.street, family.concern):
                assert words not in sentence
            assert blocked.code


def whoever_may(
    world: World, case: Case, command: str, recipient: str | None
) -> tuple[Person, str | None] | None:
    """Somebody in the office who may do this now, for this recipient or another one in the case."""
    others = [each.id for each in RECIPIENTS] if Command(command).per_recipient else [None]
    for whom in dict.fromkeys([recipient, *others] if Command(command).per_recipient else [None]):
        for person in PEOPLE:
            if world.may(case, command, person, whom).allowed:
                return person, whom
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_who_follows_the_next_steps_gets_there(kind: str) -> None:
    """For WORKER: each blocked step that names a next one becomes possible by doing what is named, in few steps."""
    with a_world() as world:
        for command, recipient in questions(world):
            case = a_case(world, kind)
            verdict = world.may(case, command, WORKER, recipient)
            for _ in range(12):
                if (
                    verdict.blocked is None
                    or not verdict.blocked.next_step
                    or verdict.blocked.code == "denied"
                ):
                    break
                case = _follow(world, case, command, recipient, verdict)
                verdict = world.may(case, command, WORKER, recipient)
            else:
                pytest.fail(f"{command}: still blocked after twelve steps: {verdict.blocked}")


def _follow(world: World, case: Case, command: str, recipient: str | None, verdict: Verdict) -> Case:
    """Do what is named: the sentence and the command beside it say the same."""
    assert verdict.blocked is not None
    step = verdict.blocked.next_command
    process = world.question(case).network.profile.process
    outright = f"„{process.label(step)}“"
    assert verdict.blocked.next_step in (as_next_step(process, step), outright)
    who = whoever_may(world, case, step, recipient)
    assert who is not None, (command, verdict.blocked)
    return world.do(case, step, who[0], who[1])


def test_an_urgent_notice_without_danger_names_the_one_entry_that_it_needs() -> None:
    """Without a required field, and with the telephone way (§ 8a SGB VIII)."""
    with a_world() as world:
        case = world.a_referral()
        for person in (WORKER, COLLEAGUE):
            blocked = world.may(case, Command.ESCALATE_URGENT, person).blocked
            assert blocked is not None
            assert blocked.reason == (
                "Halten Sie zuerst die Gefahr fest, ohne Pflichtangaben: „Ersteinschätzung: Gefährdung möglich“. "
                "Danach die Eilmeldung. Bei akuter Gefahr sofort 110."
            )
            assert blocked.next_step == "„Ersteinschätzung: Gefährdung möglich“"
            assert blocked.next_command == Command.TRIAGE_YES
        case = world.do(case, Command.TRIAGE_YES, COLLEAGUE)
        assert world.may(case, Command.ESCALATE_URGENT, COLLEAGUE).allowed


@pytest.mark.parametrize("by", [WORKER, COLLEAGUE])
def test_a_fachkraft_with_a_worry_is_told_where_she_writes_it_down(by: Person) -> None:
    with a_world() as world:
        blocked = world.may(world.a_case_in(State.HANDED_OVER), Command.RAISE_CONCERN, by).blocked
        assert blocked is not None
        assert (
            blocked.sentence
            == "Als Fachkraft halten Sie das als „Ersteinschätzung: Gefährdung möglich“ fest."
        )
        assert blocked.next_command == Command.TRIAGE_YES


@pytest.mark.parametrize(
    ("command", "by", "sentence"),
    [
        (Command.REOPEN, WORKER, "Das kann nur die Leitung."),
        (Command.ACCEPT, WORKER, "Das kann nur, wer angefragt ist."),
        (Command.REACH_FAMILY, SUPERVISOR, "Das kann nur die zuständige Fachkraft."),
        (
            Command.CONFIRM_RECEIPT, SUPERVISOR, "Das kann nur die zuständige Fachkraft oder der ASD.",
        ),
        (
            Command.NOTE, PARTNER,
            "Das kann nur die zuständige Fachkraft, der ASD, die Leitung oder wer die Familie begleitet.",
        ),
    ],
)  # fmt: skip
def test_who_may_not_in_their_role_is_told_who_may(command: Command, by: Person, sentence: str) -> None:
    with a_world() as world:
        blocked = world.may(
            world.a_case_in(State.HANDOVER_PROPOSED), command, by, MIDWIFE if command.per_recipient else None
        ).blocked
        assert blocked is not None
        assert (blocked.code, blocked.sentence) == ("denied", sentence)


def test_a_second_look_for_danger_is_asked_for_as_a_second_one() -> None:
    """After a contact attempt; a new referral lacks its first one."""
    with a_world() as world:
        case = world.do(world.a_case_in(State.CONSENT_CHECKED), Command.ATTEMPT_CONTACT)
        again = world.may(case, Command.CLOSE).blocked
        first = world.may(world.a_referral(), Command.CLOSE).blocked
        never = world.may(world.do(world.a_referral(), Command.WITHDRAW_CONSENT), Command.CLOSE).blocked
        assert again is not None
        assert first is not None
        assert never is not None
        assert again.reason == f"„Abschließen“ ist noch nicht möglich: {LOOK_AGAIN}"
        assert first.reason == never.reason
        assert "Es fehlt die Ersteinschätzung" in first.reason


def test_without_consent_the_partner_is_asked_and_never_the_family() -> None:
    """A partner's referral; a family that came by itself is asked again when its consent has run out."""
    with a_world() as world:
        pending = world.may(
            world.do(world.a_case_in(State.CONSENT_PENDING), Command.TRIAGE_NO), Command.CHECK_CONSENT_YES
        ).blocked
        came = world.do(
            world.do(world.a_referral("self"), Command.RECORD_CONSENT, expires_on=world.day),
            Command.WITHDRAW_CONSENT,
        )
        again = world.may(came, Command.REACH_FAMILY).blocked
        lapsed = world.may(expired(world), Command.REACH_FAMILY).blocked
        assert pending is not None
        assert again is not None
        assert lapsed is not None
        assert pending.next_command == Command.RECORD_CONSENT_PARTNER
        assert pending.next_step.endswith("(wir fragen den Partner, nie die Familie)")
        assert lapsed.next_command == Command.TRIAGE_NO
        assert again.next_command in (Command.RECORD_CONSENT, Command.TRIAGE_NO)


def test_a_colleague_is_told_who_is_responsible_and_nothing_else() -> None:
    with a_world() as world:
        blocked = world.may(world.a_referral(), Command.NOTE, COLLEAGUE).blocked
        assert blocked is not None
        assert blocked.sentence == "Dieser Fall ist Ihnen nicht zugeordnet. Frau Muster ist zuständig."


@pytest.mark.parametrize("stranger", [NURSE, OTHER_PARTNER, PLANNER])
def test_a_stranger_learns_nothing_of_a_case(stranger: Person) -> None:
    """Neither its state nor who is responsible, whatever they ask."""
    with a_world() as world:
        case = world.a_case_in(State.HANDED_OVER)
        sentences = {
            blocked.sentence
            for command, recipient in questions(world)
            if (blocked := world.may(case, command, stranger, recipient).blocked)
        }
        assert sentences == {"Dieser Fall ist Ihnen nicht zugeordnet."}


def test_a_command_that_there_is_not_is_refused_like_any_other() -> None:
    with a_world() as world:
        case = world.a_referral()
        for word in ("", "lapse", "löschen", "x_discuss_risk"):
            blocked = world.may(case, word).blocked
            assert blocked is not None
            assert blocked.code == "unknown"


def test_a_step_for_somebody_needs_a_name_and_a_step_for_nobody_takes_none() -> None:
    with a_world() as world:
        case = world.a_case_in(State.IN_CONTACT)
        nameless = world.may(case, Command.PROPOSE_HANDOVER).blocked
        named = world.may(case, Command.NOTE, to=MIDWIFE).blocked
        assert nameless is not None
        assert named is not None
        assert (nameless.code, named.code) == ("recipient", "recipient")


@pytest.mark.parametrize(
    ("state", "command", "to", "reason", "step"),
    [
        (
            State.IN_CONTACT, Command.PROPOSE_HANDOVER, MIDWIFE,
            """„Übergabe anfragen“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie für Frau Yıldız
            (Familienhebamme).""",
            "„Einwilligung in die Übergabe erfassen“",
        ),
        (
            State.RECEIVED, Command.CHECK_CONSENT_YES, None,
            """„Einwilligung geprüft: liegt vor“ ist noch nicht möglich: Es fehlt die Ersteinschätzung, ob ein Kind in
            Gefahr ist.""",
            "„Ersteinschätzung: Ist ein Kind in Gefahr?“",
        ),
        (
            State.RECEIVED, Command.REACH_FAMILY, None,
            "„Kontakt hergestellt“ ist im Stand „Eingegangen“ nicht vorgesehen.",
            "„Ersteinschätzung: Ist ein Kind in Gefahr?“",
        ),
        (
            State.ESCALATED, Command.CLOSE, None,
            """„Abschließen“ ist noch nicht möglich: Es fehlt die Empfangsbestätigung durch einen Menschen beim ASD.
            Zur Eilmeldung fehlt noch die Dokumentation.""",
            "„Dokumentation nachholen“",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_why_and_what_to_do_next(
    state: str, command: str, to: Person | None, reason: str, step: str
) -> None:
    with a_world() as world:
        blocked = world.may(world.a_case_in(state), command, to=to).blocked
        assert blocked is not None
        assert blocked.reason == " ".join(reason.split())
        assert blocked.sentence == f"{blocked.reason} Nächster Schritt: {step}."


def test_a_colleague_is_refused_in_the_same_words_wherever_the_case_stands(world: World) -> None:
    """What may land lands; but no refusal tells open from closed, or escalated from asked for a handover."""
    said: dict[tuple[str, str | None], set[Blocked]] = {}
    landed = set()
    for kind in KINDS:
        if kind == "unassigned":
            continue  # a case that nobody keeps is on everybody's list
        case = a_case(world, kind)
        for command, recipient in (*questions(world), (Command.WITHDRAW_CONSENT_FOR, "niemand")):
            blocked = world.may(case, command, COLLEAGUE, recipient).blocked
            if blocked is None:
                landed.add(command)
            else:
                said.setdefault((command, recipient), set()).add(blocked)
    assert all(len(ways) == 1 for ways in said.values()), {k: v for k, v in said.items() if len(v) > 1}
    assert {blocked.code for ways in said.values() for blocked in ways} == {"denied"}
    assert {Command.TRIAGE_YES, Command.ESCALATE_URGENT, Command.CONFIRM_RECEIPT} <= landed


def test_a_colleague_whose_step_cannot_be_is_told_whom_to_ask(world: World) -> None:
    blocked = world.may(a_case(world, State.HANDOVER_PROPOSED), Command.CONFIRM_RECEIPT, COLLEAGUE).blocked
    assert blocked is not None
    assert blocked.sentence == (
        "Dieser Fall ist Ihnen nicht zugeordnet. Frau Muster ist zuständig. Nächster Schritt: die zuständige "
        "Fachkraft oder die Leitung fragen; bei akuter Gefahr sofort 110."
    )
