"""Every word has its German, and no two words of one kind read alike."""

import pytest

from states.base import BASE
from states.vocabulary import OPEN, OURS, RECIPIENT_ROLES, Command, Fact, Obligation, Role, State

KINDS = (State, Role, Fact, Command, Obligation)


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_has_a_german_label_of_its_own(kind: type[State]) -> None:
    labels = [word.label for word in kind]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_a_word_is_its_stable_name() -> None:
    assert State("in_contact") is State.IN_CONTACT
    assert f"{Command.ACCEPT}" == "accept:r"


def test_words_that_speak_of_one_recipient_say_so() -> None:
    assert {word.name for kind in KINDS for word in kind if word.per_recipient} == {
        "CONSENT_FOR", "OFFERED", "HANDED", "ELIGIBLE", "RECORD_CONSENT_FOR", "WITHDRAW_CONSENT_FOR",
        "PROPOSE_HANDOVER", "ACCEPT", "DECLINE", "REVOKE", "END_SUPPORT", "ANSWER", "SUPPORT",
        "REVIEW",
    }  # fmt: skip


def test_open_is_all_but_closed_and_ours_is_open_but_escalated() -> None:
    assert set(OPEN) == set(State) - {State.CLOSED}
    assert set(OURS) == set(OPEN) - {State.ESCALATED}


def test_three_professions_can_receive_a_family() -> None:
    assert len(RECIPIENT_ROLES) == 3
    assert Role.RECIPIENT not in RECIPIENT_ROLES


def test_the_process_uses_the_whole_vocabulary() -> None:
    assert set(BASE.states) == set(State)
    assert set(BASE.commands) == set(Command)
    assert {fact.name for fact in BASE.facts} == set(Fact) - {Fact.ELIGIBLE}
    assert {spec.name for spec in BASE.obligations} == set(Obligation)


def test_a_profile_may_call_things_by_other_names() -> None:
    assert BASE.label("in_contact") == "Im Kontakt, Klärung"
    assert BASE.obligation_label("answer:r") == "Antwort auf die Übergabeanfrage"
    assert BASE.obligation_label("x_unknown") == "x_unknown"
