"""security that the customer blocks on a card online.

Revision: 0029
Follows: 0028
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0029'
down_revision: str | None = '0028'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table('card_hold',
    sa.Column('hold_id', sa.Uuid(), nullable=False),
    sa.Column('gateway', sa.String(), nullable=False),
    sa.Column('asked_at', _INSTANT, nullable=False),
    sa.Column('asked_until', _INSTANT, nullable=False),
    sa.Column('turn', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('faults', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('session', sa.String(), nullable=True),
    sa.Column('page', sa.String(), nullable=True),
    sa.Column('page_ends_at', _INSTANT, nullable=True),
    sa.Column('refused', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('reference', sa.String(), nullable=True),
    sa.Column('held_until', _INSTANT, nullable=True),
    sa.Column('warned_at', _INSTANT, nullable=True),
    sa.Column('differs_at', _INSTANT, nullable=True),
    sa.ForeignKeyConstraint(['hold_id'], ['hold.id'], name=op.f('fk_card_hold_hold_id')),
    sa.PrimaryKeyConstraint('hold_id', name=op.f('pk_card_hold'))
    )
    op.create_index('uq_card_hold_session', 'card_hold', ['session'], unique=True)
    op.create_index('uq_card_hold_reference', 'card_hold', ['reference'], unique=True)
    op.create_table('gateway_notice',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('heard_at', _INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gateway_notice'))
    )
    op.create_index('ix_gateway_notice_heard_at', 'gateway_notice', ['heard_at'], unique=False)
    # The release before writes two of the three ways that may be there from now on.
    op.execute("-- squawk-ignore ban-drop-constraint\nALTER TABLE hold DROP CONSTRAINT ck_hold_way")
    op.create_check_constraint(op.f('ck_hold_way'), 'hold', "way IN ('card', 'deposit', 'online')",
        postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE hold VALIDATE CONSTRAINT ck_hold_way")


def downgrade() -> None:
    op.execute("ALTER TABLE hold DROP CONSTRAINT ck_hold_way")
    op.create_check_constraint(op.f('ck_hold_way'), 'hold', "way IN ('card', 'deposit')", postgresql_not_valid=True)
    op.drop_table('gateway_notice')
    op.drop_table('card_hold')
