"""A second factor at the provider: whose roles need one comes in only where the provider says that it was given."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from adapters.login.oidc.claims import strong
from adapters.login.oidc.errors import ElsewhereError, Reason
from tests.login.house import House
from tests.login.oidc.elsewhere import joined, linked, through
from tests.login.oidc.providers import ForgingProvider
from tests.people import SUPERVISOR, WORKER

KNOWN = frozenset({"mfa", "urn:stadt:stufe-2"})
_SAID = (
    st.sampled_from(["mfa", "pwd"])
    | st.text()
    | st.lists(st.sampled_from(["mfa"]) | st.text() | st.integers())
)


@pytest.mark.parametrize(
    ("said", "comes_in"),
    [
        ({}, False),
        ({"acr": "1"}, False),
        ({"amr": ["pwd"]}, False),
        ({"acr": "urn:stadt:stufe-2"}, True),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": ["urn:stadt:stufe-2"]}, False),
    ],
)
def test_leitung_comes_in_by_the_provider_with_a_second_factor_alone(
    house: House, forging: ForgingProvider, said: dict[str, Any], *, comes_in: bool
) -> None:
    elsewhere = joined(house, forging.issuer, oidc_acr=KNOWN)
    linked(house, SUPERVISOR, forging.issuer, "4711")
    forging.token = lambda provider: provider.signed(**said)
    if comes_in:
        assert through(elsewhere, forging).person == SUPERVISOR
        return
    with pytest.raises(ElsewhereError, match="zweiter Faktor") as caught:
        through(elsewhere, forging)
    assert caught.value.reason is Reason.FACTOR
    assert house.rows("SELECT * FROM sessions") == []
    assert house.log("login")[-1]["concerned"] == SUPERVISOR.id


def test_a_fachkraft_of_whom_none_is_asked_comes_in_without(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer, oidc_acr=KNOWN)
    linked(house, WORKER, forging.issuer, "4711")
    assert through(elsewhere, forging).person == WORKER


def test_the_provider_is_asked_for_what_counts_here(house: House, forging: ForgingProvider) -> None:
    for known, sent in ((KNOWN, ["mfa urn:stadt:stufe-2"]), (frozenset[str](), None)):
        address = joined(house, forging.issuer, oidc_acr=known).begin().address
        assert parse_qs(urlsplit(address).query).get("acr_values") == sent


@given(st.dictionaries(st.sampled_from(["acr", "amr", "sub"]), _SAID))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_token_says_only_the_agreed_words_count(claims: dict[str, Any]) -> None:
    assert not strong(claims, frozenset())
    amr = claims.get("amr")
    assert strong(claims, KNOWN) == (
        claims.get("acr") in ("mfa", "urn:stadt:stufe-2")
        or (isinstance(amr, list) and ("mfa" in amr or "urn:stadt:stufe-2" in amr))
    )


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_what_a_short_key_signs_is_signed_by_nobody(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    made = rsa.generate_private_key(65537, 1024)  # noqa: S505 - so short that it must be refused
    short = RSAKey.import_key(made, {"kid": "one"})
    forging.keys = [dict(short.as_dict(private=False))]
    forging.token = lambda provider: provider.signed(short)
    with pytest.raises(ElsewhereError) as caught:
        through(elsewhere, forging)
    assert caught.value.reason is Reason.SIGNATURE
