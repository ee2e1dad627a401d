"""lines of claims, and who decided before an appeal.

Revision: 0022
Follows: 0021
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0022'
down_revision: str | None = '0021'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)
_NONE = sa.text("''")


def upgrade() -> None:
    op.add_column('warranty_claim', sa.Column('granted_at', _INSTANT, nullable=True))
    op.add_column('warranty_claim',
        sa.Column('first_deciders', sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False))
    op.create_table('warranty_claim_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('cost_class', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('asked_minor', sa.BigInteger(), nullable=False),
    sa.Column('granted_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('clause', sa.String(), server_default=_NONE, nullable=False),
    sa.Column('words', sa.String(), server_default=_NONE, nullable=False),
    sa.Column('payer', sa.String(), nullable=False),
    sa.Column('ticket', sa.String(), server_default=_NONE, nullable=False),
    sa.Column('added_by', sa.Uuid(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', _INSTANT, nullable=True),
    sa.CheckConstraint("cost_class IN ('parts', 'labour', 'visit', 'consumables')",
        name=op.f('ck_warranty_claim_line_cost_class')),
    sa.CheckConstraint("standing IN ('open', 'approved', 'lowered', 'denied', 'sent_back', 'replaced')",
        name=op.f('ck_warranty_claim_line_standing')),
    sa.CheckConstraint("payer IN ('company', 'brand', 'supplier')", name=op.f('ck_warranty_claim_line_payer')),
    sa.CheckConstraint('asked_minor > 0 AND granted_minor BETWEEN 0 AND asked_minor',
        name=op.f('ck_warranty_claim_line_amounts')),
    sa.CheckConstraint("standing <> 'denied' OR (clause <> '' AND words <> '')",
        name=op.f('ck_warranty_claim_line_denied_with_reason')),
    sa.CheckConstraint("standing NOT IN ('lowered', 'sent_back') OR words <> ''",
        name=op.f('ck_warranty_claim_line_reason')),
    sa.CheckConstraint("(standing IN ('approved', 'lowered')) = (granted_minor > 0)",
        name=op.f('ck_warranty_claim_line_granted')),
    sa.ForeignKeyConstraint(['added_by'], ['staff.id'], name=op.f('fk_warranty_claim_line_added_by')),
    sa.ForeignKeyConstraint(['claim_id'], ['warranty_claim.id'], name=op.f('fk_warranty_claim_line_claim_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['staff.id'], name=op.f('fk_warranty_claim_line_decided_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_claim_line')),
    sa.UniqueConstraint('claim_id', 'position', name=op.f('uq_warranty_claim_line_claim_id_position'))
    )
    # What was approved before counts as given since it was decided.
    op.execute(
        """UPDATE warranty_claim c SET granted_at = d.changed_at FROM document d
        WHERE d.id = c.id AND d.status IN ('approved', 'partially_approved', 'fulfilled')"""
    )


def downgrade() -> None:
    op.drop_table('warranty_claim_line')
    op.drop_column('warranty_claim', 'first_deciders')
    op.drop_column('warranty_claim', 'granted_at')
