"""What the scheduler remembers: when each of its jobs last ran, and which warnings are to be given when.

Both are empty at first: the scheduler plans the warnings of the cases it finds on its first round.

On PostgreSQL, where every database begins empty, texts are kept as they come, the log is cut into 16 parts by tenant,
every table shows a session the rows of its own tenant alone, and two functions tell the ids of tenants and who has work
due, and nothing else.
"""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('heartbeats',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('job', sa.String(length=40), nullable=False),
    sa.Column('boot', sa.String(length=32), nullable=False),
    sa.Column('begun_at', sa.BigInteger(), nullable=False),
    sa.Column('begun_mono', sa.BigInteger(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.Column('done_mono', sa.BigInteger(), nullable=True),
    sa.Column('steady_since', sa.BigInteger(), nullable=False),
    sa.Column('jump_ms', sa.BigInteger(), nullable=False),
    sa.Column('late_ms', sa.BigInteger(), nullable=False),
    sa.Column('damaged', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'job')
    )
    op.create_table('warnings',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('case_id', sa.String(length=32), nullable=False),
    sa.Column('obligation', sa.String(length=40), nullable=False),
    sa.Column('recipient', sa.String(length=64), nullable=False),
    sa.Column('due', sa.String(length=10), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('next_at', sa.BigInteger(), nullable=True),
    sa.Column('warned_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'case_id', 'obligation', 'recipient', 'due', 'level')
    )
    op.create_index('warnings_next', 'warnings', ['tenant', 'next_at', 'case_id'], unique=False)
    op.drop_index('cases_flag', table_name='cases')
    op.create_index('cases_flag', 'cases', ['tenant', 'flag_at', 'id'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':
        for table in sa.inspect(op.get_bind()).get_table_names():
            uncount(table)
        for table, key in PARTED.items():
            part(table, key)
        op.create_index('log_index_case', 'log_index', ['tenant', 'case_id', 'seq'], unique=False)
        op.create_index('past_index_case', 'past_index', ['tenant', 'case_id'], unique=False)
        keep_apart()
        for function in FUNCTIONS:
            op.execute(function)


PARTS = 16
PARTED = {
    'log': 'tenant, seq',
    'log_contents': 'tenant, seq',
    'log_index': 'tenant, seq',
    'past_log': 'tenant, incarnation, seq',
    'past_contents': 'tenant, incarnation, seq',
    'past_index': 'tenant, incarnation, seq',
}
"""The tables that grow with every step, and their keys."""


def uncount(table: str) -> None:
    """Let PostgreSQL keep texts as they come: how long they may be is decided above, for SQLite counts nothing either."""
    if table == 'alembic_version':
        return
    for column in sa.inspect(op.get_bind()).get_columns(table):
        if isinstance(column['type'], sa.String) and not isinstance(column['type'], sa.Text):
            op.execute(f'ALTER TABLE {table} ALTER COLUMN {column["name"]} TYPE text')


def part(table: str, key: str) -> None:
    """Cut an empty table into parts by tenant."""
    op.execute(f'ALTER TABLE {table} RENAME TO {table}_whole')
    op.execute(f'CREATE TABLE {table} (LIKE {table}_whole) PARTITION BY HASH (tenant)')
    op.execute(f'DROP TABLE {table}_whole')
    op.execute(f'ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})')
    for number in range(PARTS):
        op.execute(
            f'CREATE TABLE {table}_{number:02} PARTITION OF {table} '
            f'FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {number})'
        )


def keep_apart() -> None:
    """Let a session see and write the rows of its tenant alone, the owner's too; the parts are reached by their whole."""
    for table in sa.inspect(op.get_bind()).get_table_names():
        if table == 'alembic_version':
            continue
        op.execute(f'ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
        if table[-2:].isdecimal():
            continue
        column = 'id' if table == 'tenants' else 'tenant'
        op.execute(f"CREATE POLICY lotse_tenant ON {table} USING ({column} = current_setting('lotse.tenant', true))")
    op.execute('CREATE POLICY lotse_owner ON tenants FOR SELECT TO CURRENT_USER USING (true)')


FUNCTIONS = (
    '''
    CREATE FUNCTION lotse_tenants() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT id FROM public.tenants ORDER BY id $$
    ''',
    '''
    CREATE FUNCTION lotse_due(at bigint) RETURNS TABLE (tenant text, due bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    DECLARE
        one text;
        before text := current_setting('lotse.tenant', true);
    BEGIN
        FOR one IN SELECT id FROM public.tenants ORDER BY id LOOP
            PERFORM set_config('lotse.tenant', one, true);
            tenant := one;
            due := (SELECT count(*) FROM public.cases AS c WHERE c.tenant = one AND c.flag_at <= at)
                 + (SELECT count(*) FROM public.outbox AS o WHERE o.tenant = one AND o.next_at <= at)
                 + (SELECT count(*) FROM public.warnings AS w WHERE w.tenant = one AND w.next_at <= at);
            IF due > 0 THEN
                RETURN NEXT;
            END IF;
        END LOOP;
        PERFORM set_config('lotse.tenant', coalesce(before, ''), true);
    END $$
    ''',
    'REVOKE ALL ON FUNCTION lotse_tenants(), lotse_due(bigint) FROM PUBLIC',
)
"""Ids of all tenants; and at an instant (Unix ms) who has work due, and how much: overdue cases, letters, warnings."""


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        raise RuntimeError('Auf PostgreSQL beginnt das Schema hier; dahinter führt kein Weg zurück.')
    for table in ('warnings', 'heartbeats'):
        op.drop_table(table)
    op.drop_index('cases_flag', table_name='cases')
    op.create_index('cases_flag', 'cases', ['tenant', 'flag_at'], unique=False)
