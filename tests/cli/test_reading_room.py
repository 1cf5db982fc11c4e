"""Reading in the log on the command line: with a right, with a reason, and on record before anything is opened."""

from pathlib import Path

import pytest

from adapters.db.recorded import RecordedLog
from tests.cli.families import handed_over
from tests.cli.program import fine, lotse

COMMANDS = (("show",), ("handovers",))


@pytest.fixture
def number(office: Path, tmp_path: Path) -> str:
    assert office.exists()
    return handed_over(tmp_path)


def last_entries(count: int = 1) -> list[dict[str, object]]:
    """The newest entries as Leitung reads them; her own reading left out."""
    read: list[dict[str, object]] = fine(
        "audit", "show", "--as", "okafor", "--reason", "Gegenprobe", "--last", str(count + 1), "--json"
    ).json
    return read[1:]


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_the_whole_house_is_read_by_leitung_and_datenschutz_with_a_reason(
    words: tuple[str, ...],
) -> None:
    """But handovers, which Leitung looks after every day: metadata, and on record all the same."""
    action = {"show": "log", "handovers": "handovers"}[words[0]]
    for person in ("brandt", "yildiz"):
        answer = lotse("audit", *words, "--reason", "Neugier", "--as", person)
        assert (answer.code, answer.out) == (4, "")
        (told,) = last_entries()
        assert (told["action"], told["actor"], told["outcome"]) == (action, person, "refused")
    for person in ("okafor", "vogt"):
        freely = (words[0], person) == ("handovers", "okafor")
        assert lotse("audit", *words, "--as", person).code == (0 if freely else 2), (
            "no reason, nothing opened"
        )
        assert fine("audit", *words, "--as", person, "--reason", "Stichprobe").out
        (told,) = last_entries()
        assert (told["action"], told["actor"], told["purpose"]) == (action, person, "Stichprobe")


@pytest.mark.parametrize("words", [("handovers",), ("disclosures",)], ids=lambda words: words[0])
def test_one_case_is_read_by_its_fachkraft_and_by_nobody_else_without_a_reason(
    number: str, words: tuple[str, ...]
) -> None:
    assert fine("audit", *words, number).code == 0
    (told,) = last_entries()
    assert (told["action"], told["actor"], told["outcome"]) == (words[0], "fachkraft", "done")
    assert "purpose" not in told
    for person in ("brandt", "yildiz"):
        assert lotse("audit", *words, number, "--as", person, "--reason", "Neugier").code == 4
        (told,) = last_entries()
        assert (told["actor"], told["outcome"]) == (person, "refused")
        assert told["case"]
    for person in ("okafor", "vogt"):
        freely = (words[0], person) == ("handovers", "okafor")
        assert lotse("audit", *words, number, "--as", person).code == (0 if freely else 2)
        assert fine("audit", *words, number, "--as", person, "--reason", "Anfrage der Familie").code == 0


@pytest.mark.parametrize(
    "words", [("show", "--case"), ("handovers",), ("disclosures",)], ids=lambda words: words[0]
)
def test_what_cannot_be_put_on_record_is_not_opened(
    number: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(RecordedLog, "of_case", lambda _self, case: read.append(case) or iter(()))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "voll")

    monkeypatch.setattr("adapters.lotse.Lotse.record", full)
    answer = lotse("audit", *words, number)
    assert (answer.code, answer.out, read) == (1, "", [])


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("disclosures", "FH-2026-9999"), 3, "Diesen Fall gibt es nicht."),
        (("handovers", "0" * 32), 3, "Diesen Fall gibt es nicht."),
        (("show", "--case", "Unsinn"), 3, "Diesen Fall gibt es nicht."),
        (("show", "--kind", "Unsinn"), 2, "--kind ist eines von: Schritte, Zugriffe,"),
        (("show", "--from", "vorgestern"), 2, "--from ist kein Zeitpunkt"),
        (("handovers", "--to", "31.02.2026"), 2, "--to ist kein Zeitpunkt"),
        (("handovers", "--proof", "nachweise"), 2, "Nachweise gibt es für einen Fall"),
        (("show", "--as", "vogt", "--reason", "x" * 501), 2, "höchstens 500 Zeichen"),
        (("show", "--as", "vogt", "--reason", "\x1b\n "), 2, "Es fehlt der Grund"),
    ],
    ids=lambda part: " ".join(part)[:40] if isinstance(part, tuple) else "",
)
def test_what_cannot_be_understood_is_said_in_a_sentence(
    words: tuple[str, ...], code: int, said: str
) -> None:
    answer = lotse("audit", *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
