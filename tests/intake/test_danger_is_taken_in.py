"""A row with a sign of danger is taken in, whatever else is wrong with it, and never disappears as known."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.bootstrap import create_lotse
from adapters.intake.importer import Import, Tally
from adapters.intake.reader import open_list
from adapters.lotse import Lotse
from adapters.settings import read_settings

HEAD = "Lfd;Eingang;Art der Stelle;Einrichtung;Nachname;Kind geboren am;Entbindungstermin;Telefon;Einverständnis;Anliegen"
HURT = "Säugling mit Hämatomen"


@pytest.fixture
def lotse(tmp_path: Path) -> Lotse:
    return create_lotse(read_settings(tmp_path))


def brought_in(lotse: Lotse, folder: Path, *rows: str) -> Tally:
    file = folder / "liste.csv"
    file.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8", errors="replace")
    return Import(lotse, lotse.person(), open_list(file)).run()


@pytest.mark.parametrize(
    "row",
    [
        f"1;01.06.2026 10:00;Kinderarzt;Praxis;Muster;14.03.1987;;02307 1;ja, schriftlich;{HURT}",
        f"1;01.06.2026 10:00;Kinderarzt;Praxis;Muster;01.01.0001;;02307 1;ja, schriftlich;{HURT}",
        f"1;01.06.2026 10:00;Kinderarzt;Praxis;Muster;;01.01.2150;02307 1;;{HURT}",
        f"1;01.06.2026 10:00;Kinderarzt;Praxis;{'M' * 30_000};;;02307 1;;{HURT}",
        f"1;gestern;Kinderarzt;;;;;;nein;{HURT}",
    ],
    ids=["the mother's birthday", "year one", "far ahead", "too long a name", "nothing right"],
)
def test_a_child_in_danger_is_taken_in_with_whatever_fault(lotse: Lotse, tmp_path: Path, row: str) -> None:
    tally = brought_in(lotse, tmp_path, row)
    assert (tally.accepted, tally.danger, tally.quarantined) == (1, 1, 0)


def test_danger_under_a_number_already_counted_is_news(lotse: Lotse, tmp_path: Path) -> None:
    """First "nein", then a yes, then with danger: each is taken in once, and each again is known."""
    start = "7;01.06.2026 10:00;Kinderarzt;Praxis;Muster;;;02307 123456"
    no, yes, danger = f"{start};nein;Schreibaby", f"{start};ja, schriftlich;Schreibaby", f"{start};;{HURT}"
    assert brought_in(lotse, tmp_path, no).without_personal_data == 1
    assert brought_in(lotse, tmp_path, yes).accepted == 1
    assert brought_in(lotse, tmp_path, danger).danger == 1
    for row in (no, yes, danger):
        assert brought_in(lotse, tmp_path, row).known == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.text(st.characters(exclude_characters=';"\n\r', codec="utf-8"), max_size=30),
        min_size=9,
        max_size=9,
    )
)
def test_danger_means_accepted(lotse: Lotse, tmp_path: Path, cells: list[str]) -> None:
    """Whatever stands in the other nine cells of a row, in whichever spelling."""
    tally = brought_in(lotse, tmp_path, ";".join([*cells, HURT]))
    assert tally.quarantined == 0
    assert tally.accepted + tally.known == tally.rows == 1
