"""what runs, by its age.

Revision: 0006
Follows: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RUNNING = sa.text("category <> 'done'")


def upgrade() -> None:
    # Nobody waits for the index. One that a failure has left half made goes first.
    with op.get_context().autocommit_block():
        op.drop_index('ix_document_running', table_name='document', if_exists=True, postgresql_concurrently=True)
        op.create_index('ix_document_running', 'document', ['machine', 'id'], unique=False,
            postgresql_where=RUNNING, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index('ix_document_running', table_name='document', postgresql_where=RUNNING)
