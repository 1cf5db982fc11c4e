"""Terms for what is held apart; institutions and openings; accounts, sessions, tokens, one-time links.

What was held apart before counts from the day of this migration: a term nobody knew is not over at once.
"""

import time

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

HELD = ('intake_quarantine', 'consent_queries')


def upgrade() -> None:
    now = int(time.time() * 1000)
    for table in HELD:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column('held_at', sa.BigInteger(), nullable=False, server_default=str(now)))
        with op.batch_alter_table(table) as batch:
            batch.alter_column('held_at', existing_type=sa.BigInteger(), existing_nullable=False, server_default=None)
    op.create_table('institutions',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('active', sa.Integer(), nullable=False),
    sa.Column('agreement', sa.String(length=200), nullable=False),
    sa.Column('agreement_from', sa.String(length=10), nullable=True),
    sa.Column('agreement_until', sa.String(length=10), nullable=True),
    sa.Column('former_names', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id')
    )
    op.create_table('openings',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.Column('reviewed_by', sa.String(length=64), nullable=True),
    sa.Column('reviewed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'id')
    )
    op.create_table('accounts',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('login', sa.String(length=200), nullable=False),
    sa.Column('password', sa.String(length=200), nullable=True),
    sa.Column('totp', sa.LargeBinary(), nullable=True),
    sa.Column('totp_step', sa.BigInteger(), nullable=False),
    sa.Column('mail', sa.String(length=320), nullable=True),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'person')
    )
    op.create_index('accounts_login', 'accounts', ['tenant', 'login'], unique=True)
    op.create_table('identities',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'issuer', 'subject')
    )
    op.create_table('sessions',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('sign_in', sa.String(length=32), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.Column('issuer', sa.String(length=300), nullable=True),
    sa.Column('issuer_session', sa.String(length=255), nullable=True),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'digest')
    )
    op.create_index('sessions_person', 'sessions', ['tenant', 'person'], unique=False)
    op.create_table('tokens',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('scopes', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id')
    )
    op.create_index('tokens_digest', 'tokens', ['tenant', 'digest'], unique=True)
    op.create_table('links',
    sa.Column('tenant', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'digest')
    )


def downgrade() -> None:
    for table in ('links', 'tokens', 'sessions', 'identities', 'accounts', 'openings', 'institutions'):
        op.drop_table(table)
    for table in HELD:
        with op.batch_alter_table(table) as batch:
            batch.drop_column('held_at')
