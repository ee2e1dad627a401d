"""goodwill, offers of replacements, reminders and maintenance visits.

Revision: 0028
Follows: 0027
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0028'
down_revision: str | None = '0027'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)
_CHOICES = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.add_column('warranty_registration',
        sa.Column('reminded', sa.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('warranty_registration', sa.Column('reminded_until', sa.Date(), nullable=True))
    op.create_table('warranty_goodwill',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=False),
    sa.Column('verdict_id', sa.Uuid(), nullable=False),
    sa.Column('policy_id', sa.Uuid(), nullable=False),
    sa.Column('classes', sa.ARRAY(sa.String()), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('given_at', _INSTANT, nullable=False),
    sa.CheckConstraint("cardinality(classes) > 0 AND amount_minor > 0 AND words <> ''",
        name=op.f('ck_warranty_goodwill_complete')),
    sa.ForeignKeyConstraint(['claim_id'], ['warranty_claim.id'], name=op.f('fk_warranty_goodwill_claim_id')),
    sa.ForeignKeyConstraint(['verdict_id'], ['warranty_verdict.id'], name=op.f('fk_warranty_goodwill_verdict_id')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_warranty_goodwill_policy_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_warranty_goodwill_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_goodwill'))
    )
    for name in ('claim_id', 'verdict_id', 'policy_id'):
        op.create_index(f'ix_warranty_goodwill_{name}', 'warranty_goodwill', [name], unique=False)
    op.create_index('ix_warranty_goodwill_staff_id', 'warranty_goodwill', ['staff_id', 'given_at'], unique=False)
    op.create_table('warranty_offer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('policy_id', sa.Uuid(), nullable=False),
    sa.Column('trigger', sa.String(), nullable=False),
    sa.Column('choices', _CHOICES, nullable=False),
    sa.Column('chosen', sa.Integer(), nullable=True),
    sa.CheckConstraint("trigger IN ('dead_on_arrival', 'third_failure', 'part_unavailable')",
        name=op.f('ck_warranty_offer_trigger')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_warranty_offer_id')),
    sa.ForeignKeyConstraint(['case_id'], ['stream.id'], name=op.f('fk_warranty_offer_case_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_warranty_offer_unit_id')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_warranty_offer_policy_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_offer')),
    sa.UniqueConstraint('case_id', 'trigger', name=op.f('uq_warranty_offer_case_id_trigger'))
    )
    for name in ('unit_id', 'policy_id'):
        op.create_index(f'ix_warranty_offer_{name}', 'warranty_offer', [name], unique=False)
    op.create_table('warranty_upkeep',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('registration_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['registration_id'], ['warranty_registration.id'],
        name=op.f('fk_warranty_upkeep_registration_id')),
    sa.ForeignKeyConstraint(['case_id'], ['stream.id'], name=op.f('fk_warranty_upkeep_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_upkeep')),
    sa.UniqueConstraint('registration_id', 'position', name=op.f('uq_warranty_upkeep_registration_id_position'))
    )
    op.create_index('ix_warranty_upkeep_case_id', 'warranty_upkeep', ['case_id'], unique=False)
    # What is registered already is looked at once, and from then on by itself.
    op.execute(
        """INSERT INTO delivery (subscriber, key, data)
        SELECT 'warranty.registration', d.id::text, jsonb_build_object('registration_id', d.id::text)
        FROM document d WHERE d.machine = 'warranty_registration' AND d.status = 'active'
        ON CONFLICT DO NOTHING"""
    )


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE subscriber IN ('warranty.registration', 'warranty.upkeep', 'warranty.part_wait')")
    op.drop_table('warranty_upkeep')
    op.drop_table('warranty_offer')
    op.drop_table('warranty_goodwill')
    op.drop_column('warranty_registration', 'reminded_until')
    op.drop_column('warranty_registration', 'reminded')
