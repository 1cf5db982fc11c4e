"""One's own deadlines as a calendar (RFC 5545), for the programs people have open all day.

It leaves the house, so it says the obligation's name and the case's number and nothing else: no family, no place, no
reason, nobody asked. What is met is gone at the next look. Tried in `tests/api/test_calendar.py`.
"""

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from adapters.lotse import Lotse
from workflow.office import Person
from workflow.queries import Item

REFRESHED = timedelta(hours=6)


def deadline_calendar(lotse: Lotse, person: Person) -> bytes:
    """The open deadlines of a person, each a whole local day; the look is on record like one at „Heute“."""
    from icalendar import Calendar  # noqa: PLC0415 - slow to import, and only whoever asks for it needs it

    calendar = Calendar()
    calendar.add("prodid", f"-//Lotse//Lotse {version('lotse')}//DE")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Fristen Frühe Hilfen")
    calendar.add("x-wr-calname", "Fristen Frühe Hilfen")
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    label = lotse.office.network_now.profile.process.obligation_label
    stamp = datetime.combine(lotse.moment.real_day, time(), UTC)
    for item in lotse.today(person):
        if item.due is not None and item.obligation and not item.opening:
            calendar.add_component(_event(item, label(item.obligation), stamp))
    content: bytes = calendar.to_ical()
    return content


def _event(item: Item, what: str, stamp: datetime) -> Any:  # noqa: ANN401 - an icalendar.Event
    from icalendar import Event  # noqa: PLC0415 - as above

    assert item.due is not None
    event = Event()
    stand_in = " (Vertretung)" if item.for_whom else ""
    event.add("summary", f"{what} {item.number}{stand_in}")
    event.add("dtstart", item.due)
    event.add("dtend", item.due + timedelta(days=1))
    event.add("dtstamp", stamp)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    # The id of a case is 128 random bits; `what` of the line tells two recipients of one case apart.
    told = f"{item.case}\n{item.obligation}\n{item.what}".encode()
    event.add("uid", f"{sha256(told).hexdigest()[:32]}@lotse")
    return event
