"""Offices to measure in: a store as `lotse init` makes it, with invented cases, and copies of it that begin alike."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from adapters.bootstrap import create_lotse, open_lotse
from adapters.lotse import Lotse
from adapters.settings import read_settings
from states.vocabulary import Command
from tests.sensible import sensible
from workflow.perform import Request, perform

AT_ONCE = 100
TO_FIRST_CONTACT = (Command.TRIAGE_NO, Command.CHECK_CONSENT_YES)


def new_office(folder: Path) -> Lotse:
    """Make a store in the folder."""
    return create_lotse(read_settings(folder))


def copied(source: Path, target: Path) -> Lotse:
    """Copy an office whose store is closed, and open the copy."""
    shutil.copytree(source, target)
    return open_lotse(read_settings(target))


def close(lotse: Lotse) -> None:
    """Give the database back."""
    lotse.store.engine.dispose()


def fill(
    lotse: Lotse,
    count: int,
    then: Sequence[str] = (),
    *,
    days_ago: int = 0,
    responsible: Sequence[str] = (),
) -> list[str]:
    """Take in that many referrals with consent, bring each as far as `then`, and give their ids.

    The receipt is `days_ago`; the cases go to the persons responsible in turn.
    """
    worker, now = lotse.person(), lotse.moment.at
    details = sensible(Command.RECEIVE_CONSENT, None, worker, now - timedelta(days=days_ago))
    ids: list[str] = []
    while len(ids) < count:
        with lotse.store.work() as work:
            for number in range(len(ids), min(count, len(ids) + AT_ONCE)):
                who = {"responsible": responsible[number % len(responsible)]} if responsible else {}
                receive = Request(Command.RECEIVE_CONSENT, worker, details={**details, **who})
                case = perform(receive, work, lotse.office).case
                for command in then:
                    perform(Request(command, worker, case.id), work, lotse.office)
                ids.append(case.id)
            work.commit()
    return ids
