"""Every law is broken by an example that names it, so no law is dead; and the base breaks none."""
# ruff: noqa: E501, N817 - one example, one line, in the table's own short words

from dataclasses import replace

import pytest

from states.base import BASE
from states.commands import STEP_LAW
from states.laws.finding import LAWS
from states.process import STAYS, FactSpec, Process
from states.prover import Unlawful, local_breaches, prove
from states.vocabulary import Command as C
from states.vocabulary import Obligation as O
from states.vocabulary import State as S
from tests.states.worlds import (
    a_process,
    changing_rows,
    doing,
    entered_by,
    guarded,
    leading,
    owing,
    with_row,
    without_row,
)

A_NO_BUT_OFFERS = tuple(name for name in BASE.commands[C.WITHDRAW_CONSENT].clears if name != "offered:R")


def with_step(*, sets: tuple[str, ...]) -> Process:
    """Give the base with one step of a profile's own from `received`."""
    step = replace(STEP_LAW, name="x_step", kind="step", right_of=frozenset(), sets=sets)
    base = with_row(S.IN_CONTACT, C.NOTE, "case_worker", "", STAYS)
    steps = replace(base.rows[-1], command="x_step")
    own = FactSpec("x_done", frozenset(), frozenset())
    return replace(
        base, commands={**base.commands, "x_step": step}, rows=(*BASE.rows, steps), facts=(*base.facts, own)
    )


def with_state() -> Process:
    """Give the base with a state nobody can reach."""
    return a_process(states=(*BASE.states, "x_nowhere"), like={"x_nowhere": S.IN_CONTACT})


EXAMPLES: tuple[tuple[str, str, Process], ...] = (
    ("C1", "contact without consent", with_row(S.CONSENT_PENDING, C.REACH_FAMILY, "case_worker", "", S.IN_CONTACT)),
    ("C1", "contact after a no", guarded(C.ATTEMPT_CONTACT, S.CONSENT_CHECKED, "consent")),
    ("C1", "assigning a case undoes the family's no", doing(C.ASSIGN, clears=("withdrawn",))),
    ("C2", "handover without consent for the recipient", guarded(C.PROPOSE_HANDOVER, S.IN_CONTACT, "!withdrawn eligible:r !offered:R !handed:R")),
    ("C2", "two recipients asked at once", guarded(C.PROPOSE_HANDOVER, S.IN_CONTACT, "consent:r !withdrawn eligible:r !handed:R")),
    ("C3", "acceptance without being asked", guarded(C.ACCEPT, S.HANDOVER_PROPOSED, "consent:r !withdrawn eligible:r")),
    ("Z", "an answer that leaves the offer standing", doing(C.DECLINE, clears=())),
    ("O4", "one yes for contact and every handover", doing(C.RECORD_CONSENT, sets=("consent", "consent:R"))),
    ("E1", "a notice without a danger", guarded(C.ESCALATE_URGENT, S.RECEIVED, "")),
    ("E1", "a documented notice without involving the family", guarded(C.ESCALATE, S.IN_CONTACT, "danger assessed")),
    ("E1", "an old assessment serves a new notice", doing(C.RETURN_CASE, clears=("looked", "attempted", "reached", "informed", "receipt"))),
    ("K1", "closing over an open danger", guarded(C.CLOSE, S.RECEIVED, "looked !owed !offered:R !handed:R")),
    ("K1", "closing while documentation is missing", guarded(C.CLOSE, S.ESCALATED, "receipt !offered:R !handed:R")),
    ("K3", "closing before the ASD has confirmed", guarded(C.CLOSE, S.ESCALATED, "looked !danger !owed !offered:R !handed:R")),
    ("W1", "no withdrawal in one state", without_row(C.WITHDRAW_CONSENT, S.HANDED_OVER)),
    ("W1", "withdrawal on a condition", guarded(C.WITHDRAW_CONSENT, S.IN_CONTACT, "looked")),
    ("W2", "an offer survives the withdrawal", doing(C.WITHDRAW_CONSENT, clears=A_NO_BUT_OFFERS)),
    ("W3", "consent for a recipient survives its withdrawal", doing(C.WITHDRAW_CONSENT_FOR, clears=("offered:r", "handed:r"))),
    ("E2", "the ASD out of reach from one state", without_row(C.ESCALATE_URGENT, S.HANDED_OVER)),
    ("E3", "a partner may not raise a concern", entered_by(C.RAISE_CONCERN, S.HANDED_OVER, ("recipient", "supervisor"))),
    ("E5", "out of the ASD's hands by reaching the family", leading(C.RECORD_CONSENT, S.ESCALATED, S.IN_CONTACT)),
    ("F4", "the clock closes a case", leading(C.FLAG_OVERDUE, S.CONSENT_PENDING, S.CLOSED)),
    ("F4", "the clock may close a case", entered_by(C.CLOSE, S.RECEIVED, ("case_worker", "clock"))),
    ("Z", "in contact with a family never reached", doing(C.REACH_FAMILY, sets=("attempted", "looked"))),
    ("D1", "a dead end", without_row(C.CLOSE, S.CONSENT_PENDING)),
    ("D1", "a midwife traps a case", entered_by(C.END_SUPPORT, S.HANDED_OVER, "recipient")),
    ("D2", "with the ASD for ever", without_row(C.CLOSE, S.ESCALATED)),
    ("V", "a midwife may not decline", without_row(C.DECLINE, S.HANDOVER_PROPOSED)),
    ("D3", "a yes leads nowhere", without_row(C.CHECK_CONSENT_YES, S.CONSENT_PENDING)),
    ("F6", "a loop restarts the contact deadline", leading(C.ATTEMPT_CONTACT, S.CONSENT_CHECKED, S.CONSENT_PENDING)),
    ("F5", "arriving begins a deadline", owing(O.FIRST_CONTACT, lambda o: replace(o, begun_by=o.begun_by - {C.RETURN_CASE}))),
    ("F5", "an idle event", owing(O.CLARIFY, lambda o: replace(o, begun_by=o.begun_by | {C.NOTE}))),
    ("F5", "a deadline met by a note", owing(O.DANGER, lambda o: replace(o, met_by=o.met_by | {C.NOTE}))),
    ("F5", "a withdrawal counts as a kept first contact", owing(O.FIRST_CONTACT, lambda o: replace(o, met_by=o.met_by | {C.WITHDRAW_CONSENT}))),
    ("F5", "closing no longer winds up", owing(O.WIND_UP, lambda o: replace(o, met_by=o.met_by - {C.CLOSE}))),
    ("F1", "no deadline for the wind-up", owing(O.WIND_UP, lambda _o: None)),
    ("F3", "nothing flags what is overdue", without_row(C.FLAG_OVERDUE, S.HANDED_OVER)),
    ("T", "offers without a look", doing(C.RECEIVE_SELF, sets=("consent", "looked"))),
    ("O1", "a note that says the family was reached", a_process(commands=[
        replace(spec, sets=("reached",)) if spec.name == C.NOTE else spec for spec in BASE.commands.values()
    ])),
    ("O1", "the origin of a referral rewritten", doing(C.RECORD_CONSENT, clears=("withdrawn", "by_partner"))),
    ("O1", "a step that writes what is not its own", with_step(sets=("looked",))),
    ("P", "a note that moves the case", leading(C.NOTE, S.IN_CONTACT, S.HANDED_OVER)),
    ("S", "two places at once", with_row(S.IN_CONTACT, C.END_SUPPORT, "recipient", "handed:r", S.CONSENT_CHECKED)),
    ("S", "a shortcut into closed", leading(C.END_SUPPORT, S.HANDED_OVER, S.CLOSED)),
    ("A", "the planner assigns cases", entered_by(C.ASSIGN, S.RECEIVED, ("supervisor", "case_worker", "planner"))),
    ("Q", "a row without a source", changing_rows(C.NOTE, S.RECEIVED, lambda each: replace(each, source=" "))),
    ("R", "a state nobody can reach", with_state()),
    ("N", "a command without a row", a_process(rows=[r for r in BASE.rows if r.command != C.RECORD_CONSENT_PARTNER])),
    ("N", "a row that can never be", guarded(C.QUERY_CONSENT, S.CONSENT_PENDING, "by_partner !consent !withdrawn reached")),
)  # fmt: skip


