"""`lotse user mail`: where somebody is written to, entered by themselves, on record without the address."""

from pathlib import Path

import pytest

from tests.cli.program import fine, lotse

ADDRESS = "brandt@musterstadt.example"


@pytest.mark.usefixtures("office")
def test_one_enters_reads_changes_and_takes_away_ones_own_address() -> None:
    assert fine("user", "mail", "--as", "brandt").out == "keine Adresse: keine Post\n"
    for address in (ADDRESS, "frau.brandt@musterstadt.example"):
        assert fine("user", "mail", address, "--as", "brandt").out == f"{address}\n"
        assert fine("user", "mail", "--as", "brandt").out == f"{address}\n"
    assert fine("user", "mail", "--as", "okafor").out == "keine Adresse: keine Post\n"
    assert fine("user", "mail", "--remove", "--as", "brandt").out == "keine Adresse: keine Post\n"
    log = fine("audit", "show", "--kind", "Anmeldungen", "--as", "vogt", "--reason", "Prüfung", "--json").json
    assert [(entry["action"], entry["actor"]) for entry in log] == [("mail_chosen", "brandt")] * 3
    assert "musterstadt" not in repr(log)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("brandt",), 2),
        (("brandt@",), 2),
        ((f"{ADDRESS}\nBcc: jemand@anderswo.example",), 2),
        ((f"{'b' * 320}@musterstadt.example",), 2),
        ((ADDRESS, "--remove"), 2),
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(words: tuple[str, ...], code: int) -> None:
    answer = lotse("user", "mail", *words, "--as", "brandt")
    assert answer.code == code
    assert "zum Beispiel brandt@musterstadt.example, oder --remove." in answer.err
    assert "anderswo" not in answer.err
    assert fine("user", "mail", "--as", "brandt").out == "keine Adresse: keine Post\n"


def test_whoever_was_locked_is_written_to_no_more_and_cannot_change_it(office: Path) -> None:
    assert office.exists()
    fine("user", "disable", "brandt", "--as", "okafor")
    assert lotse("user", "mail", ADDRESS, "--as", "brandt").code == 4
