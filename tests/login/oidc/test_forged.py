"""What a real provider cannot do wrong: tokens of another issuer, for another party, unsigned, old, replayed."""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from adapters.login.brakes import BrakedError
from adapters.login.oidc.errors import ElsewhereError, Reason, UnreachableError
from adapters.login.oidc.flow import Returned
from tests.login.house import House
from tests.login.oidc.elsewhere import joined, linked, through
from tests.login.oidc.providers import KEY, OTHER_KEY, ForgingProvider
from tests.people import COLLEAGUE, WORKER

Forge = Callable[[ForgingProvider], str]
HOUR = 3600


def written(header: dict[str, str], provider: ForgingProvider, secret: bytes) -> str:
    """A token as an attacker writes it by hand, where no library would."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()) for each in (header, provider.claims())]
    text = b".".join(part.rstrip(b"=") for part in parts)
    proof = hmac.new(secret, text, "sha256").digest() if secret else b""
    return (text + b"." + base64.urlsafe_b64encode(proof).rstrip(b"=")).decode()


def with_the_public_key_as_secret(provider: ForgingProvider) -> str:
    return written({"alg": "HS256", "kid": "one"}, provider, KEY.as_pem(private=False))


def unsigned(provider: ForgingProvider) -> str:
    return written({"alg": "none"}, provider, b"")


def now(provider: ForgingProvider) -> int:
    return int(provider.claims()["iat"])


FORGED: dict[str, tuple[Forge, Reason]] = {
    "another issuer": (lambda p: p.signed(iss="https://boese.example"), Reason.CLAIMS),
    "no issuer": (lambda p: p.signed(iss=None), Reason.CLAIMS),
    "another audience": (lambda p: p.signed(aud="vpn"), Reason.CLAIMS),
    "no audience": (lambda p: p.signed(aud=None), Reason.CLAIMS),
    "several audiences, made for another": (
        lambda p: p.signed(aud=["lotse", "vpn"], azp="vpn"),
        Reason.CLAIMS,
    ),
    "several audiences, made for nobody": (lambda p: p.signed(aud=["lotse", "vpn"]), Reason.CLAIMS),
    "made for another": (lambda p: p.signed(azp="vpn"), Reason.CLAIMS),
    "another nonce": (lambda p: p.signed(nonce="anders"), Reason.CLAIMS),
    "no nonce": (lambda p: p.signed(nonce=None), Reason.CLAIMS),
    "expired": (lambda p: p.signed(exp=now(p) - 120), Reason.CLAIMS),
    "without an end": (lambda p: p.signed(exp=None), Reason.CLAIMS),
    "with an end that is no number": (lambda p: p.signed(exp="morgen"), Reason.CLAIMS),
    "of tomorrow": (lambda p: p.signed(iat=now(p) + HOUR, exp=now(p) + 2 * HOUR), Reason.CLAIMS),
    "of an hour ago": (lambda p: p.signed(iat=now(p) - HOUR), Reason.CLAIMS),
    "without a beginning": (lambda p: p.signed(iat=None), Reason.CLAIMS),
    "not yet": (lambda p: p.signed(nbf=now(p) + HOUR), Reason.CLAIMS),
    "of nobody": (lambda p: p.signed(sub=None), Reason.CLAIMS),
    "of a number": (lambda p: p.signed(sub=4711), Reason.CLAIMS),
    "of an empty name": (lambda p: p.signed(sub=""), Reason.CLAIMS),
    "for another access token": (lambda p: p.signed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), Reason.CLAIMS),
    "by another key": (lambda p: p.signed(OTHER_KEY), Reason.SIGNATURE),
    "unsigned": (unsigned, Reason.SIGNATURE),
    "signed with the public key": (with_the_public_key_as_secret, Reason.SIGNATURE),
    "signed by an algorithm that is not agreed on": (lambda p: p.signed(alg="RS512"), Reason.SIGNATURE),
    "with its end cut off": (lambda p: p.signed()[:-8], Reason.SIGNATURE),
    "with other claims under the signature": (
        lambda p: ".".join([*p.signed(sub="4712").split(".")[:2], p.signed().split(".")[2]]),
        Reason.SIGNATURE,
    ),
    "typed as a logout token": (lambda p: p.signed(typ="logout+jwt"), Reason.CLAIMS),
    "typed as an access token": (lambda p: p.signed(typ="application/at+jwt"), Reason.CLAIMS),
    "empty": (lambda _: "", Reason.SIGNATURE),
    "no token": (lambda _: "a.b.c", Reason.SIGNATURE),
    "beyond all length": (lambda p: p.signed(more="x" * 20_000), Reason.SIGNATURE),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_token_lets_nobody_in(house: House, forging: ForgingProvider, how: str) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    forging.token, reason = FORGED[how]
    with pytest.raises(ElsewhereError) as caught:
        through(elsewhere, forging)
    assert caught.value.reason is reason
    assert house.rows("SELECT * FROM sessions") == []
    refused = house.log("login")[-1]
    assert (refused["actor"], refused["reason"]) == ("unknown", f"oidc:{reason}")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_each_agreed_algorithm_lets_the_linked_person_in(
    house: House, forging: ForgingProvider, alg: str
) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    key = ECKey.generate_key("P-256", {"kid": "one"}) if alg == "ES256" else KEY
    forging.keys = [dict(key.as_dict(private=False))]
    forging.token = lambda provider: provider.signed(key, alg, aud=["lotse"], azp="lotse")
    assert through(elsewhere, forging).person == WORKER


def test_the_code_goes_with_its_verifier_and_the_clients_secret(
    house: House, forging: ForgingProvider
) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    through(elsewhere, forging)
    (sent,) = forging.codes
    assert (sent["code"], sent["client_secret"]) == ("code-1", "geheim-des-clients")
    assert len(sent["code_verifier"]) >= 43
    assert sent["redirect_uri"] == "https://lotse.example/api/v1/session/oidc/return"


def test_keys_are_asked_for_once_and_anew_where_one_is_unknown(
    house: House, forging: ForgingProvider
) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    for _ in range(3):
        through(elsewhere, forging)
    assert forging.asked.count("/jwks") == 1
    assert forging.asked.count("/.well-known/openid-configuration") == 1
    fresh = RSAKey.generate_key(2048, {"kid": "two"})
    forging.keys.append(dict(fresh.as_dict(private=False)))
    forging.token = lambda p: jwt.encode(
        {"alg": "RS256", "kid": "two"}, p.claims(), fresh, algorithms=["RS256"]
    )
    later = elsewhere._provider._clock() + 61
    elsewhere._provider._clock = lambda: later
    assert through(elsewhere, forging).person == WORKER
    assert forging.asked.count("/jwks") == 2


def test_unknown_keys_do_not_make_us_ask_without_end(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    forging.token = lambda p: jwt.encode(
        {"alg": "RS256", "kid": "nirgends"}, p.claims(), OTHER_KEY, algorithms=["RS256"]
    )
    for _ in range(5):
        with pytest.raises(ElsewhereError):
            through(elsewhere, forging)
    assert forging.asked.count("/jwks") == 1


def test_keys_for_encryption_and_secrets_sign_nothing(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    secret = OctKey.generate_key(256, {"kid": "one"})
    forging.keys = [dict(KEY.as_dict(private=False)) | {"use": "enc"}, dict(secret.as_dict(private=True))]
    with pytest.raises(ElsewhereError):
        through(elsewhere, forging)


STATES: dict[str, Callable[[dict[str, str], str], tuple[dict[str, str], str]]] = {
    "no cookie": lambda query, _: (query, ""),
    "an altered cookie": lambda query, cookie: (query, f"{cookie[:-4]}AAAA"),
    "a cookie that is none": lambda query, _: (query, "ü\ud800"),
    "another state": lambda query, cookie: ({**query, "state": "anders"}, cookie),
    "no state": lambda query, cookie: ({"code": query["code"]}, cookie),
    "half a character": lambda query, cookie: ({**query, "state": "\ud800"}, cookie),
}


@pytest.mark.parametrize("how", STATES)
def test_who_did_not_begin_here_does_not_come_back_here(
    house: House, forging: ForgingProvider, how: str
) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    begun = elsewhere.begin()
    query, cookie = STATES[how](forging.log_in(begun.address), begun.cookie)
    with pytest.raises(ElsewhereError) as caught:
        elsewhere.finish(Returned(query, cookie))
    assert caught.value.reason is Reason.STATE
    assert forging.codes == [], "no code was given away"


def test_a_login_that_took_too_long_is_begun_anew(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    begun = elsewhere.begin()
    query = forging.log_in(begun.address)
    house.world.wait(minutes=10)
    with pytest.raises(ElsewhereError) as caught:
        elsewhere.finish(Returned(query, begun.cookie))
    assert caught.value.reason is Reason.STATE


def test_an_answer_of_another_provider_is_refused(house: House, forging: ForgingProvider) -> None:
    """RFC 9207: mix-up of two providers."""
    elsewhere = joined(house, forging.issuer)
    begun = elsewhere.begin()
    query = {**forging.log_in(begun.address), "iss": "https://boese.example"}
    with pytest.raises(ElsewhereError) as caught:
        elsewhere.finish(Returned(query, begun.cookie))
    assert caught.value.reason is Reason.CLAIMS
    assert forging.codes == []


def test_a_no_at_the_provider_is_a_no_here(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    begun = elsewhere.begin()
    state = forging.log_in(begun.address)["state"]
    with pytest.raises(ElsewhereError) as caught:
        elsewhere.finish(Returned({"error": "access_denied", "state": state}, begun.cookie))
    assert caught.value.reason is Reason.DENIED


def test_who_was_locked_is_not_let_in_by_the_provider(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    house.world.put(replace(WORKER, active=False))
    with pytest.raises(ElsewhereError) as caught:
        through(elsewhere, forging)
    assert caught.value.reason is Reason.LOCKED


def test_an_identity_row_led_elsewhere_by_hand_is_nobodys(house: House, forging: ForgingProvider) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    house.rows("UPDATE identities SET person = ?", COLLEAGUE.id)
    with pytest.raises(ElsewhereError) as caught:
        through(elsewhere, forging)
    assert caught.value.reason is Reason.PERSON


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://boese.example"},
        {"token_endpoint": "http://boese.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_a_provider_that_says_to_be_another_is_not_believed(
    house: House, forging: ForgingProvider, said: dict[str, object]
) -> None:
    forging.metadata = said
    with pytest.raises(UnreachableError):
        joined(house, forging.issuer).begin()


def test_a_provider_that_does_not_answer_is_said_to(house: House, forging: ForgingProvider) -> None:
    forging.status = 500
    with pytest.raises(UnreachableError, match="Nächster Schritt"):
        joined(house, forging.issuer).begin()
    with pytest.raises(UnreachableError):
        joined(house, "http://127.0.0.1:9").begin()


def test_a_provider_that_failed_is_left_alone_for_half_a_minute(
    house: House, forging: ForgingProvider
) -> None:
    elsewhere, forging.status = joined(house, forging.issuer), 500
    for _ in range(3):
        with pytest.raises(UnreachableError):
            elsewhere.begin()
    assert len(forging.asked) == 1
    forging.status, later = 200, elsewhere._provider._clock() + 31
    elsewhere._provider._clock = lambda: later
    assert elsewhere.begin().address.startswith(forging.issuer)
    assert len(forging.asked) == 2


def test_who_comes_back_wrongly_without_end_is_held_up_and_fills_no_log(
    house: House, forging: ForgingProvider
) -> None:
    elsewhere = joined(house, forging.issuer)
    linked(house, WORKER, forging.issuer, "4711")
    for _ in range(50):
        with pytest.raises(ElsewhereError):
            elsewhere.finish(Returned({}, "", address="198.51.100.66"))
    with pytest.raises(BrakedError):
        elsewhere.finish(Returned({}, "", address="198.51.100.66"))
    assert len(house.log("login")) == 50
    assert through(elsewhere, forging).person == WORKER
