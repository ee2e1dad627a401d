"""the ledger of promises.

Revision: 0014
Follows: 0013
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0014'
down_revision: str | None = '0013'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('promise_step',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('promise_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('starts_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('due_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('fact_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('update_id', sa.Uuid(), nullable=False),
    sa.Column('replaced_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("step IN ('made', 'kept', 'broken', 'replaced', 'withdrawn')", name=op.f('ck_promise_step_step')),
    sa.CheckConstraint("(step = 'made') = (id = promise_id)", name=op.f('ck_promise_step_made_begins')),
    sa.CheckConstraint("(step = 'replaced') = (replaced_by IS NOT NULL)", name=op.f('ck_promise_step_replaced_by')),
    sa.CheckConstraint('starts_at <= due_at', name=op.f('ck_promise_step_window')),
    sa.ForeignKeyConstraint(['case_id'], ['stream.id'], name=op.f('fk_promise_step_case_id')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_promise_step_document_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promise_step'))
    )
    op.create_index('uq_promise_step_end', 'promise_step', ['promise_id'], unique=True, postgresql_where=sa.text("step <> 'made'"))
    op.create_index('uq_promise_step_made', 'promise_step', ['case_id', 'version', 'kind'], unique=True, postgresql_where=sa.text("step = 'made'"))
    op.create_index('ix_promise_step_case_id', 'promise_step', ['case_id', 'at'], unique=False)
    # What was promised, and what became of it, stands as it was written.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON promise_step FROM aftersales_app")
    op.create_table('open_promise',
    sa.Column('promise_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['promise_id'], ['promise_step.id'], name=op.f('fk_open_promise_promise_id')),
    sa.PrimaryKeyConstraint('promise_id', name=op.f('pk_open_promise'))
    )
    op.create_index('ix_open_promise_due', 'open_promise', ['due_at', 'promise_id'], unique=False)
    op.create_index('ix_open_promise_case_id', 'open_promise', ['case_id'], unique=False)


def downgrade() -> None:
    op.drop_table('open_promise')
    op.drop_table('promise_step')
