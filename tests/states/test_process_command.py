"""`lotse process`: what a town's IT sees when it checks, reads or draws a process."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from adapters.cli.process import register
from states.profile import SHIPPED

UNLAWFUL = Path(__file__).parent / "unlawful"


def lotse(*words: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["process", *words])


@pytest.mark.parametrize("name", SHIPPED)
def test_a_lawful_profile_is_accepted_with_how_much_was_proven(name: str) -> None:
    checked = lotse("check", name, "--json")
    assert checked.exit_code == 0
    answer = json.loads(checked.stdout)
    assert (answer["lawful"], answer["profile"]) == (True, name)
    assert answer["configurations"] >= 6540


def test_a_lawful_profile_says_so_in_one_line() -> None:
    checked = lotse("check", "default")
    assert checked.stdout.startswith("Rechtmäßig: Frühe Hilfen, Version 4. Geprüft: 6 540 Lagen, ")


@pytest.mark.parametrize("file", sorted(UNLAWFUL.glob("*.toml")), ids=lambda file: file.stem)
def test_an_unlawful_profile_ends_4_with_its_reasons(file: Path) -> None:
    checked = lotse("check", str(file))
    assert checked.exit_code == 4
    assert all(line.startswith("Abgelehnt (") for line in checked.stdout.splitlines())
    answer = json.loads(lotse("check", str(file), "--json").stdout)
    assert [each["sentence"] for each in answer["breaches"]] == checked.stdout.splitlines()


def test_a_file_that_cannot_be_read_ends_2_with_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("name = 1", encoding="utf-8")
    checked = lotse("check", str(broken))
    assert (checked.exit_code, checked.stdout) == (2, "")
    assert checked.stderr == "Profil: „name“ muss Text sein.\n"


def test_what_is_not_there_ends_3_and_names_what_is() -> None:
    checked = lotse("check", "nowhere.toml")
    assert checked.exit_code == 3
    assert "Mitgeliefert sind: default, bergkamen" in checked.stderr


def test_a_folder_is_no_profile(tmp_path: Path) -> None:
    assert lotse("check", str(tmp_path)).exit_code == 1


def test_the_table_is_read_aloud_row_by_row() -> None:
    shown = lotse("show", "bergkamen")
    assert shown.exit_code == 0
    assert (
        "In ‚Einwilligung geprüft, Erstkontakt offen‘: Fachkraft Frühe Hilfen darf ‚Kontakt hergestellt‘, sofern "
        "(Einwilligung in den Kontakt; nicht: Ablehnung oder Widerruf der Familie, oder Rückzug der "
        "Meldung); dann ‚Im Kontakt, Klärung‘. [Konzept Bergkamen, Z. 205]"
    ) in " ".join(shown.stdout.split())
    assert json.loads(lotse("show", "--json").stdout)["profile"] == "default"


@pytest.mark.parametrize(
    ("form", "start"), [("svg", "<svg "), ("mermaid", "stateDiagram-v2"), ("dot", "digraph ")]
)
def test_the_process_is_drawn(form: str, start: str, tmp_path: Path) -> None:
    out = tmp_path / "process"
    drawn = lotse("diagram", "--format", form)
    assert drawn.stdout.startswith(start)
    assert lotse("diagram", "--format", form, "--out", str(out)).exit_code == 0
    assert out.read_text(encoding="utf-8") == drawn.stdout


def test_an_unknown_form_ends_2() -> None:
    assert lotse("diagram", "--format", "png").exit_code == 2
