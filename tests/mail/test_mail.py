"""Mail goes out encrypted and to the right server, or it does not go; what comes back names no address."""

import socket
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail import (
    MailSettingsError,
    Recipient,
    Server,
    Undelivered,
    checkpoint_recipients,
    is_address,
    server_of,
)
from adapters.settings import Settings
from tests.mail.post_office import a_certificate, open_office

SENDER, DPO = "lotse@stadt.example", "dsb@stadt.example"


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, DPO, "Prüfpunkt"
    message.set_content("Unterschrieben: 7 Einträge. Größe und Wurzel folgen.")
    return message


def a_server(port: int, security: str, **more: object) -> Server:
    return Server("127.0.0.1", port, security, SENDER, timeout=5, **more)  # type: ignore[arg-type]  # settings by name, of any type


def some_settings(**more: object) -> Settings:
    return Settings(data=Path("a"), keys=Path("b"), exports=Path("c"), **more)  # type: ignore[arg-type]  # settings by name, of any type


def refused(server: Server) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        server.hand_over(a_message())
    assert DPO not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_message_goes_out_encrypted(tmp_path: Path, security: str) -> None:
    certificate = a_certificate(tmp_path)
    with open_office(certificate=certificate, starttls=security == "starttls") as office:
        a_server(office.port, security, authority=certificate).hand_over(a_message())
        (taken,) = office.taken
        assert (taken["To"], taken["Subject"], office.encrypted) == (DPO, "Prüfpunkt", [True])
        assert taken.get_content().startswith("Unterschrieben: 7 Einträge. Größe")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("name", ["localhost", "anderswo.example"])
def test_a_certificate_that_nobody_vouches_for_or_of_another_machine_is_refused(
    tmp_path: Path, security: str, name: str
) -> None:
    certificate = a_certificate(tmp_path, name)
    trusted = None if name == "localhost" else certificate
    with open_office(certificate=certificate, starttls=security == "starttls") as office:
        error = refused(a_server(office.port, security, authority=trusted))
        assert str(error) == "Das Zertifikat des Mailservers ist nicht gültig."
        assert not error.permanent
        assert office.taken == []


def test_a_server_that_offers_no_encryption_gets_nothing() -> None:
    with open_office() as office:
        assert "keine Verschlüsselung" in str(refused(a_server(office.port, "starttls")))
        assert office.taken == []


def test_in_plain_it_goes_where_the_settings_say_so() -> None:
    with open_office() as office:
        a_server(office.port, "plain").hand_over(a_message())
        assert (len(office.taken), office.encrypted) == (1, [False])


def test_it_signs_in_and_a_wrong_password_is_no_fault_of_the_message(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    with open_office(certificate=certificate, sign_in=True) as office:
        right = {"user": "lotse", "password": "erfundenes-geheimnis", "authority": certificate}
        a_server(office.port, "starttls", **right).hand_over(a_message())
        assert len(office.taken) == 1
        wrong = refused(a_server(office.port, "starttls", **{**right, "password": "falsch"}))
        assert (str(wrong), wrong.permanent) == ("Der Mailserver lehnt die Anmeldung ab (535).", False)
        assert "falsch" not in repr(a_server(office.port, "starttls", **{**right, "password": "falsch"}))


@pytest.mark.parametrize(
    ("recipient", "message", "code", "permanent"),
    [
        ("550 unbekannt", "250 OK", 550, True),
        ("450 später", "250 OK", 450, False),
        ("250 OK", "554 abgelehnt", 554, True),
        ("250 OK", "452 voll", 452, False),
    ],
)
def test_what_the_server_refuses_for_good_is_told_from_what_it_refuses_for_now(
    recipient: str, message: str, code: int, permanent: bool
) -> None:
    with open_office() as office:
        office.recipient_answer, office.message_answer = recipient, message
        error = refused(a_server(office.port, "plain"))
        assert (str(error), error.permanent) == (
            f"Der Mailserver nimmt die Nachricht nicht an ({code}).",
            permanent,
        )


def test_a_connection_cut_after_the_message_may_have_been_for_nothing() -> None:
    with open_office() as office:
        office.hangs_up_after_data = True
        assert not refused(a_server(office.port, "plain")).permanent
        assert len(office.taken) == 1


def test_a_server_that_is_not_there_or_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        mute = Server("127.0.0.1", port, "plain", SENDER, timeout=0.2)
        assert str(refused(mute)) == "Der Mailserver antwortet nicht."
    assert str(refused(mute)) == "Der Mailserver ist nicht erreichbar."


def test_a_server_that_talks_nonsense_is_no_server() -> None:
    def nonsense() -> None:
        connection, _ = listening.accept()
        connection.sendall(b"\x00\xff was?\r\n" * 3)
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=nonsense)
        thread.start()
        assert not refused(a_server(listening.getsockname()[1], "plain")).permanent
        thread.join()


