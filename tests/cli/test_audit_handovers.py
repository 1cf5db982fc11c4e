"""`lotse audit handovers`: each chain from the question to its end, with files that prove it without Lotse."""

import subprocess
import sys
from pathlib import Path

import pytest

from audit.note import Verifier
from audit.proof import open_proof
from tests.cli.families import PHONE, SURNAME, asked, do, escalated, handed_over
from tests.cli.program import fine, lotse

READING = ("audit", "handovers", "--as", "okafor", "--reason", "Quartal IV")
SCRIPT = Path(__file__).parents[2] / "docs" / "verify" / "verify_proof.py"

pytestmark = pytest.mark.usefixtures("office")


def test_a_handover_is_one_line_for_leitung(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    told = " ".join(fine(*READING).out.split())
    assert told == (
        f"16.11.2026 {number} Frau Yıldız angenommen am 17.11.2026 · von Fachkraft Frühe Hilfen (fachkraft) · Kontakt · "
        "Einwilligung in die Übergabe, schriftlich, 16.11.2026"
    )


def test_the_fachkraft_reads_the_chain_of_her_own_case_entry_by_entry(tmp_path: Path) -> None:
    out = fine("audit", "handovers", handed_over(tmp_path)).out
    assert out.startswith("An Frau Yıldız: angenommen am 17.11.2026\n")
    told = " ".join(out.split())
    for part in (
        "Antwort angenommen am 17.11.2026, Frau Yıldız (yildiz)", "Fall FH-2026-0001",
        "Angefragt am 16.11.2026, Fachkraft Frühe Hilfen (fachkraft)", "Stelle Familienhebamme", "Paket Kontakt",
        "Antwort bis 19.11.2026", "Prüfpunkt über allen Einträgen",
        "Grundlage Einwilligung in die Übergabe, schriftlich, 16.11.2026",
        "Übergabe anfragen · an Frau Yıldız", "Übergabe annehmen · an Frau Yıldız",
    ):  # fmt: skip
        assert part in told


@pytest.mark.parametrize(
    ("step", "flags", "found"),
    [
        (None, (), True),
        (None, ("--open",), True),
        (None, ("--open", "--overdue", "--at", "2026-11-19"), False),
        (None, ("--open", "--overdue", "--at", "2026-12-01"), True),
        (None, ("--declined",), False),
        (("decline", "--to", "yildiz", "--as", "yildiz", "--set", "reason=voll"), ("--declined",), True),
        (("decline", "--to", "yildiz", "--as", "yildiz", "--set", "reason=voll"), ("--open",), False),
        (None, ("--without-proof",), False),
        (None, ("--from", "2020-01-01"), True),
        (None, ("--to", "2020-01-01"), False),
    ],
)
def test_each_flag_leaves_what_it_means(
    tmp_path: Path, step: tuple[str, ...] | None, flags: tuple[str, ...], found: bool
) -> None:
    number = asked(tmp_path)
    if step:
        do(number, *step)
    chains = fine(*READING, *flags, "--json").json
    assert [chain["number"] for chain in chains] == ([number] if found else [])
    if not found:
        assert fine(*READING, *flags).out == "Keine Übergaben.\n"


def test_an_answer_that_came_too_late_stays_overdue(tmp_path: Path) -> None:
    number = asked(tmp_path)
    do(number, "accept", "--to", "yildiz", "--as", "yildiz", at="2026-11-20")
    (chain,) = fine(*READING, "--overdue", "--json").json
    assert (chain["status"], chain["due"], chain["overdue"]) == ("accepted", "2026-11-19", True)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((("withdraw_consent", "--set", "said_by=Mutter"),), "beendet durch Widerruf am 18.11.2026"),
        (
            (("withdraw_consent", "--to", "yildiz", "--set", "said_by=Mutter"),),
            "beendet durch Widerruf am 18.11.2026",
        ),
        (
            (("triage-yes",), ("escalate-urgent", "--set", "channel=phone")),
            "beendet durch Mitteilung an den ASD am 18.11.2026",
        ),
    ],
)
def test_what_ended_a_question_is_told_by_what_happened(
    tmp_path: Path, steps: tuple[tuple[str, ...], ...], status: str
) -> None:
    number = asked(tmp_path)
    for step in steps:
        do(number, *step, at="2026-11-18T10:00")
    assert status in " ".join(fine(*READING).out.split())
    assert fine("audit", "handovers", number).out.startswith(f"An Frau Yıldız: {status}\n")


def test_a_notice_to_the_asd_is_no_handover(tmp_path: Path) -> None:
    escalated(tmp_path)
    assert fine(*READING).out == "Keine Übergaben.\n"


def test_each_entry_of_a_chain_is_proven_to_who_has_no_lotse(tmp_path: Path) -> None:
    number, folder = handed_over(tmp_path), tmp_path / "nachweise"
    answer = fine("audit", "handovers", number, "--proof", folder, "--json")
    (chain,) = answer.json
    assert answer.err.startswith("2 Nachweise in ")
    key = answer.err.rsplit("Prüfschlüssel: ", 1)[1].strip()
    files = sorted(folder.iterdir())
    assert [open_proof(file.read_bytes(), Verifier.from_vkey(key)).index for file in files] == [
        entry["seq"] for entry in chain["entries"]
    ]
    (tmp_path / "log.vkey").write_text(f"{key}\n")
    for file in files:
        done = subprocess.run(
            [sys.executable, SCRIPT, file, tmp_path / "log.vkey"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_that_is_no_proof_is_not_written_over(tmp_path: Path) -> None:
    number, folder = handed_over(tmp_path), tmp_path / "nachweise"
    fine("audit", "handovers", number, "--proof", folder)
    file = min(folder.iterdir())
    file.write_text("wichtig")
    assert lotse("audit", "handovers", number, "--proof", folder).code == 1
    assert file.read_text() == "wichtig"


def test_no_chain_names_the_family(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    out = fine(*READING).out + fine(*READING, "--json").out + fine("audit", "handovers", number, "--json").out
    for secret in (SURNAME, PHONE, "schreit", "2026-10-01"):
        assert secret not in out
