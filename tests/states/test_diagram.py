"""The picture: drawn from the table, the same bytes each time, readable without seeing it."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from states.arrows import WideArrow, arrows, as_list
from states.base import BASE
from states.diagram import FORMATS
from states.profile import SHIPPED, load
from states.routes import WIDTH, wrapped
from tests.states.worlds import a_process

SNAPSHOTS = Path(__file__).parent / "snapshots"
SVG = "{http://www.w3.org/2000/svg}"
DRAW = """
import sys
from states.diagram import FORMATS
from states.profile import load
profile = load("flensburg")
for draw in FORMATS.values():
    sys.stdout.write(draw(profile.process, profile.title))
"""


@pytest.mark.parametrize("form", FORMATS)
def test_the_picture_is_the_committed_one(form: str) -> None:
    """After a wanted change: `LOTSE_SNAPSHOTS=write pytest tests/states/test_diagram.py`, and look at it."""
    drawn = FORMATS[form](BASE, "Frühe Hilfen")
    file = SNAPSHOTS / f"process.{form}"
    if os.environ.get("LOTSE_SNAPSHOTS") == "write":
        file.write_text(drawn, encoding="utf-8")
    assert drawn == file.read_text(encoding="utf-8")


def test_the_bytes_do_not_depend_on_the_day_or_the_process_id() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", DRAW],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("name", SHIPPED)
def test_a_screen_reader_gets_title_description_and_the_whole_table(name: str) -> None:
    profile = load(name)
    picture = ET.fromstring(FORMATS["svg"](profile.process, profile.title))  # noqa: S314 - our own bytes
    assert picture.get("role") == "img"
    title, text = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert text is not None
    assert picture.get("aria-labelledby") == f"{title.get('id')} {text.get('id')}"
    listed = picture.findtext(f"{SVG}metadata", "").strip().splitlines()
    assert listed == [f"{place}. {each}" for place, each in enumerate(as_list(profile.process), 1)]
    assert len(listed) == len(profile.process.rows) + len(profile.process.obligations)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_state_is_named_and_nothing_leaves_the_paper(name: str) -> None:
    profile = load(name)
    picture = ET.fromstring(FORMATS["svg"](profile.process, profile.title))  # noqa: S314 - our own bytes
    named = {" ".join(each.text or "" for each in box.iter(f"{SVG}tspan")) for box in picture.iter(f"{SVG}g")}
    assert named == {profile.process.label(state) for state in profile.process.states}
    boxes = [each for each in picture.iter(f"{SVG}rect") if each.get("rx") == "10"]
    assert all(0 <= float(each.get("x", -1)) <= WIDTH - float(each.get("width", 0)) for each in boxes)


def test_a_label_cannot_write_into_the_picture() -> None:
    process = a_process(labels={"in_contact": "</text><script>", "note": "a & b"})
    drawn = FORMATS["svg"](process, "<b>")
    assert "<script>" not in drawn
    ET.fromstring(drawn)  # noqa: S314 - our own bytes


def test_what_leads_from_everywhere_is_drawn_once() -> None:
    wide = {each.target: each for each in arrows(BASE).wide}
    assert wide["escalated"] == WideArrow("escalated", ("escalate", "escalate(urgent)"), ())
    assert wide["closed"].exceptions == ("handover_proposed", "handed_over")
    assert set(wide) == {"escalated", "closed", "consent_pending"}


def test_only_what_is_possible_is_drawn() -> None:
    """The withdrawal for one recipient stands in all our states, but moves a case only out of two of them."""
    found = {each.source for each in arrows(BASE).single if "withdraw_consent:r" in each.commands}
    assert found == {"handover_proposed", "handed_over"}
    assert arrows(BASE).between("consent_checked", "in_contact") == ("reach_family",)
    assert arrows(BASE).between("received", "closed") == ()


def test_words_are_broken_between_words() -> None:
    assert wrapped("Übergeben, in Begleitung", 13) == ("Übergeben, in", "Begleitung")