# What the settings allow.


def test_without_a_host_there_is_no_server_and_ports_are_the_usual_ones() -> None:
    assert server_of(some_settings()) is None
    for security, port in (("starttls", 587), ("tls", 465)):
        server = server_of(some_settings(smtp_host="post.example", smtp_from=SENDER, smtp_security=security))
        assert server is not None
        assert (server.port, server.security) == (port, security)


@pytest.mark.parametrize(
    ("host", "security", "user", "allowed"),
    [
        ("127.0.0.1", "plain", None, True),
        ("::1", "plain", "lotse", True),
        ("localhost", "plain", "lotse", True),
        ("post.example", "plain", None, False),
        ("127.0.0.1.post.example", "plain", None, False),
        ("post.example", "plain-anywhere", None, True),
        ("post.example", "plain-anywhere", "lotse", False),
        ("post.example", "starttls", "lotse", True),
    ],
)
def test_in_plain_only_to_this_machine_or_in_so_many_words_and_a_password_never(
    host: str, security: str, user: str | None, allowed: bool
) -> None:
    chosen = some_settings(
        smtp_host=host, smtp_from=SENDER, smtp_security=security, smtp_user=user, smtp_password="x"
    )
    if allowed:
        assert server_of(chosen) is not None
    else:
        with pytest.raises(MailSettingsError):
            server_of(chosen)


@pytest.mark.parametrize(
    "sender", [None, "", "lotse", "a@b@c", "Lotse <lotse@stadt.example>", "a@b\nBcc: x@y"]
)
def test_a_server_without_a_sender_is_refused(sender: str | None) -> None:
    with pytest.raises(MailSettingsError, match="LOTSE_SMTP_FROM"):
        server_of(some_settings(smtp_host="localhost", smtp_from=sender))


def test_who_gets_the_checkpoint_is_named_by_role() -> None:
    chosen = some_settings(checkpoint_mail=f"dpo={DPO}, audit_office=rpa@stadt.example")
    assert checkpoint_recipients(chosen) == (
        Recipient("dpo", DPO),
        Recipient("audit_office", "rpa@stadt.example"),
    )
    assert DPO not in repr(checkpoint_recipients(chosen))
    assert checkpoint_recipients(some_settings()) == ()


@pytest.mark.parametrize(
    "given", [DPO, "dpo", f"chef={DPO}", f"dpo:{DPO}", "dpo=", "dpo=a@b,c@d", "dpo=a@b c"]
)
def test_whoever_is_named_otherwise_is_refused(given: str) -> None:
    with pytest.raises(MailSettingsError, match="LOTSE_CHECKPOINT_MAIL"):
        checkpoint_recipients(some_settings(checkpoint_mail=given))


@given(st.text(max_size=40))
def test_no_address_can_carry_a_second_header(text: str) -> None:
    if is_address(text):
        message = EmailMessage()
        message["To"] = text
        assert str(message["To"]) == text
        assert [address.addr_spec for address in message["To"].addresses] == [text]
