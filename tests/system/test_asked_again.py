"""Who asks again, because they were told nothing, is told that it is done only when what they hear of is on the disk.

A program killed before its last sync leaves a commit that everybody sees and a power cut takes back
(`test_settled.py`); an answer built on it would be an acknowledged step that can be lost. The same for a standby that
lacks it: `test_fail_over.py`.
"""

import errno
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from states.vocabulary import Command
from tests.world import a_world
from workflow.errors import UnknownOutcome


def test_a_repeated_answer_comes_after_a_sync(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        case = world.do(world.a_referral(), Command.NOTE, key="einmal")
        before = world.size
        with patch.object(os, "fsync", wraps=os.fsync) as synced:
            again = world.submit(world.request(case, Command.NOTE, key="einmal"))
        assert again.repeated
        assert synced.call_count >= 1
        assert world.size == before


def test_where_the_sync_fails_nobody_knows(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as world:
        case = world.do(world.a_referral(), Command.NOTE, key="einmal")
        request = world.request(case, Command.NOTE, key="einmal")
        failing = OSError(errno.EIO, "Eingabe-/Ausgabefehler")
        with patch.object(os, "fsync", side_effect=failing), pytest.raises(UnknownOutcome):
            world.submit(request)
        assert world.submit(request).repeated
