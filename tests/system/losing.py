"""An office that loses its keys on a day when its database is whole: what people have kept, and what they type."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.backup.swap import plan_file
from adapters.backup.working import left_in
from adapters.settings import Settings, read_settings
from tests.cli.program import Answer, fine, lotse
from tests.system.backups import an_office, some_entries

REQUEST = ("--request", "--as", "fachkraft", "--reason", "Schlüsseldatenträger defekt")


class Loss:
    """An office whose keys are lost and recovered; beside it what people have kept."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.folder = base / "haus"
        self.vkey = base / "lotse.vkey"
        self.kept = base / "amt.checkpoint"

    @property
    def settings(self) -> Settings:
        return read_settings(self.folder)

    def run(self, *words: str | Path) -> Answer:
        return lotse(*words, "--dir", self.folder)

    def fine(self, *words: str | Path) -> Answer:
        answer = self.run(*words)
        assert answer.code == 0, answer
        return answer

    def here(self, *words: str | Path) -> Answer:
        """Ask for, or approve, a new log over what is there, with the old public key."""
        return self.run("backup", "restore", "--here", "--vkey", self.vkey, *words)

    def by_hand(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.settings.database)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()

    def answer(self, query: str) -> int:
        with closing(sqlite3.connect(self.settings.database)) as database:
            return int(database.execute(query).fetchone()[0])

    def nothing_begun(self) -> None:
        assert self.answer("SELECT count(*) FROM past_heads") == 0
        assert left_in(self.settings.data) == []
        assert not plan_file(self.settings).exists()


def a_loss(base: Path) -> Loss:
    """Escrow made and a checkpoint given out; then the keys are lost, and the master keys come back."""
    loss = Loss(base)
    running = an_office(loss.folder, rows=12)
    loss.vkey.write_text(f"{running.verifier.vkey}\n", encoding="utf-8")
    loss.kept.write_bytes(running.countersign())
    some_entries(running, 3)
    running.store.engine.dispose()
    fine("keys", "recovery-key", loss.base / "tresor.pem")
    loss.fine("keys", "escrow", loss.base / "hinterlegt", "--to", loss.base / "tresor.pem.pub", "--as", "it")
    shutil.copytree(loss.folder, loss.base / "davor")
    shutil.rmtree(loss.settings.keys)
    words = ("keys", "recover", loss.base / "hinterlegt", "--with", loss.base / "tresor.pem", "--as", "it")
    told = loss.fine(*words, "--vkey", loss.vkey)
    assert "lotse backup restore --here --vkey" in told.err
    return loss


def copied_loss(made: Loss, base: Path) -> Loss:
    """The same elsewhere."""
    shutil.copytree(made.base, base)
    return Loss(base)
