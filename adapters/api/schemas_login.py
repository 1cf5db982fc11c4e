"""Logging in, sessions, tokens and the house's people over the wire; secrets only where they are given out."""

from typing import Literal

from pydantic import Field

from adapters.api.schemas import Day, Instant, Message, Name, shown
from adapters.login.passwords import MOST

_SECRET = "0Zz9_invented_for_the_specification_only_4xQ"  # noqa: S105 - invented
_OLD, _OTHER = "vier lila Kähne im Nebel", "sieben Amseln zählen Kiesel"
_PASSWORD = Field(description="Passwort.", max_length=MOST)
_NEW = Field(description="Das neue Passwort: 12 bis 128 Zeichen, alle erlaubt.", max_length=MOST)
_CODE = Field("", description="Der Code aus der App, wo ein zweiter Faktor eingerichtet ist.", max_length=20)


class Login(Message):
    """Coming in by name, password and code."""

    model_config = shown(login="brandt", password=_OLD, code="123456")

    login: str = Field(description="Anmeldename.", max_length=200)
    password: str = _PASSWORD
    code: str = _CODE


class WhoIs(Message):
    """Somebody of the directory, as far as everybody signed in may know."""

    model_config = shown(id="brandt", name="Frau Brandt", roles=["case_worker"], institution="")

    id: str = Field(description="Kennung.")
    name: str = Field(description="Name.")
    roles: list[str] = Field(description="Rollen.")
    institution: str = Field(description="Einrichtung, für die gesprochen wird.")


class SignedIn(Message):
    """Who asks, how, and what an unsafe request must bring along."""

    model_config = shown(
        person={"id": "brandt", "name": "Frau Brandt", "roles": ["case_worker"], "institution": ""},
        via="session", scopes=["admin", "calendar", "read", "referrals", "write"], csrf=_SECRET,
        second_factor="set",
    )  # fmt: skip

    person: WhoIs = Field(description="Wer.")
    via: Literal["session", "token"] = Field(description="Mit Sitzung oder Token.")
    scopes: list[str] = Field(description="Wie weit es reicht; leer, solange der zweite Faktor fehlt.")
    csrf: str = Field(description="Für X-CSRF-Token; leer bei Token.")
    second_factor: Literal["set", "missing", "none"] = Field(
        description="Eingerichtet, vorgeschrieben und noch nicht eingerichtet, oder keiner."
    )


class PasswordChanged(SignedIn):
    """Who asks, with another password now, and what has ended with the old one."""

    model_config = shown(
        person={"id": "brandt", "name": "Frau Brandt", "roles": ["case_worker"], "institution": ""},
        via="session", scopes=["admin", "calendar", "read", "referrals", "write"], csrf=_SECRET,
        second_factor="set", ended=["sessions", "tokens"],
    )  # fmt: skip

    ended: list[Literal["sessions", "tokens"]] = Field(
        description="Was mit dem alten Passwort endet: alle anderen Sitzungen und alle eigenen Token."
    )


class SignedOut(Message):
    """Logged out here; where to log out elsewhere too."""

    model_config = shown(provider=None)

    provider: str | None = Field(description="Adresse zum Abmelden beim Anmeldedienst, wo es einen gibt.")


class PasswordChange(Message):
    """Another password."""

    model_config = shown(password=_OLD, new=_OTHER, code="123456")

    password: str = _PASSWORD
    new: str = _NEW
    code: str = _CODE


class Again(Message):
    """One's password, given again."""

    model_config = shown(password=_OLD)

    password: str = _PASSWORD


class FactorRemoval(Message):
    """Doing without a second factor."""

    model_config = shown(password=_OLD, code="123456")

    password: str = _PASSWORD
    code: str = _CODE


class FactorOffered(Message):
    """A second factor to be set up, shown once."""

    model_config = shown(
        address="otpauth://totp/Lotse:brandt?secret=JBSWY3DPEHPK3PXP&issuer=Lotse",
        picture="<svg/>",
        enrolment=_SECRET,
    )

    address: str = Field(description="Für die App: otpauth://…")
    picture: str = Field(description="Dasselbe als QR-Code (SVG).")
    enrolment: str = Field(description="Mit dem ersten Code zurückzugeben, innerhalb von zehn Minuten.")


class FactorConfirmed(Message):
    """The first code of a second factor."""

    model_config = shown(enrolment=_SECRET, code="123456")

    enrolment: str = Field(description="Wie sie ausgegeben wurde.", max_length=1000)
    code: str = Field(description="Der Code, den die App jetzt zeigt.", max_length=20)


class SessionLine(Message):
    """Another login of one's own."""

    model_config = shown(
        began_at="2026-03-09T08:15:00+00:00", seen_at="2026-03-09T09:02:00+00:00", by_provider=False
    )

    began_at: Instant = Field(description="Angemeldet.")
    seen_at: Instant = Field(description="Zuletzt benutzt, auf eine Minute genau.")
    by_provider: bool = Field(description="Ob über den Anmeldedienst.")


class Sessions(Message):
    """One's other logins."""

    model_config = shown(items=[])

    items: list[SessionLine] = Field(description="Die zuletzt benutzte zuerst.")


class Ended(Message):
    """How many ended."""

    model_config = shown(ended=1)

    ended: int = Field(description="Wie viele es waren.")


