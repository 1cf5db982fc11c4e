"""Logging out at the provider ends what it vouched for here, and nothing else."""

from collections.abc import Callable

import pytest

from adapters.login.oidc.errors import ElsewhereError
from adapters.login.oidc.flow import Elsewhere
from tests.login.house import House
from tests.login.oidc.elsewhere import joined, linked, through
from tests.login.oidc.providers import OTHER_KEY, ForgingProvider
from tests.people import COLLEAGUE, WORKER


@pytest.fixture
def elsewhere(house: House, forging: ForgingProvider) -> Elsewhere:
    made = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    return made


def test_the_session_named_by_the_provider_ends(
    house: House, forging: ForgingProvider, elsewhere: Elsewhere
) -> None:
    first = through(elsewhere, forging).cookie
    forging.token = lambda provider: provider.signed(sid="sitzung-2")
    second = through(elsewhere, forging).cookie
    assert elsewhere.log_out_by(forging.logout_token(sub=None)) == 1
    assert (house.door.by_session(first), bool(house.door.by_session(second))) == (None, True)
    assert house.log("logout")[-1]["by"] == "provider"


def test_all_of_a_persons_sessions_from_there_end_and_no_others(
    house: House, forging: ForgingProvider, elsewhere: Elsewhere
) -> None:
    for person in (WORKER, COLLEAGUE):
        house.account(person)
    own, hers = house.enter(WORKER), house.enter(COLLEAGUE)
    cookies = [through(elsewhere, forging).cookie for _ in range(2)]
    assert elsewhere.log_out_by(forging.logout_token(sid=None)) == 2
    assert [house.door.by_session(each) for each in cookies] == [None, None]
    assert house.door.by_session(own)
    assert house.door.by_session(hers)


def test_a_subject_nobody_is_ends_nothing(
    house: House, forging: ForgingProvider, elsewhere: Elsewhere
) -> None:
    cookie = through(elsewhere, forging).cookie
    assert elsewhere.log_out_by(forging.logout_token(sid=None, sub="fremd")) == 0
    assert elsewhere.log_out_by(forging.logout_token(sub="fremd")) == 0
    assert house.door.by_session(cookie)


def test_a_logout_is_said_once(forging: ForgingProvider, elsewhere: Elsewhere) -> None:
    token = forging.logout_token()
    elsewhere.log_out_by(token)
    with pytest.raises(ElsewhereError):
        elsewhere.log_out_by(token)


FORGED: dict[str, Callable[[ForgingProvider], str]] = {
    "an ID token": lambda p: p.signed(),
    "without a type of its own": lambda p: p.logout_token(typ=None),
    "typed as any token": lambda p: p.logout_token(typ="JWT"),
    "with a nonce": lambda p: p.logout_token(nonce="nonce"),
    "without the event": lambda p: p.logout_token(events=None),
    "of another event": lambda p: p.logout_token(events={"http://x": {}}),
    "of nobody": lambda p: p.logout_token(sub=None, sid=None),
    "of a number": lambda p: p.logout_token(sid=7),
    "without a number of its own": lambda p: p.logout_token(jti=None),
    "of another issuer": lambda p: p.logout_token(iss="https://boese.example"),
    "for another": lambda p: p.logout_token(aud="vpn"),
    "expired": lambda p: p.logout_token(exp=1),
    "old": lambda p: p.logout_token(iat=1),
    "by another key": lambda p: p.logout_token(key=OTHER_KEY),
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_logout_ends_nothing(
    house: House, forging: ForgingProvider, elsewhere: Elsewhere, how: str
) -> None:
    cookie = through(elsewhere, forging).cookie
    with pytest.raises(ElsewhereError):
        elsewhere.log_out_by(FORGED[how](forging))
    assert house.door.by_session(cookie)


def test_logging_out_here_leads_to_logging_out_there(forging: ForgingProvider, elsewhere: Elsewhere) -> None:
    assert elsewhere.logout_address() == (
        f"{forging.issuer}/logout?client_id=lotse&post_logout_redirect_uri=https%3A%2F%2Flotse.example%2F"
    )
