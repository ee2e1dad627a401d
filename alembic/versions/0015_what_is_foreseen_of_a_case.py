"""what is foreseen of a case.

Revision: 0015
Follows: 0014
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0015'
down_revision: str | None = '0014'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('case_forecast',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('p50_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('p90_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('cases', sa.Integer(), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('signs', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("basis IN ('history', 'targets')", name=op.f('ck_case_forecast_basis')),
    sa.ForeignKeyConstraint(['case_id'], ['document.id'], name=op.f('fk_case_forecast_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_forecast'))
    )


def downgrade() -> None:
    op.drop_table('case_forecast')
