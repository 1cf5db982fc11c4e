"""The six shipped profiles are proven and say what their papers say."""

from hashlib import sha256
from pathlib import Path

import pytest

from states import profile as module
from states.profile import SHIPPED, BadProfile, Profile, load, read_profile
from states.prover import prove
from states.vocabulary import Obligation, Role

PAPERS = ("Bergkamen", "Flensburg", "Gummersbach", "Heidelberg", "Leipzig")


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> Profile:
    return load(str(request.param))


def test_it_is_lawful(shipped: Profile) -> None:
    assert prove(shipped.process).configurations >= 6540


def test_every_choice_names_a_paper_a_paragraph_or_owns_up(shipped: Profile) -> None:
    sources = [*shipped.sources.values(), shipped.ages.source]
    sources += [kind.source for kind in shipped.recipients]
    sources += [choice.source for choice in (*shipped.goal_categories, *shipped.districts)]
    named = [f"Konzept {paper}, Z. " for paper in PAPERS]
    assert all(
        "own" in source or "§" in source or any(paper in source for paper in named) for source in sources
    )


def test_every_obligation_has_its_days(shipped: Profile) -> None:
    assert set(shipped.days) == {spec.name for spec in shipped.process.obligations} >= set(Obligation)
    assert shipped.days[Obligation.FIRST_CONTACT] == 3
    assert shipped.aim_days == {Obligation.FIRST_CONTACT: 1}


def test_a_family_midwife_ends_with_the_first_birthday(shipped: Profile) -> None:
    midwife = next(kind for kind in shipped.recipients if kind.role is Role.FAMILY_MIDWIFE)
    assert (midwife.from_pregnancy, midwife.until_years, midwife.inclusive) == (True, 1, True)
    nurse = next(kind for kind in shipped.recipients if kind.role is Role.FAMILY_NURSE)
    assert (nurse.until_years, nurse.inclusive) == (3, False)


def test_its_hash_is_that_of_the_file(shipped: Profile) -> None:
    file = Path(module.__file__).parent / "profiles" / f"{shipped.name}.toml"
    assert shipped.sha256 == sha256(file.read_bytes()).hexdigest()
    assert shipped.version == 4


@pytest.mark.parametrize(
    ("name", "land", "counting", "until"),
    [
        ("default", "NW", "arbeitstage", 3),
        ("bergkamen", "NW", "werktage", 3),
        ("flensburg", "SH", "arbeitstage", 18),
        ("gummersbach", "NW", "arbeitstage", 3),
        ("heidelberg", "BW", "arbeitstage", 3),
        ("leipzig", "SN", "arbeitstage", 3),
    ],
)
def test_land_counting_and_ages_are_the_networks_own(name: str, land: str, counting: str, until: int) -> None:
    network = load(name)
    assert (network.land, network.counting, network.ages.until_years) == (land, counting, until)


def test_bergkamen_clarifies_responsibility_without_losing_contact() -> None:
    bergkamen = load("bergkamen")
    assert bergkamen.process.kin("x_responsibility") == "in_contact"
    assert len(bergkamen.districts) == 4
    assert bergkamen.process.rows_from("x_responsibility", "escalate(urgent)")
    assert not bergkamen.process.rows_from("x_responsibility", "propose_handover:r")


def test_flensburg_has_four_goals_and_a_priority_lane_with_a_deadline_of_its_own() -> None:
    flensburg = load("flensburg")
    assert len(flensburg.goal_categories) == 4
    lane = next(spec for spec in flensburg.process.obligations if spec.name == "x_priority")
    assert lane.running("received", frozenset({"x_priority"}))
    assert flensburg.process.obligation_label("x_priority") == "Zügige Leistung bei drohender Gefährdung"


def test_a_network_may_use_its_own_words() -> None:
    assert (
        load("flensburg").labels[Role.FAMILY_NURSE] == "Familien-Gesundheits-Kinderkrankenschwester (FGKiKP)"
    )
    assert load("heidelberg").process.label("network_coordinator").startswith("Netzwerkkoordinatorin")


def test_only_shipped_names_are_loaded() -> None:
    with pytest.raises(KeyError):
        load("../../etc/passwd")


def test_a_file_written_before_there_were_reviews_keeps_its_meaning() -> None:
    """A store keeps the text of the profile by which its cases began; one of version 0.2.0 says less, and is lawful."""
    names = ('"review:r"', "question")
    text = load("default").text.decode()
    old = "\n".join(line for line in text.splitlines() if not line.startswith(names))
    read = read_profile(old.encode())
    assert {name: read.days[name] for name in ("review:r", "question")} == {"review:r": 60, "question": 1}
    assert prove(read.process).configurations == 6540


@pytest.mark.parametrize(("first", "again", "days"), [(60, 60, 60), (60, 45, 45), (45, 60, 45)])
def test_a_file_of_when_two_reviews_took_turns_is_still_read(first: int, again: int, days: int) -> None:
    """Version 0.3.0 named both; of the two the shorter stands, and nothing else of the file is lost."""
    text = load("default").text.decode()
    today = '"review:r" = { days = 60,'
    turns = f'"review_again:r" = {{ days = {again}, source = "own" }}\n"review:r" = {{ days = {first},'
    labels = (
        '\n[labels]\n"review_again:r" = "Noch einmal"\n"to_review:r" = "steht an"\n"review:r" = "Gesehen"\n'
    )
    read = read_profile((text.replace(today, turns) + labels).encode())
    assert (read.days["review:r"], "review_again:r" in read.days) == (days, False)
    assert read.labels["review:r"] == read.process.label("review_again:r") == "Gesehen"
    assert prove(read.process).configurations == 6540


def test_what_version_0_3_could_not_mean_is_still_refused() -> None:
    text = load("default").text.decode()
    for days in ("0", "367", '"viele"'):
        with pytest.raises(BadProfile, match="review_again"):
            read_profile((text + f'"review_again:r" = {{ days = {days}, source = "own" }}\n').encode())
