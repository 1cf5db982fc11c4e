"""What a unit of work writes into the tables when it commits: cases, what lies beside them, and the log.

`update … where version` must change exactly one row; the log head is read as the last thing before it is written.
"""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from adapters.db import statements as sql
from adapters.db.codec import checksum, family_of, record_of, seal
from adapters.db.nodes import write_nodes
from adapters.db.plan import Answered, Batch, Changed
from adapters.db.retention import SqlRetention
from adapters.db.staged import StagedWork
from adapters.millis import millis
from audit.keys import KeyRing
from workflow.case import Case, Family
from workflow.errors import ConflictError
from workflow.visible import parties


class SqlWriting(SqlRetention, StagedWork):
    """The half of `SqlWork` that writes."""

    _partners: dict[str, bytes | None]
    """The keyed names of institutions, as far as they were needed."""

    @property
    @abstractmethod
    def _connection(self) -> Connection: ...

    def _write_all(self, batch: Batch) -> None:
        connection, tenant = self._connection, self._tenant
        self._write_new([changed for changed in batch.changed if changed.base is None])
        self._write_moved([changed for changed in batch.changed if changed.base is not None])
        self._write_parties([changed for changed in batch.changed if changed.case.handovers])
        sql.NEW_DUPLICATE.run_all(
            connection,
            [
                {"tenant": tenant, "digest": digest, "case_id": changed.case.id}
                for changed in batch.changed
                for digest in changed.digests
            ],
        )
        for year, value in batch.numbers.items():
            sql.PUT_COUNTER.run(connection, tenant=tenant, name=f"cases/{year}", value=value)
        self._write_plan(batch)
        self._write_retained(batch.plan.retained)
        self._write_log(batch)

    def _write_new(self, changed: Sequence[Changed]) -> None:
        tenant = self._tenant
        sql.NEW_CASE.run_all(
            self._connection,
            [
                {
                    "tenant": tenant,
                    "id": one.case.id,
                    "wrapped_key": one.wrapped[0],
                    "kek_version": one.wrapped[1],
                    "dossier": self._dossier(one, one.family or Family()),
                    **self._moved(one),
                }
                for one in changed
                if one.wrapped is not None  # a new one has always been given its key
            ],
        )

    def _write_moved(self, changed: Sequence[Changed]) -> None:
        tenant = self._tenant
        dossiers = [
            {"b_tenant": tenant, "b_id": one.case.id, "dossier": self._dossier(one, one.family)}
            for one in changed
            if one.family is not None
        ]
        moved = sql.MOVE_CASE.run_all(
            self._connection,
            [
                {"b_tenant": tenant, "b_id": one.case.id, "b_version": one.base, **self._moved(one)}
                for one in changed
            ],
        )
        if moved != len(changed):
            which = (
                f"Fall {changed[0].case.number}" if len(changed) == 1 else f"Einer von {len(changed)} Fällen"
            )
            raise ConflictError(f"{which} wurde inzwischen geändert.")
        sql.PUT_DOSSIER.run_all(self._connection, dossiers)
        sql.NO_DUPLICATES.run_all(
            self._connection, [{"tenant": tenant, "case_id": one["b_id"]} for one in dossiers]
        )

    def _write_parties(self, changed: Sequence[Changed]) -> None:
        """Write beside the cases whom they concern, so that they find them."""
        tenant = self._tenant
        sql.NO_RECIPIENTS.run_all(
            self._connection,
            [{"tenant": tenant, "case_id": one.case.id} for one in changed if one.base is not None],
        )
        sql.NEW_RECIPIENT.run_all(
            self._connection,
            [
                {"tenant": tenant, "recipient": recipient, "case_id": one.case.id}
                for one in changed
                for recipient in sorted(parties(one.case))
            ],
        )

    def _moved(self, changed: Changed) -> dict[str, object]:
        case = changed.case
        changed.record = seal(changed.key, self._tenant, case.id, "record", record_of(case, changed.dossier))
        institution = case.source.institution
        if institution not in self._partners:
            self._partners[institution] = self.partner_digest(institution)
        partner = self._partners[institution]
        return {**operational_columns(case), "partner": partner, "record": changed.record}

    def _dossier(self, changed: Changed, family: Family) -> bytes:
        sealed = seal(changed.key, self._tenant, changed.case.id, "dossier", family_of(family))
        changed.dossier = checksum(sealed)
        return sealed

    def _write_plan(self, batch: Batch) -> None:
        connection, tenant, plan = self._connection, self._tenant, batch.plan
        sql.NEW_ANSWER.run_all(
            connection,
            [
                {
                    "tenant": tenant,
                    "key": answered.key,
                    "body": answered.body,
                    "case_id": answered.outcome.case,
                    "version": answered.outcome.version,
                    "mac": self._answer_mac(answered),
                }
                for answered in plan.answered
            ],
        )
        counted = [{"tenant": tenant, "identity": c.identity, "judgement": c.judgement} for c in plan.counted]
        sql.NEW_ROW.run_all(connection, counted)
        sql.NO_HELD.run_all(connection, counted)
        if plan.held or plan.asked:
            apart, now_ms = self.held_apart, self._now_ms()
            for held in plan.held:
                apart.hold(held, now_ms)
            sql.NEW_ASKED.run_all(connection, [apart.asking(asked, now_ms) for asked in plan.asked])

    def _answer_mac(self, answered: Answered) -> bytes:
        outcome = f"\n{answered.outcome.case}\n{answered.outcome.version}".encode()
        return self._ring.key("idempotency").mac(b"answer\n" + answered.key + answered.body + outcome)

    def partner_digest(self, institution: str) -> bytes | None:
        """The keyed name of a referring institution, by which its own referrals are found."""
        return partner_digest(self._ring, institution)

    def _write_log(self, batch: Batch) -> None:
        if not batch.rows:
            return
        connection, tenant, rows = self._connection, self._tenant, batch.rows
        sql.NEW_ENTRY.run_all(
            connection,
            [
                {"tenant": tenant, "seq": r.seq, "leaf": r.leaf, "mac": r.mac, "body_a": r.body_a}
                for r in rows
            ],
        )
        sql.NEW_CONTENT.run_all(
            connection,
            [{"tenant": tenant, "seq": r.seq, "body_b": r.body_b} for r in rows if r.body_b is not None],
        )
        sql.NEW_INDEX.run_all(
            connection,
            [{"tenant": tenant, "seq": r.seq, "case_id": r.case} for r in rows if r.case is not None],
        )
        write_nodes(connection, tenant, batch.head.completed)
        moved = sql.MOVE_HEAD.run(
            connection,
            b_tenant=tenant,
            b_size=rows[0].seq,
            size=batch.head.size,
            frontier=batch.head.frontier.to_bytes(),
            last_time_ms=batch.head.last_time_ms,
        )
        if moved != 1:
            raise ConflictError("Das Protokoll ist inzwischen weitergegangen.")


def _millis(at: datetime | None) -> int | None:
    return None if at is None else millis(at)


def operational_columns(case: Case) -> dict[str, object]:
    """The operational columns of a case: nothing of the family, only what queries need."""
    due = case.next_due
    unflagged = [duty.flag_from for duty in case.watched if duty.flagged_at is None]
    return {
        "number": case.number,
        "state": case.state,
        "version": case.version,
        "responsible": case.responsible,
        "received_on": case.received_on.isoformat(),
        "due_at": _millis(due.overdue_from if due else None),
        "flag_at": _millis(min(unflagged, default=None)),
    }


def partner_digest(ring: KeyRing, institution: str) -> bytes | None:
    """The keyed name of an institution; None where none referred."""
    return ring.key("import").mac(f"partner\n{institution}".encode()) if institution else None
