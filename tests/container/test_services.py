"""Every service of `docker-compose.yml`, started by its very command against a real PostgreSQL: a town's day."""

import http.client
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.notary_file import NotaryFile
from tests.container.town import DOMAIN, Container, Town, a_town, documented

FAMILY = "Kanarie-Beispiel"
API = "/api/v1"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The secrets made, the schema there, the store begun: each by the documented command."""
    with a_town(tmp_path_factory.mktemp("stadt")) as town:
        for line in documented("Beginnen").strip().splitlines():
            words = shlex.split(line)
            assert words[:4] == ["docker", "compose", "run", "--rm"]
            begun = town.run(words[4], *words[5:])
            assert begun.ended() == 0, (line, begun.err)
        yield town


def asked(app: Container, method: str, path: str, token: str, body: object = None) -> tuple[int, bytes]:
    """A request as the proxy passes it on."""
    connection = http.client.HTTPConnection("127.0.0.1", int(app.environment["LOTSE_HTTP_PORT"]), timeout=30)
    headers = {"Host": DOMAIN, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_the_schema_is_made_once_and_found_made_afterwards(town: Town) -> None:
    again = town.run("migrate")
    assert again.ended() == 0
    assert re.fullmatch(r"Die Datenbank ist auf dem Stand \d{4}\.", again.out[0])


def test_a_town_lives_a_day_and_everybody_ends_when_told(town: Town) -> None:
    """Two of the application, the Fristenuhr and the notary: what one takes in, the other gives out, and it is signed."""
    town.done("user", "add", "leitung", "Herr Überblick", "--role", "supervisor", "--as", "it")
    given = town.done(
        "user", "token", "fachkraft", "--as", "it", "--name", "Probe", "--scope", "read", "--scope", "write",
        "--scope", "referrals",
    )  # fmt: skip
    token = given.split()[-1]
    apps = [town.run("app"), town.run("app")]
    clock, notary = town.run("scheduler"), town.run("notary")
    for app in apps:
        town.wait_until_well("app", app)
    town.wait_until_well("scheduler", clock)
    town.wait_until_well("notary", notary)
    status, body = asked(
        apps[0], "POST", f"{API}/referrals", token, {"command": "receive-self", "surname": FAMILY}
    )
    assert status == 201, body
    number = json.loads(body)["number"]
    status, body = asked(apps[1], "GET", f"{API}/cases/{number}", token)
    assert (status, FAMILY in body.decode()) == (200, True)
    town.done("audit", "verify", "--replay")
    file = NotaryFile(town.folder / "volumes" / "notary" / "notary.json")
    assert file.load().halted is None
    assert file.load().size > 0
    checks = json.loads(town.done("db", "check", "--json"))
    assert [each["what"] for each in checks if not each["ok"]] == []
    lights = {each["check"]: each["light"] for each in json.loads(town.done("doctor", "--json"))}
    assert "red" not in lights.values()
    assert {lights[name] for name in ("Datenbank", "Notar", "Land", "Ablauf", "Fristenuhr")} == {"green"}
    falls_ill_and_recovers(town, apps[1])
    everybody = {"app": apps[0], "second app": apps[1], "scheduler": clock, "notary": notary}
    assert {name: each.stop() for name, each in everybody.items()} == dict.fromkeys(everybody, 0)
    assert not town.is_well("app", apps[0])
    for each in everybody.values():
        assert each.out == []
        assert {line["event"] for line in each.lines} <= {"service", "request", "part"}
        assert each.lines[-1]["outcome"] == "ended"
        assert not any(word in line for line in each.err for word in (FAMILY, number, token, "fachkraft"))


def falls_ill_and_recovers(town: Town, app: Container) -> None:
    """The health check of the file can fail: no requests for an application whose keys are gone."""
    keys = town.folder / "volumes" / "keys" / "lotse"
    hidden = keys.rename(keys.with_name("fort"))
    assert not town.is_well("app", app)
    hidden.rename(keys)
    assert town.is_well("app", app)


def test_the_notary_sees_no_case_and_the_application_is_not_the_owner(town: Town) -> None:
    """Each role can do what its service needs: with the notary's address nothing can be opened or written."""
    url = (town.secrets / "notary-url").read_text()
    environment = town.environment("office")
    words = ["case", "list"]
    assert Container(words, environment).ended() == 0
    secret = str(town.secrets / "notary-url")
    with_notary = Container(words, {**environment, "LOTSE_DATABASE_URL_FILE": secret})
    assert with_notary.ended() != 0
    assert url not in "".join(with_notary.err)


def test_a_setting_that_a_town_forgets_is_said_in_one_sentence(town: Town, tmp_path: Path) -> None:
    (tmp_path / "leer").write_text("")
    environment = {**town.environment("app"), "LOTSE_PASSPHRASE_FILE": str(tmp_path / "leer")}
    wrong = Container(["serve"], environment)
    assert wrong.ended() == 1
    assert wrong.err[-1].startswith("Es fehlt die Passphrase.")