def laws_broken_by(process: Process) -> tuple[str, ...]:
    with pytest.raises(Unlawful) as refused:
        prove(process)
    return tuple(breach.law for breach in refused.value.breaches)


@pytest.mark.parametrize(
    ("law", "example"), [pytest.param(e[0], e[2], id=f"{e[0]}: {e[1]}") for e in EXAMPLES]
)
def test_an_example_breaks_exactly_the_law_it_should(law: str, example: Process) -> None:
    assert law in laws_broken_by(example)


def test_every_law_has_an_example() -> None:
    assert {law for law, _, _ in EXAMPLES} | {"X"} == set(LAWS)


def test_a_process_too_large_to_prove_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("states.space.MOST", 1000)
    assert "X" in laws_broken_by(BASE)


def test_a_breach_says_law_reason_and_way_in_german() -> None:
    example = with_row(S.CONSENT_PENDING, C.REACH_FAMILY, "case_worker", "!withdrawn", S.IN_CONTACT)
    with pytest.raises(Unlawful) as refused:
        prove(example)
    assert str(refused.value) == (
        "Abgelehnt (C1, Art. 6 DSGVO, § 67b SGB X): In ‚Einwilligung ungeklärt‘ könnte ‚Kontakt hergestellt‘ "
        "eingetragen werden (durch: Fachkraft Frühe Hilfen), ohne dass eine Einwilligung in den Kontakt vorliegt. "
        "Kürzester Weg: Meldung durch Partner, Einwilligung unklar → Ersteinschätzung: kein Anhaltspunkt für "
        "Gefährdung → Einwilligung geprüft: nicht belegt → Kontakt hergestellt."
    )


def test_what_is_broken_in_a_row_shows_without_exploring() -> None:
    example = guarded(C.CLOSE, S.RECEIVED, "looked !owed !offered:R !handed:R")
    assert [breach.law for breach in local_breaches(example)] == ["K1"]


def test_the_base_process_keeps_every_law() -> None:
    proof = prove(BASE)
    assert (proof.configurations, local_breaches(BASE)) == (6540, ())
