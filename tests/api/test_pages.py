"""Lists go on where they left off: nothing twice, nothing left out, whatever is written meanwhile."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.house import Desk, a_house
from tests.people import COLLEAGUE, SUPERVISOR, WORKER


def all_pages(desk: Desk, path: str, limit: int) -> list[dict[str, object]]:
    """Every item of a list, page by page."""
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = desk.get(f"{path}?limit={limit}{cursor}").json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_pages_of_any_size_give_every_case_once_in_order(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        numbers = [house.world.a_referral().number for _ in range(7)]
        for limit in (1, 2, 3, 6, 7, 200):
            found = all_pages(house.as_(WORKER), "/cases", limit)
            assert [each["number"] for each in found] == numbers


def test_a_case_that_comes_or_moves_meanwhile_shifts_no_page(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        numbers = [house.world.a_referral().number for _ in range(4)]
        worker = house.as_(WORKER)
        first = worker.get("/cases?limit=2").json()
        worker.do(numbers[0], "triage-no")
        newest = house.world.a_referral().number
        rest = worker.get(f"/cases?limit=9&cursor={first['next']}").json()
        assert [each["number"] for each in rest["items"]] == [*numbers[2:], newest]


def test_the_story_of_a_case_pages_from_the_newest(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = house.world.a_referral().number
        worker = house.as_(WORKER)
        for place in range(5):
            worker.do(number, "note", text=f"Notiz {place}")
        found = all_pages(worker, f"/cases/{number}/timeline", 2)
        assert [each["version"] for each in found] == [6, 5, 4, 3, 2, 1]
        (word,) = found[0]["words"]  # type: ignore[misc]  # JSON, as it came
        assert word == {"name": "text", "label": "Notiz", "values": ["Notiz 4"]}


def test_the_log_pages_from_the_newest_though_each_page_is_itself_an_entry(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.world.a_referral()
        size = house.world.size
        leader = house.as_(SUPERVISOR)
        found: list[int] = []
        cursor = None
        while True:
            page = leader.post(
                "/audit-entries/search", {"reason": "Probe", "limit": 3, "cursor": cursor}
            ).json()
            found += [each["seq"] for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == list(range(size, -1, -1)), "the first look at the log is the newest entry in it"


def test_a_cursor_is_good_for_its_person_its_list_and_its_filters_alone(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number, *_ = [house.world.a_referral().number for _ in range(3)]
        worker = house.as_(WORKER)
        cursor = worker.get("/cases?limit=1").json()["next"]
        assert worker.get(f"/cases?cursor={cursor}").status_code == 200
        elsewhere = (
            house.as_(SUPERVISOR).get(f"/cases?cursor={cursor}"),
            house.as_(COLLEAGUE).get(f"/cases?cursor={cursor}"),
            worker.get(f"/cases?state=received&cursor={cursor}"),
            worker.get(f"/cases/{number}/timeline?cursor={cursor}"),
        )
        assert [each.status_code for each in elsewhere] == [422] * 4


def test_nobody_makes_a_cursor_or_alters_one(tmp_path: Path) -> None:
    """Whatever is sent as a cursor: the very one that was given, or 422."""
    with a_house(tmp_path) as house:
        for _ in range(2):
            house.world.a_referral()
        real = house.as_(WORKER).get("/cases?limit=1").json()["next"]

        @settings(max_examples=25, deadline=None)
        @given(st.integers(0, len(real) - 1), st.sampled_from("ABCxyz019-_.~ü"), st.text(max_size=40))
        def forged(place: int, sign: str, anything: str) -> None:
            for cursor in (real[:place] + sign + real[place + 1 :], real[:place], real + sign, anything):
                answer = house.as_(WORKER).get("/cases", params={"cursor": cursor})
                assert answer.status_code == (200 if cursor == real else 422), cursor

        forged()


def test_filters_leave_only_what_they_name(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        first, second = house.world.a_referral(), house.world.a_referral(consent="unclear")
        worker = house.as_(WORKER)
        worker.do(second.number, "triage-no")
        worker.do(second.number, "check-consent-no")
        listed = {
            query: [each["number"] for each in worker.get(f"/cases?{query}").json()["items"]]
            for query in (
                "state=received", "state=consent_pending", "responsible=fachkraft", "responsible=kollegin",
                "due_by=2026-03-11", "due_by=2026-03-12",
            )
        }  # fmt: skip
        assert listed == {
            "state=received": [first.number], "state=consent_pending": [second.number],
            "responsible=fachkraft": [first.number, second.number], "responsible=kollegin": [],
            "due_by=2026-03-11": [], "due_by=2026-03-12": [first.number, second.number],
        }  # fmt: skip
