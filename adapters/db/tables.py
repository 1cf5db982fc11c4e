"""The tables. Personal data lie sealed in `record` and `dossier`; the other columns are what queries need.

Names of institutions and districts are what somebody wrote, so they are sealed too.
Instants are Unix milliseconds (UTC), local days ISO text; keys begin with the tenant. `tests/contracts` proves that
the migrations and this module agree.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()


def _words(most: int) -> String:
    """Text of so many signs, as far as its makers keep to it: PostgreSQL is not asked to count where SQLite does not."""
    return String(most).with_variant(Text(), "postgresql")


def _tenant() -> Column[str]:
    return Column("tenant", _words(32), primary_key=True)


tenants = Table(
    "tenants",
    metadata,
    Column("id", _words(32), primary_key=True),
    Column("origin", _words(120), nullable=False),
    Column("profile", _words(40), nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("directory_version", Integer, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    _tenant(),
    Column("name", _words(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    _tenant(),
    Column("id", _words(64), primary_key=True),
    Column("name", _words(200), nullable=False),
    Column("roles", _words(200), nullable=False),
    Column("institution", _words(200), nullable=False),
    Column("recipient", _words(64)),
    Column("active", Integer, nullable=False),
)

recipients = Table(
    "recipients",
    metadata,
    _tenant(),
    Column("id", _words(64), primary_key=True),
    Column("name", _words(200), nullable=False),
    Column("role", _words(40), nullable=False),
    Column("institution", _words(200), nullable=False),
    Column("active", Integer, nullable=False),
    Column("agreement_until", _words(10)),
)

substitutions = Table(
    "substitutions",
    metadata,
    _tenant(),
    Column("absent", _words(64), primary_key=True),
    Column("deputy", _words(64), primary_key=True),
    Column("first", _words(10), primary_key=True),
    Column("last", _words(10), nullable=False),
)

institutions = Table(
    "institutions",
    metadata,
    _tenant(),
    Column("id", _words(64), primary_key=True),
    Column("name", _words(200), nullable=False),
    Column("kind", _words(40), nullable=False),
    Column("active", Integer, nullable=False),
    Column("agreement", _words(200), nullable=False),
    Column("agreement_from", _words(10)),
    Column("agreement_until", _words(10)),
    Column("former_names", Text, nullable=False),
)
"""Partners of the network by the names under which they refer, with the agreement in force (Netzwerkvereinbarung).

Former names stand one on a line.
"""

openings = Table(
    "openings",
    metadata,
    _tenant(),
    Column("id", _words(32), primary_key=True),
    Column("person", _words(64), nullable=False),
    Column("case_id", _words(32), nullable=False),
    Column("kind", _words(20), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reviewed_by", _words(64)),
    Column("reviewed_at", BigInteger),
)
"""Cases opened for a while with a stated reason, beside what somebody may see anyway; the reason stands in the log."""

counters = Table(
    "counters",
    metadata,
    _tenant(),
    Column("name", _words(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    _tenant(),
    Column("id", _words(32), primary_key=True),
    Column("number", _words(20), nullable=False),
    Column("state", _words(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("responsible", _words(64)),
    Column("partner", LargeBinary),
    Column("received_on", _words(10), nullable=False),
    Column("due_at", BigInteger),
    Column("flag_at", BigInteger),
    Column("kek_version", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("dossier", LargeBinary, nullable=False),
    Index("cases_number", "tenant", "number", unique=True),
    Index("cases_responsible", "tenant", "responsible", "due_at"),
    Index("cases_flag", "tenant", "flag_at", "id"),
    Index("cases_partner", "tenant", "partner"),
)

case_recipients = Table(
    "case_recipients",
    metadata,
    _tenant(),
    Column("recipient", _words(64), primary_key=True),
    Column("case_id", _words(32), primary_key=True),
    Index("case_recipients_case", "tenant", "case_id"),
)

duplicates = Table(
    "duplicates",
    metadata,
    _tenant(),
    Column("digest", LargeBinary, primary_key=True),
    Column("case_id", _words(32), primary_key=True),
    Index("duplicates_case", "tenant", "case_id"),
)

requests = Table(
    "requests",
    metadata,
    _tenant(),
    Column("key", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("case_id", _words(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

intake_rows = Table(
    "intake_rows",
    metadata,
    _tenant(),
    Column("identity", LargeBinary, primary_key=True),
    Column("judgement", _words(30), nullable=False),
)

intake_quarantine = Table(
    "intake_quarantine",
    metadata,
    _tenant(),
    Column("identity", LargeBinary, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("held_at", BigInteger, nullable=False),
)

consent_queries = Table(
    "consent_queries",
    metadata,
    _tenant(),
    Column("digest", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("held_at", BigInteger, nullable=False),
)

log = Table(
    "log",
    metadata,
    _tenant(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("body_a", LargeBinary, nullable=False),
)

log_contents = Table(
    "log_contents",
    metadata,
    _tenant(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("body_b", LargeBinary, nullable=False),
)

log_index = Table(
    "log_index",
    metadata,
    _tenant(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", _words(32), nullable=False),
    Index("log_index_case", "tenant", "case_id", "seq"),
)

log_head = Table(
    "log_head",
    metadata,
    _tenant(),
    Column("origin", _words(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("last_time_ms", BigInteger, nullable=False),
)

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    _tenant(),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)

log_keys = Table(
    "log_keys",
    metadata,
    _tenant(),
    Column("purpose", _words(60), primary_key=True),
    Column("kek_version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("key_id", LargeBinary, nullable=False),
)

log_nodes = Table(
    "log_nodes",
    metadata,
    _tenant(),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Roots of the complete subtrees of 16^level entries, so that a proof reads some dozens of rows and not all of them.

They say nothing that the log does not: `verify` computes them anew.
"""


