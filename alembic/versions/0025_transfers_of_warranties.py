"""transfers of warranties to new owners, with the consent of both.

Revision: 0025
Follows: 0024
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0025'
down_revision: str | None = '0024'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table('warranty_transfer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('registration_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('from_customer_id', sa.Uuid(), nullable=False),
    sa.Column('to_customer_id', sa.Uuid(), nullable=False),
    sa.Column('until', _INSTANT, nullable=False),
    sa.CheckConstraint('from_customer_id <> to_customer_id', name=op.f('ck_warranty_transfer_two_households')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_warranty_transfer_id')),
    sa.ForeignKeyConstraint(['registration_id'], ['warranty_registration.id'],
        name=op.f('fk_warranty_transfer_registration_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_warranty_transfer_unit_id')),
    sa.ForeignKeyConstraint(['from_customer_id'], ['customer.id'], name=op.f('fk_warranty_transfer_from_customer_id')),
    sa.ForeignKeyConstraint(['to_customer_id'], ['customer.id'], name=op.f('fk_warranty_transfer_to_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_transfer'))
    )
    for name in ('registration_id', 'unit_id', 'from_customer_id', 'to_customer_id'):
        op.create_index(f'ix_warranty_transfer_{name}', 'warranty_transfer', [name], unique=False)
    op.create_table('warranty_consent',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('given_at', _INSTANT, nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("party IN ('owner', 'new_owner')", name=op.f('ck_warranty_consent_party')),
    sa.CheckConstraint("source IN ('page', 'counter', 'phone', 'letter')", name=op.f('ck_warranty_consent_source')),
    sa.CheckConstraint("(source = 'page') = (person_id IS NOT NULL)", name=op.f('ck_warranty_consent_who')),
    sa.ForeignKeyConstraint(['transfer_id'], ['warranty_transfer.id'], name=op.f('fk_warranty_consent_transfer_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_warranty_consent_person_id')),
    sa.ForeignKeyConstraint(['recorded_by'], ['staff.id'], name=op.f('fk_warranty_consent_recorded_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_consent')),
    sa.UniqueConstraint('transfer_id', 'party', name=op.f('uq_warranty_consent_transfer_id_party'))
    )


def downgrade() -> None:
    op.drop_table('warranty_consent')
    op.drop_table('warranty_transfer')
