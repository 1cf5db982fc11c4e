"""`lotse audit checkpoint` as text, as a QR code, by mail; and `lotse outbox`, where the mail waits."""

from pathlib import Path

import pytest

from adapters.documents.qr import png, svg, terminal
from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from tests.cli.program import fine, lotse
from tests.mail.post_office import open_office

TO = "dpo=dsb@stadt.example,audit_office=rpa@stadt.example"


def last_entries(count: int) -> list[dict[str, object]]:
    log = fine("audit", "show", "--as", "vogt", "--reason", "Probe", "--json").json
    return [entry for entry in log if entry["action"] not in ("log", "open")][:count]


def test_it_is_a_signed_note_over_all_entries(office: Path, tmp_path: Path) -> None:
    assert office.exists()
    note = fine("audit", "checkpoint").out.encode()
    fine("audit", "export", tmp_path / "log")
    verifier = Verifier.from_vkey((tmp_path / "log.vkey").read_text().strip())
    assert open_checkpoint(note, verifier, alone=True).size > 0
    assert fine("audit", "checkpoint").out.encode() == note


@pytest.mark.parametrize(("name", "draw"), [("a.svg", svg), ("a.PNG", png)], ids=["svg", "png"])
def test_it_can_be_had_as_a_picture_and_never_overwrites_one(
    office: Path, tmp_path: Path, name: str, draw: object
) -> None:
    assert office.exists()
    assert callable(draw)
    answer = fine("audit", "checkpoint", "--qr", tmp_path / name)
    assert (tmp_path / name).read_bytes() == draw(answer.out.encode())
    again = lotse("audit", "checkpoint", "--qr", tmp_path / name)
    assert (again.code, "gibt es schon" in again.err) == (1, True)


def test_it_can_be_shown_in_the_terminal(office: Path) -> None:
    assert office.exists()
    note = fine("audit", "checkpoint").out
    assert fine("audit", "checkpoint", "--qr", "-").out == f"{note}\n{terminal(note.encode())}\n"


def test_a_picture_of_another_kind_is_refused_before_anything_is_done(office: Path, tmp_path: Path) -> None:
    assert office.exists()
    answer = lotse("audit", "checkpoint", "--qr", tmp_path / "a.pdf")
    assert (answer.code, answer.out) == (2, "")
    assert lotse("audit", "checkpoint", "--qr", tmp_path / "fehlt" / "a.svg").code == 3


def test_by_mail_it_waits_in_the_outbox_until_it_is_sent(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.exists()
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", TO)
    assert fine("outbox").out == "Der Postausgang ist leer.\n"
    said = fine("audit", "checkpoint", "--mail", "--as", "okafor").err
    assert "Im Postausgang: 2." in said
    assert "LOTSE_SMTP_HOST" in said
    (entry,) = last_entries(1)
    assert (entry["action"], entry["actor"]) == ("checkpoint_mailed", "okafor")
    assert fine("outbox").out.count("wartet") == 2
    without = lotse("outbox", "send")
    assert (without.code, "LOTSE_SMTP_HOST" in without.err) == (1, True)
    with open_office() as post:
        for name, value in {
            "HOST": "127.0.0.1", "PORT": str(post.port), "SECURITY": "plain", "FROM": "lotse@stadt.example",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"LOTSE_SMTP_{name}", value)
        post.recipient_answer = "550 unbekannt"
        refused = lotse("outbox", "send")
        assert refused.code == 1
        assert refused.out.count("aufgegeben") == 2
        assert "example" not in refused.out + refused.err
        post.recipient_answer = "250 OK"
        assert fine("outbox", "send").out.count("aufgegeben") == 2
        assert fine("outbox", "retry").out.count("gesendet") == 2
        assert {message["To"] for message in post.taken} == {"dsb@stadt.example", "rpa@stadt.example"}
    letters = fine("outbox", "--json").json
    assert [letter["fate"] for letter in letters] == ["sent", "sent"]
    fine("audit", "verify")


def test_mail_to_nobody_is_refused_and_nothing_signed(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office.exists()
    answer = lotse("audit", "checkpoint", "--mail")
    assert (answer.code, answer.out) == (1, "")
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", "irgendwer")
    assert lotse("audit", "checkpoint", "--mail").code == 2


def test_what_is_no_word_of_outbox_or_notary_is_said(office: Path) -> None:
    assert office.exists()
    for words in (["outbox", "loeschen"], ["notary", "loeschen"]):
        assert lotse(*words).code == 2
