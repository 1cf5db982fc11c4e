"""Every reason for a refusal is a whole German sentence: for each condition in any guard of any network."""

from collections.abc import Iterator

import pytest

from states.guard import Guard, Literal
from states.profile import SHIPPED, load
from workflow.wording import declined, missing, only

WHO = "Frau Yıldız (Familienhebamme)"


def guards(name: str) -> Iterator[Guard]:
    process = load(name).process
    yield from (row.guard for row in process.rows)
    yield from (spec.law for spec in process.commands.values())
    yield from (spec.condition for spec in process.obligations)


@pytest.mark.parametrize("name", SHIPPED)
def test_whatever_stands_in_the_way_has_a_sentence(name: str) -> None:
    """Except eligibility, whose reason is the policy's own; no sentence names a fact by its identifier."""
    process = load(name).process
    literals = {
        literal for guard in guards(name) for literal in guard.literals() if literal.fact != "eligible"
    }
    for literal in literals:
        sentence = missing(literal, WHO, process.label)
        assert sentence.endswith("."), sentence
        assert literal.fact not in sentence.split(), sentence
        assert not any(sign in sentence for sign in "{}_"), sentence
        assert (WHO in sentence) == (literal.whose == "r"), sentence


def test_a_missing_fact_and_the_same_fact_in_the_way_read_differently() -> None:
    told: dict[str, set[str]] = {}
    for guard in guards("default"):
        for literal in guard.literals():
            told.setdefault(literal.name, set()).add(missing(literal, WHO, str))
            opposite = Literal(literal.fact, "r" if literal.whose else "", not literal.holds)
            told[literal.name].add(missing(opposite, WHO, str))
    assert all(len(sentences) > 1 for name, sentences in told.items() if name != "eligible:r"), told


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("Herr Pate (Familienpatin oder Familienpate)", "Herrn Pate (Familienpatin oder Familienpate)"),
        (WHO, WHO),
        ("Herrlich gGmbH", "Herrlich gGmbH"),
        ("diese Stelle", "diese Stelle"),
    ],
)
def test_after_a_preposition_only_herr_changes(name: str, then: str) -> None:
    assert declined(name) == then
    assert missing(Literal("consent", "r", holds=True), name, str) == (
        f"Es fehlt die Einwilligung der Familie für {then}."
    )
    assert missing(Literal("handed", "r", holds=True), name, str).startswith(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_command_says_who_may(name: str) -> None:
    process = load(name).process
    for command in process.commands:
        roles = {role for row in process.rows if row.command == command for role in row.roles}
        sentence = only(command, roles)
        assert sentence.startswith("Das kann nur"), command
        assert sentence.endswith("."), command
        assert not roles & set(sentence.split()), sentence