class ProviderStart(Message):
    """Beginning a login at the identity provider."""

    model_config = shown(link="")

    link: str = Field(
        "", description="Das Geheimnis eines Einladungs-Links, wo es einer ist.", max_length=100
    )


class ProviderBegun(Message):
    """Where the browser goes."""

    model_config = shown(location="https://anmeldung.example/authorize?client_id=lotse")

    location: str = Field(description="Adresse des Anmeldedienstes.")


class Redemption(Message):
    """Using a one-time link up."""

    model_config = shown(secret=_SECRET, password=_OLD)

    secret: str = Field(description="Was im Link hinter dem Punkt steht.", max_length=100)
    password: str = _NEW


class RedeemedLink(Message):
    """The name to log in with from now on."""

    model_config = shown(login="brandt")

    login: str = Field(description="Anmeldename.")


class TokenWish(Message):
    """A token to be made."""

    model_config = shown(name="KIS Nordstadt", scopes=["referrals"], days=365)

    name: str = Field(description="Wofür es ist.", min_length=1, max_length=100)
    scopes: list[Literal["read", "write", "referrals", "calendar", "admin"]] = Field(
        description="Wofür es gilt.", min_length=1, max_length=5
    )
    days: int = Field(description="Wie viele Tage es gilt.", ge=1, le=365)


class TokenLine(Message):
    """A token as it is listed; the token itself is shown once only."""

    model_config = shown(
        id="0123456789abcdef", name="KIS Nordstadt", scopes=["referrals"],
        made_at="2026-03-09T08:15:00+00:00", until="2027-03-09T08:15:00+00:00", seen_at=None,
    )  # fmt: skip

    id: str = Field(description="Nummer, zum Widerrufen.")
    name: str = Field(description="Wofür es ist.")
    scopes: list[str] = Field(description="Wofür es gilt.")
    made_at: Instant = Field(description="Ausgestellt.")
    until: Instant = Field(description="Gilt bis.")
    seen_at: Instant | None = Field(description="Zuletzt benutzt, auf eine Stunde genau.")


class Tokens(Message):
    """One's tokens."""

    model_config = shown(items=[])

    items: list[TokenLine] = Field(description="Das neueste zuerst.")


class TokenMade(Message):
    """A token, shown this once."""

    model_config = shown(
        token=f"lotse_0123456789abcdef_{_SECRET}"[:66],
        made={
            "id": "0123456789abcdef", "name": "KIS Nordstadt", "scopes": ["referrals"],
            "made_at": "2026-03-09T08:15:00+00:00", "until": "2027-03-09T08:15:00+00:00", "seen_at": None,
        },
    )  # fmt: skip

    token: str = Field(description="Das Token; es wird nur dieses eine Mal gezeigt.")
    made: TokenLine = Field(description="Wie es in der Liste steht.")


class UserLine(Message):
    """Somebody of the house, for who has charge of it."""

    model_config = shown(
        id="brandt", name="Frau Brandt", roles=["case_worker"], institution="", recipient=None,
        agreement_until=None, active=True, login="brandt", password=True, second_factor=False, provider=False,
    )  # fmt: skip

    id: str = Field(description="Kennung.")
    name: str = Field(description="Name.")
    roles: list[str] = Field(description="Rollen.")
    institution: str = Field(description="Einrichtung.")
    recipient: str | None = Field(description="Als wer ihr Familien übergeben werden.")
    agreement_until: Day | None = Field(description="Letzter Tag der Vereinbarung, bei Übergaben.")
    active: bool = Field(description="Ob nicht gesperrt.")
    login: str | None = Field(description="Anmeldename, wo es einen gibt.")
    password: bool = Field(description="Ob ein Passwort gesetzt ist.")
    second_factor: bool = Field(description="Ob ein zweiter Faktor eingerichtet ist.")
    provider: bool = Field(description="Ob mit dem Anmeldedienst verknüpft.")


class Users(Message):
    """Everybody of the house."""

    model_config = shown(items=[])

    items: list[UserLine] = Field(description="Nach Kennung.")


class UserEntry(Message):
    """Entering or changing somebody; what is left out stays as it is."""

    model_config = shown(
        name="Frau Yıldız",
        roles=["family_midwife"],
        institution="Praxis am Hafen",
        agreement_until="2027-12-31",
    )

    name: Name = Field(description="Wie andere die Person lesen.")
    roles: list[str] = Field([], description="Rollen.", max_length=15)
    institution: str | None = Field(None, description="Einrichtung.", max_length=200)
    agreement_until: Day | None = Field(None, description="Letzter Tag der Vereinbarung.")


class UserState(Message):
    """Locking somebody, or letting them in again."""

    model_config = shown(active=False)

    active: bool = Field(description="false sperrt.")


class ResetWish(Message):
    """Helping somebody back in."""

    model_config = shown(second_factor=False)

    second_factor: bool = Field(False, description="Auch den zweiten Faktor entfernen (verlorenes Gerät).")


class GivenLink(Message):
    """A one-time link, shown this once."""

    model_config = shown(link=f"https://lotse.example/link#invitation.{_SECRET}")

    link: str = Field(description="Nur der Person selbst zu geben; gilt nur einmal.")
