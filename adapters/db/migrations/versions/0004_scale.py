"""What the scheduler remembers: when each of its jobs last ran, and which warnings are to be given when.

Both are empty at first: the scheduler plans the warnings of the cases it finds on its first round.
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
    op.create_index('warnings_next', 'warnings', ['tenant', 'next_at'], unique=False)


def downgrade() -> None:
    for table in ('warnings', 'heartbeats'):
        op.drop_table(table)