def _incarnation() -> Column[int]:
    return Column("incarnation", Integer, primary_key=True, autoincrement=False)


past_heads = Table(
    "past_heads",
    metadata,
    _tenant(),
    _incarnation(),
    Column("origin", _words(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("last_time_ms", BigInteger, nullable=False),
    Column("vkey", _words(300), nullable=False),
)
"""The heads of earlier incarnations of the log: what a lawful restore had, with the key that signed for it."""

past_log = Table(
    "past_log",
    metadata,
    _tenant(),
    _incarnation(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("body_a", LargeBinary, nullable=False),
)

past_contents = Table(
    "past_contents",
    metadata,
    _tenant(),
    _incarnation(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("body_b", LargeBinary, nullable=False),
)

past_index = Table(
    "past_index",
    metadata,
    _tenant(),
    _incarnation(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", _words(32), nullable=False),
    Index("past_index_case", "tenant", "case_id"),
)

past_checkpoints = Table(
    "past_checkpoints",
    metadata,
    _tenant(),
    _incarnation(),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)

erasure_requests = Table(
    "erasure_requests",
    metadata,
    _tenant(),
    Column("case_id", _words(32), primary_key=True),
    Column("ground", _words(40), nullable=False),
    Column("requested_by", _words(64), nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
"""Erasures that a first person has asked for and a second has not yet approved."""

legal_holds = Table(
    "legal_holds",
    metadata,
    _tenant(),
    Column("case_id", _words(32), primary_key=True),
    Column("held_by", _words(64), nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
"""Cases that must not be erased for now; the reason is sealed under the case's key."""

outbox = Table(
    "outbox",
    metadata,
    _tenant(),
    Column("id", _words(32), primary_key=True),
    Column("kind", _words(40), nullable=False),
    Column("recipient", _words(320), nullable=False),
    Column("subject", _words(200), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("next_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", BigInteger),
    Index("outbox_next", "tenant", "next_at"),
)
"""What is to leave the house by mail: never a family's data. `next_at` is empty once it is sent or given up."""

accounts = Table(
    "accounts",
    metadata,
    _tenant(),
    Column("person", _words(64), primary_key=True),
    Column("login", _words(200), nullable=False),
    Column("password", _words(200)),
    Column("totp", LargeBinary),
    Column("totp_step", BigInteger, nullable=False),
    Column("mail", _words(320)),
    Column("mac", LargeBinary, nullable=False),
    Index("accounts_login", "tenant", "login", unique=True),
)
"""How a person of the directory logs in: the password as its Argon2id string, the TOTP secret sealed."""

identities = Table(
    "identities",
    metadata,
    _tenant(),
    Column("issuer", _words(300), primary_key=True),
    Column("subject", _words(255), primary_key=True),
    Column("person", _words(64), nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
"""Who a person is at an identity provider: issuer and subject, nothing else."""

sessions = Table(
    "sessions",
    metadata,
    _tenant(),
    Column("digest", LargeBinary, primary_key=True),
    Column("sign_in", _words(32), nullable=False),
    Column("person", _words(64), nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("issuer", _words(300)),
    Column("issuer_session", _words(255)),
    Column("mac", LargeBinary, nullable=False),
    Index("sessions_person", "tenant", "person"),
)
"""Who is logged in: a keyed hash of the cookie, never the cookie.

The cookie changes every hour, each with a row of its own from `created_at` on; `sign_in` and `began_at` stay.
"""

tokens = Table(
    "tokens",
    metadata,
    _tenant(),
    Column("id", _words(32), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("person", _words(64), nullable=False),
    Column("name", _words(100), nullable=False),
    Column("scopes", _words(300), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Column("mac", LargeBinary, nullable=False),
    Index("tokens_digest", "tenant", "digest", unique=True),
)
"""Access for a program in a person's name: a keyed hash of the token, its scopes, its end."""

links = Table(
    "links",
    metadata,
    _tenant(),
    Column("digest", LargeBinary, primary_key=True),
    Column("person", _words(64), nullable=False),
    Column("purpose", _words(20), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
"""One-time links: to make the first administrator, to accept an invitation, to set a new password."""

heartbeats = Table(
    "heartbeats",
    metadata,
    _tenant(),
    Column("job", _words(40), primary_key=True),
    Column("boot", _words(32), nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("begun_mono", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("done_mono", BigInteger),
    Column("steady_since", BigInteger, nullable=False),
    Column("jump_ms", BigInteger, nullable=False),
    Column("late_ms", BigInteger, nullable=False),
    Column("damaged", Integer, nullable=False),
)
"""When each job of the scheduler last began and ended: by the wall clock, and by one that nobody sets.

`…_mono` count milliseconds since the machine called `boot` was started; `steady_since` is since when its clock has not
jumped; `late_ms` says how late the oldest thing was when the job found it.
"""

warnings = Table(
    "warnings",
    metadata,
    _tenant(),
    Column("case_id", _words(32), primary_key=True),
    Column("obligation", _words(40), primary_key=True),
    Column("recipient", _words(64), primary_key=True),
    Column("due", _words(10), primary_key=True),
    Column("level", _words(20), primary_key=True),
    Column("next_at", BigInteger),
    Column("warned_at", BigInteger),
    Index("warnings_next", "tenant", "next_at", "case_id"),
)
"""What is to be warned of, each obligation once a level; `recipient` is empty where the obligation names none.

`next_at` is empty once it was given, at `warned_at`, or once there was nothing left to warn of.
"""
